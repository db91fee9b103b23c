package reactor

import (
	"math"
	"math/rand/v2"
	"time"
)

// ReconnectOptions say how a [Reconnecting] factory waits between attempts. The zero
// value is Twisted's way.
type ReconnectOptions struct {
	// FirstDelay is the wait after the first failure; zero is 1 s.
	FirstDelay time.Duration

	// LastDelay is what no wait exceeds; zero is an hour.
	LastDelay time.Duration

	// Factor is how much longer each wait is than the one before; zero is e.
	Factor float64

	// Jitter is the standard deviation of a wait, as a part of it, so that many
	// clients of a server that has been away do not all return at once; zero is
	// 0.12, negative none.
	Jitter float64

	// MaxRetries is how many attempts in a row may fail, or lose their connection
	// without ResetDelay, before it gives up; zero is any number.
	MaxRetries int

	// Rand draws the jitter; nil is a source that is different in every run.
	Rand *rand.Rand
}

func (o ReconnectOptions) withDefaults() ReconnectOptions {
	if o.FirstDelay == 0 {
		o.FirstDelay = time.Second
	}
	if o.LastDelay == 0 {
		o.LastDelay = time.Hour
	}
	if o.Factor == 0 {
		o.Factor = math.E
	}
	if o.Jitter == 0 {
		o.Jitter = 0.12
	}
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) //nolint:gosec // nothing secret depends on it
	}
	return o
}

// Reconnecting is a [ClientFactory] around another that connects again whenever
// connecting has failed or the connection is lost, each time after a longer wait. Its
// methods are for the loop goroutine.
type Reconnecting struct {
	ClientFactory

	clock   Clock
	options ReconnectOptions

	retries int
	delay   time.Duration // the last wait, without jitter; zero before the first
	stopped bool
	next    DelayedCall // of Connect; nil or inactive if none is waited for
}

var _ ClientFactory = (*Reconnecting)(nil)

// NewReconnecting wraps a factory. It serves one connector.
func NewReconnecting(clock Clock, factory ClientFactory, options ReconnectOptions) *Reconnecting {
	need("NewReconnecting", "factory", factory)
	return &Reconnecting{ClientFactory: factory, clock: clock, options: options.withDefaults()}
}

// ResetDelay makes the next wait as short as the first. A protocol calls it once it
// knows that the connection is good.
func (f *Reconnecting) ResetDelay() { f.retries, f.delay = 0, 0 }

// StopTrying ends reconnecting. A connection that stands is left alone, and connecting
// that has begun goes on.
func (f *Reconnecting) StopTrying() {
	f.stopped = true
	if f.next != nil && f.next.Active() {
		_ = f.next.Cancel() // it is active
	}
}

// ClientConnectionFailed tells the factory, then tries again.
func (f *Reconnecting) ClientConnectionFailed(connector Connector, reason error) {
	defer f.retry(connector)
	f.ClientFactory.ClientConnectionFailed(connector, reason)
}

// ClientConnectionLost tells the factory, then tries again.
func (f *Reconnecting) ClientConnectionLost(connector Connector, reason error) {
	defer f.retry(connector)
	f.ClientFactory.ClientConnectionLost(connector, reason)
}

// retry connects again after a wait.
func (f *Reconnecting) retry(connector Connector) {
	f.retries++
	if f.stopped || (f.options.MaxRetries > 0 && f.retries > f.options.MaxRetries) {
		return
	}
	o := f.options
	f.delay = time.Duration(float64(f.delay) * o.Factor)
	if f.delay == 0 {
		f.delay = o.FirstDelay
	}
	f.delay = min(f.delay, o.LastDelay)
	wait := f.delay
	if o.Jitter > 0 {
		wait += time.Duration(o.Rand.NormFloat64() * o.Jitter * float64(wait))
	}
	f.next = f.clock.CallLater(min(wait, o.LastDelay), func() {
		_ = connector.Connect() // unless somebody else has, or the reactor stops
	})
}
