package fakes

import (
	"log/slog"
	"net"
	"time"

	"scansion/harness/reactor"
)

// system is the System of a Reactor.
type system struct {
	host  *Host
	loop  Loop
	log   *slog.Logger
	ended chan struct{} // closed when the reactor has ended

	// The rest is for the loop.
	over  bool
	calls map[*reactorCall]struct{} // still to come
}

var _ reactor.System = (*system)(nil)

func newSystem(h *Host, log *slog.Logger) *system {
	return &system{host: h, loop: h.network.loop, log: log, ended: make(chan struct{}), calls: map[*reactorCall]struct{}{}}
}

// end is called when the reactor has ended: delayed calls that are left never run.
func (s *system) end() {
	if s.over {
		return
	}
	s.over = true
	for call := range s.calls {
		_ = call.DelayedCall.Cancel() // it is active
	}
	s.calls = nil
	close(s.ended)
}

func (s *system) Now() time.Time { return s.loop.Now() }

// reactorCall is a call that ends with its reactor, though its clock goes on.
type reactorCall struct {
	reactor.DelayedCall
	system *system
}

func (c *reactorCall) Cancel() error {
	delete(c.system.calls, c)
	return c.DelayedCall.Cancel()
}

func (s *system) CallLater(d time.Duration, f func()) reactor.DelayedCall {
	call := &reactorCall{system: s}
	call.DelayedCall = s.loop.later(d, func() {
		delete(s.calls, call)
		if !s.over {
			f()
		}
	})
	if !s.over {
		s.calls[call] = struct{}{}
	}
	return call
}

func (s *system) Post(f func()) {
	s.loop.Post(func() {
		if !s.over {
			f()
		}
	})
}

// Go posts f, for nobody can wait here.
func (s *system) Go(f func()) { s.Post(f) }

func (s *system) Listen(addr string) (reactor.Listener, error) {
	n := s.host.network
	n.mu.Lock()
	defer n.mu.Unlock()
	l, err := s.host.listen(addr)
	if err != nil {
		return nil, err
	}
	p := &port{system: s, listener: l}
	l.changed = p.changed
	return p, nil
}

func (s *system) Dial(addr, local string, done func(reactor.Socket, error)) (cancel func()) {
	n := s.host.network
	n.mu.Lock()
	defer n.mu.Unlock()
	reported := false // or cancelled; for the loop
	var c *Connection
	settled := func() {
		if reported {
			return
		}
		reported = true
		socket, err := s.dialled(c)
		if err != nil {
			done(nil, err)
			return
		}
		done(socket, nil)
	}
	c, err := n.dial(s.host, addr, local, func() { s.loop.Post(settled) })
	if err != nil {
		s.loop.Post(func() {
			if !reported {
				done(nil, refusedOrUnknown(opError("dial", nil, nil, err)))
			}
		})
	}
	return func() {
		if reported {
			return
		}
		reported = true
		if c != nil {
			n.mu.Lock()
			defer n.mu.Unlock()
			c.giveUp()
		}
	}
}

// dialled returns what has come of dialling.
func (s *system) dialled(c *Connection) (reactor.Socket, error) {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	if err := c.attempt.err; err != nil {
		return nil, refusedOrUnknown(opError("dial", c.client.local, c.client.remote, err))
	}
	return newSocket(s, &c.client), nil
}

// port is a listener for a reactor.
type port struct {
	system   *system
	listener *listener

	// The network's lock guards the rest.
	accepted func(reactor.Socket)
	closed   func()
	posted   bool // accept is
}

var _ reactor.Listener = (*port)(nil)

func (p *port) Addr() net.Addr { return p.listener.addr }

func (p *port) Accept(accepted func(reactor.Socket), closed func()) {
	mu := &p.listener.host.network.mu
	mu.Lock()
	defer mu.Unlock()
	p.accepted, p.closed = accepted, closed
	p.changed()
}

func (p *port) Close() error {
	mu := &p.listener.host.network.mu
	mu.Lock()
	defer mu.Unlock()
	if p.listener.closed {
		return opError("close", nil, p.listener.addr, net.ErrClosed)
	}
	p.listener.close()
	return nil
}

// changed has accept called on the loop, if Accept was. The lock is held.
func (p *port) changed() {
	if p.closed != nil && !p.posted {
		p.posted = true
		p.system.loop.Post(p.accept)
	}
}

// accept accepts all that there is.
func (p *port) accept() {
	mu := &p.listener.host.network.mu
	mu.Lock()
	p.posted = false
	for p.listener.backlog.len() > 0 {
		socket := newSocket(p.system, p.listener.backlog.pop())
		mu.Unlock()
		p.accepted(socket)
		mu.Lock()
	}
	closed := p.closed
	if !p.listener.closed {
		closed = nil
	} else {
		p.closed = nil
	}
	mu.Unlock()
	if closed != nil {
		closed()
	}
}
