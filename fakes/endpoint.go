package fakes

import (
	"net"
	"os"
	"syscall"
)

// owner is who has one side of a connection. Its methods are called with the network's
// lock held, and do no more than have somebody look.
type owner interface {
	readable() // something was received, or reading has come to an end
	writable() // something was sent that had to wait, or writing has come to an end

	// coalesces tells whether the owner reads what has arrived as one stream, and does not
	// care for segments.
	coalesces() bool
}

// endpoint is one side of a connection, as a kernel sees it. Its methods are called with
// the network's lock held.
type endpoint struct {
	connection    *Connection
	host          *Host
	local, remote *net.TCPAddr
	out, in       *flow
	owner         owner // nil while there is none

	received      fifo[[]byte]
	bytesReceived int  // bytes in received
	finReceived   bool // the peer's FIN has arrived
	writeClosed   bool // this side sends no more
	wasReset      bool // a reset has arrived
	resetReported bool // somebody has learned of that
	closed        bool // this side does not want anything any more
	disconnected  bool // there was a reset, or there never was a connection
}

// receive takes bytes that have arrived.
func (e *endpoint) receive(bytes []byte) {
	if e.closed {
		e.reset()
		return
	}
	e.received.push(bytes)
	e.bytesReceived += len(bytes)
	e.readable()
}

// receiveEnd takes a FIN that has arrived.
func (e *endpoint) receiveEnd() {
	if !e.disconnected {
		e.finReceived = true
		e.readable()
	}
}

// receiveReset takes a reset that has arrived.
func (e *endpoint) receiveReset() {
	if e.disconnected {
		return
	}
	e.disconnected, e.wasReset = true, true
	if !e.connection.network.config.ReadableAfterReset {
		e.discardReceived()
	}
	e.out.drop()
	e.readable()
	e.writable()
}

func (e *endpoint) readable() {
	if e.owner != nil {
		e.owner.readable()
	}
}

func (e *endpoint) writable() {
	if e.owner != nil {
		e.owner.writable()
	}
}

// discardReceived drops what was received.
func (e *endpoint) discardReceived() {
	e.received.drop()
	e.bytesReceived = 0
}

// finished tells whether, when everything is read that was received, nothing more will
// come, and why: it is nil for the peer's FIN.
func (e *endpoint) finished() (bool, error) {
	switch {
	case e.wasReset:
		return true, e.resetError("read")
	case e.finReceived:
		return true, nil
	default:
		return false, nil
	}
}

// writeError is the reason why nothing can be written, if there is one. A reset is
// reported once, to who reads or to who writes; afterwards writing is merely broken.
func (e *endpoint) writeError() error {
	switch {
	case e.wasReset && !e.resetReported:
		return e.resetError("write")
	case e.wasReset || e.writeClosed:
		return os.NewSyscallError("write", syscall.EPIPE)
	default:
		return nil
	}
}

func (e *endpoint) resetError(call string) error {
	e.resetReported = true
	return os.NewSyscallError(call, syscall.ECONNRESET)
}

// closeWrite has a FIN follow what was written. The connection must not be gone.
func (e *endpoint) closeWrite() {
	if e.writeClosed {
		return
	}
	e.writeClosed = true
	e.out.ending = true
	e.out.transmit()
}

// close is what a kernel does at the end of a socket: it sends what it has taken, or a
// reset if something is left to read.
func (e *endpoint) close() {
	if e.closed {
		return
	}
	e.closed = true
	e.out.pending = nil
	switch {
	case e.disconnected:
	case e.bytesReceived > 0:
		e.reset()
	default:
		e.closeWrite()
	}
	e.in.checkFault()
	e.connection.finish()
}

// abort ends a connection with a reset.
func (e *endpoint) abort() {
	if e.closed {
		return
	}
	e.closed = true
	if !e.disconnected {
		e.reset()
	}
	e.in.checkFault()
	e.connection.finish()
}

// reset sends a reset, in place of all that was not sent yet.
func (e *endpoint) reset() {
	e.disconnected = true
	e.discardReceived()
	e.out.drop()
	e.out.send(e.connection.network.now(), segment{kind: resetSegment})
}

// read takes received bytes: a segment, or all of them in one piece.
func (e *endpoint) read(all bool) []byte {
	bytes := e.received.pop()
	if all && e.received.len() > 0 {
		joined := make([]byte, 0, e.bytesReceived)
		joined = append(joined, bytes...)
		for e.received.len() > 0 {
			joined = append(joined, e.received.pop()...)
		}
		bytes = joined
	}
	e.bytesReceived -= len(bytes)
	e.in.consumed()
	return bytes
}

// readInto takes as many bytes as fit.
func (e *endpoint) readInto(p []byte) int {
	n := 0
	for n < len(p) && e.received.len() > 0 {
		first := e.received.first()
		m := copy(p[n:], *first)
		n += m
		if m == len(*first) {
			e.received.pop()
		} else {
			*first = (*first)[m:]
		}
	}
	e.bytesReceived -= n
	e.in.consumed()
	return n
}
