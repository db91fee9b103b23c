package reactor

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"scansion/internal/stack"
)

// defaultConnectTimeout is Twisted's.
const defaultConnectTimeout = 30 * time.Second

// Why there is no connection: the reasons that [ClientFactory].ClientConnectionFailed
// is given, to be compared with [errors.Is]. Anything else is the system's error.
var (
	// ErrConnectionRefused says that nobody listens at the address.
	ErrConnectionRefused = errors.New("the connection was refused")

	// ErrConnectTimedOut says that no answer came in time.
	ErrConnectTimedOut = errors.New("connecting took too long")

	// ErrConnectStopped says that StopConnecting was called, or the reactor's Stop: also
	// where that was before, so that connecting never begins.
	ErrConnectStopped = errors.New("connecting was stopped")

	// ErrNameNotFound says that the address names a host that does not exist.
	ErrNameNotFound = errors.New("the host name was not found")
)

// What a [Connector] says when it is used out of order.
var (
	ErrNotConnecting   = errors.New("the connector is not connecting")
	ErrNotDisconnected = errors.New("the connector is connecting or connected already")
)

// ConnectOptions say how to connect. The zero value is an ordinary way.
type ConnectOptions struct {
	// Timeout is how long to wait for a connection; zero is 30 s, negative for ever.
	Timeout time.Duration

	// Local is the address ("host:port") to connect from; empty for any.
	Local string
}

// ClientFactory makes the protocols of the connections of a [Connector], and is told
// how they fare. Its methods are called on the loop goroutine. One that panics is
// logged. [ClientFactoryBase] has those that do nothing. (The tutorial's Part 4 is the first
// to have one.)
//
// For each connection: StartFactory, StartedConnecting, then either BuildProtocol,
// the protocol's own callbacks and ClientConnectionLost, or ClientConnectionFailed;
// then StopFactory, unless the connector was told meanwhile to connect again.
type ClientFactory interface {
	// StartFactory comes first.
	StartFactory()

	// StartedConnecting hands over the connector, to be stopped, say.
	StartedConnecting(connector Connector)

	// BuildProtocol returns the protocol of a connection to peer, or nil to have
	// none: the connection is then closed again.
	BuildProtocol(peer net.Addr) Protocol

	// ClientConnectionFailed says that there is no connection, and why.
	ClientConnectionFailed(connector Connector, reason error)

	// ClientConnectionLost says that there was one, and why not any more. The
	// protocol has been told already.
	ClientConnectionLost(connector Connector, reason error)

	// StopFactory comes last.
	StopFactory()
}

// Connector connects to one address, once or again and again. Its methods are for
// the loop goroutine, or any one goroutine before the reactor runs.
type Connector interface {
	// Destination is the address that it connects to, as it was given.
	Destination() string

	// Connect connects again, with the same factory. It fails with
	// [ErrNotDisconnected] unless the last connection has failed or is lost;
	// within ClientConnectionFailed and ClientConnectionLost it has. When the
	// reactor stops it fails with [ErrStopped].
	Connect() error

	// StopConnecting gives up a connection that is not there yet, which the
	// factory is told as [ErrConnectStopped]. It fails with [ErrNotConnecting].
	StopConnecting() error

	// Disconnect has the connection do LoseConnection, or gives up connecting.
	// Where there is neither it does nothing.
	Disconnect()
}

type connectorState uint8

const (
	disconnected connectorState = iota
	connecting
	connected
)

// connector is the Connector that every reactor gives.
type connector struct {
	base    *Base
	addr    string
	factory ClientFactory
	options ConnectOptions
	made    stack.Stack // for Outstanding

	state      connectorState
	started    bool        // StartFactory was called
	cancel     func()      // gives up what Dial was asked for; nil before that
	timeout    DelayedCall // of connecting; nil if there is none
	connection *connection // if connected
}

// ConnectTCP is described at [Reactor].
func (b *Base) ConnectTCP(addr string, factory ClientFactory, options ConnectOptions) Connector {
	need("ConnectTCP", "factory", factory)
	if options.Timeout == 0 {
		options.Timeout = defaultConnectTimeout
	}
	c := &connector{base: b, addr: addr, factory: factory, options: options, made: b.callers()}
	c.begin()
	return c
}

