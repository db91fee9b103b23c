package reactor

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// These specs are inside the package to set the time by hand.
var _ = Describe("Delayed calls", func() {
	var (
		now   time.Time
		queue *timers
		ran   []string
	)
	note := func(name string) func() { return func() { ran = append(ran, name) } }
	runAt := func(d time.Duration) {
		now = time.Unix(0, 0).Add(d)
		queue.runDue(func(f func()) { f() })
	}
	BeforeEach(func() {
		now = time.Unix(0, 0)
		queue = &timers{now: func() time.Time { return now }}
		ran = nil
	})

	It("D1: run by time, then first in, first out", func() {
		queue.add(2, note("c"))
		queue.add(1, note("a"))
		queue.add(2, note("d"))
		queue.add(1, note("b"))
		queue.add(3, note("too early"))
		runAt(2)
		Expect(ran).To(Equal([]string{"a", "b", "c", "d"}))
	})

	It("D1: run at their time exactly, not before", func() {
		queue.add(10, note("call"))
		runAt(9)
		Expect(ran).To(BeEmpty())
		runAt(10)
		Expect(ran).To(Equal([]string{"call"}))
	})

	It("D1: take a negative delay for none", func() {
		call := queue.add(-5, note("call"))
		Expect(call.Time()).To(Equal(now))
		Expect(call.Reset(-5)).To(Succeed())
		Expect(call.Time()).To(Equal(now))
	})

	It("D2: can be cancelled, and say so afterwards", func() {
		call := queue.add(1, note("call"))
		Expect(call.Active()).To(BeTrue())
		Expect(call.Cancel()).To(Succeed())
		Expect(call.Active()).To(BeFalse())
		Expect(call.Cancel()).To(MatchError(ErrAlreadyCancelled))
		Expect(call.Reset(1)).To(MatchError(ErrAlreadyCancelled))
		Expect(call.Delay(1)).To(MatchError(ErrAlreadyCancelled))
		runAt(1)
		Expect(ran).To(BeEmpty())
		Expect(queue.queue).To(BeEmpty(), "a cancelled call holds no place")
	})

	It("D2: are not active in their own run, and too late to change from then on", func() {
		var call *delayedCall
		call = queue.add(1, func() {
			Expect(call.Active()).To(BeFalse())
			Expect(call.Cancel()).To(MatchError(ErrAlreadyCalled))
		})
		runAt(1)
		Expect(call.Cancel()).To(MatchError(ErrAlreadyCalled))
		Expect(call.Reset(1)).To(MatchError(ErrAlreadyCalled))
		Expect(call.Delay(1)).To(MatchError(ErrAlreadyCalled))
	})

	It("D2: reset counts from now, delay from the time that was due", func() {
		call := queue.add(10, note("call"))
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
		var cancelled, moved *delayedCall
		queue.add(1, func() {
			Expect(cancelled.Cancel()).To(Succeed())
			Expect(moved.Reset(0)).To(Succeed())
		})
		cancelled = queue.add(1, note("cancelled"))
		moved = queue.add(1, note("moved"))
		queue.add(1, note("other"))
		runAt(1)
		Expect(ran).To(Equal([]string{"other"}))
		runAt(1)
		Expect(ran).To(Equal([]string{"other", "moved"}))
	})

	It("D2: queue behind the others of their new time when they are moved", func() {
		first := queue.add(1, note("first"))
		queue.add(2, note("second"))
		Expect(first.Delay(1)).To(Succeed())
		runAt(2)
		Expect(ran).To(Equal([]string{"second", "first"}))
	})

	It("D3: wait for the next iteration when they are made in a callback, however due", func() {
		queue.add(1, func() { queue.add(0, note("inner")) })
		queue.add(1, note("outer"))
		runAt(5)
		Expect(ran).To(Equal([]string{"outer"}))
		runAt(5)
		Expect(ran).To(Equal([]string{"outer", "inner"}))
	})
})
