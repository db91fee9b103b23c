package fakes_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/reactor"
)

var _ = Describe("Faults", func() {
	// pair connects two protocols, and lets everything happen.
	pair := func(link fakes.Link) (s *small, near, far *conversation, c *client, connection *fakes.Connection) {
		GinkgoHelper()
		s = newSmall(link)
		near, far = &conversation{}, &conversation{}
		c = s.joined(near, far)
		s.settle()
		Expect(s.network.Connections()).To(HaveLen(1))
		return s, near, far, c, s.network.Connections()[0]
	}

	It("stall a connection, which holds what is under way and what comes, both ways, and loses nothing", func() {
		s, near, far, c, connection := pair(slow)
		near.transport.Write([]byte("under way "))
		s.clock.Elapse(5 * time.Millisecond)
		connection.Stall()
		connection.Stall()
		near.transport.Write([]byte("held"))
		near.transport.LoseConnection()
		far.transport.Write([]byte("back"))
		s.clock.Elapse(time.Second)
		Expect(far.received).To(BeEmpty())
		Expect(near.received).To(BeEmpty())
		connection.Resume()
		connection.Resume()
		s.settle()
		Expect(string(far.received)).To(Equal("under way held"))
		Expect(far.pieces).To(HaveLen(2))
		Expect(c.loss).To(MatchError(reactor.ErrConnectionDone))
		Expect(s.log.String()).To(ContainSubstring("0.025000000 #1 - stall\n1.025000000 #1 - resume\n1.025000000 #1 > data 10"))
	})

	It("stall a connection for a shorter time than its bytes travel, without a trace", func() {
		s, near, far, _, connection := pair(slow)
		near.transport.Write([]byte("x"))
		connection.Stall()
		s.clock.Elapse(5 * time.Millisecond)
		connection.Resume()
		s.clock.Elapse(4 * time.Millisecond)
		Expect(far.received).To(BeEmpty())
		s.clock.Elapse(time.Millisecond)
		Expect(far.received).NotTo(BeEmpty())
	})

	It("stall a pair of hosts, but no others", func() {
		s, near, far, _, _ := pair(fakes.Link{})
		third := s.network.Host("third").Reactor(quiet())
		Expect(third.Start()).To(Succeed())
		server, other := &conversation{}, &conversation{}
		_, err := s.remote.ListenTCP(":81", serving(server))
		Expect(err).NotTo(HaveOccurred())
		s.network.Stall(s.far, s.near)
		third.ConnectTCP("10.0.0.2:81", &client{protocol: other}, reactor.ConnectOptions{})
		held := &client{}
		s.nearby.ConnectTCP("10.0.0.2:81", held, reactor.ConnectOptions{})
		near.transport.Write([]byte("held"))
		s.clock.Elapse(29 * time.Second)
		Expect(far.received).To(BeEmpty())
		Expect(server.transport.Peer()).To(Equal(other.transport.Host()))
		Expect(held.failure).NotTo(HaveOccurred())
		s.clock.Elapse(time.Second)
		Expect(held.failure).To(MatchError(reactor.ErrConnectTimedOut))
		s.network.Resume(s.near, s.far)
		s.settle()
		Expect(string(far.received)).To(Equal("held"))
		Expect(s.log.String()).NotTo(ContainSubstring("#3 > accept"), "what was given up in a stall is not sent again")
	})

	It("partition hosts, within which all goes on, until they are healed", func() {
		s, near, far, _, _ := pair(fakes.Link{})
		third := s.network.Host("third")
		r := third.Reactor(quiet())
		Expect(r.Start()).To(Succeed())
		_, err := r.ListenTCP(":80", serving(&conversation{}, &conversation{}))
		Expect(err).NotTo(HaveOccurred())
		s.network.Partition(s.near, third)
		near.transport.Write([]byte("held"))
		together, apart := &client{protocol: &conversation{}}, &client{protocol: &conversation{}}
		s.nearby.ConnectTCP("third:80", together, reactor.ConnectOptions{})
		s.remote.ConnectTCP("third:80", apart, reactor.ConnectOptions{})
		s.clock.Elapse(time.Second)
		Expect(far.received).To(BeEmpty())
		Expect(together.events).To(ContainElement("build"))
		Expect(apart.events).NotTo(ContainElement("build"))

		s.network.Heal(third)
		s.clock.Elapse(time.Second)
		Expect(apart.events).To(ContainElement("build"), "it waited")
		Expect(far.received).To(BeEmpty())
		s.network.Heal()
		s.settle()
		Expect(string(far.received)).To(Equal("held"))
		Expect(s.log.String()).To(And(
			ContainSubstring("partition 10.0.0.1 third\n"), ContainSubstring("heal third\n"), ContainSubstring("heal all\n")))
	})

	It("partition hosts from those that were cut off before, too", func() {
		s, near, far, _, _ := pair(fakes.Link{})
		s.network.Partition(s.near)
		s.network.Partition(s.far)
		near.transport.Write([]byte("held"))
		s.settle()
		Expect(far.received).To(BeEmpty())
		s.network.Partition(s.near, s.far)
		s.settle()
		Expect(string(far.received)).To(Equal("held"))
	})

	It("hold who connects through a partition until its time-out", func() {
		s := newSmall(slow)
		_, err := s.remote.ListenTCP(":80", serving())
		Expect(err).NotTo(HaveOccurred())
		s.network.Partition(s.far)
		c := &client{}
		s.nearby.ConnectTCP("10.0.0.2:80", c, reactor.ConnectOptions{Timeout: time.Hour})
		s.settle()
		Expect(c.failure).To(MatchError(reactor.ErrConnectTimedOut))
		Expect(s.clock.Now()).To(Equal(fakes.NewClock().Now().Add(time.Hour)))
		Expect(s.network.Connections()).To(BeEmpty())
	})

	It("do not come together: what is stalled and partitioned is held until both are over", func() {
		s, near, far, _, connection := pair(fakes.Link{})
		connection.Stall()
		s.network.Partition(s.near)
		near.transport.Write([]byte("held"))
		connection.Resume()
		s.settle()
		Expect(far.received).To(BeEmpty())
		connection.Stall()
		s.network.Heal()
		s.settle()
		Expect(far.received).To(BeEmpty())
		connection.Resume()
		s.settle()
		Expect(string(far.received)).To(Equal("held"))
	})

	It("reset a connection on both sides at once, also if it is stalled, and lose what is under way", func() {
		s, near, far, c, connection := pair(slow)
		near.transport.Write([]byte("lost"))
		connection.Stall()
		connection.Reset()
		Expect(near.losses).To(BeZero(), "it is told later")
		s.clock.Elapse(0)
		Expect(near.reason).To(MatchError(reactor.ErrConnectionLost))
		Expect(far.reason).To(MatchError(reactor.ErrConnectionLost))
		Expect(far.received).To(BeEmpty())
		Expect(c.events).To(ContainElement("stop"))
		Expect(s.network.Connections()).To(BeEmpty())
		connection.Reset()
		connection.Stall()
		connection.Resume()
		Expect(s.log.String()).To(HaveSuffix("#1 - reset\n"), "what is over stays over")
	})

	It("reset a connection that is being begun", func() {
		s := newSmall(slow)
		server := &conversation{}
		_, err := s.remote.ListenTCP(":80", serving(server))
		Expect(err).NotTo(HaveOccurred())
		for _, after := range []time.Duration{5, 15} {
			c := &client{}
			s.nearby.ConnectTCP("10.0.0.2:80", c, reactor.ConnectOptions{})
			s.clock.Elapse(after * time.Millisecond)
			s.network.Connections()[0].Reset()
			s.settle()
			Expect(c.failure).To(MatchError(ContainSubstring("connection reset by peer")))
			Expect(s.network.Connections()).To(BeEmpty())
		}
		Expect(server.losses).To(Equal(1), "the one that had arrived")
	})

	It("are refused where a host is nil", func() {
		s := newSmall(slow)
		Expect(func() { s.network.Stall(s.near, nil) }).To(PanicWith(ContainSubstring("one of the hosts is nil")))
		Expect(func() { s.network.Heal(s.near, nil) }).To(PanicWith(ContainSubstring("one of the hosts is nil")))
	})
})
