package reactor

import (
	"errors"
	"net"

	"scansion/harness/deferred"
)

// Why a connection ended: the reasons that [Protocol.ConnectionLost] is given,
// to be compared with [errors.Is]. A protocol that panicked is given a
// [*PanicError] instead.
var (
	// ErrConnectionDone is the orderly end: the peer's FIN, or LoseConnection.
	ErrConnectionDone = errors.New("the connection was closed cleanly")

	// ErrConnectionLost is any end that the peer or the network forced: a reset,
	// as a rule. The error of the socket is wrapped beside it.
	ErrConnectionLost = errors.New("the connection was lost")

	// ErrConnectionAborted is our own forced end: AbortConnection, or the
	// reactor's Stop.
	ErrConnectionAborted = errors.New("the connection was aborted")
)

// Protocol is the conversation on one connection. All its methods are called on
// the loop goroutine, one at a time: ConnectionMade first, DataReceived any number
// of times, ConnectionLost last.
//
// [ProtocolBase] has the methods that do nothing.
//
// A method that panics is logged and loses the connection at once, with a
// [*PanicError] for its reason; other connections are not disturbed.
//
// When the peer closes its sending side, a protocol that is a [HalfCloser] is
// told. For any other, LoseConnection is done: what it has written is still sent,
// then the connection ends.
type Protocol interface {
	// ConnectionMade hands over the transport, which stays the same for the
	// life of the connection.
	ConnectionMade(transport Transport)

	// DataReceived brings bytes as they come, cut anywhere, never none. They
	// are the protocol's to keep, and may be written back as they are.
	DataReceived(data []byte)

	// ConnectionLost is called exactly once, when the socket is gone, with one
	// of the reasons above.
	ConnectionLost(reason error)
}

// HalfCloser is a [Protocol] that goes on writing to a peer which has closed its
// sending side, until it calls LoseConnection or LoseWriteConnection. From then on a
// peer that vanishes is noticed only when something is written to it.
type HalfCloser interface {
	// ReadConnectionLost says that no more data will come.
	ReadConnectionLost()
}

// Transport is a protocol's connection. Its methods are for the loop goroutine,
// never block, and do nothing once the connection is lost.
type Transport interface {
	// Write sends data after everything written before. It keeps the slice and
	// does not copy it: nobody may change the bytes until the connection is lost,
	// and the same slice may be written to many connections. After
	// LoseConnection nothing more is sent.
	Write(data []byte)

	// LoseConnection ends the connection in order. No more data is received
	// from this moment, everything written so far is sent however long the peer
	// takes, then the sending side is closed. The socket itself is closed at the
	// peer's end of file, or some time later where that does not come: input
	// still unread at that moment would have the kernel reset the connection,
	// and cut off what the peer has not read yet.
	LoseConnection()

	// LoseWriteConnection closes the sending side alone, after everything written
	// so far: the peer sees the end of file, and what it still says is received.
	// Nothing more is sent.
	LoseWriteConnection()

	// AbortConnection ends the connection with a reset, and drops what has not
	// been sent. ConnectionLost is called after AbortConnection has returned.
	AbortConnection()

	// RegisterProducer has p write at the pace at which the peer reads. A
	// streaming one, which must be a [PushProducer], is paused when more than
	// 64 KiB wait to be sent, and resumed when none do. Any other is asked at once,
	// and again whenever everything is sent. It is stopped when nothing more can be
	// sent: by the protocol's wish, or because the connection is lost, which it may
	// be already. It fails with [ErrProducing] while there is another.
	RegisterProducer(p Producer, streaming bool) error

	// UnregisterProducer lets go of the producer, which is not told.
	UnregisterProducer()

	// PauseProducing has no more data received, so that the peer, in the end,
	// cannot send; the end of the connection is not noticed meanwhile, unless
	// something is written. ResumeProducing goes on. Neither counts its calls.
	// StopProducing is LoseConnection. So a transport is a [PushProducer], to be
	// registered with the transport that its data is passed on to.
	PauseProducing()
	ResumeProducing()
	StopProducing()

	// Peer is the other side's address.
	Peer() net.Addr

	// Host is this side's address.
	Host() net.Addr
}

// PanicError is a panic of a callback, with the goroutine's stack at that moment.
type PanicError = deferred.PanicError
