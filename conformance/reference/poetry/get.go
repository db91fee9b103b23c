package poetry

import (
	"bytes"
	"errors"
	"fmt"
	"net"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// Get downloads the poem that is served at addr ("host:port"), without a word to the
// server: the get_poetry of Part 9. The deferred fires with the exact bytes, perhaps
// none, when the server has closed in order. Whatever else happens is a failure that names
// the address and wraps the reactor's reason, such as [reactor.ErrConnectionRefused], or
// [reactor.ErrConnectionLost] for a poem that was cut off by a reset: a piece of a poem is
// not a poem.
//
// Cancelling the deferred gives up connecting, or resets the connection. So, for a
// download that may take a minute in all:
//
//	deferred.Timeout(poetry.Get(r, addr), time.Minute, r)
//
// Get is for the loop goroutine, or for the one that sets up a reactor that is yet to run.
func Get(r reactor.Reactor, addr string) *deferred.Deferred[[]byte] {
	d := &download{addr: addr}
	d.poem = deferred.WithCanceller(func(*deferred.Deferred[[]byte]) { d.cancel() })
	d.connector = r.ConnectTCP(addr, d, reactor.ConnectOptions{})
	return d.poem
}

// download is one poem on its way: the factory and the protocol of its one connection.
type download struct {
	addr      string
	poem      *deferred.Deferred[[]byte]
	connector reactor.Connector
	transport reactor.Transport // nil before there is one
	text      bytes.Buffer
}

var (
	_ reactor.ClientFactory = (*download)(nil)
	_ reactor.Protocol      = (*download)(nil)
)

func (d *download) StartFactory()                                 {}
func (d *download) StopFactory()                                  {}
func (d *download) StartedConnecting(reactor.Connector)           {}
func (d *download) ClientConnectionLost(reactor.Connector, error) {}
func (d *download) BuildProtocol(net.Addr) reactor.Protocol       { return d }

func (d *download) ClientConnectionFailed(_ reactor.Connector, reason error) { d.fail(reason) }

func (d *download) ConnectionMade(transport reactor.Transport) { d.transport = transport }

func (d *download) DataReceived(data []byte) { d.text.Write(data) }

func (d *download) ConnectionLost(reason error) {
	switch {
	case d.poem.Fired(): // it was cancelled
	case errors.Is(reason, reactor.ErrConnectionDone):
		_ = d.poem.Callback(d.text.Bytes()) // once
	default:
		d.fail(reason)
	}
}

// fail fails the poem, unless it was cancelled.
func (d *download) fail(reason error) {
	if d.poem.Fired() {
		return
	}
	switch n := d.text.Len(); n {
	case 0:
	case 1:
		reason = fmt.Errorf("it was cut off after 1 byte: %w", reason)
	default:
		reason = fmt.Errorf("it was cut off after %d bytes: %w", n, reason)
	}
	_ = d.poem.Errback(fmt.Errorf("cannot get the poem at %s: %w", d.addr, reason)) // once
}

// cancel gives up the connection, or the hope for one.
func (d *download) cancel() {
	d.fail(deferred.ErrCancelled)
	if d.transport != nil {
		d.transport.AbortConnection()
		return
	}
	d.connector.Disconnect() // there is one, since the deferred was handed out
}
