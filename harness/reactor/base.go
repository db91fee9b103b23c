package reactor

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// defaultLinger is enough for a peer to read the end of file and answer it with
// its own, and little enough for one that never does not to pile up.
const defaultLinger = 5 * time.Second

// Config is what a reactor can be told. The zero value works.
type Config struct {
	// Logger gets panics of callbacks and failures to accept; nil is
	// [slog.Default].
	Logger *slog.Logger

	// Linger is how long LoseConnection waits for the peer's end of file after
	// everything is sent and the sending side closed; zero is 5 s, negative not
	// at all.
	Linger time.Duration

	// HandleSignals has the first SIGINT or SIGTERM stop a [TCP] reactor while it
	// runs. A second one ends the program, as it does without this.
	HandleSignals bool

	// Trace has the reactor remember where everything was asked for, and all delayed
	// calls, for [Base.Outstanding], which costs some time and memory for each.
	Trace bool
}

// Base is all of a [Reactor] but Run: ports, connections, connectors and events, on
// whatever [System] there is. Embed it in a type that drives it: one that calls
// Start, then does what the system has to do until Ended.
//
// Its methods are for the loop goroutine, or before Start for the goroutine that
// sets the reactor up; any goroutine may call Now, CallFromThread and Stop.
type Base struct {
	config Config
	log    *slog.Logger
	system System

	mu    sync.Mutex // guards state, which any goroutine may use
	state state

	// The rest belongs to the loop goroutine.
	begun       bool     // what was asked for before the start has begun
	atStart     []func() // what was asked for before the start
	triggers    triggers
	ports       []*port
	connectors  []*connector // those that are trying to connect
	connections map[*connection]struct{}
	made        uint64                   // how many connections there have been
	calls       map[*tracedCall]struct{} // with Trace, those that may still be to come
	queued      uint64                   // with Trace, how many times a call was put in its queue

	disconnecting bool   // the shutdown has come to ports and connections
	disconnected  func() // called when none is left
}

type state uint8

const (
	idle state = iota
	running
	stopping
	stopped
)

// NewBase returns the base of a reactor that stands on system and is yet to start.
func NewBase(system System, config Config) *Base {
	b := &Base{
		config:      config,
		log:         config.Logger,
		system:      system,
		connections: map[*connection]struct{}{},
	}
	if b.log == nil {
		b.log = slog.Default()
	}
	if b.config.Linger == 0 {
		b.config.Linger = defaultLinger
	}
	return b
}

// Now is the system's time. Any goroutine may ask for it.
func (b *Base) Now() time.Time { return b.system.Now() }

// CallLater is described at [Clock].
func (b *Base) CallLater(d time.Duration, f func()) DelayedCall {
	need("CallLater", "function", f)
	if b.config.Trace {
		return b.callTraced(d, f)
	}
	return b.system.CallLater(d, func() { b.guard("CallLater", f) })
}

// CallFromThread is described at [Reactor]. Any goroutine may call it.
func (b *Base) CallFromThread(f func()) {
	need("CallFromThread", "function", f)
	b.system.Post(func() {
		if !b.Ended() {
			b.guard("CallFromThread", f)
		}
	})
}

// CallInThread is described at [Reactor].
func (b *Base) CallInThread(f func()) {
	need("CallInThread", "function", f)
	b.system.Go(func() { b.guard("CallInThread", f) })
}

// CallWhenRunning is described at [Reactor].
func (b *Base) CallWhenRunning(f func()) {
	need("CallWhenRunning", "function", f)
	switch {
	case b.Ended():
	case b.begun:
		f()
	default:
		b.atStart = append(b.atStart, func() { b.guard("CallWhenRunning", f) })
	}
}

// Start begins to run: the events of [Startup] happen, what was asked for before
// begins. It fails with [ErrRunning] or [ErrStopped].
func (b *Base) Start() error {
	if err := b.enter(); err != nil {
		return err
	}
	b.fire(Startup)
	return nil
}

