package reactor_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"scansion/harness/reactor"
)

var _ = Describe("The loop", func() {
	It("D1: runs delayed calls in the order of their times, and not too early", func() {
		r, _ := running(quiet())
		var order []string
		var early bool
		done := make(chan struct{})
		onLoop(r, func() {
			start := r.Now()
			late := func() { early = r.Now().Before(start.Add(20 * time.Millisecond)) }
			r.CallLater(20*time.Millisecond, func() { order = append(order, "third"); late(); close(done) })
			r.CallLater(0, func() { order = append(order, "first") })
			r.CallLater(time.Millisecond, func() { order = append(order, "second") })
		})
		Eventually(done).Should(BeClosed())
		Expect(order).To(Equal([]string{"first", "second", "third"}))
		Expect(early).To(BeFalse())
	})

	It("D3: runs a call of zero delay in the next iteration, after what other goroutines sent", func() {
		r, _ := running(quiet())
		var order []string
		done := make(chan struct{})
		r.CallFromThread(func() {
			r.CallLater(0, func() {
				order = append(order, "delayed")
				r.CallLater(0, func() { order = append(order, "delayed, delayed"); close(done) })
				r.CallFromThread(func() { order = append(order, "from thread") })
			})
		})
		Eventually(done).Should(BeClosed())
		Expect(order).To(Equal([]string{"delayed", "from thread", "delayed, delayed"}))
	})

	It("D3: runs calls from other goroutines in order, and wakes for them", func() {
		r, _ := running(quiet())
		var order []int
		for i := range 1000 {
			r.CallFromThread(func() { order = append(order, i) })
		}
		onLoop(r, func() {})
		Expect(order).To(HaveLen(1000))
		for i, got := range order {
			Expect(got).To(Equal(i))
		}
	})

	It("D3: calls CallWhenRunning's function when it starts, or at once", func() {
		r := reactor.NewTCP(quiet())
		var order []string
		r.CallWhenRunning(func() { order = append(order, "first") })
		r.CallWhenRunning(func() {
			order = append(order, "second")
			r.CallWhenRunning(func() { order = append(order, "at once") })
			order = append(order, "third")
			Expect(r.Stop()).To(Succeed())
		})
		Expect(order).To(BeEmpty())
		Expect(r.Run(context.Background())).To(Succeed())
		Expect(order).To(Equal([]string{"first", "second", "at once", "third"}))
		r.CallWhenRunning(func() { Fail("the reactor has stopped") })
	})

	It("D4: runs one callback at a time, whatever they come from", func() {
		r, _ := running(quiet())
		counter, inside := 0, 0 // the race detector watches them
		count := func() {
			inside++
			Expect(inside).To(Equal(1))
			counter++
			inside--
		}
		addr := serve(r, func() reactor.Protocol {
			return &conversation{
				made: func(reactor.Transport) { count() },
				data: func(t reactor.Transport, _ []byte) { count(); t.LoseConnection() },
				lost: func(error) { count() },
			}
		})
		var clients sync.WaitGroup
		for range 20 {
			client := dial(addr)
			clients.Go(func() {
				defer GinkgoRecover()
				r.CallFromThread(func() { count(); r.CallLater(time.Millisecond, count) })
				Expect(client.Write([]byte("x"))).To(Equal(1))
				readAll(client)
				Expect(client.Close()).To(Succeed())
			})
		}
		clients.Wait()
		Eventually(func() (n int) { onLoop(r, func() { n = counter }); return n }).Should(Equal(20 * 5))
	})

	It("D4: logs a callback that panics, and goes on", func() {
		log := gbytes.NewBuffer()
		r, _ := running(reactor.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})
		r.CallFromThread(func() { panic("thread trouble") })
		Eventually(log).Should(gbytes.Say("callback=CallFromThread error=\"panic: thread trouble\" stack="))
		onLoop(r, func() { r.CallLater(0, func() { panic(errors.New("timer trouble")) }) })
		Eventually(log).Should(gbytes.Say("callback=CallLater error=\"panic: timer trouble\""))
		onLoop(r, func() {})
	})

	It("D5: cannot be stopped when it does not run", func() {
		r := reactor.NewTCP(quiet())
		Expect(r.Stop()).To(MatchError(reactor.ErrNotRunning))
		r.CallWhenRunning(func() {
			Expect(r.Stop()).To(Succeed())
			Expect(r.Stop()).To(MatchError(reactor.ErrNotRunning))
		})
		Expect(r.Run(context.Background())).To(Succeed())
		Expect(r.Stop()).To(MatchError(reactor.ErrNotRunning))
	})

	It("D5: cannot run twice, neither at once nor again", func() {
		r := reactor.NewTCP(quiet())
		var within error
		r.CallWhenRunning(func() {
			within = r.Run(context.Background())
			Expect(r.Stop()).To(Succeed())
		})
		Expect(r.Run(context.Background())).To(Succeed())
		Expect(within).To(MatchError(reactor.ErrRunning))
		Expect(r.Run(context.Background())).To(MatchError(reactor.ErrStopped))
		_, err := r.ListenTCP("127.0.0.1:0", &diary{})
		Expect(err).To(MatchError(reactor.ErrStopped))
	})

	It("D5: leaves delayed calls and calls from other goroutines behind when it stops", func() {
		r := reactor.NewTCP(quiet())
		r.CallWhenRunning(func() {
			r.CallLater(time.Hour, func() { Fail("an hour has not passed") })
			Expect(r.Stop()).To(Succeed())
		})
		Expect(r.Run(context.Background())).To(Succeed())
		r.CallFromThread(func() { Fail("the reactor has stopped") })
	})

	It("stops in order when the context ends", func() {
		r := reactor.NewTCP(quiet())
		ctx, cancel := context.WithCancel(context.Background())
		r.CallWhenRunning(cancel)
		Expect(r.Run(ctx)).To(Succeed())
	})

	It("stops even if it never sleeps", func() {
		r := reactor.NewTCP(quiet())
		ctx, cancel := context.WithCancel(context.Background())
		var again func()
		again = func() { r.CallLater(0, again) }
		r.CallWhenRunning(func() { again(); cancel() })
		Expect(r.Run(ctx)).To(Succeed())
	})
})
