package transform

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"scansion/conformance/reference/netstring"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// Cummingsify is the transformation that every server knows: it makes ASCII capitals
// lower case.
const Cummingsify = "cummingsify"

// MaxRequest is the length of the longest request, in bytes: that of the name, the dot and
// the poem together. An answer is no longer either.
const MaxRequest = netstring.DefaultMaxLength

// closeWithin is how long the server may take to close the connection after its answer. A
// server that takes longer has answered all the same.
const closeWithin = time.Second

// Why there is no transformed poem. Other reasons are those of the reactor, and a
// [*netstring.SyntaxError] for an answer that is no netstring, or only the first part
// of one.
var (
	// ErrBadName says that the name has a dot: a server would take what follows it for
	// the poem. Nothing is sent.
	ErrBadName = errors.New("the name of a transformation has no dot")

	// ErrTooLong says that the request is longer than MaxRequest. Nothing is sent.
	ErrTooLong = fmt.Errorf("the request is longer than %d bytes", MaxRequest)

	// ErrNoAnswer says that the server closed the connection without a byte, as it does
	// where it does not know the transformation, or where the transformation fails.
	ErrNoAnswer = errors.New("the connection was closed without an answer")

	// ErrMoreThanAnswer says that something came after the answer.
	ErrMoreThanAnswer = errors.New("the answer is not the end: more bytes came after it")
)

// Do has the server at addr ("host:port") transform a poem, which may be empty. The
// deferred fires with exactly the bytes of the answer, perhaps none. Whatever else happens
// is a failure that names the address and wraps the reason, and then no part of an answer
// is handed on.
//
// The sending side is closed once the answer is there, not before. The deferred fires when
// the server has closed as well, which is at once as a rule and a second later at most:
// until then it can be seen that more bytes come, however the network cuts the stream. A
// fault in the answer fails the deferred at the faulty byte.
//
// Cancelling the deferred gives up connecting, or resets the connection. Do itself waits
// for an answer for ever. So, for one that comes within ten seconds or not at all:
//
//	deferred.Timeout(transform.Do(r, addr, name, poem), 10*time.Second, r)
//
// Do is for the loop goroutine, or for the one that sets up a reactor that is yet to run.
// It copies the poem before it returns.
func Do(r reactor.Reactor, addr, name string, poem []byte) *deferred.Deferred[[]byte] {
	switch length := len(name) + len(".") + len(poem); {
	case strings.Contains(name, "."):
		return deferred.Fail[[]byte](failed(addr, fmt.Errorf("%q: %w", name, ErrBadName)))
	case length > MaxRequest:
		return deferred.Fail[[]byte](failed(addr, fmt.Errorf("%w: it has %d", ErrTooLong, length)))
	}
	e := &exchange{
		addr:    addr,
		clock:   r,
		request: netstring.Append(nil, slices.Concat([]byte(name), []byte("."), poem)),
		decoder: netstring.Decoder{MaxLength: MaxRequest},
	}
	e.answer = deferred.WithCanceller(func(*deferred.Deferred[[]byte]) { e.fail(deferred.ErrCancelled) })
	e.connector = r.ConnectTCP(addr, e, reactor.ConnectOptions{})
	return e.answer
}

// failed is the failure of the server at addr, for a reason.
func failed(addr string, reason error) error {
	return fmt.Errorf("cannot have the server at %s transform a poem: %w", addr, reason)
}

// exchange is one request and its answer: the factory and the protocol of one connection.
type exchange struct {
	addr    string
	clock   reactor.Clock
	request []byte
	answer  *deferred.Deferred[[]byte]

	connector reactor.Connector
	transport reactor.Transport // nil before there is one

	decoder netstring.Decoder
	whole   bool                // the answer is there: text
	text    []byte              // the answer
	closing reactor.DelayedCall // of succeed, once the answer is there
}

var (
	_ reactor.ClientFactory = (*exchange)(nil)
	_ reactor.HalfCloser    = (*exchange)(nil)
	_ reactor.Protocol      = (*exchange)(nil)
)

func (e *exchange) StartFactory()                                 {}
func (e *exchange) StopFactory()                                  {}
func (e *exchange) StartedConnecting(reactor.Connector)           {}
func (e *exchange) ClientConnectionLost(reactor.Connector, error) {}
func (e *exchange) BuildProtocol(net.Addr) reactor.Protocol       { return e }

func (e *exchange) ClientConnectionFailed(_ reactor.Connector, reason error) { e.fail(reason) }

func (e *exchange) ConnectionMade(transport reactor.Transport) {
	e.transport = transport
	transport.Write(e.request)
}

func (e *exchange) DataReceived(data []byte) {
	switch {
	case e.answer.Fired(): // the connection is being closed
	case e.whole:
		e.fail(ErrMoreThanAnswer)
	default:
		e.decoder.Feed(data)
		e.read()
	}
}

// read looks for the answer in what was received.
func (e *exchange) read() {
	if !e.decoder.Next() {
		if err := e.decoder.Err(); err != nil {
			e.fail(err)
		}
		return
	}
	e.whole, e.text = true, bytes.Clone(e.decoder.Bytes())
	if e.decoder.Next() || e.decoder.Close() != nil {
		e.fail(ErrMoreThanAnswer)
		return
	}
	e.transport.LoseWriteConnection()
	e.closing = e.clock.CallLater(closeWithin, e.succeed)
}

// ReadConnectionLost says that all is there that the server has sent.
func (e *exchange) ReadConnectionLost() {
	if e.whole {
		e.succeed()
		return
	}
	err := e.decoder.Close()
	if err == nil {
		err = ErrNoAnswer
	}
	e.fail(err)
}

func (e *exchange) ConnectionLost(reason error) {
	if e.whole { // there was nothing left to lose
		e.succeed()
		return
	}
	e.fail(reason)
}

// succeed closes the connection and hands on the answer, unless that was done.
func (e *exchange) succeed() {
	if e.answer.Fired() {
		return
	}
	e.rest()
	e.transport.LoseConnection()
	_ = e.answer.Callback(e.text) // the first time
}

// fail gives up the connection, or the hope for one, unless all is over.
func (e *exchange) fail(reason error) {
	if e.answer.Fired() {
		return
	}
	e.rest()
	_ = e.answer.Errback(failed(e.addr, reason)) // the first time
	switch {
	case e.transport != nil:
		e.transport.AbortConnection()
	case e.connector != nil: // or else ConnectTCP has failed at once
		e.connector.Disconnect()
	}
}

// rest ends the wait for the server to close.
func (e *exchange) rest() {
	if e.closing != nil && e.closing.Active() {
		_ = e.closing.Cancel() // it is active
	}
}
