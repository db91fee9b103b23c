package poetry

import (
	"net"
	"time"

	"scansion/harness/reactor"
)

// What a [Pace] does not say.
const (
	DefaultNumBytes = 10
	DefaultDelay    = 100 * time.Millisecond
)

// Pace is how slowly a poem is sent. The zero value is the tutorial's pace.
type Pace struct {
	// NumBytes is how many bytes are sent at a time; zero or less is
	// [DefaultNumBytes].
	NumBytes int

	// Delay is the pause between one piece and the next; zero is
	// [DefaultDelay], less than zero no pause but for the other clients.
	Delay time.Duration
}

// SlowFactory serves a poem piece by piece: the tutorial's slowpoetry, but for any
// number of clients at a time.
type SlowFactory struct {
	reactor.FactoryBase

	clock reactor.Clock
	poem  []byte
	pace  Pace
}

var _ reactor.ServerFactory = (*SlowFactory)(nil)

// NewSlowFactory returns a factory that serves poem, which may be empty, at a pace
// kept by clock: the reactor that the factory is for. The poem is held once for all
// clients, and nobody may change its bytes.
func NewSlowFactory(clock reactor.Clock, poem []byte, pace Pace) *SlowFactory {
	if pace.NumBytes <= 0 {
		pace.NumBytes = DefaultNumBytes
	}
	if pace.Delay == 0 {
		pace.Delay = DefaultDelay
	}
	return &SlowFactory{clock: clock, poem: poem, pace: pace}
}

// BuildProtocol accepts every client.
func (f *SlowFactory) BuildProtocol(net.Addr) reactor.Protocol {
	return &slow{factory: f, rest: f.poem}
}

// slow is the protocol of one connection.
type slow struct {
	reactor.ProtocolBase

	factory *SlowFactory
	rest    []byte              // of the poem, to be sent
	next    reactor.DelayedCall // of send; nil if there was none
}

var _ reactor.HalfCloser = (*slow)(nil)

func (p *slow) ConnectionMade(transport reactor.Transport) {
	p.Transport = transport
	p.send()
}

// ReadConnectionLost lets a client that has nothing to say have the rest of the poem.
// If it has gone altogether, one of the next pieces finds out.
func (p *slow) ReadConnectionLost() {}

func (p *slow) ConnectionLost(error) {
	if p.next != nil && p.next.Active() {
		_ = p.next.Cancel() // it is active
	}
}

// send sends the next piece. The first is sent, and the connection closed, without
// waiting.
func (p *slow) send() {
	n := min(p.factory.pace.NumBytes, len(p.rest))
	p.Transport.Write(p.rest[:n])
	p.rest = p.rest[n:]
	if len(p.rest) == 0 {
		p.Transport.LoseConnection()
		return
	}
	p.next = p.factory.clock.CallLater(p.factory.pace.Delay, p.send)
}
