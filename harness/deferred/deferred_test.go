package deferred_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

var _ = Describe("Firing", func() {
	It("A5: is an error the second time", func() {
		var seen journal
		d := deferred.New[int]().AddCallback(seen.callback("once"))
		Expect(d.Fired()).To(BeFalse())
		Expect(d.Callback(1)).To(Succeed())
		Expect(d.Fired()).To(BeTrue())
		Expect(d.Callback(2)).To(MatchError(deferred.ErrAlreadyCalled))
		Expect(d.Errback(errRain)).To(MatchError(deferred.ErrAlreadyCalled))
		Expect(seen).To(Equal(journal{"once", 1}))
		Expect(succeeded(d)).To(Equal(1))
	})

	It("A5: is an error the second time, after a failure too", func() {
		d := deferred.Fail[int](errRain)
		Expect(d.Callback(2)).To(MatchError(deferred.ErrAlreadyCalled))
		Expect(d.Errback(errWind)).To(MatchError(deferred.ErrAlreadyCalled))
		Expect(failed(d)).To(Equal(errRain))
	})

	It("A5: is an error from within a callback", func() {
		d := deferred.New[int]()
		d.AddCallback(func(v int) (int, error) {
			Expect(d.Callback(2)).To(MatchError(deferred.ErrAlreadyCalled))
			return v, d.Errback(errRain)
		})
		Expect(d.Callback(1)).To(Succeed())
		Expect(failed(d)).To(MatchError(deferred.ErrAlreadyCalled))
	})

	It("fails with an error of its own where the failure is nil", func() {
		d := deferred.New[int]()
		Expect(d.Errback(nil)).To(Succeed())
		Expect(failed(d)).To(Equal(deferred.ErrNilFailure))
		Expect(failed(deferred.Fail[string](nil))).To(Equal(deferred.ErrNilFailure))
	})

	It("A9: waits until every Pause has been taken back", func() {
		var seen journal
		d := deferred.New[int]().AddCallback(seen.callback("callback"))
		d.Pause()
		d.Pause()
		Expect(d.Callback(1)).To(Succeed())
		expectPending(d)
		d.Unpause()
		Expect(seen).To(BeEmpty())
		d.Unpause()
		Expect(seen).To(Equal(journal{"callback", 1}))

		d.Pause()
		d.AddCallback(seen.callback("added"))
		Expect(seen).To(HaveLen(2))
		d.Unpause()
		Expect(seen).To(Equal(journal{"callback", 1, "added", 1}))
	})

	It("A9: pauses from within a callback, and goes on where it stopped", func() {
		var seen journal
		d := deferred.New[int]()
		d.AddCallback(func(v int) (int, error) {
			d.Pause()
			d.Pause()
			d.Unpause()
			return v + 1, nil
		}).AddCallback(seen.callback("next"))
		Expect(d.Callback(1)).To(Succeed())
		Expect(seen).To(BeEmpty())
		d.Unpause()
		Expect(seen).To(Equal(journal{"next", 2}))
	})

	It("A9: does nothing before it is fired", func() {
		d := deferred.New[int]().AddCallback(returning(2, nil))
		d.Pause()
		d.Unpause()
		expectPending(d)
		Expect(d.Callback(1)).To(Succeed())
		Expect(succeeded(d)).To(Equal(2))
	})

	It("A9: goes on only when what it waits for is there too", func() {
		inner := deferred.New[int]()
		outer := waitingFor(inner)
		outer.Pause()
		Expect(inner.Callback(3)).To(Succeed())
		expectPending(outer)
		outer.Unpause()
		Expect(succeeded(outer)).To(Equal(3))
	})

	It("A9: cannot take back a Pause that was not made", func() {
		d := deferred.New[int]()
		Expect(d.Unpause).To(PanicWith(ContainSubstring("Unpause without Pause")))
		d.Pause()
		d.Unpause()
		Expect(d.Unpause).To(Panic())
	})
})
