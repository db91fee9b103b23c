package reactor

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// defaultLinger is enough for a peer to read the end of file and answer it with
// its own, and little enough for one that never does not to pile up.
const defaultLinger = 5 * time.Second

// Config is what a [TCP] reactor can be told. The zero value works.
type Config struct {
	// Logger gets panics of callbacks and failures to accept; nil is
	// [slog.Default].
	Logger *slog.Logger

	// Linger is how long LoseConnection waits for the peer's end of file after
	// everything is sent and the sending side closed; zero is 5 s, negative not
	// at all.
	Linger time.Duration

	// HandleSignals has the first SIGINT or SIGTERM stop the reactor while it
	// runs. A second one ends the program, as it does without this.
	HandleSignals bool
}

// TCP is the real [Reactor]: the computer's clock, and its network.
//
// Behind the loop, a connection has a goroutine that reads, one that writes only
// while there is something to write, and a port one that accepts. They do nothing
// but wait for the kernel and post what it said to the loop.
type TCP struct {
	config Config
	log    *slog.Logger

	wake chan struct{} // holds a value whenever the loop may have missed something
	done chan struct{} // closed when the loop has ended

	mu     sync.Mutex // guards the three below, which any goroutine may use
	state  state
	calls  []func() // from CallFromThread
	events []func() // from the goroutines behind the loop

	// The rest belongs to the loop goroutine.
	timers      timers
	atStart     []func()
	ports       []*port
	connections map[*connection]struct{}
	goroutines  sync.WaitGroup
}

var _ Reactor = (*TCP)(nil)

type state uint8

const (
	idle state = iota
	running
	stopping
	stopped
)

// NewTCP returns a reactor on real time and real sockets, which is yet to run.
func NewTCP(config Config) *TCP {
	r := &TCP{
		config:      config,
		log:         config.Logger,
		wake:        make(chan struct{}, 1),
		done:        make(chan struct{}),
		timers:      timers{now: wallNow},
		connections: map[*connection]struct{}{},
	}
	if r.log == nil {
		r.log = slog.Default()
	}
	if r.config.Linger == 0 {
		r.config.Linger = defaultLinger
	}
	return r
}

// Now is the real time. Any goroutine may ask for it.
func (r *TCP) Now() time.Time { return wallNow() }

// CallLater is described at [Clock].
func (r *TCP) CallLater(d time.Duration, f func()) DelayedCall { return r.timers.add(d, f) }

// ListenTCP is described at [Reactor]. A host name is looked up before it returns.
func (r *TCP) ListenTCP(addr string, factory ServerFactory) (Port, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err // it says what was tried, and where
	}
	port, err := r.AdoptListener(listener, factory)
	if err != nil {
		_ = listener.Close() // nothing has come of it
		return nil, err
	}
	return port, nil
}

// AdoptListener is described at [Reactor]. Connections may be of any type. For an
// orderly end they should have the method CloseWrite of [net.TCPConn], and for a
// reset SetLinger; without them they are only closed.
func (r *TCP) AdoptListener(listener net.Listener, factory ServerFactory) (Port, error) {
	now := r.current()
	if now >= stopping {
		return nil, fmt.Errorf("cannot listen at %v: %w", listener.Addr(), ErrStopped)
	}
	p := &port{reactor: r, listener: listener, factory: factory}
	r.ports = append(r.ports, p)
	if now == running {
		p.start()
	}
	return p, nil
}

// CallFromThread is described at [Reactor]. Any goroutine may call it.
func (r *TCP) CallFromThread(f func()) { r.enqueue(&r.calls, f) }

// CallWhenRunning is described at [Reactor].
func (r *TCP) CallWhenRunning(f func()) {
	switch r.current() {
	case idle:
		r.atStart = append(r.atStart, f)
	case running, stopping:
		f()
	case stopped:
	}
}

