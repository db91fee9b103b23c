package reactor_test

import (
	"net"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/reactor"
)

// tracing is quiet, and knows where everything was asked for.
func tracing() reactor.Config {
	config := quiet()
	config.Trace = true
	return config
}

// outstanding asks on the loop.
func outstanding(r *reactor.TCP) []reactor.Outstanding {
	GinkgoHelper()
	var left []reactor.Outstanding
	onLoop(r, func() { left = r.Outstanding() })
	return left
}

// is matches what is outstanding, and was asked for in a function of this file.
func is(kind reactor.OutstandingKind, what string) OmegaMatcher {
	return And(HaveField("Kind", kind), HaveField("What", MatchRegexp(what)),
		HaveField("Made", MatchRegexp(`^scansion/harness/reactor_test\.\S+\n\t\S+_test\.go:\d+\n`)))
}

var _ = Describe("Outstanding", func() {
	It("is nothing in the beginning", func() {
		r, _ := running(tracing())
		Expect(outstanding(r)).To(BeEmpty())
	})

	It("is a delayed call that is to come, the earliest first", func() {
		r, _ := running(tracing())
		var later, cancelled reactor.DelayedCall
		onLoop(r, func() {
			later = r.CallLater(2*time.Hour, func() {})
			r.CallLater(time.Hour, func() {})
			cancelled = r.CallLater(time.Hour, func() {})
			Expect(cancelled.Cancel()).To(Succeed())
			r.CallLater(0, func() {})
		})
		onLoop(r, func() {}) // after the last one
		left := outstanding(r)
		Expect(left).To(HaveExactElements(
			is(reactor.OutstandingCall, `^a delayed call is pending, due in 59m`),
			is(reactor.OutstandingCall, `^a delayed call is pending, due in 1h59m`)))
		onLoop(r, func() {
			Expect(later.Reset(time.Minute)).To(Succeed())
			Expect(left[0].Call.Cancel()).To(Succeed())
			Expect(left[0].Call.Cancel()).To(MatchError(reactor.ErrAlreadyCancelled))
		})
		Expect(outstanding(r)).To(HaveExactElements(is(reactor.OutstandingCall, `due in (1m0s|59\.)`)))
	})

	It("is calls that are due at the same time in the order in which they will run", func() {
		fake := fakes.NewNetwork(fakes.NewClock(), fakes.NetworkConfig{}).Host("poet").Reactor(tracing())
		var calls []reactor.DelayedCall
		for range 50 {
			calls = append(calls, fake.CallLater(time.Hour, func() {}))
		}
		Expect(calls[10].Reset(time.Hour)).To(Succeed())
		Expect(calls[5].Delay(0)).To(Succeed())
		calls = slices.Concat(calls[:5], calls[6:10], calls[11:], []reactor.DelayedCall{calls[10], calls[5]})
		var left []reactor.DelayedCall
		for _, o := range fake.Outstanding() {
			left = append(left, o.Call)
		}
		Expect(left).To(Equal(calls))
	})

	It("is a port and its connections, until they are closed", func() {
		r, _ := running(tracing())
		var port reactor.Port
		accepted := make(chan reactor.Transport, 1)
		onLoop(r, func() {
			var err error
			port, err = r.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
				return &conversation{made: func(transport reactor.Transport) { accepted <- transport }}
			}))
			Expect(err).NotTo(HaveOccurred())
		})
		Expect(outstanding(r)).To(HaveExactElements(is(reactor.OutstandingPort, `^a port listens at 127\.0\.0\.1:\d+$`)))

		peer := dial(port.Addr().String())
		var transport reactor.Transport
		Eventually(accepted).Should(Receive(&transport))
		Expect(outstanding(r)).To(HaveExactElements(
			is(reactor.OutstandingPort, ""),
			And(is(reactor.OutstandingConnection, `^a connection from 127\.0\.0\.1:\d+ to 127\.0\.0\.1:\d+ is open$`), HaveField("Closing", false))))

		onLoop(r, func() { port.StopListening(); transport.LoseConnection() })
		Eventually(func() []reactor.Outstanding { return outstanding(r) }).Should(HaveExactElements(
			And(is(reactor.OutstandingConnection, ""), HaveField("Closing", true))), "its timer is the reactor's own")
		Expect(peer.Close()).To(Succeed())
		Eventually(func() []reactor.Outstanding { return outstanding(r) }).Should(BeEmpty())
	})

	It("is a connector that is connecting, without its time-out, and then a connection", func() {
		r := reactor.NewTCP(tracing())
		reactor.ConnectProtocol(r, "127.0.0.1:1", &conversation{}, reactor.ConnectOptions{}).AddErrback(nil)
		Expect(r.Outstanding()).To(HaveExactElements(is(reactor.OutstandingConnector, `^a connector is connecting to 127\.0\.0\.1:1$`)))
	})

	It("does not know of delayed calls and places, unless it is told to trace", func() {
		r := reactor.NewTCP(quiet())
		r.CallLater(time.Hour, func() {})
		r.ConnectTCP("127.0.0.1:1", &clientDiary{}, reactor.ConnectOptions{})
		Expect(r.Outstanding()).To(HaveExactElements(And(HaveField("Kind", reactor.OutstandingConnector), HaveField("Made", ""))))
	})
})
