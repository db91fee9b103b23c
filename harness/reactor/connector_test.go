package reactor_test

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// clientDiary is a client's factory that notes every call to it and to its
// protocols. It is for the loop only, or for after its end.
type clientDiary struct {
	diary

	connecting func(reactor.Connector)
	failed     func(reactor.Connector, error)
	gone       func(reactor.Connector, error)
	reasons    []error // that the factory was told
}

func (d *clientDiary) StartedConnecting(c reactor.Connector) {
	d.note("StartedConnecting")
	if d.connecting != nil {
		d.connecting(c)
	}
}

func (d *clientDiary) ClientConnectionFailed(c reactor.Connector, reason error) {
	d.note("ClientConnectionFailed")
	d.reasons = append(d.reasons, reason)
	if d.failed != nil {
		d.failed(c, reason)
	}
}

func (d *clientDiary) ClientConnectionLost(c reactor.Connector, reason error) {
	d.note("ClientConnectionLost")
	d.reasons = append(d.reasons, reason)
	if d.gone != nil {
		d.gone(c, reason)
	}
}

// nobodyListens returns an address where connections are refused.
func nobodyListens() string {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	Expect(listener.Close()).To(Succeed())
	return listener.Addr().String()
}

var _ = Describe("A client", func() {
	// run has the reactor run until somebody stops it.
	run := func(r *reactor.TCP) {
		GinkgoHelper()
		result := make(chan error, 1)
		go func() { result <- r.Run(context.Background()) }()
		Eventually(result).Should(Receive(BeNil()))
	}
	stop := func(r reactor.Reactor) func(reactor.Connector, error) {
		return func(reactor.Connector, error) { Expect(r.Stop()).To(Succeed()) }
	}
	// poem serves a few words to every client.
	poem := func() (addr string) {
		GinkgoHelper()
		server, _ := running(quiet())
		return serve(server, func() reactor.Protocol {
			return &conversation{made: func(t reactor.Transport) { t.Write([]byte("a poem")); t.LoseConnection() }}
		})
	}

	It("E1: sees its callbacks in order, the protocol's end before the factory's", func() {
		r := reactor.NewTCP(quiet())
		d := &clientDiary{gone: stop(r)}
		d.build = func() *conversation { return &conversation{} }
		c := r.ConnectTCP(poem(), d, reactor.ConnectOptions{})
		Expect(d.entries).To(BeEmpty(), "the reactor does not run yet")
		run(r)
		Expect(d.entries).To(Equal([]string{
			"StartFactory", "StartedConnecting", "BuildProtocol", "ConnectionMade", "DataReceived",
			"ConnectionLost: the connection was closed cleanly", "ClientConnectionLost", "StopFactory",
		}))
		Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectionDone)))
		Expect(c.Connect()).To(MatchError(reactor.ErrStopped))
	})

	It("E2, E3: sends all that it has to say, and reads an answer after its half-close", func() {
		sent := verse(3 << 20)
		server, _ := running(quiet())
		var received []byte
		addr := serve(server, func() reactor.Protocol {
			h := &halfCloser{readLost: func(t reactor.Transport) { t.Write([]byte("thanks")); t.LoseConnection() }}
			h.data = func(_ reactor.Transport, data []byte) { received = append(received, data...) }
			return h
		})
		r := reactor.NewTCP(quiet())
		var answer []byte
		d := &clientDiary{gone: stop(r)}
		d.build = func() *conversation {
			return &conversation{
				made: func(t reactor.Transport) {
					t.Write(sent)
					t.LoseWriteConnection()
					t.LoseWriteConnection()
					t.Write([]byte("too late"))
				},
				data: func(_ reactor.Transport, data []byte) { answer = append(answer, data...) },
			}
		}
		r.ConnectTCP(addr, d, reactor.ConnectOptions{})
		run(r)
		Expect(string(answer)).To(Equal("thanks"))
		Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectionDone)))
		onLoop(server, func() { expectSame(received, sent) })
	})

	It("E8: whose factory wants no protocol has its connection closed", func() {
		r := reactor.NewTCP(quiet())
		d := &refusing{clientDiary{gone: stop(r)}}
		r.ConnectTCP(poem(), d, reactor.ConnectOptions{})
		run(r)
		Expect(d.entries).To(Equal([]string{"StartFactory", "StartedConnecting", "BuildProtocol", "ClientConnectionLost", "StopFactory"}))
	})

	It("E9: is told of a refused connection", func() {
		r := reactor.NewTCP(quiet())
		d := &clientDiary{failed: stop(r)}
		addr := nobodyListens()
		r.ConnectTCP(addr, d, reactor.ConnectOptions{})
		run(r)
		Expect(d.entries).To(Equal([]string{"StartFactory", "StartedConnecting", "ClientConnectionFailed", "StopFactory"}))
		Expect(d.reasons).To(HaveExactElements(And(MatchError(reactor.ErrConnectionRefused), MatchError(ContainSubstring(addr)))))
	})

	It("E9: is told of a name that does not exist", func() {
		r := reactor.NewTCP(quiet())
		d := &clientDiary{failed: stop(r)}
		r.ConnectTCP("no-such-host.invalid:1", d, reactor.ConnectOptions{})
		run(r)
		Expect(d.reasons).To(HaveLen(1))
		var lookup *net.DNSError
		Expect(errors.As(d.reasons[0], &lookup)).To(BeTrue())
		if lookup.IsNotFound { // and not that there is no name server here to ask
			Expect(d.reasons[0]).To(MatchError(reactor.ErrNameNotFound))
		}
	})

	It("E9: is told that it was stopped", func() {
		r := reactor.NewTCP(quiet())
		d := &clientDiary{connecting: func(c reactor.Connector) {
			Expect(c.StopConnecting()).To(Succeed())
			Expect(c.StopConnecting()).To(MatchError(reactor.ErrNotConnecting))
		}, failed: stop(r)}
		r.ConnectTCP(poem(), d, reactor.ConnectOptions{})
		run(r)
		Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectStopped)))
	})

	It("E9: is told when the reactor stops while it connects", func() {
		r := reactor.NewTCP(quiet())
		d := &clientDiary{failed: func(c reactor.Connector, _ error) { Expect(c.Connect()).To(MatchError(reactor.ErrStopped)) }}
		r.AddSystemEventTrigger(reactor.During, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
			r.ConnectTCP(nobodyListens(), d, reactor.ConnectOptions{})
			return nil
		})
		r.CallWhenRunning(func() { Expect(r.Stop()).To(Succeed()) })
		run(r)
		Expect(d.entries).To(HaveExactElements("StartFactory", "StartedConnecting", "ClientConnectionFailed", "StopFactory"))
		Expect(d.reasons).To(HaveExactElements(MatchError(reactor.ErrConnectStopped)))
	})

	It("E9: can connect again from within the failure, with the factory going on", func() {
		r := reactor.NewTCP(quiet())
		tries := 0
		d := &clientDiary{}
		d.failed = func(c reactor.Connector, reason error) {
			if tries++; tries == 3 {
				stop(r)(c, reason)
				return
			}
			Expect(c.Connect()).To(Succeed())
			Expect(c.Connect()).To(MatchError(reactor.ErrNotDisconnected))
		}
		r.ConnectTCP(nobodyListens(), d, reactor.ConnectOptions{})
		run(r)
		Expect(d.entries).To(Equal([]string{
			"StartFactory", "StartedConnecting", "ClientConnectionFailed",
			"StartedConnecting", "ClientConnectionFailed",
			"StartedConnecting", "ClientConnectionFailed", "StopFactory",
		}))
	})

	It("disconnects by its connector, with everything sent", func() {
		server, _ := running(quiet())
		var received []byte
		reasons := make(chan error, 1)
		addr := serve(server, func() reactor.Protocol {
			return &conversation{
				data: func(_ reactor.Transport, data []byte) { received = append(received, data...) },
				lost: func(reason error) { reasons <- reason },
			}
		})
		r := reactor.NewTCP(quiet())
		d := &clientDiary{gone: stop(r)}
		var c reactor.Connector
		d.build = func() *conversation {
			return &conversation{made: func(t reactor.Transport) {
				t.Write([]byte("all of it"))
				c.Disconnect()
			}}
		}
		c = r.ConnectTCP(addr, d, reactor.ConnectOptions{})
		Expect(c.Destination()).To(Equal(addr))
		run(r)
		c.Disconnect()
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
		onLoop(server, func() { Expect(string(received)).To(Equal("all of it")) })
	})

	It("connects from the address that it is given", func() {
		peers := make(chan net.Addr, 1)
		server, _ := running(quiet())
		var addr string
		onLoop(server, func() {
			port, err := server.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(peer net.Addr) reactor.Protocol {
				peers <- peer
				return nil
			}))
			Expect(err).NotTo(HaveOccurred())
			addr = port.Addr().String()
		})
		r := reactor.NewTCP(quiet())
		d := &clientDiary{gone: stop(r)}
		d.build = func() *conversation { return &conversation{} }
		r.ConnectTCP(addr, d, reactor.ConnectOptions{Local: "127.0.0.7:0"})
		run(r)
		Expect((<-peers).String()).To(HavePrefix("127.0.0.7:"))
	})

	It("reconnects, if it is wrapped so, until it is told to stop", func() {
		addr := nobodyListens()
		r := reactor.NewTCP(quiet())
		tries := 0
		d := &clientDiary{}
		f := reactor.NewReconnecting(r, d, reactor.ReconnectOptions{FirstDelay: time.Millisecond})
		d.failed = func(c reactor.Connector, reason error) {
			if tries++; tries == 3 {
				f.StopTrying()
				stop(r)(c, reason)
			}
		}
		r.ConnectTCP(addr, f, reactor.ConnectOptions{})
		run(r)
		Expect(tries).To(Equal(3))
	})

	It("runs what blocks in a goroutine, and gets its result on the loop", func() {
		r := reactor.NewTCP(quiet())
		release := make(chan struct{})
		var results []string
		r.CallWhenRunning(func() {
			reactor.DeferToThread(r, func() (string, error) {
				<-release
				return "done", nil
			}).AddCallback(func(s string) (string, error) {
				results = append(results, s)
				return s, nil
			})
			reactor.DeferToThread(r, func() (string, error) { return "", io.ErrNoProgress }).
				AddErrback(func(err error) (string, error) {
					results = append(results, err.Error())
					close(release)
					return "", nil
				})
		})
		r.CallWhenRunning(func() {
			var poll func()
			poll = func() {
				if len(results) == 2 {
					Expect(r.Stop()).To(Succeed())
					return
				}
				r.CallLater(time.Millisecond, poll)
			}
			poll()
		})
		run(r)
		Expect(results).To(Equal([]string{io.ErrNoProgress.Error(), "done"}))
	})

	It("has a panic in a goroutine come back as a failure", func() {
		r := reactor.NewTCP(quiet())
		var failure *reactor.PanicError
		r.CallWhenRunning(func() {
			reactor.DeferToThread(r, func() (int, error) { panic("trouble") }).AddErrback(func(err error) (int, error) {
				Expect(errors.As(err, &failure)).To(BeTrue())
				return 0, r.Stop()
			})
		})
		run(r)
		Expect(failure.Value).To(Equal("trouble"))
	})
})

// refusing is a clientDiary that wants no protocol.
type refusing struct{ clientDiary }

func (f *refusing) BuildProtocol(net.Addr) reactor.Protocol {
	f.note("BuildProtocol")
	return nil
}
