package fakes_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

var _ = Describe("A reactor", func() {
	It("calls back in the order of the real one", func() {
		s := newSmall(slow)
		var events []string
		note := func(event string) { events = append(events, event) }
		_, err := s.remote.ListenTCP(":80", &notingFactory{note: note, protocol: &conversation{
			made: func(*conversation) { note("server: connectionMade") },
			data: func(c *conversation, data []byte) {
				note("server: dataReceived " + string(data))
				c.transport.LoseConnection()
			},
			lost: func(error) { note("server: connectionLost") },
		}})
		Expect(err).NotTo(HaveOccurred())
		c := &client{protocol: &conversation{
			made: func(c *conversation) { note("client: connectionMade"); c.transport.Write([]byte("x")) },
			lost: func(error) { note("client: connectionLost") },
		}}
		s.nearby.ConnectTCP("10.0.0.2:80", c, reactor.ConnectOptions{})
		s.settle()
		Expect(events).To(Equal([]string{
			"server: startFactory", "server: buildProtocol", "server: connectionMade",
			"client: connectionMade", "server: dataReceived x", "client: connectionLost", "server: connectionLost",
		}))
		Expect(c.events).To(Equal([]string{"start", "connecting", "build", "lost", "stop"}))
	})

	It("LoseConnection lets the peer read everything, though it does not read itself", func() {
		s := newSmall(slow)
		server := sends(verse(200_000), reactor.Transport.LoseConnection)
		near := sends(verse(100_000), nil)
		c := s.joined(near, server)
		s.settle()
		expectSame(near.received, verse(200_000))
		Expect(c.loss).To(MatchError(reactor.ErrConnectionDone))
		Expect(server.reason).To(MatchError(reactor.ErrConnectionDone))
	})

	It("LoseConnection reads on, to drop it, also where reading is paused", func() {
		s := newSmall(slow)
		server := &conversation{}
		server.made = func(c *conversation) {
			c.transport.Write(verse(1000))
			c.transport.PauseProducing()
			s.clock.CallLater(time.Second, c.transport.LoseConnection)
		}
		near := sends(verse(200_000), reactor.Transport.LoseConnection)
		s.joined(near, server)
		s.settle()
		Expect(near.reason).To(MatchError(reactor.ErrConnectionDone))
		Expect(server.reason).To(MatchError(reactor.ErrConnectionDone))
		Expect(server.received).To(BeEmpty())
		Expect(s.arrived(">")).To(Equal(200_000))
		Expect(s.clock.Now()).To(BeTemporally("<", fakes.NewClock().Now().Add(2*time.Second)))
	})

	It("without lingering, input that comes later has the kernel cut off what was not read", func() {
		s := newSmall(slow)
		hasty := s.far.Reactor(reactor.Config{Linger: -1})
		Expect(hasty.Start()).To(Succeed())
		server := sends(verse(60_000), reactor.Transport.LoseConnection)
		_, err := hasty.ListenTCP(":80", serving(server))
		Expect(err).NotTo(HaveOccurred())
		near := &conversation{made: func(c *conversation) {
			c.transport.Write([]byte("unread"))
			c.transport.PauseProducing()
			s.clock.CallLater(time.Second, c.transport.ResumeProducing)
		}}
		c := &client{protocol: near}
		s.nearby.ConnectTCP("10.0.0.2:80", c, reactor.ConnectOptions{})
		s.settle()
		Expect(s.arrived("<")).To(Equal(60_000), "all of it has arrived")
		Expect(near.received).To(BeEmpty(), "but the reset came before it was read")
		Expect(c.loss).To(MatchError(reactor.ErrConnectionLost))
		Expect(s.log.String()).To(ContainSubstring("#1 < RST\n"))
	})

	It("AbortConnection resets, drops what waits, and is told later", func() {
		s := newSmall(fakes.Link{MinLatency: 1, ReceiveBuffer: 1000})
		returned := false
		near := &conversation{}
		near.made = func(c *conversation) {
			c.transport.Write(verse(100_000))
			c.transport.AbortConnection()
			c.transport.AbortConnection()
			returned = true
		}
		near.lost = func(error) { Expect(returned).To(BeTrue()) }
		server := &conversation{}
		s.joined(near, server)
		s.settle()
		Expect(near.reason).To(MatchError(reactor.ErrConnectionAborted))
		Expect(near.losses).To(Equal(1))
		Expect(len(server.received)).To(BeNumerically("<=", 1000))
		Expect(server.reason).To(MatchError(reactor.ErrConnectionLost))
		Expect(s.network.Connections()).To(BeEmpty())
	})

	It("what is under way to who has reset is lost, and a reset is not answered", func() {
		s := newSmall(slow)
		near, far := &conversation{}, &conversation{}
		s.joined(near, far)
		s.settle()
		far.transport.Write([]byte("under way"))
		near.transport.AbortConnection()
		s.clock.Elapse(5 * time.Millisecond)
		Expect(s.network.Connections()).To(HaveLen(1))
		s.clock.Elapse(5 * time.Millisecond)
		Expect(s.network.Connections()).To(BeEmpty())
		Expect(s.log.String()).To(HaveSuffix("#1 < lost 9 \"under way\"\n0.030000000 #1 > RST\n"))
	})

	It("a connection that both sides have reset is there until the resets have arrived", func() {
		s := newSmall(slow)
		near, far := &conversation{}, &conversation{}
		s.joined(near, far)
		s.settle()
		far.transport.AbortConnection()
		near.transport.AbortConnection()
		s.clock.Elapse(5 * time.Millisecond)
		Expect(s.network.Connections()).To(HaveLen(1))
		s.clock.Elapse(5 * time.Millisecond)
		Expect(s.network.Connections()).To(BeEmpty())
		Expect(near.reason).To(MatchError(reactor.ErrConnectionAborted))
		Expect(far.reason).To(MatchError(reactor.ErrConnectionAborted))
	})

	It("a reset discards what its receiver has not read", func() {
		s := newSmall(slow)
		near := sends([]byte("never read"), nil)
		server := &conversation{made: func(c *conversation) { c.transport.PauseProducing() }}
		s.joined(near, server)
		s.settle()
		near.transport.AbortConnection()
		s.settle()
		Expect(server.losses).To(BeZero(), "who does not read does not notice")
		server.transport.ResumeProducing()
		s.settle()
		Expect(server.reason).To(MatchError(reactor.ErrConnectionLost))
		Expect(server.received).To(BeEmpty())
	})

	It("a reset is noticed by who only writes, and by who waits to write", func() {
		s := newSmall(fakes.Link{MinLatency: 1, SendBuffer: 1000, ReceiveBuffer: 1000})
		for _, size := range []int{1, 100_000} {
			port, err := s.remote.ListenTCP(":0", serving(&conversation{made: func(c *conversation) {
				c.transport.PauseProducing()
				s.clock.CallLater(time.Second, c.transport.AbortConnection)
			}}))
			Expect(err).NotTo(HaveOccurred())
			near := &conversation{made: func(c *conversation) {
				c.transport.PauseProducing()
				c.transport.Write(verse(size))
				s.clock.CallLater(time.Minute, func() { c.transport.Write([]byte("x")) })
			}}
			s.nearby.ConnectTCP(port.Addr().String(), &client{protocol: near}, reactor.ConnectOptions{})
			s.settle()
			Expect(near.reason).To(MatchError(reactor.ErrConnectionLost))
		}
	})

	It("a peer that sends to who has closed is reset", func() {
		s := newSmall(slow)
		hasty := s.far.Reactor(reactor.Config{Linger: -1})
		Expect(hasty.Start()).To(Succeed())
		_, err := hasty.ListenTCP(":80", serving(&conversation{made: func(c *conversation) { c.transport.LoseConnection() }}))
		Expect(err).NotTo(HaveOccurred())
		near := &halfCloser{}
		s.nearby.ConnectTCP("10.0.0.2:80", &client{protocol: near}, reactor.ConnectOptions{})
		s.settle()
		Expect(near.ended).To(BeTrue())
		near.transport.Write([]byte("too late"))
		s.settle()
		Expect(s.log.String()).To(ContainSubstring("> data 8 \"too late\"\n"))
		Expect(s.log.String()).To(HaveSuffix("#1 < RST\n"))
		Expect(near.losses).To(BeZero(), "who has read the end notices when it writes")
		near.transport.Write([]byte("again"))
		s.settle()
		Expect(near.reason).To(MatchError(reactor.ErrConnectionLost))
	})

	It("a peer that half-closes gets all the same what waits, and may be answered", func() {
		s := newSmall(fakes.Link{MinLatency: 1, SendBuffer: 100, ReceiveBuffer: 100})
		server := &halfCloser{}
		near := &conversation{made: func(c *conversation) {
			c.transport.Write(verse(1000))
			c.transport.LoseWriteConnection()
		}}
		c := s.joined(near, server)
		s.settle()
		Expect(server.ended).To(BeTrue())
		expectSame(server.received, verse(1000))
		server.transport.Write(verse(2000))
		server.transport.LoseConnection()
		s.settle()
		expectSame(near.received, verse(2000))
		Expect(c.loss).To(MatchError(reactor.ErrConnectionDone))
	})

	It("a factory that wants nobody has the connection closed", func() {
		s := newSmall(slow)
		_, err := s.remote.ListenTCP(":80", serving())
		Expect(err).NotTo(HaveOccurred())
		c := &client{protocol: &conversation{}}
		s.nearby.ConnectTCP("10.0.0.2:80", c, reactor.ConnectOptions{})
		s.settle()
		Expect(c.loss).To(MatchError(reactor.ErrConnectionDone))
		Expect(s.network.Connections()).To(BeEmpty())
	})

	It("a connector that is stopped, or has enough, leaves nothing behind", func() {
		s := newSmall(fakes.Link{MinLatency: time.Hour})
		server := &conversation{}
		_, err := s.remote.ListenTCP(":80", serving(server, server))
		Expect(err).NotTo(HaveOccurred())
		late, stopped := &client{}, &client{}
		s.nearby.ConnectTCP("10.0.0.2:80", late, reactor.ConnectOptions{})
		connector := s.nearby.ConnectTCP("10.0.0.2:80", stopped, reactor.ConnectOptions{Timeout: -1})
		Expect(connector.StopConnecting()).To(Succeed())
		s.settle()
		Expect(late.failure).To(MatchError(reactor.ErrConnectTimedOut))
		Expect(stopped.failure).To(MatchError(reactor.ErrConnectStopped))
		Expect(server.losses).To(Equal(2), "the server was reset when it answered")
		Expect(server.reason).To(MatchError(reactor.ErrConnectionLost))
		Expect(s.network.Connections()).To(BeEmpty())
	})

	DescribeTable("a connector that is stopped on the last moment does not get the connection",
		func(asked time.Duration, serverLoss error) {
			s := newSmall(slow)
			server := &conversation{}
			_, err := s.remote.ListenTCP(":80", serving(server))
			Expect(err).NotTo(HaveOccurred())
			c := &client{protocol: &conversation{}}
			connector := s.nearby.ConnectTCP("10.0.0.2:80", c, reactor.ConnectOptions{})
			s.clock.Elapse(asked)
			s.clock.CallLater(20*time.Millisecond-asked, func() { Expect(connector.StopConnecting()).To(Succeed()) })
			s.settle()
			Expect(c.failure).To(MatchError(reactor.ErrConnectStopped))
			Expect(c.events).To(Equal([]string{"start", "connecting", "failed", "stop"}))
			Expect(server.reason).To(MatchError(serverLoss))
			Expect(server.losses).To(Equal(1))
			Expect(s.network.Connections()).To(BeEmpty())
		},
		Entry("right before the answer arrives", time.Duration(0), reactor.ErrConnectionLost),
		Entry("right after it has, before anybody was told", 15*time.Millisecond, reactor.ErrConnectionDone),
	)

	It("connections survive the port", func() {
		s := newSmall(slow)
		server := &conversation{}
		port, err := s.remote.ListenTCP(":80", serving(server))
		Expect(err).NotTo(HaveOccurred())
		near := &conversation{}
		s.nearby.ConnectTCP("10.0.0.2:80", &client{protocol: near}, reactor.ConnectOptions{})
		s.settle()
		stopped := false
		port.StopListening().AddBoth(func(none struct{}, err error) (struct{}, error) {
			stopped = err == nil
			return none, nil
		})
		s.settle()
		Expect(stopped).To(BeTrue())
		near.transport.Write([]byte("still there"))
		s.settle()
		Expect(string(server.received)).To(Equal("still there"))
	})

	It("runs what is posted and what would block on the loop, one at a time, and survives panics", func() {
		s := newSmall(fakes.Link{})
		var order []string
		s.nearby.CallLater(0, func() { order = append(order, "later") })
		s.nearby.CallFromThread(func() { panic("oh") })
		s.nearby.CallInThread(func() { order = append(order, "in thread") })
		result := reactor.DeferToThread(s.nearby, func() (int, error) { return 7, nil })
		Expect(order).To(BeEmpty())
		s.settle()
		Expect(order).To(Equal([]string{"in thread", "later"}))
		value := 0
		result.AddBoth(func(n int, err error) (int, error) { value = n; return n, err })
		Expect(value).To(Equal(7))
	})

	It("Run moves the clock until Stop, in no time", func() {
		clock := fakes.NewClock()
		r := fakes.NewNetwork(clock, fakes.NetworkConfig{}).Host("here").Reactor(quiet())
		ticks := 0
		looping := reactor.NewLoopingCall(r, func() *deferred.Deferred[struct{}] {
			if ticks++; ticks == 3600 {
				Expect(r.Stop()).To(Succeed())
			}
			return nil
		})
		looping.Start(time.Second, false)
		began := clock.Now()
		Expect(r.Run(context.Background())).To(Succeed())
		Expect(clock.Now().Sub(began)).To(Equal(time.Hour))
		Expect(r.Run(context.Background())).To(MatchError(reactor.ErrStopped))
		Expect(clock.Idle()).To(BeTrue(), "what is left of an ended reactor never runs")
	})

	It("Stop waits for the deferreds of triggers, and drops connections", func() {
		s := newSmall(slow)
		near := &conversation{}
		c := s.joined(near, &conversation{})
		s.settle()
		wait := deferred.New[struct{}]()
		s.nearby.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
			s.clock.CallLater(time.Hour, func() { _ = wait.Callback(struct{}{}) })
			return wait
		})
		left := false
		s.nearby.CallLater(24*time.Hour, func() { left = true })
		Expect(s.nearby.Stop()).To(Succeed())
		s.clock.Elapse(time.Minute)
		Expect(near.losses).To(BeZero())
		s.settle()
		Expect(near.reason).To(MatchError(reactor.ErrConnectionAborted))
		Expect(c.events).To(Equal([]string{"start", "connecting", "build", "lost", "stop"}))
		Expect(s.nearby.Ended()).To(BeTrue())
		Expect(left).To(BeFalse())
		Expect(s.clock.Now()).To(BeTemporally("<", fakes.NewClock().Now().Add(2*time.Hour)))
	})

	It("ends Run when the context does", func() {
		r := fakes.NewNetwork(fakes.NewClock(), fakes.NetworkConfig{}).Host("here").Reactor(quiet())
		ctx, cancel := context.WithCancel(context.Background())
		r.CallLater(time.Second, cancel)
		r.CallLater(time.Hour, func() {})
		Expect(r.Run(ctx)).To(Succeed())
		Expect(r.Ended()).To(BeTrue())
	})

	It("tells of a deadlock, rather than hang", func() {
		s := newSmall(slow)
		s.joined(&conversation{}, &conversation{})
		third := s.far.Reactor(quiet())
		err := third.Run(context.Background())
		Expect(err).To(MatchError(fakes.ErrDeadlock))
		Expect(err).To(MatchError(And(
			ContainSubstring("on 10.0.0.2"), ContainSubstring("10.0.0.2:80"), ContainSubstring("#1 10.0.0.1:49152"))))
		Expect(third.Stop()).To(Succeed())
		s.settle()
		Expect(third.Ended()).To(BeTrue())
	})

	It("records what is listened at and connected to, as it was asked for", func() {
		s := newSmall(slow)
		factory, c := serving(), &client{}
		port, err := s.nearby.ListenTCP(":80", factory)
		Expect(err).NotTo(HaveOccurred())
		_, taken := s.nearby.ListenTCP("10.0.0.1:80", factory)
		Expect(taken).To(HaveOccurred())
		connector := s.nearby.ConnectTCP("somewhere:1", c, reactor.ConnectOptions{Timeout: time.Minute, Local: ":7"})
		Expect(s.nearby.Listens()).To(HaveLen(2))
		Expect(s.nearby.Listens()[0].Addr).To(Equal(":80"))
		Expect(s.nearby.Listens()[0].Port).To(BeIdenticalTo(port))
		Expect(s.nearby.Listens()[0].Err).NotTo(HaveOccurred())
		Expect(s.nearby.Listens()[1].Addr).To(Equal("10.0.0.1:80"))
		Expect(s.nearby.Listens()[1].Port).To(BeNil())
		Expect(s.nearby.Listens()[1].Err).To(Equal(taken))
		Expect(s.nearby.Connects()).To(Equal([]fakes.Connecting{{
			Addr: "somewhere:1", Factory: c, Connector: connector,
			Options: reactor.ConnectOptions{Timeout: time.Minute, Local: ":7"},
		}}))
		Expect(s.nearby.Host()).To(BeIdenticalTo(s.near))
	})

	It("serves a reconnecting client, whose patience costs no time", func() {
		s := newSmall(slow)
		var attempts []string
		c := &client{}
		factory := reactor.NewReconnecting(s.nearby, &failing{client: c, failed: func(err error) {
			attempts = append(attempts, s.clock.Now().Format(time.TimeOnly))
			Expect(errors.Is(err, reactor.ErrConnectionRefused)).To(BeTrue())
		}}, reactor.ReconnectOptions{Jitter: -1, MaxRetries: 5, Factor: 10})
		s.nearby.ConnectTCP("10.0.0.2:80", factory, reactor.ConnectOptions{})
		s.settle()
		Expect(strings.Join(attempts, " ")).To(Equal("00:00:00 00:00:01 00:00:11 00:01:51 00:18:31 01:18:31"))
	})
})

// failing is a client that reports failures.
type failing struct {
	*client
	failed func(error)
}

func (f *failing) ClientConnectionFailed(_ reactor.Connector, reason error) { f.failed(reason) }

// notingFactory is a ServerFactory of one protocol that notes what happens to it.
type notingFactory struct {
	note     func(string)
	protocol reactor.Protocol
}

func (f *notingFactory) StartFactory() { f.note("server: startFactory") }
func (f *notingFactory) StopFactory()  { f.note("server: stopFactory") }
func (f *notingFactory) BuildProtocol(peer net.Addr) reactor.Protocol {
	f.note("server: buildProtocol")
	if fmt.Sprint(peer) != "10.0.0.1:49152" {
		f.note("for " + peer.String())
	}
	return f.protocol
}
