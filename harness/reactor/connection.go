package reactor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
)

// A connection reads into a buffer that starts small, since most peers of a server
// say little, and grows with what comes.
const (
	firstReadBuffer = 1 << 10
	lastReadBuffer  = 16 << 10
)

// phase is where in its life a connection is. It only goes forward.
type phase uint8

const (
	open      phase = iota
	flushing        // LoseConnection was called, output is left
	lingering       // our FIN is sent, the peer's has not come
	closed          // the socket is closed, the goroutines may not know yet
	lost            // ConnectionLost was called
)

// connection is the Transport of a TCP reactor. Its fields belong to the loop
// goroutine, but for those at the end.
type connection struct {
	reactor  *TCP
	socket   net.Conn
	protocol Protocol

	phase    phase
	reading  bool        // there is a goroutine in read
	writing  bool        // there is a goroutine in write
	peerDone bool        // the peer's FIN has come
	unsent   [][]byte    // written, and not yet given to write
	linger   DelayedCall // ends the lingering phase
	reason   error       // why the socket was closed

	deaf     atomic.Bool   // the reader is to discard what comes
	consumed chan struct{} // tells the reader that the loop has dealt with its data
}

var _ Transport = (*connection)(nil)

func (c *connection) Write(data []byte) {
	if c.phase != open || len(data) == 0 {
		return
	}
	c.unsent = append(c.unsent, data)
	c.flush()
}

func (c *connection) LoseConnection() {
	if c.phase != open {
		return
	}
	c.phase = flushing
	c.deaf.Store(true)
	c.flush()
}

func (c *connection) AbortConnection() { c.abort(ErrConnectionAborted) }

func (c *connection) Peer() net.Addr { return c.socket.RemoteAddr() }

func (c *connection) Host() net.Addr { return c.socket.LocalAddr() }

// start introduces the protocol, then reads.
func (c *connection) start() {
	c.call("ConnectionMade", func() { c.protocol.ConnectionMade(c) })
	if c.phase >= closed {
		return
	}
	c.reading = true
	c.reactor.goroutines.Go(c.read)
}

// read posts what comes to the loop, a piece at a time. Once the connection is
// deaf it reads on only to empty the kernel's buffer.
func (c *connection) read() {
	buffer := make([]byte, firstReadBuffer)
	for {
		n, err := c.socket.Read(buffer)
		if n > 0 && !c.deaf.Load() {
			data := bytes.Clone(buffer[:n])
			c.reactor.post(func() { c.received(data) })
			<-c.consumed
		}
		if err != nil {
			c.reactor.post(func() { c.readEnded(err) })
			return
		}
		if n == len(buffer) && n < lastReadBuffer {
			buffer = make([]byte, 4*n)
		}
	}
}

func (c *connection) received(data []byte) {
	if c.phase == open {
		c.call("DataReceived", func() { c.protocol.DataReceived(data) })
	}
	c.consumed <- struct{}{}
}

func (c *connection) readEnded(err error) {
	c.reading = false
	switch {
	case c.phase >= closed:
		c.finish()
	case !errors.Is(err, io.EOF):
		c.close(lostTo(err))
	case c.phase == lingering:
		c.close(ErrConnectionDone)
	default:
		c.peerDone = true
		c.readLost()
	}
}

// readLost deals with the peer's FIN while we may have something to say.
func (c *connection) readLost() {
	if c.phase != open {
		return // what is being flushed goes on
	}
	if protocol, ok := c.protocol.(HalfCloser); ok {
		c.call("ReadConnectionLost", protocol.ReadConnectionLost)
		return
	}
	c.LoseConnection()
}

// flush does what is next to do about output, if anything.
func (c *connection) flush() {
	switch {
	case c.writing:
	case len(c.unsent) > 0:
		batch := c.unsent
		c.unsent = nil
		c.writing = true
		c.reactor.goroutines.Go(func() { c.write(batch) })
	case c.phase == flushing:
		c.halfClose()
	}
}

// write sends a batch, then lets the loop know.
func (c *connection) write(batch [][]byte) {
	var err error
	for i, data := range batch {
		if _, err = c.socket.Write(data); err != nil {
			break
		}
		batch[i] = nil // it may be large, and the rest may take long
	}
	c.reactor.post(func() { c.written(err) })
}

func (c *connection) written(err error) {
	c.writing = false
	switch {
	case c.phase >= closed:
		c.finish()
	case err != nil:
		c.close(lostTo(err))
	default:
		c.flush()
	}
}

// halfClose sends our FIN and leaves the socket open for the reader to discard
// what the peer still sends: see LoseConnection.
func (c *connection) halfClose() {
	socket, ok := c.socket.(interface{ CloseWrite() error })
	if !ok || c.peerDone || c.reactor.config.Linger < 0 {
		c.close(ErrConnectionDone)
		return
	}
	if err := socket.CloseWrite(); err != nil {
		c.close(lostTo(err))
		return
	}
	c.phase = lingering
	c.linger = c.reactor.CallLater(c.reactor.config.Linger, func() { c.close(ErrConnectionDone) })
}

// end closes a connection because the reactor stops. A peer that has not been
// sent everything is reset, so that it cannot take the part that it has for the
// whole.
func (c *connection) end() {
	if c.phase == lingering {
		c.close(ErrConnectionDone)
		return
	}
	c.abort(ErrConnectionAborted)
}

// abort closes the socket with a reset.
func (c *connection) abort(reason error) {
	if c.phase >= closed {
		return
	}
	if socket, ok := c.socket.(interface{ SetLinger(seconds int) error }); ok {
		if err := socket.SetLinger(0); err != nil {
			c.reactor.log.Debug("cannot reset the connection, only close it", "peer", c.Peer(), "error", err)
		}
	}
	c.close(reason)
}

// close closes the socket. ConnectionLost follows when no goroutine uses it any
// more, and not before the running callback has returned.
func (c *connection) close(reason error) {
	if c.phase >= closed {
		return
	}
	c.phase = closed
	c.reason = reason
	c.unsent = nil
	c.deaf.Store(true)
	if c.linger != nil && c.linger.Active() {
		_ = c.linger.Cancel() // it is active
	}
	c.reactor.closeSocket(c.socket)
	c.reactor.post(c.finish)
}

// finish tells the protocol of the end, once everything has come to it.
func (c *connection) finish() {
	if c.reading || c.writing || c.phase == lost {
		return
	}
	c.phase = lost
	delete(c.reactor.connections, c)
	c.reactor.guard("ConnectionLost", func() { c.protocol.ConnectionLost(c.reason) })
}

// call calls the protocol, which does not survive a panic.
func (c *connection) call(callback string, f func()) {
	if err := c.reactor.guard(callback, f); err != nil {
		c.abort(err)
	}
}

// closeSocket closes a socket that nobody is interested in any more.
func (r *TCP) closeSocket(socket net.Conn) {
	if err := socket.Close(); err != nil {
		r.log.Debug("the socket did not close well", "peer", socket.RemoteAddr(), "error", err)
	}
}

// lostTo is the reason of a connection that the network took from us.
func lostTo(err error) error { return fmt.Errorf("%w: %w", ErrConnectionLost, err) }
