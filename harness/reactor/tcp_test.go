package reactor_test

import (
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/reactor"
)

// goroutine is the name of the one that calls it.
func goroutine() string {
	stack := make([]byte, 64)
	name, _, _ := strings.Cut(string(stack[:runtime.Stack(stack, false)]), " [")
	return name
}

var _ = Describe("The loop goroutine", func() {
	It("is the same for all callbacks, wherever they come from", func() {
		r := reactor.NewTCP(quiet())
		seen := map[string]int{} // the race detector watches it
		note := func() { seen[goroutine()]++ }
		r.CallWhenRunning(note)
		result := make(chan error, 1)
		go func() { result <- r.Run(context.Background()) }()
		lost := make(chan struct{})
		addr := serve(r, func() reactor.Protocol {
			note()
			return &conversation{
				made: func(reactor.Transport) { note() },
				data: func(t reactor.Transport, _ []byte) {
					note()
					r.CallLater(time.Millisecond, func() { note(); t.Write(verse(4 << 20)); t.LoseConnection() })
				},
				lost: func(error) { note(); close(lost) },
			}
		})
		client := dial(addr)
		Consistently(lost, 5*time.Millisecond).ShouldNot(BeClosed()) // and the loop rests
		Expect(client.Write([]byte("x"))).To(Equal(1))
		readAll(client)
		Expect(client.Close()).To(Succeed())
		Eventually(lost).Should(BeClosed())
		onLoop(r, note)
		Expect(r.Stop()).To(Succeed())
		Eventually(result).Should(Receive(BeNil()))
		Expect(seen).To(HaveLen(1))
	})

	It("does not hold up who brings something: a busy loop accepts, reads and stops", func() {
		r, result := running(quiet())
		echoed := func(t reactor.Transport, data []byte) { t.Write(data) }
		addr := serve(r, func() reactor.Protocol {
			return &conversation{data: echoed, made: func(reactor.Transport) {
				var again func()
				again = func() { r.CallLater(0, again) }
				again()
			}}
		})
		for range 3 {
			client := dial(addr)
			for range 3 {
				Expect(client.Write([]byte("x"))).To(Equal(1))
				Expect(io.ReadFull(client, make([]byte, 1))).To(Equal(1))
			}
		}
		Expect(r.Stop()).To(Succeed())
		Eventually(result).Should(Receive(BeNil()))
	})

	It("never runs within CallFromThread: a lock may be held", func() {
		r, _ := running(quiet())
		var mu sync.Mutex
		for range 100 {
			done := make(chan struct{})
			mu.Lock()
			r.CallFromThread(func() {
				defer close(done)
				mu.Lock()
				defer mu.Unlock()
			})
			mu.Unlock()
			Eventually(done).Should(BeClosed())
		}
	})

	It("may be run from a goroutine that is locked to its thread", func() {
		r := reactor.NewTCP(quiet())
		result := make(chan error, 1)
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			result <- r.Run(context.Background())
		}()
		addr := serve(r, func() reactor.Protocol {
			return &conversation{made: func(t reactor.Transport) { t.LoseConnection() }}
		})
		for range 10 {
			Expect(readAll(dial(addr))).To(BeEmpty())
		}
		Expect(r.Stop()).To(Succeed())
		Eventually(result).Should(Receive(BeNil()))
	})
})

var _ = Describe("What ConnectionMade writes", func() {
	It("is sent when it returns, whether or not anything follows", func() {
		r, _ := running(quiet())
		addr := serve(r, func() reactor.Protocol {
			return &conversation{made: func(t reactor.Transport) { t.Write([]byte("hel")); t.Write([]byte("lo")) }}
		})
		since := r.Now()
		for range 20 {
			Expect(io.ReadFull(dial(addr), make([]byte, 5))).To(Equal(5))
		}
		Expect(r.Now()).To(BeTemporally("<", since.Add(20*100*time.Millisecond)), "a kernel that holds it back does so for 200 ms")
	})
})

var _ = Describe("A connection that waits for the peer's end", func() {
	const long = 500 * time.Millisecond // longer than a socket is polled
	begin := func() (client *net.TCPConn, reasons chan error) {
		GinkgoHelper()
		r, _ := running(quiet())
		addr, reasons := serveOne(r, &conversation{made: func(t reactor.Transport) { t.Write([]byte("poem")); t.LoseConnection() }})
		client = dial(addr)
		Expect(string(readAll(client))).To(Equal("poem"))
		return client, reasons
	}

	It("E3: sees it, soon or late", func() {
		for _, wait := range []time.Duration{0, 30 * time.Millisecond, long} {
			client, reasons := begin()
			Consistently(reasons, wait).ShouldNot(Receive())
			Expect(client.Close()).To(Succeed())
			Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
		}
	})

	It("E3: takes what the peer sends meanwhile, soon or late", func() {
		for _, wait := range []time.Duration{0, long} {
			client, reasons := begin()
			Consistently(reasons, wait).ShouldNot(Receive())
			data := verse(4 << 20)
			Expect(client.Write(data)).To(Equal(len(data)))
			Expect(client.Close()).To(Succeed())
			Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
		}
	})

	It("E5: sees a reset, soon or late", func() {
		for _, wait := range []time.Duration{0, long} {
			client, reasons := begin()
			Consistently(reasons, wait).ShouldNot(Receive())
			Expect(client.SetLinger(0)).To(Succeed())
			Expect(client.Close()).To(Succeed())
			Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionLost)))
		}
	})
})
