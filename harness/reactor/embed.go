package reactor

// ProtocolBase is a [Protocol] that keeps its transport and does nothing. A protocol embeds
// it, and has methods for what it does itself; its ConnectionMade, if it has one, sets
// Transport or calls that of ProtocolBase.
type ProtocolBase struct{ Transport Transport }

// ConnectionMade keeps the transport.
func (p *ProtocolBase) ConnectionMade(transport Transport) { p.Transport = transport }

// DataReceived drops what is received.
func (p *ProtocolBase) DataReceived([]byte) {}

// ConnectionLost does nothing.
func (p *ProtocolBase) ConnectionLost(error) {}

// FactoryBase is a [ServerFactory] without BuildProtocol, to be embedded.
type FactoryBase struct{}

// StartFactory does nothing.
func (FactoryBase) StartFactory() {}

// StopFactory does nothing.
func (FactoryBase) StopFactory() {}

// ClientFactoryBase is a [ClientFactory] without BuildProtocol, to be embedded.
type ClientFactoryBase struct{ FactoryBase }

// StartedConnecting does nothing.
func (ClientFactoryBase) StartedConnecting(Connector) {}

// ClientConnectionFailed does nothing.
func (ClientFactoryBase) ClientConnectionFailed(Connector, error) {}

// ClientConnectionLost does nothing.
func (ClientFactoryBase) ClientConnectionLost(Connector, error) {}
