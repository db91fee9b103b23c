package reactor_test

import (
	"errors"
	"math"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// What takes seconds or hours is seen on the fake clock.
var _ = Describe("In its own time,", func() {
	var (
		clock   *fakes.Clock
		network *fakes.Network
		r       *fakes.Reactor
		start   time.Time
	)
	BeforeEach(func() {
		clock = fakes.NewClock()
		network = fakes.NewNetwork(clock, fakes.NetworkConfig{})
		r = network.Host("here").Reactor(quiet())
		start = clock.Now()
		Expect(r.Start()).To(Succeed())
	})
	passed := func() time.Duration { return clock.Now().Sub(start) }

	Describe("a client", func() {
		It("E9: gives up after 30 s if nothing answers", func() {
			network.Partition(network.Host("there"))
			d := &clientDiary{}
			r.ConnectTCP("there:10000", d, reactor.ConnectOptions{})
			clock.Elapse(30*time.Second - 1)
			Expect(d.entries).To(Equal([]string{"StartFactory", "StartedConnecting"}))
			clock.Elapse(1)
			Expect(d.entries[2:]).To(Equal([]string{"ClientConnectionFailed", "StopFactory"}))
			Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectTimedOut)))
			Expect(clock.Pending()).To(BeEmpty())
		})

		It("E9: gives up when it is told to, or never", func() {
			network.Partition(network.Host("there"))
			hasty, patient := &clientDiary{}, &clientDiary{}
			r.ConnectTCP("there:10000", hasty, reactor.ConnectOptions{Timeout: time.Second})
			r.ConnectTCP("there:10000", patient, reactor.ConnectOptions{Timeout: -1})
			clock.Elapse(1000 * time.Hour)
			Expect(hasty.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectTimedOut)))
			Expect(patient.reasons).To(BeEmpty())
		})

		It("reconnects after longer and longer waits, up to a last one", func() {
			d := &clientDiary{}
			var waits []float64
			last := start
			d.failed = func(reactor.Connector, error) {
				waits = append(waits, clock.Now().Sub(last).Seconds())
				last = clock.Now()
			}
			f := reactor.NewReconnecting(r, d, reactor.ReconnectOptions{Jitter: -1, LastDelay: time.Minute})
			r.ConnectTCP("198.18.9.9:10000", f, reactor.ConnectOptions{})
			clock.Elapse(10 * time.Minute)
			Expect(waits[:7]).To(HaveExactElements(
				BeNumerically("~", 0, 1e-6), BeNumerically("~", 1, 1e-6), BeNumerically("~", math.E, 1e-6),
				BeNumerically("~", math.Exp(2), 1e-6), BeNumerically("~", math.Exp(3), 1e-6),
				BeNumerically("~", math.Exp(4), 1e-6), BeNumerically("~", 60, 1e-6),
			))

			waits, last = nil, clock.Now()
			f.ResetDelay()
			clock.Elapse(2 * time.Minute)
			Expect(len(waits)).To(BeNumerically(">", 3), "it begins anew after the wait that had begun")

			f.StopTrying()
			Expect(clock.Pending()).To(BeEmpty())
		})

		It("reconnects as often as it was told, in all", func() {
			d := &clientDiary{}
			f := reactor.NewReconnecting(r, d, reactor.ReconnectOptions{MaxRetries: 3})
			r.ConnectTCP("198.18.9.9:10000", f, reactor.ConnectOptions{})
			clock.Elapse(24 * time.Hour)
			Expect(d.reasons).To(HaveLen(4))
			Expect(clock.Pending()).To(BeEmpty())
		})

		It("reconnects after a connection was lost", func() {
			d := &clientDiary{}
			d.build = func() *conversation { return &conversation{} }
			server := network.Host("there").Reactor(quiet())
			_, err := server.ListenTCP(":10000", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &conversation{} }))
			Expect(err).NotTo(HaveOccurred())
			Expect(server.Start()).To(Succeed())
			r.ConnectTCP("there:10000", reactor.NewReconnecting(r, d, reactor.ReconnectOptions{Jitter: -1}), reactor.ConnectOptions{})
			clock.Elapse(time.Millisecond)
			network.Connections()[0].Reset()
			clock.Elapse(time.Minute)
			Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectionLost)))
			Expect(d.entries[len(d.entries)-3:]).To(Equal([]string{"StartedConnecting", "BuildProtocol", "ConnectionMade"}))
		})
	})

	Describe("one conversation", func() {
		var connected *deferred.Deferred[*conversation]
		outcome := func() error {
			GinkgoHelper()
			Expect(connected.Fired()).To(BeTrue())
			return connected.Handle()
		}
		connect := func(addr string) *conversation {
			c := &conversation{}
			connected = reactor.ConnectProtocol(r, addr, c, reactor.ConnectOptions{})
			return c
		}

		It("is had when it is connected", func() {
			_, err := r.ListenTCP(":10000", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &conversation{} }))
			Expect(err).NotTo(HaveOccurred())
			c := connect("here:10000")
			Expect(connected.Fired()).To(BeFalse())
			clock.Elapse(time.Second)
			Expect(outcome()).To(Succeed())
			Expect(c.transport).NotTo(BeNil())
		})

		It("fails with the reason that there is none", func() {
			connect("here:10000")
			clock.Elapse(time.Second)
			Expect(outcome()).To(MatchError(reactor.ErrConnectionRefused))
		})

		It("can be given up", func() {
			network.Partition(network.Host("there"))
			connect("there:10000")
			clock.Elapse(time.Second)
			connected.Cancel()
			Expect(outcome()).To(MatchError(reactor.ErrConnectStopped))
			Expect(clock.Pending()).To(BeEmpty())
		})
	})

	It("LoseConnection waits 5 s for a peer that does not close, and no longer", func() {
		var server *conversation
		reasons := map[string]time.Duration{}
		noting := func(who string) func(error) {
			return func(reason error) {
				Expect(errors.Is(reason, reactor.ErrConnectionDone)).To(BeTrue())
				reasons[who] = passed()
			}
		}
		_, err := r.ListenTCP(":10000", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
			server = &conversation{lost: noting("server"), made: func(t reactor.Transport) {
				t.Write([]byte("a poem"))
				t.LoseConnection()
			}}
			return server
		}))
		Expect(err).NotTo(HaveOccurred())
		client := &halfCloser{readLost: func(t reactor.Transport) {
			clock.CallLater(time.Hour, t.LoseConnection)
		}}
		client.lost = noting("client")
		reactor.ConnectProtocol(r, "here:10000", client, reactor.ConnectOptions{})
		clock.Elapse(2 * time.Hour)
		Expect(reasons).To(Equal(map[string]time.Duration{"server": 5 * time.Second, "client": time.Hour}))
	})
})
