package reactor

import "net"

// System is what a [Base] stands on: a clock, a network, and a way in for other
// goroutines. [TCP] brings the real one; a test's stands in for all three, and need
// not have a goroutine at all.
//
// Its methods, and those of what it returns, are called on the loop goroutine and
// never block, but for Now and Post, which any goroutine may call. What they are
// handed to call back is called on the loop, never before they have returned.
type System interface {
	Clock

	// Post has f called on the loop, before any delayed call, in the order of the
	// calls. It wakes a loop that sleeps, and after the loop's end does nothing.
	Post(f func())

	// Go calls f on a goroutine that may block. A test's system, which can have
	// nobody wait, may call it on the loop instead, later.
	Go(f func())

	// Listen takes an address ("host:port", port 0 for a free one) at once, or
	// says why it cannot be had.
	Listen(addr string) (Listener, error)

	// Dial connects to an address, from the address local unless that is empty,
	// and calls done with the socket, to be started at once, or with the reason that there is none: one
	// that is [ErrConnectionRefused] or [ErrNameNotFound] where it is that. Once
	// cancel was called, done is not, and a socket that comes late is closed.
	Dial(addr, local string, done func(Socket, error)) (cancel func())
}

// Listener is a [Port]'s lower end.
type Listener interface {
	// Addr is where it listens, with the port that it got.
	Addr() net.Addr

	// Accept begins to accept connections, once: each is given to accepted, which
	// starts or closes it before it returns. The listener gets over failures by itself; if it cannot go on it calls closed,
	// as it does after Close: then no connection will be given any more.
	Accept(accepted func(Socket), closed func())

	// Close frees the address.
	Close() error
}

// Socket is a [Transport]'s lower end.
type Socket interface {
	// LocalAddr is this side's address.
	LocalAddr() net.Addr

	// RemoteAddr is the peer's.
	RemoteAddr() net.Addr

	// Start begins to read, and has events told of all that happens from now on.
	// It comes once, before anything else; or else Close does, for a connection
	// that is not wanted, and nobody is told of anything.
	Start(events SocketEvents)

	// Write sends the pieces in order, and keeps them, but not the slice that
	// holds them. It returns true if the network has taken them all; otherwise
	// Written follows, and before that Write is not called again.
	Write(pieces [][]byte) bool

	// Pause has Received not be called until Resume. Neither counts its calls.
	Pause()

	// Resume undoes Pause.
	Resume()

	// Discard has Received not be called any more, paused or not; what comes is
	// read, and dropped, and ReadEnded still tells of the end.
	Discard()

	// CloseWrite sends a FIN after everything that was written. Where that cannot be
	// done without closing the rest it is [errors.ErrUnsupported].
	CloseWrite() error

	// Close closes both directions as the system's kernel does.
	Close()

	// Abort closes both directions with a reset.
	Abort()
}

// SocketEvents is told on the loop what happens to a [Socket].
type SocketEvents interface {
	// Received brings bytes, never none, which are the receiver's to keep.
	Received(data []byte)

	// ReadEnded says that no more will be received: [io.EOF] is the peer's FIN,
	// anything else the loss of the connection. It comes at most once.
	ReadEnded(err error)

	// Written says that the last Write has been taken by the network, or, if
	// there is an error, has not and will not be.
	Written(err error)

	// Closed comes once, after Close or Abort, and nothing comes after it.
	Closed()
}
