package fakes

import (
	"context"
	"net"
	"sync"
)

// Listen takes an address ("host:port") of this host for ordinary blocking code. The
// host part may be empty, for all addresses of this host; its name or IP address; or a
// loopback address, which only this host can reach. Port 0 is the next free one, from
// 49152 on. It fails with a [*net.OpError] around EADDRINUSE if the port is taken.
func (h *Host) Listen(addr string) (*Listener, error) {
	return h.ListenWith(addr, SocketOptions{})
}

// ListenWith is Listen with options, which the connections that it accepts have from
// their first byte on.
func (h *Host) ListenWith(addr string, options SocketOptions) (*Listener, error) {
	h.network.mu.Lock()
	defer h.network.mu.Unlock()
	l, err := h.listen(addr)
	if err != nil {
		return nil, err
	}
	waiting := sync.NewCond(&h.network.mu)
	l.changed = waiting.Broadcast
	l.options = options
	return &Listener{listener: l, waiting: waiting}, nil
}

// Listener is a port that ordinary blocking code accepts connections at. Any number of
// goroutines may use it.
type Listener struct {
	listener *listener
	waiting  *sync.Cond
}

var _ net.Listener = (*Listener)(nil)

// Addr is where it listens, with the port that it got.
func (l *Listener) Addr() net.Addr { return l.listener.addr }

// Accept waits for a connection, which is a [*Conn]. It fails with a [*net.OpError]
// around [net.ErrClosed] when the listener is closed.
func (l *Listener) Accept() (net.Conn, error) {
	l.waiting.L.Lock()
	defer l.waiting.L.Unlock()
	for !l.listener.closed {
		if l.listener.backlog.len() > 0 {
			return newConn(l.listener.backlog.pop()), nil
		}
		l.waiting.Wait()
	}
	return nil, opError("accept", nil, l.listener.addr, net.ErrClosed)
}

// Close frees the address, and resets the connections that were not accepted.
func (l *Listener) Close() error {
	l.waiting.L.Lock()
	defer l.waiting.L.Unlock()
	if l.listener.closed {
		return opError("close", nil, l.listener.addr, net.ErrClosed)
	}
	l.listener.close()
	return nil
}

// Dial connects to an address ("host:port") from this host, for ordinary blocking code.
// The host part may be a name or IP address of any host, or empty or a loopback address
// for this one. It waits until the connection stands or the context is done. It fails
// with a [*net.OpError] around ECONNREFUSED, a [*net.DNSError], or the context's error.
func (h *Host) Dial(ctx context.Context, addr string) (*Conn, error) {
	return h.DialWith(ctx, addr, SocketOptions{})
}

// DialWith is Dial with options, which the connection has from its first byte on.
func (h *Host) DialWith(ctx context.Context, addr string, options SocketOptions) (*Conn, error) {
	h.network.mu.Lock()
	defer h.network.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, opError("dial", nil, nil, err)
	}
	waiting := sync.NewCond(&h.network.mu)
	c, err := h.network.dial(h, addr, "", waiting.Broadcast)
	if err != nil {
		return nil, opError("dial", nil, nil, err)
	}
	options.apply(&c.client)
	release := context.AfterFunc(ctx, func() {
		h.network.mu.Lock()
		defer h.network.mu.Unlock()
		waiting.Broadcast()
	})
	defer release()
	for !c.attempt.settled {
		if err := ctx.Err(); err != nil {
			c.giveUp()
			return nil, opError("dial", nil, c.client.remote, err)
		}
		waiting.Wait()
	}
	if err := c.attempt.err; err != nil {
		return nil, opError("dial", nil, c.client.remote, err)
	}
	return newConn(&c.client), nil
}

// DialContext is Dial with the parameters of [net.Dialer.DialContext], for a
// [net/http.Transport] and the like. The network has to be "tcp".
func (h *Host) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if network != "tcp" {
		return nil, opError("dial", nil, nil, net.UnknownNetworkError(network))
	}
	conn, err := h.Dial(ctx, addr)
	if err != nil {
		return nil, err // and not a *Conn that is nil
	}
	return conn, nil
}
