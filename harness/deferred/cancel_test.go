package deferred_test

import (
	"context"
	"errors"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

var _ = Describe("Cancel", func() {
	// counting is a deferred whose canceller counts its calls and does what it is told.
	counting := func(calls *int, cancel func(d *deferred.Deferred[int])) *deferred.Deferred[int] {
		return deferred.WithCanceller(func(d *deferred.Deferred[int]) {
			*calls++
			cancel(d)
		})
	}

	It("A12: calls the canceller once, and fails what that does not fire", func() {
		calls := 0
		d := counting(&calls, func(*deferred.Deferred[int]) {})
		d.Cancel()
		d.Cancel()
		Expect(calls).To(Equal(1))
		Expect(d.Callback(1)).To(MatchError(deferred.ErrAlreadyCalled), "the canceller knew")
		Expect(failed(d)).To(MatchError(deferred.ErrCancelled))
	})

	It("A12: lets the canceller fire with a result or a failure of its own", func() {
		calls := 0
		d := counting(&calls, func(d *deferred.Deferred[int]) { Expect(d.Callback(5)).To(Succeed()) })
		d.Cancel()
		Expect(succeeded(d)).To(Equal(5))

		d = counting(&calls, func(d *deferred.Deferred[int]) { Expect(d.Errback(errWind)).To(Succeed()) })
		d.Cancel()
		Expect(failed(d)).To(Equal(errWind))
		Expect(calls).To(Equal(2))
	})

	It("A12: fails without a canceller, and lets exactly one later firing pass", func() {
		var seen journal
		d := deferred.New[int]().AddErrback(seen.errback("failure"))
		d.Cancel()
		Expect(seen).To(HaveLen(2))
		Expect(failed(d)).To(MatchError(deferred.ErrCancelled))
		d.Cancel()
		Expect(d.Callback(1)).To(Succeed())
		Expect(d.Callback(2)).To(MatchError(deferred.ErrAlreadyCalled))
		Expect(d.Errback(errRain)).To(MatchError(deferred.ErrAlreadyCalled))
		Expect(seen).To(HaveLen(2))
		Expect(failed(d)).To(MatchError(deferred.ErrCancelled))
	})

	It("A12: does nothing to a deferred that has fired", func() {
		calls := 0
		d := counting(&calls, func(*deferred.Deferred[int]) {})
		Expect(d.Callback(1)).To(Succeed())
		d.Cancel()
		Expect(calls).To(BeZero())
		Expect(succeeded(d)).To(Equal(1))
		Expect(d.Callback(2)).To(MatchError(deferred.ErrAlreadyCalled))
	})

	It("A12: does nothing to a deferred in the midst of its callbacks", func() {
		d := deferred.New[int]()
		d.AddCallback(func(v int) (int, error) { d.Cancel(); return v + 1, nil })
		Expect(d.Callback(1)).To(Succeed())
		Expect(succeeded(d)).To(Equal(2))
	})

	It("A12: cancels what an outer one waits for, at any depth, and nothing else", func() {
		outers, inners := 0, 0
		inner := counting(&inners, func(*deferred.Deferred[int]) {})
		outer := inner
		for range 3 {
			first := counting(&outers, func(*deferred.Deferred[int]) {})
			outer = after(first, outer)
			Expect(first.Callback(0)).To(Succeed())
		}
		outer.Cancel()
		Expect(inners).To(Equal(1))
		Expect(outers).To(BeZero())
		Expect(failed(outer)).To(MatchError(deferred.ErrCancelled))
	})

	It("A12: leaves an outer one to go on with what the inner one made of it", func() {
		inner := deferred.New[int]().AddErrback(handling(8, nil))
		outer := waitingFor(inner)
		outer.Cancel()
		Expect(succeeded(outer)).To(Equal(8))
	})

	It("A9: holds the failure back while paused", func() {
		d := deferred.New[int]()
		d.Pause()
		d.Cancel()
		expectPending(d)
		d.Unpause()
		Expect(failed(d)).To(MatchError(deferred.ErrCancelled))
	})

	It("A3: makes a canceller's panic the failure", func() {
		calls := 0
		d := counting(&calls, func(*deferred.Deferred[int]) { panic(errWind) })
		d.Cancel()
		err := failed(d)
		Expect(err).To(BeAssignableToTypeOf(&deferred.PanicError{}))
		Expect(err).To(MatchError(errWind))
	})

	It("A3: reports a canceller's panic where the deferred has fired", func() {
		hail := errors.New("hail")
		reports := watchReports(hail)
		calls := 0
		d := counting(&calls, func(d *deferred.Deferred[int]) {
			Expect(d.Callback(3)).To(Succeed())
			panic(hail)
		})
		d.Cancel()
		Expect(succeeded(d)).To(Equal(3))
		Expect(reports).To(Receive(HaveField("Err", MatchError(hail))))
	})

	It("fails at once where the canceller cancels", func() {
		calls := 0
		d := counting(&calls, func(d *deferred.Deferred[int]) {
			d.Cancel()
			Expect(d.Callback(1)).To(MatchError(deferred.ErrAlreadyCalled))
		})
		d.Cancel()
		Expect(calls).To(Equal(1))
		Expect(failed(d)).To(MatchError(deferred.ErrCancelled))
	})

	It("is an error of its own, not that of contexts", func() {
		Expect(deferred.ErrCancelled).NotTo(MatchError(context.Canceled))
	})
})
