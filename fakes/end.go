package fakes

import (
	"net"
	"os"
	"syscall"
)

// user is who has one side of a connection. Its methods are called with the network's
// lock held, and do no more than have somebody look.
type user interface {
	readable() // something was received, or reading has come to an end
	writable() // something was sent that had to wait, or writing has come to an end

	// joins tells whether the user reads what has arrived as one stream, and does not
	// care for segments.
	joins() bool
}

// end is one side of a connection, as a kernel sees it. Its methods are called with
// the network's lock held.
type end struct {
	connection    *Connection
	host          *Host
	local, remote *net.TCPAddr
	out, in       *flow
	user          user // nil while there is none

	received fifo[[]byte]
	buffered int  // bytes in received
	peerDone bool // the peer's FIN has arrived
	mute     bool // this side sends no more
	broken   bool // a reset has arrived
	told     bool // somebody has learned of that
	closed   bool // this side does not want anything any more
	gone     bool // there was a reset, or there never was a connection
}

// receive takes bytes that have arrived.
func (e *end) receive(bytes []byte) {
	if e.closed {
		e.reset()
		return
	}
	e.received.push(bytes)
	e.buffered += len(bytes)
	e.readable()
}

// receiveEnd takes a FIN that has arrived.
func (e *end) receiveEnd() {
	if !e.gone {
		e.peerDone = true
		e.readable()
	}
}

// receiveReset takes a reset that has arrived.
func (e *end) receiveReset() {
	if e.gone {
		return
	}
	e.gone, e.broken = true, true
	e.unread()
	e.out.drop()
	e.readable()
	e.writable()
}

func (e *end) readable() {
	if e.user != nil {
		e.user.readable()
	}
}

func (e *end) writable() {
	if e.user != nil {
		e.user.writable()
	}
}

// unread drops what was received.
func (e *end) unread() {
	e.received.drop()
	e.buffered = 0
}

// finished tells whether, when everything is read that was received, nothing more will
// come, and why: it is nil for the peer's FIN.
func (e *end) finished() (bool, error) {
	switch {
	case e.broken:
		return true, e.lost("read")
	case e.peerDone:
		return true, nil
	default:
		return false, nil
	}
}

// writeError is the reason why nothing can be written, if there is one. A reset is
// told of once, to who reads or to who writes; afterwards writing is merely broken.
func (e *end) writeError() error {
	switch {
	case e.broken && !e.told:
		return e.lost("write")
	case e.broken || e.mute:
		return os.NewSyscallError("write", syscall.EPIPE)
	default:
		return nil
	}
}

func (e *end) lost(call string) error {
	e.told = true
	return os.NewSyscallError(call, syscall.ECONNRESET)
}

// closeWrite has a FIN follow what was written. The connection must not be gone.
func (e *end) closeWrite() {
	if e.mute {
		return
	}
	e.mute = true
	e.out.ending = true
	e.out.pump()
}

// close is what a kernel does at the end of a socket: it sends what it has taken, or a
// reset if something is left to read.
func (e *end) close() {
	if e.closed {
		return
	}
	e.closed = true
	e.out.pending = nil
	switch {
	case e.gone:
	case e.buffered > 0:
		e.reset()
	default:
		e.closeWrite()
	}
	e.in.checkFault()
	e.connection.finish()
}

// abort ends a connection with a reset.
func (e *end) abort() {
	if e.closed {
		return
	}
	e.closed = true
	if !e.gone {
		e.reset()
	}
	e.in.checkFault()
	e.connection.finish()
}

// reset sends a reset, in place of all that was not sent yet.
func (e *end) reset() {
	e.gone = true
	e.unread()
	e.out.drop()
	e.out.send(e.connection.network.now(), segment{kind: resetSegment})
}

// read takes received bytes: a segment, or all of them in one piece.
func (e *end) read(all bool) []byte {
	bytes := e.received.pop()
	if all && e.received.len() > 0 {
		joined := make([]byte, 0, e.buffered)
		joined = append(joined, bytes...)
		for e.received.len() > 0 {
			joined = append(joined, e.received.pop()...)
		}
		bytes = joined
	}
	e.buffered -= len(bytes)
	e.in.consumed()
	return bytes
}

// readInto takes as many bytes as fit.
func (e *end) readInto(p []byte) int {
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
	e.buffered -= n
	e.in.consumed()
	return n
}
