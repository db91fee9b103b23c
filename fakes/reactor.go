package fakes

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// Reactor is a [reactor.Reactor] on a [Host] of a [Network]. It is Twisted's
// MemoryReactor and more: it can tell what was listened at and connected to, and it
// does listen and connect.
//
// Everything that happens to it happens as the network's clock moves, and is called
// back on the goroutine that moves it. Any number of reactors, on one host or many, may
// run side by side. To have it run, call Start and then move the clock, or call Run,
// which moves the clock for all.
//
// Its methods are for the loop goroutine, or for the goroutine that moves the clock
// while it does not; any goroutine may call Now, CallFromThread and Stop. What
// CallInThread is given must not block.
type Reactor struct {
	*reactor.Base
	system   *system
	listens  []Listening
	connects []Connecting
}

var _ reactor.Reactor = (*Reactor)(nil)

// Listening is what ListenTCP was asked for.
type Listening struct {
	Addr    string
	Factory reactor.ServerFactory
	Port    reactor.Port // nil if there was an error
	Err     error
}

// Connecting is what ConnectTCP was asked for.
type Connecting struct {
	Addr      string
	Factory   reactor.ClientFactory
	Options   reactor.ConnectOptions // as they were given
	Connector reactor.Connector
}

// Reactor returns a reactor on this host that is yet to start.
func (h *Host) Reactor(config reactor.Config) *Reactor {
	n := h.network
	config.Trace = config.Trace || n.config.Trace
	config.Logger = cmp.Or(config.Logger, slog.Default())
	s := newSystem(h, config.Logger)
	r := &Reactor{Base: reactor.NewBase(s, config), system: s}
	r.AddSystemEventTrigger(reactor.After, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
		s.loop.Post(func() { // when the reactor has ended
			s.loop.Post(func() { // and what it has posted last is done
				s.end()
				n.mu.Lock()
				defer n.mu.Unlock()
				n.reactors = slices.DeleteFunc(n.reactors, func(other *Reactor) bool { return other == r })
			})
		})
		return nil
	})
	n.mu.Lock()
	defer n.mu.Unlock()
	n.reactors = append(n.reactors, r)
	return r
}

// Host is where the reactor is.
func (r *Reactor) Host() *Host { return r.system.host }

// Run is described at [reactor.Reactor]. On a [Clock], it starts the reactor and moves
// the clock from one event to the next, until the reactor has ended. What happens at
// one time happens in turns of the loop, and the context is looked at before each. If
// there is nothing left that could happen, but the reactor was not stopped, it returns
// [ErrDeadlock] with a list of what is open, and the reactor can still be stopped.
// On a [TimerClock], it waits.
func (r *Reactor) Run(ctx context.Context) error { return r.system.loop.drive(ctx, r) }

// ListenTCP is described at [reactor.Reactor].
func (r *Reactor) ListenTCP(addr string, factory reactor.ServerFactory) (reactor.Port, error) {
	port, err := r.Base.ListenTCP(addr, factory)
	r.listens = append(r.listens, Listening{Addr: addr, Factory: factory, Port: port, Err: err})
	return port, err
}

// ConnectTCP is described at [reactor.Reactor].
func (r *Reactor) ConnectTCP(addr string, factory reactor.ClientFactory, options reactor.ConnectOptions) reactor.Connector {
	connector := r.Base.ConnectTCP(addr, factory, options)
	r.connects = append(r.connects, Connecting{Addr: addr, Factory: factory, Options: options, Connector: connector})
	return connector
}

// Listens returns what ListenTCP was asked for, in order.
func (r *Reactor) Listens() []Listening { return slices.Clone(r.listens) }

// Connects returns what ConnectTCP was asked for, in order. Connectors that connect
// again are not counted again.
func (r *Reactor) Connects() []Connecting { return slices.Clone(r.connects) }
