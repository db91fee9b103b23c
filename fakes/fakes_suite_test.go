package fakes_test

import (
	"bytes"
	"log/slog"
	"net"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/leaks"
	"scansion/harness/reactor"
)

func TestFakes(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Fakes")
}

var _ = BeforeEach(leaks.Watch)

// quiet is a configuration whose log is shown only when a spec fails.
func quiet() reactor.Config {
	return reactor.Config{Logger: slog.New(slog.NewTextHandler(GinkgoWriter, nil))}
}

// conversation is a Protocol made of functions, any of which may be missing, that
// remembers what has happened to it.
type conversation struct {
	made func(c *conversation)
	data func(c *conversation, data []byte)
	lost func(reason error)

	transport reactor.Transport
	received  []byte
	pieces    []string
	ended     bool // by the peer's FIN
	losses    int
	reason    error
}

func (c *conversation) ConnectionMade(transport reactor.Transport) {
	c.transport = transport
	if c.made != nil {
		c.made(c)
	}
}

func (c *conversation) DataReceived(data []byte) {
	c.received = append(c.received, data...)
	c.pieces = append(c.pieces, string(data))
	if c.data != nil {
		c.data(c, data)
	}
}

func (c *conversation) ConnectionLost(reason error) {
	c.losses++
	c.reason = reason
	if c.lost != nil {
		c.lost(reason)
	}
}

// halfCloser is a conversation that goes on when the peer has closed its side.
type halfCloser struct{ conversation }

func (h *halfCloser) ReadConnectionLost() { h.ended = true }

// serving is a ServerFactory of one protocol after the other.
func serving(protocols ...reactor.Protocol) reactor.ServerFactory {
	return reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
		if len(protocols) == 0 {
			return nil
		}
		next := protocols[0]
		protocols = protocols[1:]
		return next
	})
}

// client is a ClientFactory of one protocol that remembers what has happened to it.
type client struct {
	protocol reactor.Protocol
	events   []string
	failure  error
	loss     error
}

func (c *client) StartFactory()                       { c.events = append(c.events, "start") }
func (c *client) StartedConnecting(reactor.Connector) { c.events = append(c.events, "connecting") }

func (c *client) BuildProtocol(net.Addr) reactor.Protocol {
	c.events = append(c.events, "build")
	return c.protocol
}

func (c *client) ClientConnectionFailed(_ reactor.Connector, reason error) {
	c.events = append(c.events, "failed")
	c.failure = reason
}

func (c *client) ClientConnectionLost(_ reactor.Connector, reason error) {
	c.events = append(c.events, "lost")
	c.loss = reason
}

func (c *client) StopFactory() { c.events = append(c.events, "stop") }

// small is a clock and a network with a log, and two hosts whose reactors are started.
type small struct {
	clock          *fakes.Clock
	network        *fakes.Network
	log            *bytes.Buffer
	near, far      *fakes.Host
	nearby, remote *fakes.Reactor
}

// newSmall draws from the seed of the Ginkgo run.
func newSmall(link fakes.Link) *small {
	GinkgoHelper()
	log := &bytes.Buffer{}
	s := newSmallOf(fakes.NetworkConfig{Seed: uint64(GinkgoRandomSeed()), Link: link, Log: log})
	s.log = log
	return s
}

func newSmallOf(config fakes.NetworkConfig) *small {
	GinkgoHelper()
	s := &small{clock: fakes.NewClock()}
	s.network = fakes.NewNetwork(s.clock, config)
	s.near, s.far = s.network.Host("10.0.0.1"), s.network.Host("10.0.0.2")
	s.nearby, s.remote = s.near.Reactor(quiet()), s.far.Reactor(quiet())
	Expect(s.nearby.Start()).To(Succeed())
	Expect(s.remote.Start()).To(Succeed())
	return s
}

// joined connects a protocol at the near host to one at the far host, port 80.
func (s *small) joined(near, far reactor.Protocol) *client {
	GinkgoHelper()
	_, err := s.remote.ListenTCP(":80", serving(far))
	Expect(err).NotTo(HaveOccurred())
	c := &client{protocol: near}
	s.nearby.ConnectTCP("10.0.0.2:80", c, reactor.ConnectOptions{})
	return c
}

// settle lets everything happen that can.
func (s *small) settle() {
	for s.clock.Step() {
	}
}

// verse is n bytes in which a misplaced piece shows: what it repeats has a length that
// no buffer has.
func verse(n int) []byte {
	line := make([]byte, 65521)
	for i := range line {
		line[i] = byte(i>>8 ^ i)
	}
	return bytes.Repeat(line, n/len(line)+1)[:n]
}

// expectSame compares long bytes without printing them.
func expectSame(actual, expected []byte) {
	GinkgoHelper()
	Expect(actual).To(HaveLen(len(expected)))
	Expect(bytes.Equal(actual, expected)).To(BeTrue(), "the bytes differ")
}
