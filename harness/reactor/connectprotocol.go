package reactor

import (
	"fmt"
	"net"

	"scansion/harness/deferred"
)

// ConnectProtocol connects to addr for one conversation. The deferred fires with the
// protocol, in the iteration after its ConnectionMade, or fails with the reason that
// there is no connection; cancelling it gives up. How the conversation ends, the
// protocol alone is told.
func ConnectProtocol[P Protocol](r Reactor, addr string, protocol P, options ConnectOptions) *deferred.Deferred[P] {
	if isNil(protocol) {
		return deferred.Fail[P](fmt.Errorf("cannot connect to %s without a protocol: %w", addr, deferred.ErrNil))
	}
	f := &protocolFactory[P]{clock: r, protocol: protocol}
	f.connected = deferred.WithCanceller(func(*deferred.Deferred[P]) { f.connector.Disconnect() })
	f.connector = r.ConnectTCP(addr, f, options)
	return f.connected
}

// protocolFactory is the factory of ConnectProtocol.
type protocolFactory[P Protocol] struct {
	ClientFactoryBase

	clock     Clock
	protocol  P
	connector Connector
	connected *deferred.Deferred[P]
}

func (f *protocolFactory[P]) BuildProtocol(net.Addr) Protocol {
	f.clock.CallLater(0, func() {
		if !f.connected.Fired() { // it may have been cancelled
			_ = f.connected.Callback(f.protocol)
		}
	})
	return f.protocol
}

func (f *protocolFactory[P]) ClientConnectionFailed(_ Connector, reason error) {
	if !f.connected.Fired() {
		_ = f.connected.Errback(reason)
	}
}
