package deferred_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

var _ = Describe("Chain", func() {
	It("A8: fires the other with the result", func() {
		var seen journal
		d, next := deferred.New[int](), deferred.New[int]().AddCallback(seen.callback("next"))
		d.AddCallback(returning(2, nil)).Chain(next).AddBoth(seen.both("d, later"))
		Expect(next.Fired()).To(BeFalse())
		Expect(d.Callback(1)).To(Succeed())
		Expect(seen).To(Equal(journal{"next", 2, "d, later", 0}))
		Expect(succeeded(next)).To(Equal(2))
	})

	It("A8: fires the other with the failure, which that one answers for", func() {
		d, next := deferred.Fail[int](errRain), deferred.New[int]()
		d.Chain(next)
		Expect(d.Unhandled()).NotTo(HaveOccurred())
		Expect(next.Unhandled()).To(Equal(errRain))
		Expect(failed(next)).To(Equal(errRain))
	})

	It("A8: fires several with the same", func() {
		first, second := deferred.New[int](), deferred.New[int]()
		deferred.Succeed(3).Chain(first).Chain(second)
		Expect(succeeded(first)).To(Equal(3))
		Expect(succeeded(second)).To(Equal(3))
	})

	It("A8: does not pass a cancelling on", func() {
		cancelled := false
		d := deferred.WithCanceller(func(*deferred.Deferred[int]) { cancelled = true })
		next := deferred.New[int]()
		d.Chain(next)
		next.Cancel()
		Expect(failed(next)).To(MatchError(deferred.ErrCancelled))
		Expect(cancelled).To(BeFalse())
		Expect(d.Callback(1)).To(Succeed())
		Expect(d.Unhandled()).NotTo(HaveOccurred(), "next had expected one more firing")
	})

	It("A5: fails where the other has been fired", func() {
		d := deferred.Succeed(1).Chain(deferred.Succeed(2))
		Expect(failed(d)).To(MatchError(deferred.ErrAlreadyCalled))

		d = deferred.Fail[int](errRain).Chain(deferred.Succeed(2))
		err := failed(d)
		Expect(err).To(MatchError(deferred.ErrAlreadyCalled))
		Expect(err).To(MatchError(errRain), "what went wrong first is not lost")

		d = deferred.New[int]()
		d.Chain(d)
		Expect(d.Callback(1)).To(Succeed())
		Expect(failed(d)).To(MatchError(deferred.ErrAlreadyCalled))
	})

	It("A4: queues what the other's functions add behind them, as it is running", func() {
		var seen journal
		d, next := deferred.New[int](), deferred.New[int]()
		next.AddCallback(func(v int) (int, error) {
			Expect(d.Peek().State).To(Equal(deferred.Running))
			d.AddCallback(seen.callback("added"))
			return seen.callback("next")(v)
		}).AddCallback(seen.callback("next, later"))
		d.Chain(next).AddCallback(seen.callback("there before"))
		Expect(d.Callback(1)).To(Succeed())
		Expect(seen).To(Equal(journal{"next", 1, "next, later", 1, "there before", 0, "added", 0}))
		Expect(succeeded(d)).To(BeZero())
	})

	It("A4: queues also where it has nothing else to run", func() {
		var seen journal
		d, next := deferred.New[int](), deferred.New[int]()
		next.AddCallback(func(v int) (int, error) {
			d.AddCallback(seen.callback("added"))
			return seen.callback("next")(v)
		})
		d.Chain(next)
		Expect(d.Callback(1)).To(Succeed())
		Expect(seen).To(Equal(journal{"next", 1, "added", 0}))
	})

	It("A8: needs another", func() {
		Expect(func() { deferred.Succeed(1).Chain(nil) }).To(PanicWith(ContainSubstring("nil")))
	})

	It("A9: fires one that is paused", func() {
		next := deferred.New[int]()
		next.Pause()
		deferred.Succeed(4).Chain(next)
		expectPending(next)
		next.Unpause()
		Expect(succeeded(next)).To(Equal(4))
	})
})
