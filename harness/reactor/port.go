package reactor

import (
	"errors"
	"net"
	"slices"
	"time"
)

// How long to wait before accepting again after a failure, such as running out of
// file descriptors: twice as long each time, until one succeeds.
const (
	firstRetry = 5 * time.Millisecond
	lastRetry  = time.Second
)

// port is the Port of a TCP reactor. Its fields belong to the loop goroutine.
type port struct {
	reactor  *TCP
	listener net.Listener
	factory  ServerFactory

	started   bool        // StartFactory was called
	accepting bool        // there is a goroutine in accept
	closed    bool        // the listener is
	finished  bool        // the reactor has forgotten the port
	failures  int         // to accept, since the last success
	retry     DelayedCall // to accept again; nil or inactive if not waiting
}

func (p *port) Addr() net.Addr { return p.listener.Addr() }

func (p *port) StopListening() error {
	if p.closed {
		return nil
	}
	p.closed = true
	err := p.listener.Close()
	if !p.accepting {
		p.reactor.post(p.ended)
	}
	if errors.Is(err, net.ErrClosed) {
		return nil // somebody closed it behind our back, which is as good
	}
	return err
}

// start begins to accept.
func (p *port) start() {
	if p.closed {
		return
	}
	p.started = true
	p.reactor.guard("StartFactory", p.factory.StartFactory)
	p.resume()
}

// resume accepts in a goroutine of its own, until there is an error. The
// goroutine ends at each error, so that waiting after one is the loop's business.
func (p *port) resume() {
	if p.closed {
		return
	}
	p.accepting = true
	p.reactor.goroutines.Go(func() {
		for {
			socket, err := p.listener.Accept()
			if err != nil {
				p.reactor.post(func() { p.acceptFailed(err) })
				return
			}
			p.reactor.post(func() { p.accepted(socket) })
		}
	})
}

func (p *port) accepted(socket net.Conn) {
	p.failures = 0
	r := p.reactor
	var protocol Protocol
	if r.current() == running {
		r.guard("BuildProtocol", func() { protocol = p.factory.BuildProtocol(socket.RemoteAddr()) })
	}
	if protocol == nil {
		r.closeSocket(socket)
		return
	}
	c := &connection{reactor: r, socket: socket, protocol: protocol, consumed: make(chan struct{}, 1)}
	r.connections[c] = struct{}{}
	c.start()
}

func (p *port) acceptFailed(err error) {
	p.accepting = false
	if p.closed || errors.Is(err, net.ErrClosed) {
		p.closed = true
		p.ended()
		return
	}
	wait := min(firstRetry<<min(p.failures, 10), lastRetry)
	p.failures++
	p.reactor.log.Warn("cannot accept a connection", "addr", p.Addr(), "error", err, "again in", wait)
	p.retry = p.reactor.CallLater(wait, p.resume)
}

// ended finishes a port whose listener is closed. When the reactor stops it does so
// itself, after the connections.
func (p *port) ended() {
	if p.reactor.current() == running {
		p.finish()
	}
}

// finish forgets the port, which does not accept any more.
func (p *port) finish() {
	if p.finished {
		return
	}
	p.finished = true
	if p.retry != nil && p.retry.Active() {
		_ = p.retry.Cancel() // it is active
	}
	p.reactor.ports = slices.DeleteFunc(p.reactor.ports, func(other *port) bool { return other == p })
	if p.started {
		p.reactor.guard("StopFactory", p.factory.StopFactory)
	}
}
