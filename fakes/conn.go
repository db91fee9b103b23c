package fakes

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"scansion/harness/reactor"
)

// Conn is one side of a connection for ordinary blocking code, which any number of
// goroutines may use, as they may a [net.TCPConn]. Its errors are those of package net:
// a [*net.OpError] around [net.ErrClosed], [os.ErrDeadlineExceeded], or the system call
// error ECONNRESET or EPIPE; only the peer's FIN is a bare [io.EOF]. Unlike a kernel's, a
// connection that was reset says so at every Read, not only at the first.
//
// Deadlines are times of the network's clock: see [Network.Now].
type Conn struct {
	end     *endpoint
	readers waiters
	writers waiters

	// The network's lock guards the rest.
	resetOnClose bool // Close is to reset the connection
	readClosed   bool // CloseRead was called
	writing      bool // somebody is in Write
}

var (
	_ net.Conn = (*Conn)(nil)
	_ owner    = (*Conn)(nil)
)

// newConn gives a side of a connection to blocking code. The lock is held.
func newConn(e *endpoint) *Conn {
	n := e.connection.network
	c := &Conn{end: e, readers: newWaiters(n), writers: newWaiters(n)}
	e.owner = c
	return c
}

// Connection is the connection as it is seen from outside.
func (c *Conn) Connection() *Connection { return c.end.connection }

// LocalAddr is this side's address.
func (c *Conn) LocalAddr() net.Addr { return c.end.local }

// RemoteAddr is the peer's.
func (c *Conn) RemoteAddr() net.Addr { return c.end.remote }

// Read is described at [net.Conn].
func (c *Conn) Read(p []byte) (int, error) {
	defer c.locked().Unlock()
	for {
		if err := c.usable(&c.readers); err != nil {
			return 0, c.error("read", err)
		}
		if len(p) == 0 {
			return 0, nil
		}
		if c.end.bytesReceived > 0 {
			return c.end.readInto(p), nil
		}
		if finished, err := c.end.finished(); err != nil {
			return 0, c.error("read", err)
		} else if finished || c.readClosed {
			return 0, io.EOF
		}
		c.readers.wait()
	}
}

// Write is described at [net.Conn]. It returns when the network has taken all, which
// does not mean that it has arrived.
func (c *Conn) Write(p []byte) (int, error) {
	defer c.locked().Unlock()
	for c.writing && !c.end.closed {
		c.writers.wait()
	}
	c.writing = true
	defer func() {
		c.writing = false
		c.writers.wake()
	}()
	written := 0
	for {
		err := c.usable(&c.writers)
		if err == nil {
			err = c.end.writeError()
		}
		if err != nil {
			return written, c.error("write", err)
		}
		n := c.end.out.buffer(p[written:])
		written += n
		c.end.out.transmit()
		if written == len(p) {
			return written, nil
		}
		if n == 0 {
			c.writers.wait()
		}
	}
}

// CloseWrite has a FIN follow what was written. It fails with ENOTCONN if the connection
// was reset.
func (c *Conn) CloseWrite() error {
	defer c.locked().Unlock()
	if c.end.closed {
		return c.error("close", net.ErrClosed)
	}
	if c.end.wasReset {
		return c.error("close", os.NewSyscallError("shutdown", syscall.ENOTCONN))
	}
	c.end.closeWrite()
	c.writers.wake()
	return nil
}

// SetLinger has Close reset the connection if seconds is zero, and otherwise not. No
// Close waits.
func (c *Conn) SetLinger(seconds int) error {
	return c.set(func() { c.resetOnClose = seconds == 0 })
}

// CloseRead ends reading: a Read that would wait returns [io.EOF]. The peer does not
// learn of it, and what it sends is still received, as on Linux.
func (c *Conn) CloseRead() error {
	return c.set(func() {
		c.readClosed = true
		c.readers.wake()
	})
}

// SetReadBuffer bounds how many bytes may be under way to, or wait at, this side: see
// [Link]. Unlike a kernel it takes the number literally, from 1 on. What is there already
// stays.
func (c *Conn) SetReadBuffer(bytes int) error {
	return c.set(func() {
		c.end.in.receiveBuffer = max(1, bytes)
		c.end.in.transmit()
	})
}

