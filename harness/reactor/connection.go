package reactor

import (
	"errors"
	"fmt"
	"io"
	"net"

	"scansion/internal/stack"
)

// stage is where in its life a connection is. It only goes forward.
type stage uint8

const (
	open      stage = iota
	flushing        // LoseConnection was called, output is left
	lingering       // our FIN is sent, the peer's has not come
	closed          // the socket is closed, and may not know yet
	lost            // ConnectionLost was called
)

// connection is the Transport that every reactor gives to its protocols.
type connection struct {
	base     *Base
	number   uint64 // of the connections of this reactor
	socket   Socket
	protocol Protocol
	onLost   func(reason error) // called after ConnectionLost; may be nil
	made     stack.Stack        // for Outstanding

	stage     stage
	peerDone  bool          // the peer's FIN has come
	writeDone bool          // our FIN is sent, or will be after what waits
	writing   bool          // the socket has not taken what it was given last
	unsent    [][]byte      // written, and not yet given to the socket
	buffered  int           // bytes that the socket has not taken
	producer  producerState // who writes as fast as the peer reads
	linger    DelayedCall   // ends the lingering stage
	reason    error         // why the socket was closed
}

var (
	_ Transport    = (*connection)(nil)
	_ SocketEvents = (*connection)(nil)
)

// newConnection makes a connection of a socket and a protocol.
func (b *Base) newConnection(socket Socket, protocol Protocol) *connection {
	b.made++
	c := &connection{base: b, number: b.made, socket: socket, protocol: protocol}
	b.connections[c] = struct{}{}
	return c
}

// start introduces the protocol.
func (c *connection) start() {
	c.socket.Start(c)
	c.call("ConnectionMade", func() { c.protocol.ConnectionMade(c) })
}

func (c *connection) Write(data []byte) {
	if c.stage != open || c.writeDone || len(data) == 0 {
		return
	}
	c.unsent = append(c.unsent, data)
	c.buffered += len(data)
	c.flush()
	c.producer.throttle(c)
}

func (c *connection) LoseWriteConnection() {
	if c.stage != open || c.writeDone {
		return
	}
	c.writeDone = true
	c.producer.stop(c)
	c.flush()
}

func (c *connection) LoseConnection() {
	if c.stage != open {
		return
	}
	c.stage = flushing
	c.socket.Discard()
	c.producer.stop(c)
	if c.writeDone && c.buffered == 0 {
		c.awaitFIN()
		return
	}
	c.flush()
}

func (c *connection) AbortConnection() { c.abort(ErrConnectionAborted) }

func (c *connection) Peer() net.Addr { return c.socket.RemoteAddr() }

func (c *connection) Host() net.Addr { return c.socket.LocalAddr() }

// flush does what is next to do about output, if anything.
func (c *connection) flush() {
	if c.writing || c.stage >= lingering {
		return
	}
	if len(c.unsent) > 0 {
		pieces := c.unsent
		c.unsent = nil
		if !c.socket.Write(pieces) {
			c.writing = true
			return
		}
		c.buffered = 0
		if c.producer.producer != nil {
			c.base.system.Post(func() { c.producer.refill(c) })
		}
	}
	if c.stage == flushing || c.writeDone {
		c.halfClose()
	}
}

// Written is described at [SocketEvents].
func (c *connection) Written(err error) {
	c.writing = false
	switch {
	case c.stage >= closed:
	case err != nil:
		c.close(lostTo(err))
	default:
		c.buffered = 0
		for _, data := range c.unsent {
			c.buffered += len(data)
		}
		c.flush()
		c.producer.refill(c)
	}
}

// halfClose sends our FIN. Where that is the end of the connection, the socket
// stays open for what the peer still sends: see LoseConnection.
func (c *connection) halfClose() {
	if c.peerDone || (c.stage == flushing && c.base.config.Linger < 0) {
		c.close(ErrConnectionDone)
		return
	}
	switch err := c.socket.CloseWrite(); {
	case errors.Is(err, errors.ErrUnsupported):
		c.close(ErrConnectionDone)
		return
	case err != nil:
		c.close(lostTo(err))
		return
	}
	c.writeDone = true
	if c.stage == flushing {
		c.awaitFIN()
	}
}

// awaitFIN waits for the peer's FIN after ours, for a while.
func (c *connection) awaitFIN() {
	if c.peerDone || c.base.config.Linger < 0 {
		c.close(ErrConnectionDone)
		return
	}
	c.stage = lingering
	c.linger = c.base.CallLater(c.base.config.Linger, func() { c.close(ErrConnectionDone) })
}

// Received is described at [SocketEvents].
func (c *connection) Received(data []byte) {
	if c.stage == open {
		c.call("DataReceived", func() { c.protocol.DataReceived(data) })
	}
}

// ReadEnded is described at [SocketEvents].
func (c *connection) ReadEnded(err error) {
	switch {
	case c.stage >= closed:
	case !errors.Is(err, io.EOF):
		c.close(lostTo(err))
	case c.stage == lingering:
		c.close(ErrConnectionDone)
	default:
		c.peerDone = true
		c.readLost()
	}
}

// readLost deals with the peer's FIN while we may have something to say.
func (c *connection) readLost() {
	if c.stage != open {
		return // what is being flushed goes on
	}
	if protocol, ok := c.protocol.(HalfCloser); ok {
		c.call("ReadConnectionLost", protocol.ReadConnectionLost)
		if !c.writeDone {
			return
		}
	}
	c.LoseConnection()
}

// end closes a connection because the reactor stops. A peer that has not been
// sent everything is reset, so that it cannot take the part that it has for the
// whole.
func (c *connection) end() {
	if c.stage == lingering {
		c.close(ErrConnectionDone)
		return
	}
	c.abort(ErrConnectionAborted)
}

// abort closes the socket with a reset.
func (c *connection) abort(reason error) {
	if c.stage < closed {
		c.release(reason)
		c.socket.Abort()
	}
}

// close closes the socket.
func (c *connection) close(reason error) {
	if c.stage < closed {
		c.release(reason)
		c.socket.Close()
	}
}

// release lets go of everything that a closed connection does not need.
func (c *connection) release(reason error) {
	c.stage = closed
	c.reason = reason
	c.unsent, c.buffered = nil, 0
	if c.linger != nil && c.linger.Active() {
		_ = c.linger.Cancel() // it is active
	}
}

// Closed is described at [SocketEvents]. It tells the protocol.
func (c *connection) Closed() {
	c.stage = lost
	delete(c.base.connections, c)
	c.producer.stop(c)
	c.base.guard("ConnectionLost", func() { c.protocol.ConnectionLost(c.reason) })
	if c.onLost != nil {
		c.onLost(c.reason)
	}
	c.base.checkDisconnected()
}

// call calls the protocol, which does not survive a panic.
func (c *connection) call(callback string, f func()) {
	if err := c.base.guard(callback, f); err != nil {
		c.abort(err)
	}
}

// lostTo is the reason of a connection that the network took from us.
func lostTo(err error) error { return fmt.Errorf("%w: %w", ErrConnectionLost, err) }