// enter enters the running state.
func (b *Base) enter() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch b.state {
	case running, stopping:
		return fmt.Errorf("cannot run: %w", ErrRunning)
	case stopped:
		return fmt.Errorf("cannot run: %w", ErrStopped)
	case idle:
	}
	b.state = running
	return nil
}

// begin does what was asked for before the start, unless somebody has been quick
// to call Stop.
func (b *Base) begin() {
	todo := b.atStart
	b.atStart, b.begun = nil, true
	if b.current() != running {
		return
	}
	for _, f := range todo {
		f()
	}
}

// whenBegun calls f when the reactor starts, or now if it has, or never will.
func (b *Base) whenBegun(f func()) {
	if !b.begun && !b.disconnecting {
		b.atStart = append(b.atStart, f)
		return
	}
	f()
}

// Stop is described at [Reactor]. Any goroutine may call it.
func (b *Base) Stop() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != running {
		return fmt.Errorf("cannot stop: %w", ErrNotRunning)
	}
	b.state = stopping
	b.system.Post(func() {
		if !b.Ended() {
			b.fire(Shutdown)
		}
	})
	return nil
}

// Ended tells whether the reactor was stopped and nothing of it is left. Then
// nothing that it asks of its system matters any more. Any goroutine may call it.
func (b *Base) Ended() bool { return b.current() == stopped }

// disconnect ends everything on the network, and calls done when all of it has
// ended.
func (b *Base) disconnect(done func()) {
	b.disconnecting = true
	b.disconnected = func() {
		for _, p := range slices.Clone(b.ports) {
			p.finish()
		}
		done()
	}
	for _, c := range slices.Clone(b.connectors) {
		c.giveUp(ErrConnectStopped)
	}
	for _, p := range slices.Clone(b.ports) {
		p.close()
	}
	// In the order in which they were made, so that a run can be repeated.
	for _, c := range slices.SortedFunc(maps.Keys(b.connections), older) {
		c.end()
	}
	b.checkDisconnected()
}

// abandon ends a reactor whose loop goroutine a callback has ended, perhaps in the middle
// of anything: nobody is called any more, and the network is let go of.
func (b *Base) abandon() {
	b.end()
	b.disconnecting, b.disconnected = true, nil
	for _, c := range b.connectors {
		if c.cancel != nil {
			c.cancel()
		}
	}
	for _, p := range b.ports {
		p.started, p.waiting = false, nil
		_ = p.listener.Close() // it may be closed already
	}
	for _, c := range slices.SortedFunc(maps.Keys(b.connections), older) {
		c.protocol, c.onLost, c.producer = &ProtocolBase{}, nil, producerState{}
		c.abort(ErrConnectionAborted)
	}
	b.connectors, b.ports = nil, nil
	clear(b.connections)
}

// older orders connections by their making.
func older(x, y *connection) int { return cmp.Compare(x.number, y.number) }

// checkDisconnected is called when a connection has been lost, or a port closed.
func (b *Base) checkDisconnected() {
	if b.disconnected == nil || len(b.connections) > 0 || slices.ContainsFunc(b.ports, func(p *port) bool { return p.accepts }) {
		return
	}
	done := b.disconnected
	b.disconnected = nil
	done()
}

// current tells where in its life the reactor is.
func (b *Base) current() state {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// end is the last that happens.
func (b *Base) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state = stopped
}

// guard calls a callback of the user's. A panic is logged and returned.
func (b *Base) guard(callback string, f func()) (err error) {
	defer func() {
		if value := recover(); value != nil {
			failure := &PanicError{Value: value, Stack: debug.Stack()}
			b.log.Error("a callback panicked", "callback", callback, "error", failure, "stack", string(failure.Stack))
			err = failure
		}
	}()
	f()
	return nil
}

// need panics if a call lacks something, which may be a nil pointer or function in an
// interface: where the mistake is, and not later on the loop.
func need(call, what string, something any) {
	if isNil(something) {
		panic(fmt.Sprintf("reactor: %s without a %s", call, what))
	}
}

func isNil(something any) bool {
	switch v := reflect.ValueOf(something); v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func:
		return v.IsNil()
	default:
		return false
	}
}
