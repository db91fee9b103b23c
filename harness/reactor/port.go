package reactor

import (
	"errors"
	"fmt"
	"net"
	"slices"

	"scansion/harness/deferred"
	"scansion/internal/stack"
)

// port is the Port that every reactor gives. Its fields belong to the loop
// goroutine.
type port struct {
	base     *Base
	listener Listener
	factory  ServerFactory
	made     stack.Stack // for Outstanding

	started  bool // StartFactory was called
	accepts  bool // Accept was called, and has not said that it is closed
	closing  bool // Close was called
	finished bool // the reactor has forgotten the port
	failure  error
	waiting  []*deferred.Deferred[struct{}] // of StopListening
}

// ListenTCP is described at [Reactor].
func (b *Base) ListenTCP(addr string, factory ServerFactory) (Port, error) {
	listener, err := b.system.Listen(addr)
	if err != nil {
		return nil, err // it says what was tried, and where
	}
	port, err := b.Adopt(listener, factory)
	if err != nil {
		_ = listener.Close() // nothing has come of it
		return nil, err
	}
	return port, nil
}

// Adopt is ListenTCP on a listener that the system has made elsewhere. The listener
// is the reactor's from then on, unless there is an error.
func (b *Base) Adopt(listener Listener, factory ServerFactory) (Port, error) {
	switch {
	case isNil(listener):
		return nil, fmt.Errorf("cannot listen without a listener: %w", deferred.ErrNil)
	case isNil(factory):
		return nil, fmt.Errorf("cannot listen at %v without a factory: %w", listener.Addr(), deferred.ErrNil)
	case b.current() >= stopping:
		return nil, fmt.Errorf("cannot listen at %v: %w", listener.Addr(), ErrStopped)
	}
	p := &port{base: b, listener: listener, factory: factory, made: b.callers()}
	b.ports = append(b.ports, p)
	b.whenBegun(p.start)
	return p, nil
}

func (p *port) Addr() net.Addr { return p.listener.Addr() }

func (p *port) StopListening() *deferred.Deferred[struct{}] {
	d := deferred.New[struct{}]()
	p.waiting = append(p.waiting, d)
	p.close()
	if p.finished {
		p.answer()
	}
	return d
}

// start begins to accept.
func (p *port) start() {
	if p.closing {
		return
	}
	p.started, p.accepts = true, true
	p.base.guard("StartFactory", p.factory.StartFactory)
	p.listener.Accept(p.accepted, p.ended)
}

// close frees the address.
func (p *port) close() {
	if p.closing {
		return
	}
	p.closing = true
	if err := p.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		p.failure = err
		p.base.log.Warn("the listener did not close well", "addr", p.Addr(), "error", err)
	}
	if !p.accepts {
		p.ended()
	}
}

func (p *port) accepted(socket Socket) {
	var protocol Protocol
	if !p.base.disconnecting {
		p.base.guard("BuildProtocol", func() { protocol = p.factory.BuildProtocol(socket.RemoteAddr()) })
	}
	if protocol == nil {
		socket.Close()
		return
	}
	c := p.base.newConnection(socket, protocol)
	c.made = p.made
	c.start()
}

// ended finishes a port that does not accept any more. When the reactor shuts down
// that comes later, after the connections.
func (p *port) ended() {
	p.accepts, p.closing = false, true
	if p.base.disconnecting {
		p.base.checkDisconnected()
		return
	}
	p.finish()
}

// finish forgets the port.
func (p *port) finish() {
	if p.finished {
		return
	}
	p.finished = true
	p.base.ports = slices.DeleteFunc(p.base.ports, func(other *port) bool { return other == p })
	if p.started {
		p.base.guard("StopFactory", p.factory.StopFactory)
	}
	p.answer()
}

// answer fires what StopListening has returned.
func (p *port) answer() {
	waiting := p.waiting
	p.waiting = nil
	for _, d := range waiting {
		if p.failure != nil {
			_ = d.Errback(p.failure) // once
			continue
		}
		_ = d.Callback(struct{}{}) // once
	}
}
