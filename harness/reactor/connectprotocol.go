package reactor

import (
	"net"

	"scansion/harness/deferred"
)

// ConnectProtocol connects to addr for one conversation. The deferred fires with the
// protocol, in the iteration after its ConnectionMade, or fails with the reason that
// there is no connection; cancelling it gives up. How the conversation ends, the
// protocol alone is told.
func ConnectProtocol[P Protocol](r Reactor, addr string, protocol P, options ConnectOptions) *deferred.Deferred[P] {
	f := &oneConversation[P]{clock: r, protocol: protocol}
	f.connected = deferred.WithCanceller(func(*deferred.Deferred[P]) { f.connector.Disconnect() })
	f.connector = r.ConnectTCP(addr, f, options)
	return f.connected
}

// oneConversation is the factory of ConnectProtocol.
type oneConversation[P Protocol] struct {
	clock     Clock
	protocol  P
	connector Connector
	connected *deferred.Deferred[P]
}

func (f *oneConversation[P]) StartFactory()                         {}
func (f *oneConversation[P]) StopFactory()                          {}
func (f *oneConversation[P]) StartedConnecting(Connector)           {}
func (f *oneConversation[P]) ClientConnectionLost(Connector, error) {}

func (f *oneConversation[P]) BuildProtocol(net.Addr) Protocol {
	f.clock.CallLater(0, func() {
		if !f.connected.Fired() { // it may have been cancelled
			_ = f.connected.Callback(f.protocol)
		}
	})
	return f.protocol
}

func (f *oneConversation[P]) ClientConnectionFailed(_ Connector, reason error) {
	if !f.connected.Fired() {
		_ = f.connected.Errback(reason)
	}
}
