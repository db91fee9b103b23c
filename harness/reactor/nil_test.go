package reactor_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

var _ = Describe("What is nil", func() {
	var r *fakes.Reactor

	BeforeEach(func() { r = fakes.NewNetwork(fakes.NewClock(), fakes.NetworkConfig{}).Host("here").Reactor(quiet()) })

	DescribeTable("is a panic of the caller, where there is no error to return",
		func(call func(r reactor.Reactor), complaint string) {
			for _, r := range []reactor.Reactor{r, reactor.NewTCP(quiet())} {
				Expect(func() { call(r) }).To(PanicWith("reactor: " + complaint))
			}
		},
		Entry(nil, func(r reactor.Reactor) { r.ConnectTCP("here:1", nil, reactor.ConnectOptions{}) }, "ConnectTCP without a factory"),
		Entry(nil, func(r reactor.Reactor) { r.ConnectTCP("here:1", (*clientDiary)(nil), reactor.ConnectOptions{}) },
			"ConnectTCP without a factory"),
		Entry(nil, func(r reactor.Reactor) { r.CallLater(0, nil) }, "CallLater without a function"),
		Entry(nil, func(r reactor.Reactor) { r.CallFromThread(nil) }, "CallFromThread without a function"),
		Entry(nil, func(r reactor.Reactor) { r.CallInThread(nil) }, "CallInThread without a function"),
		Entry(nil, func(r reactor.Reactor) { r.CallWhenRunning(nil) }, "CallWhenRunning without a function"),
		Entry(nil, func(r reactor.Reactor) { r.AddSystemEventTrigger(reactor.Before, reactor.Startup, nil) },
			"AddSystemEventTrigger without a function"),
		Entry(nil, func(r reactor.Reactor) { reactor.NewLoopingCall(r, nil) }, "NewLoopingCall without a function"),
		Entry(nil, func(r reactor.Reactor) { reactor.NewLoopingCallWithCount(r, nil) }, "NewLoopingCallWithCount without a function"),
		Entry(nil, func(r reactor.Reactor) { reactor.NewReconnecting(r, nil, reactor.ReconnectOptions{}) },
			"NewReconnecting without a factory"),
	)

	It("is a panic of the caller for a clock without a reactor, too", func() {
		Expect(func() { fakes.NewClock().CallLater(time.Second, nil) }).To(PanicWith("reactor: CallLater without a function"))
	})

	DescribeTable("is an error for a port",
		func(factory reactor.ServerFactory) {
			_, err := r.ListenTCP("here:1", factory)
			Expect(err).To(MatchError(deferred.ErrNil))
			port, err := r.ListenTCP("here:1", &diary{})
			Expect(err).NotTo(HaveOccurred(), "the address is free")
			Expect(port.Addr().String()).To(HaveSuffix(":1"))
		},
		Entry("nothing", nil),
		Entry("no factory", (*diary)(nil)),
		Entry("no function", reactor.FactoryFunc(nil)),
	)

	It("is an error for a listener that is adopted", func() {
		_, err := reactor.NewTCP(quiet()).AdoptListener(nil, &diary{})
		Expect(err).To(MatchError(deferred.ErrNil))
	})

	It("is a failure, where a deferred is returned", func() {
		Expect(reactor.ConnectProtocol[reactor.Protocol](r, "here:1", nil, reactor.ConnectOptions{}).Handle()).To(MatchError(deferred.ErrNil))
		Expect(reactor.ConnectProtocol(r, "here:1", (*conversation)(nil), reactor.ConnectOptions{}).Handle()).To(MatchError(deferred.ErrNil))
		Expect(reactor.DeferToThread[int](r, nil).Handle()).To(MatchError(deferred.ErrNil))
	})

	It("is an error of RegisterProducer", func() {
		server, _ := running(quiet())
		errs := make(chan error, 2)
		dial(serve(server, func() reactor.Protocol {
			return &conversation{made: func(t reactor.Transport) {
				errs <- t.RegisterProducer(nil, false)
				t.LoseConnection()
				errs <- t.RegisterProducer(nil, true)
			}}
		}))
		for range 2 {
			Eventually(errs).Should(Receive(MatchError(deferred.ErrNil)))
		}
		var transport fakes.Transport
		Expect(transport.RegisterProducer(nil, false)).To(MatchError(deferred.ErrNil))
	})

	It("refuses a connection, where it is a protocol", func() {
		server, _ := running(quiet())
		Expect(reset(serve(server, func() reactor.Protocol { return nil }))).To(Succeed(), "it is closed")
		Expect(reset(serve(server, func() reactor.Protocol { return (*conversation)(nil) }))).To(HaveOccurred(), "it panics")
	})
})
