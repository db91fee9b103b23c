package reactor_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/reactor"
)

// These specs set the time by hand.
var _ = Describe("Delayed calls", func() {
	var (
		now   time.Time
		queue *reactor.Timers
		ran   []string
	)
	note := func(name string) func() { return func() { ran = append(ran, name) } }
	runAt := func(d time.Duration) {
		now = time.Unix(0, 0).Add(d)
		queue.RunDue(func(f func()) { f() })
	}
	BeforeEach(func() {
		now = time.Unix(0, 0)
		queue = reactor.NewTimers(func() time.Time { return now })
		ran = nil
	})

	It("D1: run by time, then first in, first out", func() {
		queue.Add(2, note("c"))
		queue.Add(1, note("a"))
		queue.Add(2, note("d"))
		queue.Add(1, note("b"))
		queue.Add(3, note("too early"))
		runAt(2)
		Expect(ran).To(Equal([]string{"a", "b", "c", "d"}))
	})

	It("D1: are listed in the order in which they will run", func() {
		calls := []reactor.DelayedCall{queue.Add(2, func() {}), queue.Add(1, func() {}), queue.Add(1, func() {}), queue.Add(3, func() {})}
		Expect(calls[3].Reset(1)).To(Succeed())
		Expect(queue.Pending()).To(Equal([]reactor.DelayedCall{calls[1], calls[2], calls[3], calls[0]}))
	})

	It("D1: run at their time exactly, not before", func() {
		queue.Add(10, note("call"))
		runAt(9)
		Expect(ran).To(BeEmpty())
		runAt(10)
		Expect(ran).To(Equal([]string{"call"}))
	})

	It("D1: take a negative delay for none", func() {
		call := queue.Add(-5, note("call"))
		Expect(call.Time()).To(Equal(now))
		Expect(call.Reset(-5)).To(Succeed())
		Expect(call.Time()).To(Equal(now))
	})

	It("D2: can be cancelled, and say so afterwards", func() {
		call := queue.Add(1, note("call"))
		Expect(call.Active()).To(BeTrue())
		Expect(call.Cancel()).To(Succeed())
		Expect(call.Active()).To(BeFalse())
		Expect(call.Cancel()).To(MatchError(reactor.ErrAlreadyCancelled))
		Expect(call.Reset(1)).To(MatchError(reactor.ErrAlreadyCancelled))
		Expect(call.Delay(1)).To(MatchError(reactor.ErrAlreadyCancelled))
		runAt(1)
		Expect(ran).To(BeEmpty())
		Expect(queue.Pending()).To(BeEmpty(), "a cancelled call holds no place")
	})

	It("D2: are not active in their own run, and too late to change from then on", func() {
		var call reactor.DelayedCall
		call = queue.Add(1, func() {
			Expect(call.Active()).To(BeFalse())
			Expect(call.Cancel()).To(MatchError(reactor.ErrAlreadyCalled))
		})
		runAt(1)
		Expect(call.Cancel()).To(MatchError(reactor.ErrAlreadyCalled))
		Expect(call.Reset(1)).To(MatchError(reactor.ErrAlreadyCalled))
		Expect(call.Delay(1)).To(MatchError(reactor.ErrAlreadyCalled))
	})

	It("D2: reset counts from now, delay from the time that was due", func() {
		call := queue.Add(10, note("call"))
		now = now.Add(4)
		Expect(call.Delay(5)).To(Succeed())
		Expect(call.Time()).To(Equal(time.Unix(0, 15)))
		Expect(call.Reset(5)).To(Succeed())
		Expect(call.Time()).To(Equal(time.Unix(0, 9)))
		Expect(call.Delay(-3)).To(Succeed())
		Expect(call.Time()).To(Equal(time.Unix(0, 6)))
		runAt(6)
		Expect(ran).To(Equal([]string{"call"}))
	})

	It("D2: can be cancelled and moved by a call of the same moment", func() {
		var cancelled, moved reactor.DelayedCall
		queue.Add(1, func() {
			Expect(cancelled.Cancel()).To(Succeed())
			Expect(moved.Reset(0)).To(Succeed())
		})
		cancelled = queue.Add(1, note("cancelled"))
		moved = queue.Add(1, note("moved"))
		queue.Add(1, note("other"))
		runAt(1)
		Expect(ran).To(Equal([]string{"other"}))
		runAt(1)
		Expect(ran).To(Equal([]string{"other", "moved"}))
	})

	It("D2: queue behind the others of their new time when they are moved", func() {
		first := queue.Add(1, note("first"))
		queue.Add(2, note("second"))
		Expect(first.Delay(1)).To(Succeed())
		runAt(2)
		Expect(ran).To(Equal([]string{"second", "first"}))
	})

	It("D3: wait for the next iteration when they are made in a callback, however due", func() {
		queue.Add(1, func() { queue.Add(0, note("inner")) })
		queue.Add(1, note("outer"))
		runAt(5)
		Expect(ran).To(Equal([]string{"outer"}))
		runAt(5)
		Expect(ran).To(Equal([]string{"outer", "inner"}))
	})
})
