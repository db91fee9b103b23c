package reactor

import (
	"context"
	"errors"
	"net"

	"scansion/harness/deferred"
)

// What a [Reactor] says when it is used out of order.
var (
	ErrRunning    = errors.New("the reactor is already running")
	ErrNotRunning = errors.New("the reactor is not running")
	ErrStopped    = errors.New("the reactor has stopped, and cannot start again")
)

// Reactor is an event loop: everything that happens is a callback on one and the same
// goroutine while Run runs, the loop goroutine. A callback that panics is logged,
// and the loop goes on.
//
// Before Run, the methods are for the goroutine that sets the reactor up; while
// it runs, for the loop goroutine. Only CallFromThread, Stop and Now may be called
// from any goroutine at any time.
//
// Code that needs only the time should ask for a [Clock]. A nil function is a panic where
// it is passed.
type Reactor interface {
	Clock

	// ListenTCP listens at addr ("host:port", port 0 for a free one) and gives
	// each connection a protocol from the factory. A port that is taken is an
	// error at once, and so is a nil factory. Connections are accepted while the
	// reactor runs; before that they wait.
	ListenTCP(addr string, factory ServerFactory) (Port, error)

	// ConnectTCP connects to addr ("host:port"), once the reactor runs, and tells
	// the factory of all that comes of it, failures too. While the reactor shuts
	// down connecting fails with [ErrConnectStopped], in the next iteration; after
	// the end of Run nobody is told. It panics if the factory is nil.
	ConnectTCP(addr string, factory ClientFactory, options ConnectOptions) Connector

	// CallFromThread has f called on the loop, before any delayed call, in the
	// order of the calls. It wakes a loop that sleeps. What the reactor has not
	// come to when it stops is dropped.
	CallFromThread(f func())

	// CallInThread calls f, which may block, on a goroutine of its own; see
	// [DeferToThread] for one that has a result. The end of Run waits for it.
	CallInThread(f func())

	// CallWhenRunning calls f at once if the reactor runs, or else has it called
	// when it starts, in the order of the calls. After the end it does nothing.
	CallWhenRunning(f func())

	// AddSystemEventTrigger has f called at an event, in the order in which the
	// triggers of a phase were added, unless it is removed first.
	AddSystemEventTrigger(phase Phase, event Event, f Trigger) (remove func())

	// Run runs the loop until Stop is called or the context ends; both ends are
	// orderly, and no error. It returns when no
	// connection, no port and no goroutine of the reactor is left. It fails with
	// [ErrRunning], also within a callback, and with [ErrStopped] the second time.
	// A callback that ends its goroutine, as FailNow of package testing does, ends the
	// reactor at once: everything is closed, nobody is called any more, and then the
	// goroutine of Run ends, too.
	Run(ctx context.Context) error

	// Stop begins the event [Shutdown]. Once the deferreds of its Before triggers
	// have fired, the ports are closed, connecting is given up, and all
	// connections are dropped without waiting for what they have not sent;
	// ConnectionLost is called on each, then StopFactory for each port. Delayed
	// calls that are left never run. It does not wait for all this; Run does.
	// It fails with [ErrNotRunning] before Run and once it was called.
	Stop() error
}

// ServerFactory makes the protocols of the connections to one port. Its methods are
// called on the loop goroutine. One that panics is logged. [FactoryFunc] is the
// simplest, and [FactoryBase] has the methods that do nothing.
type ServerFactory interface {
	// StartFactory comes before the first BuildProtocol, once for each port:
	// when listening begins, or when the reactor starts if that is later.
	StartFactory()

	// BuildProtocol returns the protocol of a connection from peer, or nil to
	// refuse it: the connection is then closed, as it is after a panic.
	BuildProtocol(peer net.Addr) Protocol

	// StopFactory comes once for each StartFactory, when the port has stopped
	// listening and BuildProtocol will not be called again for it.
	StopFactory()
}

// FactoryFunc is a [ServerFactory] that has nothing to start or stop.
type FactoryFunc func(peer net.Addr) Protocol

var _ ServerFactory = FactoryFunc(nil)

// StartFactory does nothing.
func (f FactoryFunc) StartFactory() {}

// BuildProtocol calls f.
func (f FactoryFunc) BuildProtocol(peer net.Addr) Protocol { return f(peer) }

// StopFactory does nothing.
func (f FactoryFunc) StopFactory() {}

// Port is a place that a reactor listens at. Its methods are for the loop
// goroutine, or any one goroutine before the reactor runs.
type Port interface {
	// Addr is where it listens, with the port number that was found for port 0.
	Addr() net.Addr

	// StopListening frees the address before it returns. Connections that were
	// accepted live on. The deferred fires after StopFactory, when nothing is
	// accepted any more, and fails if the listener did not close well.
	StopListening() *deferred.Deferred[struct{}]
}