// Stop is described at [Reactor]. Any goroutine may call it.
func (r *TCP) Stop() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state != running {
		return fmt.Errorf("cannot stop: %w", ErrNotRunning)
	}
	r.state = stopping
	r.rouse()
	return nil
}

// Run is described at [Reactor].
func (r *TCP) Run(ctx context.Context) error {
	if err := r.begin(); err != nil {
		return err
	}
	signals, release := r.signals()
	defer release()
	r.goroutines.Go(func() {
		select {
		case <-ctx.Done():
		case <-signals:
			release() // before the end, which may hang in somebody's callback
		case <-r.done:
			return
		}
		_ = r.Stop() // somebody else may have been faster
	})
	for _, p := range slices.Clone(r.ports) {
		p.start()
	}
	for _, f := range r.atStart {
		r.guard("CallWhenRunning", f)
	}
	r.atStart = nil

	a := newAlarm()
	defer a.clear()
	for r.current() == running {
		r.iterate()
		r.sleep(a)
	}
	r.shutdown()
	return nil
}

// begin enters the running state.
func (r *TCP) begin() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.state {
	case running, stopping:
		return fmt.Errorf("cannot run: %w", ErrRunning)
	case stopped:
		return fmt.Errorf("cannot run: %w", ErrStopped)
	case idle:
	}
	r.state = running
	return nil
}

// iterate runs what there is to run now. Each of the three kinds is taken whole
// before it runs, so that what the callbacks add waits for the next iteration.
func (r *TCP) iterate() {
	for _, f := range r.take(&r.calls) {
		r.guard("CallFromThread", f)
	}
	r.timers.runDue(func(f func()) { r.guard("CallLater", f) })
	r.runEvents()
}

func (r *TCP) runEvents() {
	for _, event := range r.take(&r.events) {
		event()
	}
}

// sleep waits until there is something to do.
func (r *TCP) sleep(a alarm) {
	due, ok := r.timers.next()
	if !ok {
		<-r.wake
		return
	}
	wait := due.Sub(r.Now())
	if wait <= 0 {
		return
	}
	a.set(wait)
	select {
	case <-r.wake:
		a.clear()
	case <-a.rings():
	}
}

// shutdown ends everything that is left, and the loop.
func (r *TCP) shutdown() {
	for _, p := range slices.Clone(r.ports) {
		if err := p.StopListening(); err != nil {
			r.log.Warn("the listener did not close well", "addr", p.Addr(), "error", err)
		}
	}
	for c := range r.connections {
		c.end()
	}
	for {
		r.runEvents()
		if len(r.connections) == 0 && !slices.ContainsFunc(r.ports, func(p *port) bool { return p.accepting }) {
			break
		}
		<-r.wake
	}
	for _, p := range slices.Clone(r.ports) {
		p.finish()
	}

	r.mu.Lock()
	r.state = stopped
	r.calls, r.events = nil, nil
	r.mu.Unlock()
	close(r.done)
	r.goroutines.Wait()
}

// current tells where in its life the reactor is.
func (r *TCP) current() state {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// post has the loop run an event of ours. Any goroutine may call it.
func (r *TCP) post(event func()) { r.enqueue(&r.events, event) }

func (r *TCP) enqueue(queue *[]func(), f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state == stopped {
		return
	}
	*queue = append(*queue, f)
	r.rouse()
}

// rouse wakes the loop, now or when it next wants to sleep.
func (r *TCP) rouse() {
	select {
	case r.wake <- struct{}{}:
	default: // it will wake anyway
	}
}

func (r *TCP) take(queue *[]func()) []func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := *queue
	*queue = nil
	return taken
}

// guard calls a callback of the user's. A panic is logged and returned.
func (r *TCP) guard(callback string, f func()) (err error) {
	defer func() {
		if value := recover(); value != nil {
			failure := &PanicError{Value: value, Stack: debug.Stack()}
			r.log.Error("a callback panicked", "callback", callback, "error", failure, "stack", string(failure.Stack))
			err = failure
		}
	}()
	f()
	return nil
}