func (c *connector) Destination() string { return c.addr }

func (c *connector) Connect() error {
	if c.state != disconnected {
		return fmt.Errorf("cannot connect to %s: %w", c.addr, ErrNotDisconnected)
	}
	if c.base.disconnecting {
		return fmt.Errorf("cannot connect to %s: %w", c.addr, ErrStopped)
	}
	c.begin()
	return nil
}

func (c *connector) StopConnecting() error {
	if c.state != connecting {
		return fmt.Errorf("cannot stop connecting to %s: %w", c.addr, ErrNotConnecting)
	}
	c.giveUp(ErrConnectStopped)
	return nil
}

func (c *connector) Disconnect() {
	switch c.state {
	case connecting:
		c.giveUp(ErrConnectStopped)
	case connected:
		c.connection.LoseConnection()
	case disconnected:
	}
}

// begin begins to connect, now or when the reactor starts.
func (c *connector) begin() {
	c.state = connecting
	if !c.base.disconnecting { // or it is refused
		c.base.connectors = append(c.base.connectors, c)
	}
	c.base.whenBegun(c.dial)
}

// dial dials, unless the reactor shuts down and has given up all connections already: then
// connecting fails in the next iteration. The shutdown does not wait for that, as somebody
// might always connect again; the system has the last iteration come after the shutdown.
func (c *connector) dial() {
	c.startFactory()
	switch {
	case c.state != connecting:
		return // it was stopped before the reactor started, or by StartFactory
	case c.base.disconnecting:
		c.base.system.Post(c.refused)
	default:
		c.cancel = c.base.system.Dial(c.addr, c.options.Local, c.dialled)
		if c.options.Timeout > 0 {
			c.timeout = c.base.CallLater(c.options.Timeout, func() { c.giveUp(ErrConnectTimedOut) })
		}
	}
	c.base.guard("StartedConnecting", func() { c.factory.StartedConnecting(c) })
}

// refused ends connecting because the reactor shuts down.
func (c *connector) refused() {
	if c.state == connecting {
		c.giveUp(ErrConnectStopped)
	}
}

// startFactory starts the factory, unless it is started.
func (c *connector) startFactory() {
	if !c.started {
		c.started = true
		c.base.guard("StartFactory", c.factory.StartFactory)
	}
}

// giveUp ends connecting with a failure.
func (c *connector) giveUp(reason error) {
	if c.cancel != nil {
		c.cancel()
	}
	c.dialled(nil, fmt.Errorf("cannot connect to %s: %w", c.addr, reason))
}

// dialled ends connecting, with a socket or a reason.
func (c *connector) dialled(socket Socket, err error) {
	c.cancel = nil
	c.base.connectors = slices.DeleteFunc(c.base.connectors, func(other *connector) bool { return other == c })
	if c.timeout != nil && c.timeout.Active() {
		_ = c.timeout.Cancel() // it is active
	}
	if err != nil {
		c.state = disconnected
		c.startFactory() // or it is told nothing of a connector that was stopped before the reactor started
		c.base.guard("ClientConnectionFailed", func() { c.factory.ClientConnectionFailed(c, err) })
		c.stopped()
		return
	}
	c.state = connected
	var protocol Protocol
	c.base.guard("BuildProtocol", func() { protocol = c.factory.BuildProtocol(socket.RemoteAddr()) })
	unwanted := protocol == nil
	if unwanted {
		protocol = &ProtocolBase{}
	}
	c.connection = c.base.newConnection(socket, protocol)
	c.connection.onLost = c.lost
	c.connection.made = c.made
	c.connection.start()
	if unwanted {
		c.connection.LoseConnection()
	}
}

// lost is called after the protocol's ConnectionLost.
func (c *connector) lost(reason error) {
	c.state, c.connection = disconnected, nil
	c.base.guard("ClientConnectionLost", func() { c.factory.ClientConnectionLost(c, reason) })
	c.stopped()
}

// stopped stops the factory, unless it has had us connect again.
func (c *connector) stopped() {
	if c.state != disconnected || !c.started {
		return
	}
	c.started = false
	c.base.guard("StopFactory", c.factory.StopFactory)
}
