package fakes

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"scansion/harness/reactor"
)

// Connection is a connection seen from outside: a handle for faults. It exists from
// the moment when somebody dials. Any goroutine may call its methods, which do nothing
// once it is over.
type Connection struct {
	network *Network
	id      int
	link    Link

	client, server     endpoint
	toServer, toClient flow // from the client, from the server

	stalled bool // Stall was called
	held    bool // nothing arrives, for that or another reason
	over    bool

	attempt    *attempt // of the client
	prev, next *Connection
}

// attempt is how it goes with connecting.
type attempt struct {
	settled bool
	err     error  // if settled
	changed func() // is called, with the lock held, once that is so
}

// ID is the connection's number in the log: 1 for the first that was begun.
func (c *Connection) ID() int { return c.id }

// Client is the address of the side that has dialled.
func (c *Connection) Client() net.Addr { return c.client.local }

// Server is the address that was dialled.
func (c *Connection) Server() net.Addr { return c.server.local }

// String shows the number and both addresses.
func (c *Connection) String() string {
	return fmt.Sprintf("#%d %v > %v", c.id, c.client.local, c.server.local)
}

// The functions below are called with the network's lock held.

// dial begins to connect from a host; changed is called, with the lock held, when it is
// known whether there is a connection. It fails where not even a segment can be sent.
func (n *Network) dial(from *Host, addr, local string, changed func()) (*Connection, error) {
	if n.closed {
		return nil, net.ErrClosed
	}
	target, err := from.resolve(addr)
	if err != nil {
		return nil, err
	}
	if target.any {
		target.ip = from.ip
	}
	source := hostAddr{host: from, ip: from.ip}
	if local != "" {
		if source, err = from.resolveOwn(local); err != nil {
			return nil, err
		}
	}
	if target.ip.IsLoopback() && (local == "" || source.any) {
		source.ip = target.ip
	}
	if err := from.reservePort(&source); err != nil {
		return nil, err
	}
	from.clientPorts[source.port] = true
	c := n.newConnection(source, target)
	c.attempt = &attempt{changed: changed}
	n.note(c, '>', "connect", func(b []byte) []byte {
		return fmt.Appendf(b, "%v %v", c.client.local, c.server.local)
	})
	n.onDial(c)
	if !c.attempt.settled {
		c.toServer.send(n.now(), segment{kind: synSegment})
	}
	return c, nil
}

// onDial calls the function of the config without the lock.
func (n *Network) onDial(c *Connection) {
	if n.config.OnDial != nil {
		n.mu.Unlock()
		defer n.mu.Lock()
		n.config.OnDial(c)
	}
}

func (n *Network) newConnection(source, target hostAddr) *Connection {
	n.connectionCount++
	c := &Connection{network: n, id: n.connectionCount, link: n.link(source.host, target.host)}
	local, remote := source.addr(), target.addr()
	c.client = endpoint{connection: c, host: source.host, local: local, remote: remote, out: &c.toServer, in: &c.toClient}
	c.server = endpoint{connection: c, host: target.host, local: remote, remote: local, out: &c.toClient, in: &c.toServer}
	c.server.closed, c.server.disconnected = true, true // until somebody listens
	c.toServer.init(c, '>', &c.client, &c.server)
	c.toClient.init(c, '<', &c.server, &c.client)
	c.held = n.severed(source.host, target.host)
	n.addConnection(c)
	return c
}

// synArrived is called when the client's SYN has arrived at the server.
func (c *Connection) synArrived() {
	n := c.network
	l := c.server.host.listeners[c.server.local.Port]
	if l == nil || !l.takes(c.server.local) {
		c.toClient.send(n.now(), segment{kind: refusalSegment})
		return
	}
	n.note(c, '>', "accept", nil)
	c.server.closed, c.server.disconnected = false, false
	l.options.apply(&c.server)
	c.toClient.send(n.now(), segment{kind: synAckSegment})
	l.backlog.push(&c.server)
	l.changed()
}

// answerArrived is called when the server's answer has arrived at the client.
func (c *Connection) answerArrived(kind segmentKind) {
	e := &c.client
	if kind == refusalSegment {
		c.network.note(c, '<', "refused", nil)
		wanted := !e.closed
		e.closed, e.disconnected = true, true
		if wanted {
			c.settle(os.NewSyscallError("connect", syscall.ECONNREFUSED))
		}
		return
	}
	c.network.note(c, '<', "connected", nil)
	if e.closed { // nobody waits for it any more
		e.reset()
		return
	}
	c.settle(nil)
	c.toServer.checkFault()
}

// settle ends connecting, with or without an error.
func (c *Connection) settle(err error) {
	if a := c.attempt; !a.settled {
		a.settled, a.err = true, err
		a.changed()
	}
}

// giveUp ends connecting because the client does not want it any more. What comes of
// what it has sent already, it does not learn.
func (c *Connection) giveUp() {
	switch {
	case c.client.closed:
	case c.attempt.settled:
		c.client.close()
	default:
		c.network.note(c, '-', "given up", nil)
		c.attempt.settled = true
		c.client.closed = true
		if c.held {
			c.toServer.discard() // it is not sent again
		}
		c.finish()
	}
}

// finish forgets a connection that is over.
func (c *Connection) finish() {
	if c.over || !c.client.closed || !c.server.closed || c.toServer.busy() || c.toClient.busy() {
		return
	}
	c.over = true
	delete(c.client.host.clientPorts, c.client.local.Port)
	c.network.removeConnection(c)
}

// opError is an error as package net has them.
func opError(op string, local, remote *net.TCPAddr, err error) error {
	e := &net.OpError{Op: op, Net: "tcp", Err: err}
	if local != nil {
		e.Source = local
	}
	if remote != nil {
		e.Addr = remote
	}
	return e
}

// listener is a port that somebody listens at.
type listener struct {
	host    *Host
	addr    *net.TCPAddr
	any     bool // at all of the host's addresses
	closed  bool
	options SocketOptions   // of the connections
	backlog fifo[*endpoint] // not accepted yet
	changed func()          // is called, with the lock held, when something has happened
}

// listen takes an address of a host. Somebody has to set the listener's changed.
func (h *Host) listen(addr string) (*listener, error) {
	p, err := h.resolveOwn(addr)
	switch {
	case h.network.closed:
		err = net.ErrClosed
	case err == nil:
		err = h.reservePort(&p)
	}
	if err != nil {
		return nil, opError("listen", nil, p.addr(), err)
	}
	l := &listener{host: h, addr: p.addr(), any: p.any}
	h.listeners[p.port] = l
	h.network.note(nil, '-', "listen", l.describe)
	return l, nil
}

// takes tells whether a connection to addr, with the right port, is for this listener.
func (l *listener) takes(addr *net.TCPAddr) bool { return l.any || l.addr.IP.Equal(addr.IP) }

func (l *listener) describe(b []byte) []byte { return fmt.Appendf(b, "%v", l.addr) }

// close frees the address, and resets what was not accepted.
func (l *listener) close() {
	if l.closed {
		return
	}
	l.closed = true
	delete(l.host.listeners, l.addr.Port)
	l.host.network.note(nil, '-', "stop listening", l.describe)
	for l.backlog.len() > 0 {
		l.backlog.pop().abort()
	}
	l.changed()
}

// refusedOrUnknown gives the reasons for which there is no connection the names that
// reactors know them by.
func refusedOrUnknown(err error) error {
	var unknown *net.DNSError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: %w", reactor.ErrConnectionRefused, err)
	case errors.As(err, &unknown):
		return fmt.Errorf("%w: %w", reactor.ErrNameNotFound, err)
	default:
		return err
	}
}
