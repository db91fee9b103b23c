package fakes_test

import (
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

var _ = Describe("A clock", func() {
	var (
		clock *fakes.Clock
		began time.Time
		ran   []string
	)
	since := func() time.Duration { return clock.Now().Sub(began) }
	note := func(name string) func() {
		return func() { ran = append(ran, name+" at "+since().String()) }
	}
	BeforeEach(func() {
		clock = fakes.NewClock()
		began = clock.Now()
		ran = nil
	})

	It("begins at a fixed instant, and stands still", func() {
		Expect(clock.Now()).To(Equal(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
		Expect(fakes.NewClock().Now()).To(Equal(clock.Now()))
	})

	It("tells which of its own calls are still to come, if it is to trace, and where they were asked for", func() {
		clock.CallLater(time.Second, note("before"))
		clock.SetTrace()
		poet := fakes.NewNetwork(clock, fakes.NetworkConfig{}).Host("poet").Reactor(quiet())
		poet.CallLater(time.Second, note("of a reactor"))
		Expect(clock.Outstanding()).To(BeEmpty())
		late := clock.CallLater(2*time.Minute, note("late"))
		early := clock.CallLater(time.Minute, note("early"))
		left := clock.Outstanding()
		Expect(left).To(HaveLen(2))
		Expect(left[0]).To(And(HaveField("Call", early), HaveField("What", "a delayed call of the clock is pending, due in 1m0s"),
			HaveField("Made", MatchRegexp(`^scansion/fakes_test\.\S+\n\t\S+clock_test\.go:\d+\n`))))
		Expect(left[1].Call).To(Equal(late))
		Expect(late.Reset(time.Second)).To(Succeed())
		clock.Advance(time.Minute)
		Expect(clock.Outstanding()).To(BeEmpty())
		Expect(clock.CallLater(time.Minute, note("never")).Cancel()).To(Succeed())
		Expect(clock.Outstanding()).To(BeEmpty())
	})

	It("runs calls by time, then first in, first out", func() {
		clock.CallLater(2, note("c"))
		clock.CallLater(1, note("a"))
		clock.CallLater(2, note("d"))
		clock.CallLater(1, note("b"))
		clock.CallLater(3, note("too early"))
		clock.Advance(2)
		Expect(ran).To(Equal([]string{"a at 2ns", "b at 2ns", "c at 2ns", "d at 2ns"}))
	})

	It("Advance sets the time first, so that all that is due sees it", func() {
		clock.CallLater(time.Second, note("early"))
		clock.CallLater(time.Minute, note("late"))
		clock.Advance(time.Hour)
		Expect(ran).To(Equal([]string{"early at 1h0m0s", "late at 1h0m0s"}))
	})

	It("Advance runs what calls add that falls due, and nothing else", func() {
		clock.CallLater(time.Second, func() {
			note("outer")()
			clock.CallLater(0, func() {
				note("inner")()
				clock.CallLater(0, note("innermost"))
			})
			clock.CallLater(1, note("too early"))
		})
		clock.Advance(time.Second)
		Expect(ran).To(Equal([]string{"outer at 1s", "inner at 1s", "innermost at 1s"}))
		clock.Advance(0)
		Expect(ran).To(HaveLen(3))
	})

	It("Pump advances in steps", func() {
		clock.CallLater(2*time.Second, note("call"))
		clock.Pump(time.Second, time.Second, time.Second)
		Expect(ran).To(Equal([]string{"call at 2s"}))
		Expect(since()).To(Equal(3 * time.Second))
	})

	It("runs calls at their time exactly, not before", func() {
		clock.CallLater(10, note("call"))
		clock.Advance(9)
		Expect(ran).To(BeEmpty())
		clock.Advance(1)
		Expect(ran).To(HaveLen(1))
	})

	It("Elapse visits each due time on the way, and ends at its own", func() {
		clock.CallLater(3*time.Second, note("c"))
		clock.CallLater(time.Second, func() {
			note("a")()
			clock.CallLater(time.Second, note("b"))
			clock.CallLater(time.Minute, note("too late"))
		})
		clock.Elapse(10 * time.Second)
		Expect(ran).To(Equal([]string{"a at 1s", "b at 2s", "c at 3s"}))
		Expect(since()).To(Equal(10 * time.Second))
	})

	It("Elapse runs what is due at its very end, also if that was added there", func() {
		clock.CallLater(time.Second, func() { clock.CallLater(0, note("added")) })
		clock.Elapse(time.Second)
		Expect(ran).To(Equal([]string{"added at 1s"}))
	})

	It("Step goes from one due time to the next, until there is none", func() {
		clock.CallLater(time.Hour, note("b"))
		clock.CallLater(time.Second, note("a"))
		clock.CallLater(time.Hour, note("c"))
		Expect(clock.Step()).To(BeTrue())
		Expect(ran).To(Equal([]string{"a at 1s"}))
		Expect(clock.Step()).To(BeTrue())
		Expect(ran).To(Equal([]string{"a at 1s", "b at 1h0m0s", "c at 1h0m0s"}))
		Expect(clock.Step()).To(BeFalse())
		Expect(since()).To(Equal(time.Hour))
	})

	It("Step leaves to the next step what a call adds for at once", func() {
		var again func()
		again = func() { note("call")(); clock.CallLater(0, again) }
		clock.CallLater(time.Second, again)
		for range 3 {
			Expect(clock.Step()).To(BeTrue())
		}
		Expect(ran).To(Equal([]string{"call at 1s", "call at 1s", "call at 1s"}))
	})

	It("never goes back, also where a call is brought forward into the past", func() {
		call := clock.CallLater(time.Hour, note("call"))
		clock.Advance(time.Minute)
		Expect(call.Delay(-2 * time.Hour)).To(Succeed())
		Expect(clock.Step()).To(BeTrue())
		Expect(ran).To(Equal([]string{"call at 1m0s"}))
	})

	It("a call can be cancelled, and too late is an error", func() {
		call := clock.CallLater(time.Second, note("call"))
		Expect(call.Active()).To(BeTrue())
		Expect(call.Cancel()).To(Succeed())
		Expect(call.Active()).To(BeFalse())
		Expect(call.Cancel()).To(MatchError(reactor.ErrAlreadyCancelled))
		Expect(call.Reset(1)).To(MatchError(reactor.ErrAlreadyCancelled))
		clock.Advance(time.Hour)
		Expect(ran).To(BeEmpty())
	})

	It("a call can be reset from now, and shifted", func() {
		call := clock.CallLater(10*time.Second, note("call"))
		clock.Advance(8 * time.Second)
		Expect(call.Reset(10 * time.Second)).To(Succeed())
		Expect(call.Time()).To(Equal(began.Add(18 * time.Second)))
		Expect(call.Delay(2 * time.Second)).To(Succeed())
		Expect(call.Time()).To(Equal(began.Add(20 * time.Second)))
		clock.Elapse(time.Minute)
		Expect(ran).To(Equal([]string{"call at 20s"}))
	})

	It("a call is not active in its own run, and has run afterwards", func() {
		var call reactor.DelayedCall
		call = clock.CallLater(time.Second, func() {
			Expect(call.Active()).To(BeFalse())
			Expect(call.Cancel()).To(MatchError(reactor.ErrAlreadyCalled))
			note("call")()
		})
		clock.Advance(time.Second)
		Expect(ran).To(HaveLen(1))
		Expect(call.Delay(1)).To(MatchError(reactor.ErrAlreadyCalled))
		Expect(call.Time()).To(Equal(began.Add(time.Second)))
	})

	It("a call may cancel another that is due with it", func() {
		var second reactor.DelayedCall
		clock.CallLater(1, func() { Expect(second.Cancel()).To(Succeed()) })
		second = clock.CallLater(1, note("cancelled"))
		clock.Advance(1)
		Expect(ran).To(BeEmpty())
	})

	It("lists what is pending, in order", func() {
		third := clock.CallLater(2, func() {})
		first := clock.CallLater(1, func() {})
		second := clock.CallLater(1, func() {})
		Expect(clock.Pending()).To(HaveExactElements(first, second, third))
		Expect(clock.Pending()[0].Cancel()).To(Succeed())
		Expect(first.Active()).To(BeFalse())
		Expect(clock.Pending()).To(HaveExactElements(second, third))
		Expect(clock.Idle()).To(BeFalse())
	})

	It("runs what is posted before delayed calls, in order, when it is moved", func() {
		clock.CallLater(0, note("call"))
		clock.Post(note("a"))
		clock.Post(func() { note("b")(); clock.Post(note("c")) })
		Expect(ran).To(BeEmpty())
		Expect(clock.Idle()).To(BeFalse())
		clock.Advance(0)
		Expect(ran).To(Equal([]string{"a at 0s", "b at 0s", "call at 0s", "c at 0s"}))
		Expect(clock.Idle()).To(BeTrue())
	})

	It("Step runs what is posted without moving the time", func() {
		clock.CallLater(time.Second, note("call"))
		clock.Post(note("posted"))
		Expect(clock.Step()).To(BeTrue())
		Expect(ran).To(Equal([]string{"posted at 0s"}))
	})

	It("lets any goroutine post, and make and cancel calls", func() {
		var others sync.WaitGroup
		count := 0
		for range 8 {
			others.Go(func() {
				for range 100 {
					clock.Post(func() { count++ })
					clock.CallLater(time.Second, func() { count++ })
					_ = clock.CallLater(time.Second, func() { count += 1000 }).Cancel()
				}
			})
		}
		for range 100 {
			clock.Advance(time.Millisecond)
		}
		others.Wait()
		clock.Advance(time.Second)
		Expect(count).To(Equal(8 * 200))
	})

	It("panics clearly when it is misused", func() {
		Expect(func() { clock.Advance(-1) }).To(PanicWith(ContainSubstring("time does not run backwards")))
		Expect(func() { clock.Elapse(-1) }).To(PanicWith(ContainSubstring("time does not run backwards")))
		clock.CallLater(0, func() {
			Expect(func() { clock.Advance(1) }).To(PanicWith(ContainSubstring("is being moved already")))
			Expect(func() { clock.Step() }).To(PanicWith(ContainSubstring("is being moved already")))
			note("call")()
		})
		clock.Advance(0)
		Expect(ran).To(HaveLen(1))
	})

	It("can be used on after a callback that panicked", func() {
		clock.CallLater(1, func() { panic("oh") })
		Expect(func() { clock.Advance(1) }).To(PanicWith("oh"))
		clock.CallLater(1, note("call"))
		clock.Advance(1)
		Expect(ran).To(Equal([]string{"call at 2ns"}))
	})

	It("drives a looping call, which tells how many times it has missed", func() {
		var counts []int
		looping := reactor.NewLoopingCallWithCount(clock, func(count int) *deferred.Deferred[struct{}] {
			counts = append(counts, count)
			return nil
		})
		looping.Start(time.Second, true)
		clock.Elapse(3 * time.Second)
		clock.Advance(5500 * time.Millisecond)
		clock.Elapse(time.Second)
		Expect(counts).To(Equal([]int{1, 1, 1, 1, 5, 1}))
		Expect(looping.Stop()).To(Succeed())
		Expect(clock.Idle()).To(BeTrue())
	})
})