// SetWriteBuffer bounds how many bytes the network takes from this side before they are
// under way: see [Link] and SetReadBuffer.
func (c *Conn) SetWriteBuffer(bytes int) error {
	return c.set(func() {
		c.end.out.sendBuffer = max(1, bytes)
		c.writers.wake()
	})
}

// SetNoDelay does nothing: the network sends at once what it has room for.
func (c *Conn) SetNoDelay(bool) error { return c.set(func() {}) }

// SetKeepAlive does nothing: no peer of this network vanishes.
func (c *Conn) SetKeepAlive(bool) error { return c.set(func() {}) }

// set changes something of a connection that is not closed.
func (c *Conn) set(change func()) error {
	defer c.locked().Unlock()
	if c.end.closed {
		return c.error("set", net.ErrClosed)
	}
	change()
	return nil
}

// Close closes both directions, and returns at once. What was written is still sent,
// with a FIN after it; but if something is left to read, or SetLinger(0) was called, the
// connection is reset.
func (c *Conn) Close() error {
	defer c.locked().Unlock()
	if c.end.closed {
		return c.error("close", net.ErrClosed)
	}
	if c.resetOnClose {
		c.end.abort()
	} else {
		c.end.close()
	}
	c.readers.close()
	c.writers.close()
	return nil
}

// SetDeadline is described at [net.Conn].
func (c *Conn) SetDeadline(t time.Time) error { return c.setDeadlines(t, &c.readers, &c.writers) }

// SetReadDeadline is described at [net.Conn].
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadlines(t, &c.readers) }

// SetWriteDeadline is described at [net.Conn].
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(t, &c.writers) }

func (c *Conn) setDeadlines(t time.Time, of ...*waiters) error {
	return c.set(func() {
		for _, w := range of {
			w.until(t)
			if c.end.wasReset {
				w.stop()
			}
		}
	})
}

// The functions below are called with the network's lock held, but for locked.

func (c *Conn) readable() {
	if c.end.wasReset { // nobody waits from now on
		c.readers.stop()
		c.writers.stop()
	}
	c.readers.wake()
}

func (c *Conn) writable() {
	if c.end.out.bytesBuffered <= c.end.out.sendBuffer/2 {
		c.writers.wake()
	}
}

func (c *Conn) coalesces() bool { return true }

// usable tells why a method cannot be begun, or gone on with.
func (c *Conn) usable(w *waiters) error {
	if c.end.closed {
		return net.ErrClosed
	}
	return w.expired()
}

func (c *Conn) error(op string, err error) error {
	return opError(op, c.end.local, c.end.remote, err)
}

// locked takes the network's lock, and returns it, to be unlocked.
func (c *Conn) locked() *sync.Mutex {
	mu := &c.end.connection.network.mu
	mu.Lock()
	return mu
}

// waiters are goroutines that wait for one thing, until a deadline.
type waiters struct {
	network  *Network
	changed  *sync.Cond
	deadline time.Time           // zero if there is none
	timer    reactor.DelayedCall // wakes them then; may be nil, or have fired
}

func newWaiters(n *Network) waiters {
	return waiters{network: n, changed: sync.NewCond(&n.mu)}
}

func (w *waiters) wait() { w.changed.Wait() }

func (w *waiters) wake() { w.changed.Broadcast() }

// until sets a deadline.
func (w *waiters) until(t time.Time) {
	w.deadline = t
	w.stop()
	w.wake()
	if left := t.Sub(w.network.loop.Now()); left > 0 {
		w.timer = w.network.loop.later(left, func() {
			w.network.mu.Lock()
			defer w.network.mu.Unlock()
			w.wake()
		})
	}
}

// expired is an error once the deadline has come.
func (w *waiters) expired() error {
	if w.deadline.IsZero() || w.network.loop.Now().Before(w.deadline) {
		return nil
	}
	return os.ErrDeadlineExceeded
}

// close wakes all for good.
func (w *waiters) close() {
	w.stop()
	w.wake()
}

func (w *waiters) stop() {
	if w.timer != nil {
		_ = w.timer.Cancel() // it may have fired
		w.timer = nil
	}
}
