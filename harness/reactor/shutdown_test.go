package reactor_test

import (
	"context"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// stoppable is a reactor of any kind, which says what it has left.
type stoppable interface {
	reactor.Reactor
	Outstanding() []reactor.Outstanding
}

// Connecting fails while the reactor shuts down, and Run returns.
var _ = Describe("E9: Connecting while the reactor shuts down", func() {
	for name, newReactor := range map[string]func() stoppable{
		"real": func() stoppable { return reactor.NewTCP(quiet()) },
		"fake": func() stoppable {
			return fakes.NewNetwork(fakes.NewClock(), fakes.NetworkConfig{}).Host("here").Reactor(quiet())
		},
	} {
		Context("on a "+name+" reactor", func() {
			var (
				r    stoppable
				addr string
			)

			// run has the reactor run until it is stopped, and be empty then.
			run := func() {
				GinkgoHelper()
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				result := make(chan error, 1)
				go func() { result <- r.Run(ctx) }()
				Eventually(result).Should(Receive(BeNil()))
				Expect(ctx.Err()).NotTo(HaveOccurred())
				Expect(r.Outstanding()).To(BeEmpty())
			}
			// stopping is a protocol that stops the reactor when it is connected, and calls lost.
			stopping := func(lost func()) *conversation {
				return &conversation{
					made: func(reactor.Transport) { Expect(r.Stop()).To(Succeed()) },
					lost: func(error) { lost() },
				}
			}

			BeforeEach(func() {
				r = newReactor()
				port, err := r.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &conversation{} }))
				Expect(err).NotTo(HaveOccurred())
				addr = port.Addr().String()
			})

			It("fails for a factory, which is told of it after ConnectTCP has returned", func() {
				var d *clientDiary
				reactor.ConnectProtocol(r, addr, stopping(func() {
					d = &clientDiary{failed: func(c reactor.Connector, _ error) { Expect(c.Connect()).To(MatchError(reactor.ErrStopped)) }}
					r.ConnectTCP(addr, d, reactor.ConnectOptions{})
					Expect(d.entries).NotTo(ContainElement("ClientConnectionFailed"))
				}), reactor.ConnectOptions{})
				run()
				Expect(d.entries).To(Equal([]string{"StartFactory", "StartedConnecting", "ClientConnectionFailed", "StopFactory"}))
				Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectStopped)))
			})

			It("fails for ConnectProtocol, also where each failure has it connect again", func() {
				var failures []error
				var again func()
				again = func() {
					reactor.ConnectProtocol(r, addr, &conversation{}, reactor.ConnectOptions{}).AddErrback(func(err error) (*conversation, error) {
						failures = append(failures, err)
						again()
						return nil, nil
					})
				}
				reactor.ConnectProtocol(r, addr, stopping(again), reactor.ConnectOptions{})
				run()
				Expect(failures).To(And(Not(BeEmpty()), HaveEach(MatchError(reactor.ErrConnectStopped))))
			})

			It("can be stopped by the factory itself", func() {
				d := &clientDiary{connecting: func(c reactor.Connector) { Expect(c.StopConnecting()).To(Succeed()) }}
				reactor.ConnectProtocol(r, addr, stopping(func() { r.ConnectTCP(addr, d, reactor.ConnectOptions{}) }), reactor.ConnectOptions{})
				run()
				Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectStopped)))
			})

			DescribeTable("fails in a trigger of the shutdown",
				func(phase reactor.Phase) {
					d := &clientDiary{}
					r.AddSystemEventTrigger(phase, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
						r.ConnectTCP(addr, d, reactor.ConnectOptions{})
						return nil
					})
					r.CallWhenRunning(func() { Expect(r.Stop()).To(Succeed()) })
					run()
					Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectStopped)))
				},
				Entry("before", reactor.Before), Entry("during", reactor.During), Entry("after", reactor.After),
			)

			It("fails where the reactor is stopped before anything has begun", func() {
				d := &clientDiary{}
				r.ConnectTCP(addr, d, reactor.ConnectOptions{})
				r.AddSystemEventTrigger(reactor.Before, reactor.Startup, func() *deferred.Deferred[struct{}] {
					Expect(r.Stop()).To(Succeed())
					return nil
				})
				run()
				Expect(d.entries).To(Equal([]string{"StartFactory", "ClientConnectionFailed", "StopFactory"}))
				Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectStopped)))
			})

			It("fails where the connector is stopped before the reactor runs", func() {
				d := &clientDiary{}
				Expect(r.ConnectTCP(addr, d, reactor.ConnectOptions{}).StopConnecting()).To(Succeed())
				Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectStopped)))
				r.CallWhenRunning(func() { Expect(r.Stop()).To(Succeed()) })
				run()
			})
		})
	}

	It("closes a socket that was dialled meanwhile, on a real reactor", func() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(listener.Close)
		for range 20 { // at various moments of the dialling
			r := reactor.NewTCP(quiet())
			d := &clientDiary{connecting: func(reactor.Connector) { Expect(r.Stop()).To(Succeed()) }}
			d.build = func() *conversation { return &conversation{} }
			r.ConnectTCP(listener.Addr().String(), d, reactor.ConnectOptions{})
			Expect(r.Run(context.Background())).To(Succeed())
			Expect(d.entries).To(ContainElement("StopFactory"))
		}
		sentinel := dial(listener.Addr().String())
		for {
			conn, err := listener.Accept()
			Expect(err).NotTo(HaveOccurred())
			if conn.RemoteAddr().String() == sentinel.LocalAddr().String() {
				Expect(conn.Close()).To(Succeed())
				return
			}
			Expect(conn.SetDeadline(farOff())).To(Succeed())
			_, err = conn.Read(make([]byte, 1))
			Expect(err).To(HaveOccurred())
			Expect(err).NotTo(MatchError(context.DeadlineExceeded), "it is closed, or reset")
			Expect(conn.Close()).To(Succeed())
		}
	})

	It("closes a socket that was dialled meanwhile, on a fake reactor, whenever it stops", func() {
		for moment := range 12 {
			clock := fakes.NewClock()
			network := fakes.NewNetwork(clock, fakes.NetworkConfig{
				Link: fakes.Link{MinLatency: time.Millisecond, MaxLatency: time.Millisecond},
			})
			server := network.Host("there").Reactor(quiet())
			_, err := server.ListenTCP(":10000", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &conversation{} }))
			Expect(err).NotTo(HaveOccurred())
			Expect(server.Start()).To(Succeed())
			r := network.Host("here").Reactor(quiet())
			d := &clientDiary{}
			d.build = func() *conversation { return &conversation{} }
			r.ConnectTCP("there:10000", d, reactor.ConnectOptions{})
			r.CallLater(time.Duration(moment)*250*time.Microsecond, func() { Expect(r.Stop()).To(Succeed()) })
			Expect(r.Run(context.Background())).To(Succeed())
			Expect(d.entries).To(ContainElement("StopFactory"))
			for clock.Step() { // the server hears of the end
			}
			Expect(network.Connections()).To(BeEmpty(), "stopped at %d", moment)
		}
	})
})
