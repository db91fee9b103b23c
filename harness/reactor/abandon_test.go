package reactor_test

import (
	"context"
	"io"
	"net"
	"runtime"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// ending is what a callback that ends the loop goroutine is one of.
type ending struct {
	r    *reactor.TCP
	addr string        // of a server of exit
	exit *conversation // that has no callbacks yet
}

var _ = DescribeTable("A callback that ends the loop goroutine ends the reactor, and leaves nothing behind",
	func(begin func(e *ending)) {
		r := reactor.NewTCP(quiet())
		returned, ended := false, make(chan struct{})
		go func() {
			defer close(ended)
			_ = r.Run(context.Background()) // it does not return
			returned = true
		}()
		idle := &conversation{
			made: func(t reactor.Transport) { t.Write([]byte("hello")) },
			lost: func(error) { Fail("nobody is to be called any more") },
		}
		idleAddr := serve(r, func() reactor.Protocol { return idle })
		clients := []*net.TCPConn{dial(idleAddr), dial(idleAddr)}
		for _, client := range clients {
			Expect(io.ReadFull(client, make([]byte, 5))).To(Equal(5))
		}
		e := &ending{r: r, exit: &conversation{}}
		e.addr = serve(r, func() reactor.Protocol { return e.exit })
		begin(e)

		Eventually(ended).Should(BeClosed())
		Expect(returned).To(BeFalse())
		Expect(r.Ended()).To(BeTrue())
		for _, client := range clients {
			n, _ := io.Copy(io.Discard, client)
			Expect(n).To(BeZero())
		}
		for _, addr := range []string{idleAddr, e.addr} {
			_, err := net.Dial("tcp", addr)
			Expect(err).To(HaveOccurred(), "nobody listens any more")
		}
		Expect(r.Outstanding()).To(BeEmpty())
		Expect(r.Stop()).To(MatchError(reactor.ErrNotRunning))
	},
	Entry("of CallFromThread", func(e *ending) { e.r.CallFromThread(runtime.Goexit) }),
	Entry("of CallFromThread, with others behind it", func(e *ending) {
		e.r.CallFromThread(func() {
			e.r.CallFromThread(runtime.Goexit)
			for range 3 {
				e.r.CallFromThread(func() { Fail("nobody is to be called any more") })
			}
		})
	}),
	Entry("of CallLater", func(e *ending) {
		e.r.CallFromThread(func() { e.r.CallLater(time.Millisecond, runtime.Goexit) })
	}),
	Entry("of BuildProtocol", func(e *ending) {
		e.r.CallFromThread(func() {
			port, err := e.r.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
				runtime.Goexit()
				return nil
			}))
			Expect(err).NotTo(HaveOccurred())
			reactor.ConnectProtocol(e.r, port.Addr().String(), &conversation{}, reactor.ConnectOptions{})
		})
	}),
	Entry("of ConnectionMade", func(e *ending) {
		onLoop(e.r, func() { e.exit.made = func(reactor.Transport) { runtime.Goexit() } })
		_ = reset(e.addr)
	}),
	Entry("of ConnectionMade, after a reset", func(e *ending) {
		onLoop(e.r, func() {
			e.exit.made = func(t reactor.Transport) {
				t.AbortConnection()
				runtime.Goexit()
			}
		})
		Expect(reset(e.addr)).To(MatchError(syscall.ECONNRESET))
	}),
	Entry("of ConnectionMade of a client", func(e *ending) {
		onLoop(e.r, func() {
			client := &conversation{made: func(reactor.Transport) { runtime.Goexit() }}
			reactor.ConnectProtocol(e.r, e.addr, client, reactor.ConnectOptions{})
		})
	}),
	Entry("of DataReceived", func(e *ending) {
		onLoop(e.r, func() { e.exit.data = func(reactor.Transport, []byte) { runtime.Goexit() } })
		Expect(io.WriteString(dial(e.addr), "good bye")).To(Equal(8))
	}),
	Entry("of ConnectionLost", func(e *ending) {
		onLoop(e.r, func() { e.exit.lost = func(error) { runtime.Goexit() } })
		Expect(dial(e.addr).Close()).To(Succeed())
	}),
	Entry("of a producer", func(e *ending) {
		onLoop(e.r, func() {
			e.exit.made = func(t reactor.Transport) {
				t.Write(verse(1 << 20))
				_ = t.RegisterProducer(pusher{}, true)
			}
		})
		_ = reset(e.addr) // or the end of everything is quicker than the client
	}),
	Entry("of the shutdown", func(e *ending) {
		onLoop(e.r, func() {
			e.r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
				runtime.Goexit()
				return nil
			})
		})
		Expect(e.r.Stop()).To(Succeed())
	}),
	Entry("while connecting", func(e *ending) {
		e.r.CallFromThread(func() {
			for range 5 {
				reactor.ConnectProtocol(e.r, e.addr, &conversation{}, reactor.ConnectOptions{})
			}
			runtime.Goexit()
		})
	}),
)

// pusher is a producer that ends its goroutine when it is asked for more.
type pusher struct{}

func (pusher) ResumeProducing() { runtime.Goexit() }
func (pusher) PauseProducing()  {}
func (pusher) StopProducing()   { Fail("nobody is to be called any more") }
