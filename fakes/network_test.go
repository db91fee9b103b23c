package fakes_test

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/reactor"
)

// slow is a link on which every segment travels for 10 ms.
var slow = fakes.Link{MinLatency: 10 * time.Millisecond}

var _ = It("A network knows the reactors that have not ended, and has them trace if it is told to", func() {
	clock := fakes.NewClock()
	network := fakes.NewNetwork(clock, fakes.NetworkConfig{Trace: true})
	first, second := network.Host("one").Reactor(quiet()), network.Host("two").Reactor(quiet())
	Expect(first.Start()).To(Succeed())
	first.CallLater(time.Hour, func() {})
	Expect(network.Reactors()).To(Equal([]*fakes.Reactor{first, second}))
	Expect(first.Outstanding()).To(HaveExactElements(HaveField("Made", ContainSubstring("network_test.go:"))))
	Expect(first.Stop()).To(Succeed())
	clock.Advance(0)
	Expect(network.Reactors()).To(Equal([]*fakes.Reactor{second}))
})

var _ = Describe("A network", func() {
	It("logs what happens, in the order in which it arrives", func() {
		s := newSmall(slow)
		server := &conversation{data: func(c *conversation, data []byte) {
			c.transport.Write([]byte(strings.ToUpper(string(data))))
			c.transport.LoseConnection()
		}}
		c := s.joined(&conversation{made: func(c *conversation) { c.transport.Write([]byte("a lamp\n")) }}, server)
		s.nearby.ConnectTCP("10.0.0.2:81", &client{}, reactor.ConnectOptions{})
		s.settle()
		Expect(c.loss).To(MatchError(reactor.ErrConnectionDone))
		Expect("\n" + s.log.String()).To(Equal(`
0.000000000 #0 - listen 10.0.0.2:80
0.000000000 #1 > connect 10.0.0.1:49152 10.0.0.2:80
0.000000000 #2 > connect 10.0.0.1:49153 10.0.0.2:81
0.010000000 #1 > accept
0.020000000 #1 < connected
0.020000000 #2 < refused
0.030000000 #1 > data 7 "a lamp\n"
0.040000000 #1 < data 7 "A LAMP\n"
0.040000000 #1 < FIN
0.050000000 #1 > FIN
`))
	})

	It("lets connecting and being refused take a round trip", func() {
		s := newSmall(slow)
		began := s.clock.Now()
		var connected time.Duration
		s.joined(&conversation{made: func(*conversation) { connected = s.clock.Now().Sub(began) }}, &conversation{})
		failed := &client{}
		s.nearby.ConnectTCP("10.0.0.99:80", failed, reactor.ConnectOptions{})
		s.clock.Elapse(19 * time.Millisecond)
		Expect(connected).To(BeZero())
		Expect(failed.failure).NotTo(HaveOccurred())
		s.clock.Elapse(time.Millisecond)
		Expect(connected).To(Equal(20 * time.Millisecond))
		Expect(failed.failure).To(And(MatchError(reactor.ErrConnectionRefused), MatchError(syscall.ECONNREFUSED)))
	})

	It("knows no name that it was not told", func() {
		s := newSmall(slow)
		c := &client{}
		s.nearby.ConnectTCP("nowhere:80", c, reactor.ConnectOptions{})
		Expect(c.failure).NotTo(HaveOccurred(), "it is told later")
		s.settle()
		Expect(c.failure).To(MatchError(reactor.ErrNameNotFound))
		Expect(c.failure).To(MatchError(ContainSubstring("nowhere")))
		Expect(c.events).To(Equal([]string{"start", "connecting", "failed", "stop"}))
	})

	DescribeTable("cannot connect to an address that makes no sense",
		func(addr string) {
			s := newSmall(slow)
			c := &client{}
			s.nearby.ConnectTCP(addr, c, reactor.ConnectOptions{})
			s.settle()
			Expect(c.failure).To(MatchError(ContainSubstring(addr)))
			Expect(s.network.Connections()).To(BeEmpty())
		},
		Entry("without a port", "10.0.0.2"),
		Entry("with a port that is a word", "10.0.0.2:http"),
		Entry("with a port that is too large", "10.0.0.2:65536"),
	)

	It("knows hosts by name, by address, and by themselves", func() {
		s := newSmall(fakes.Link{})
		named := s.network.Host("Server")
		Expect(s.network.Host("server")).To(BeIdenticalTo(named))
		Expect(s.network.Host(named.IP().String())).To(BeIdenticalTo(named))
		Expect(named.IP().String()).To(Equal("198.18.0.1"))
		Expect(s.network.Host("another").IP().String()).To(Equal("198.18.0.2"))
		Expect(named).To(HaveField("String()", "Server"))
		r := named.Reactor(quiet())
		Expect(r.Start()).To(Succeed())
		for i, test := range []struct{ listen, from, connect, host, peer string }{
			{":80", "10.0.0.1", "server:80", "198.18.0.1:80", "10.0.0.1:49152"},
			{"server:81", "10.0.0.1", "198.18.0.1:81", "198.18.0.1:81", "10.0.0.1:49153"},
			{"0.0.0.0:82", "server", "localhost:82", "127.0.0.1:82", "127.0.0.1:49152"},
			{"127.0.0.1:83", "server", "127.0.0.1:83", "127.0.0.1:83", "127.0.0.1:49153"},
			{"[::]:84", "server", ":84", "198.18.0.1:84", "198.18.0.1:49154"},
		} {
			here, there := &conversation{}, &conversation{}
			_, err := r.ListenTCP(test.listen, serving(here))
			Expect(err).NotTo(HaveOccurred())
			from := s.nearby
			if test.from == "server" {
				from = r
			}
			from.ConnectTCP(test.connect, &client{protocol: there}, reactor.ConnectOptions{})
			s.settle()
			Expect(here.transport).NotTo(BeNil(), test.connect)
			Expect(here.transport.Host()).To(HaveField("String()", test.host), test.connect)
			Expect(here.transport.Peer()).To(HaveField("String()", test.peer), test.connect)
			Expect(there.transport.Host()).To(Equal(here.transport.Peer()))
			Expect(there.transport.Peer()).To(Equal(here.transport.Host()))
			Expect(s.network.Connections()[i].String()).To(Equal(fmt.Sprintf("#%d %s > %s", i+1, test.peer, test.host)))
			Expect(s.network.Connections()[i].Client()).To(Equal(here.transport.Peer()))
			Expect(s.network.Connections()[i].Server()).To(Equal(here.transport.Host()))
		}
	})

	DescribeTable("refuses hosts that cannot be",
		func(name string) {
			n := fakes.NewNetwork(fakes.NewClock(), fakes.NetworkConfig{})
			Expect(func() { n.Host(name) }).To(PanicWith(ContainSubstring("no host can be called")))
		},
		Entry(nil, ""), Entry(nil, "localhost"), Entry(nil, "127.0.0.1"), Entry(nil, "::1"), Entry(nil, "0.0.0.0"),
		Entry(nil, "a:80"), Entry(nil, "two words"),
	)

	It("keeps loopback addresses, and others that were not listened at, apart", func() {
		s := newSmall(fakes.Link{})
		_, err := s.remote.ListenTCP("127.0.0.1:80", serving(&conversation{}))
		Expect(err).NotTo(HaveOccurred())
		_, err = s.remote.ListenTCP("10.0.0.2:81", serving(&conversation{}))
		Expect(err).NotTo(HaveOccurred())
		outer, loop := &client{}, &client{}
		s.nearby.ConnectTCP("10.0.0.2:80", outer, reactor.ConnectOptions{})
		s.remote.ConnectTCP("127.0.0.1:81", loop, reactor.ConnectOptions{})
		s.settle()
		Expect(outer.failure).To(MatchError(reactor.ErrConnectionRefused))
		Expect(loop.failure).To(MatchError(reactor.ErrConnectionRefused))
	})

	It("says at once that a port is taken, or an address another host's", func() {
		s := newSmall(fakes.Link{})
		port, err := s.remote.ListenTCP(":80", serving())
		Expect(err).NotTo(HaveOccurred())
		_, err = s.remote.ListenTCP("127.0.0.1:80", serving())
		Expect(err).To(MatchError(syscall.EADDRINUSE))
		_, err = s.remote.ListenTCP("10.0.0.1:80", serving())
		Expect(err).To(MatchError(syscall.EADDRNOTAVAIL))
		_, err = s.nearby.ListenTCP(":80", serving())
		Expect(err).NotTo(HaveOccurred(), "the port of another host is another port")
		port.StopListening()
		_, err = s.remote.ListenTCP(":80", serving())
		Expect(err).NotTo(HaveOccurred(), "it is free at once")
	})

	It("gives out free ports in order, and those of connections that are over again", func() {
		s := newSmall(fakes.Link{})
		for _, expected := range []string{"10.0.0.2:49152", "10.0.0.2:49153"} {
			port, err := s.remote.ListenTCP(":0", serving())
			Expect(err).NotTo(HaveOccurred())
			Expect(port.Addr().String()).To(Equal(expected))
		}
		for range 20_000 {
			s.nearby.ConnectTCP("10.0.0.2:1", &client{}, reactor.ConnectOptions{})
			s.settle()
		}
		Expect(s.log.String()).To(ContainSubstring("#20000 < refused\n"))
	})

	It("has only so many ports", func() {
		s := newSmall(fakes.Link{})
		for range 65536 - 49152 {
			_, err := s.remote.ListenTCP(":0", serving())
			Expect(err).NotTo(HaveOccurred())
		}
		_, err := s.remote.ListenTCP(":0", serving())
		Expect(err).To(MatchError(syscall.EADDRNOTAVAIL))
	})

	It("connects from the address that it is told", func() {
		s := newSmall(fakes.Link{})
		server := &conversation{}
		_, err := s.remote.ListenTCP(":80", serving(server))
		Expect(err).NotTo(HaveOccurred())
		s.nearby.ConnectTCP("10.0.0.2:80", &client{protocol: &conversation{}}, reactor.ConnectOptions{Local: ":1024"})
		taken, foreign := &client{}, &client{}
		s.nearby.ConnectTCP("10.0.0.2:80", taken, reactor.ConnectOptions{Local: "10.0.0.1:1024"})
		s.nearby.ConnectTCP("10.0.0.2:80", foreign, reactor.ConnectOptions{Local: "10.0.0.2:1025"})
		s.settle()
		Expect(server.transport.Peer()).To(HaveField("String()", "10.0.0.1:1024"))
		Expect(taken.failure).To(MatchError(syscall.EADDRINUSE))
		Expect(foreign.failure).To(MatchError(syscall.EADDRNOTAVAIL))
	})

	It("lets connections wait at a port until they are accepted, with what they bring", func() {
		s := newSmall(slow)
		late := s.far.Reactor(quiet())
		server := &conversation{}
		_, err := late.ListenTCP(":80", serving(server))
		Expect(err).NotTo(HaveOccurred())
		near := &conversation{made: func(c *conversation) { c.transport.Write([]byte("early")) }}
		s.nearby.ConnectTCP("10.0.0.2:80", &client{protocol: near}, reactor.ConnectOptions{})
		s.settle()
		Expect(server.transport).To(BeNil())
		Expect(late.Start()).To(Succeed())
		s.settle()
		Expect(string(server.received)).To(Equal("early"))
	})

	It("resets the connections that wait at a port that closes", func() {
		s := newSmall(slow)
		port, err := s.far.Reactor(quiet()).ListenTCP(":80", serving())
		Expect(err).NotTo(HaveOccurred())
		c := &client{protocol: &conversation{}}
		s.nearby.ConnectTCP("10.0.0.2:80", c, reactor.ConnectOptions{})
		s.settle()
		port.StopListening()
		s.settle()
		Expect(c.loss).To(MatchError(reactor.ErrConnectionLost))
		Expect(s.network.Connections()).To(BeEmpty())
	})

	It("gives links of their own to pairs of hosts", func() {
		s := newSmall(fakes.Link{})
		s.network.SetLink(s.far, s.near, fakes.Link{MinLatency: time.Hour})
		c := s.joined(&conversation{}, &conversation{})
		loop := &client{}
		s.nearby.ConnectTCP("127.0.0.1:1", loop, reactor.ConnectOptions{})
		s.clock.Elapse(0)
		Expect(loop.failure).To(MatchError(reactor.ErrConnectionRefused), "in no time")
		s.clock.Elapse(time.Minute)
		Expect(c.failure).To(MatchError(reactor.ErrConnectTimedOut), "in 30 s")
	})

	DescribeTable("refuses links that make no sense",
		func(link fakes.Link, message string) {
			Expect(func() { newSmall(link) }).To(PanicWith(ContainSubstring(message)))
			s := newSmall(fakes.Link{})
			Expect(func() { s.network.SetLink(s.near, s.far, link) }).To(PanicWith(ContainSubstring(message)))
		},
		Entry(nil, fakes.Link{MinLatency: -1}, "latency from -1ns"),
		Entry(nil, fakes.Link{MinLatency: 2, MaxLatency: 1}, "latency from 2ns to 1ns"),
		Entry(nil, fakes.Link{MaxSegment: -1}, "MaxSegment is -1"),
		Entry(nil, fakes.Link{SendBuffer: -1}, "SendBuffer is -1"),
		Entry(nil, fakes.Link{ReceiveBuffer: -1}, "ReceiveBuffer is -1"),
	)

	It("stops logging when the log cannot be written, and says so", func() {
		n := fakes.NewNetwork(fakes.NewClock(), fakes.NetworkConfig{Log: broken{}})
		Expect(n.Err()).NotTo(HaveOccurred())
		n.Heal()
		Expect(n.Err()).To(MatchError(syscall.ENOSPC))
	})
})

// broken is a writer on a disk that is full.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, syscall.ENOSPC }
