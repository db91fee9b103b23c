package reactor_test

import (
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

var _ = Describe("A looping call", func() {
	var (
		clock  *fakes.Clock
		start  time.Time
		calls  []time.Duration // when f was called, since the start
		counts []int           // with what
		result *deferred.Deferred[struct{}]
	)
	// outcome is what the deferred of Start has come to.
	outcome := func(d *deferred.Deferred[struct{}]) error {
		GinkgoHelper()
		Expect(d.Fired()).To(BeTrue())
		return d.Handle()
	}
	looping := func(result func() *deferred.Deferred[struct{}]) *reactor.LoopingCall {
		return reactor.NewLoopingCallWithCount(clock, func(count int) *deferred.Deferred[struct{}] {
			calls = append(calls, clock.Now().Sub(start))
			counts = append(counts, count)
			if result == nil {
				return nil
			}
			return result()
		})
	}
	seconds := func(n ...int) (all []time.Duration) {
		for _, n := range n {
			all = append(all, time.Duration(n)*time.Second)
		}
		return all
	}
	BeforeEach(func() {
		clock = fakes.NewClock()
		start = clock.Now()
		calls, counts, result = nil, nil, nil
	})

	It("D7: calls at the times start + k*interval, the first at once if asked to", func() {
		l := looping(nil)
		result = l.Start(3*time.Second, true)
		clock.Pump(seconds(1, 1, 1, 1, 1, 1)...)
		Expect(calls).To(Equal(seconds(0, 3, 6)))
		Expect(counts).To(Equal([]int{1, 1, 1}))
		Expect(l.Running()).To(BeTrue())
		Expect(result.Fired()).To(BeFalse())
	})

	It("D7: waits for one interval first, if not", func() {
		looping(nil).Start(3*time.Second, false)
		clock.Pump(seconds(2, 1, 3)...)
		Expect(calls).To(Equal(seconds(3, 6)))
		Expect(counts).To(Equal([]int{1, 1}))
	})

	It("D7: leaves out times that it was too late for, says how many, and keeps to the grid", func() {
		looping(nil).Start(2*time.Second, true)
		clock.Pump(seconds(2, 5, 1, 2)...)
		Expect(calls).To(Equal(seconds(0, 2, 7, 8, 10)))
		Expect(counts).To(Equal([]int{1, 1, 2, 1, 1}))
	})

	It("D7: does not call while a deferred that was returned has not fired", func() {
		pending := deferred.New[struct{}]()
		looping(func() *deferred.Deferred[struct{}] { return pending }).Start(time.Second, true)
		clock.Pump(seconds(1, 1, 1)...)
		Expect(calls).To(Equal(seconds(0)))
		first := pending
		pending = nil
		clock.Advance(500 * time.Millisecond)
		Expect(first.Callback(struct{}{})).To(Succeed())
		Expect(calls).To(HaveLen(1))
		clock.Advance(500 * time.Millisecond)
		Expect(calls).To(Equal(seconds(0, 4)))
		Expect(counts).To(Equal([]int{1, 4}))
	})

	It("D7: ends with the failure of its function", func() {
		trouble := errors.New("trouble")
		l := looping(func() *deferred.Deferred[struct{}] { return deferred.Fail[struct{}](trouble) })
		result = l.Start(time.Second, false)
		clock.Pump(seconds(1, 1, 1)...)
		Expect(calls).To(Equal(seconds(1)))
		Expect(outcome(result)).To(MatchError(trouble))
		Expect(l.Running()).To(BeFalse())
		Expect(clock.Pending()).To(BeEmpty())
	})

	It("D7: ends with a panic of its function, too", func() {
		result = looping(func() *deferred.Deferred[struct{}] { panic("trouble") }).Start(time.Second, true)
		Expect(outcome(result)).To(MatchError("panic: trouble"))
		Expect(clock.Pending()).To(BeEmpty())
	})

	It("D7: stops", func() {
		l := looping(nil)
		result = l.Start(time.Second, true)
		Expect(l.Stop()).To(Succeed())
		Expect(outcome(result)).To(Succeed())
		Expect(clock.Pending()).To(BeEmpty())
		Expect(l.Stop()).To(MatchError(reactor.ErrNotLooping))
	})

	It("D7: stops from within its function", func() {
		var l *reactor.LoopingCall
		l = looping(func() *deferred.Deferred[struct{}] {
			Expect(l.Stop()).To(Succeed())
			return nil
		})
		result = l.Start(time.Second, true)
		Expect(outcome(result)).To(Succeed())
		Expect(clock.Pending()).To(BeEmpty())
	})

	It("D7: stopped while its function's deferred has not fired, ends when that does", func() {
		pending := deferred.New[struct{}]()
		l := looping(func() *deferred.Deferred[struct{}] { return pending })
		result = l.Start(time.Second, true)
		Expect(l.Stop()).To(Succeed())
		Expect(result.Fired()).To(BeFalse())
		Expect(outcome(l.Start(time.Second, true))).To(MatchError(reactor.ErrLooping))
		Expect(pending.Callback(struct{}{})).To(Succeed())
		Expect(outcome(result)).To(Succeed())
	})

	It("D7: begins a new grid when it is reset", func() {
		l := looping(nil)
		l.Start(2*time.Second, false)
		clock.Advance(time.Second)
		Expect(l.Reset()).To(Succeed())
		clock.Pump(seconds(1, 1, 1, 1)...)
		Expect(calls).To(Equal(seconds(3, 5)))
		Expect(counts).To(Equal([]int{1, 1}))
		Expect(l.Stop()).To(Succeed())
		Expect(l.Reset()).To(MatchError(reactor.ErrNotLooping))
	})

	It("D7: starts again after its end, with a grid of its own", func() {
		l := looping(nil)
		l.Start(2*time.Second, false)
		clock.Advance(time.Second)
		Expect(l.Stop()).To(Succeed())
		l.Start(2*time.Second, true)
		clock.Pump(seconds(1, 1)...)
		Expect(calls).To(Equal(seconds(1, 3)))
	})

	It("calls in every iteration with an interval of zero", func() {
		l := looping(nil)
		result = l.Start(0, true)
		for range 3 {
			clock.Step()
		}
		Expect(calls).To(Equal(seconds(0, 0, 0, 0)))
		Expect(counts).To(Equal([]int{1, 1, 1, 1}))
		Expect(l.Stop()).To(Succeed())
	})

	It("refuses an interval below zero, and to be started twice", func() {
		l := looping(nil)
		Expect(outcome(l.Start(-1, true))).To(MatchError(ContainSubstring("an interval of -1ns is less than zero")))
		l.Start(time.Second, false)
		Expect(outcome(l.Start(time.Second, false))).To(MatchError(reactor.ErrLooping))
		Expect(l.Stop()).To(Succeed())
	})
})
