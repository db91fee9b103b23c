package deferred_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

var _ = Describe("A function that returns a deferred", func() {
	It("A6: has the outer one wait for the result of the inner", func() {
		var seen journal
		inner := deferred.New[int]()
		first := deferred.New[int]()
		outer := after(first, inner).AddBoth(seen.both("outer"))
		Expect(first.Callback(1)).To(Succeed())
		expectPending(outer)
		Expect(seen).To(BeEmpty())
		Expect(inner.Callback(2)).To(Succeed())
		Expect(seen).To(Equal(journal{"outer", 2}))
		Expect(succeeded(outer)).To(Equal(2))
	})

	It("A6: has the outer one wait for the failure of the inner", func() {
		inner := deferred.New[int]()
		outer := waitingFor(inner)
		Expect(inner.Errback(errRain)).To(Succeed())
		Expect(failed(outer)).To(Equal(errRain))
		Expect(inner.Unhandled()).NotTo(HaveOccurred(), "the outer one has it now")
	})

	It("A6: may handle a failure", func() {
		inner := deferred.New[int]()
		handle := func(v int, err error) *deferred.Deferred[int] {
			Expect(v).To(BeZero())
			Expect(err).To(Equal(errRain))
			return inner
		}
		outer := deferred.ThenBoth(deferred.Fail[int](errRain), handle)
		Expect(outer.Unhandled()).NotTo(HaveOccurred())
		expectPending(outer)
		Expect(inner.Callback(2)).To(Succeed())
		Expect(succeeded(outer)).To(Equal(2))

		inner = deferred.New[int]()
		outer = deferred.ThenBoth(deferred.Fail[int](errRain), handle)
		Expect(inner.Errback(errWind)).To(Succeed())
		Expect(failed(outer)).To(Equal(errWind))
	})

	It("A6: takes the result of an inner one that has fired at once", func() {
		var seen journal
		inner := deferred.Succeed(2)
		outer := waitingFor(inner).AddCallback(seen.callback("outer"))
		Expect(seen).To(Equal(journal{"outer", 2}))
		Expect(succeeded(outer)).To(Equal(2))

		broken := deferred.Fail[int](errRain)
		outer = waitingFor(broken)
		Expect(failed(outer)).To(Equal(errRain))
		Expect(broken.Unhandled()).NotTo(HaveOccurred())
	})

	It("A6: leaves nothing to what is added to the inner one later", func() {
		var seen journal
		inner := deferred.New[int]().AddCallback(seen.callback("before"))
		outer := waitingFor(inner)
		inner.AddBoth(seen.both("after"))
		Expect(inner.Callback(2)).To(Succeed())
		inner.AddBoth(seen.both("later"))
		Expect(seen).To(Equal(journal{"before", 2, "after", 0, "later", 0}))
		Expect(succeeded(outer)).To(Equal(2))

		broken := deferred.Fail[int](errRain)
		_ = failed(waitingFor(broken))
		broken.AddErrback(seen.errback("no")).AddCallback(seen.callback("empty"))
		Expect(seen[6:]).To(Equal(journal{"empty", 0}))
	})

	It("A6: waits for what the inner one has yet to run, and no longer", func() {
		var seen journal
		inner := deferred.New[int]().AddCallback(returning(5, nil))
		outer := waitingFor(inner).AddCallback(seen.callback("outer"))
		inner.AddCallback(seen.callback("inner"))
		Expect(inner.Callback(1)).To(Succeed())
		Expect(seen).To(Equal(journal{"outer", 5, "inner", 0}))
		Expect(outer.Fired()).To(BeTrue())
	})

	It("A6: waits for an inner one that is paused", func() {
		inner := deferred.Succeed(2)
		inner.Pause()
		outer := waitingFor(inner)
		expectPending(outer)
		inner.Unpause()
		Expect(succeeded(outer)).To(Equal(2))
	})

	It("A6: waits for one that waits", func() {
		last := deferred.New[int]()
		middle := waitingFor(last)
		outer := waitingFor(middle)
		Expect(last.Callback(3)).To(Succeed())
		Expect(succeeded(outer)).To(Equal(3))
	})

	It("A6: waits for one that is in the midst of a callback", func() {
		var outer *deferred.Deferred[int]
		inner := deferred.New[int]()
		inner.AddCallback(func(int) (int, error) {
			outer = waitingFor(inner)
			expectPending(outer)
			return 6, nil
		})
		Expect(inner.Callback(1)).To(Succeed())
		Expect(succeeded(outer)).To(Equal(6))
	})

	It("A7: lets several wait for the same one: all get what it has", func() {
		inner := deferred.New[int]()
		first := waitingFor(inner)
		second := waitingFor(inner)
		Expect(inner.Callback(7)).To(Succeed())
		third := waitingFor(inner)
		for _, outer := range []*deferred.Deferred[int]{first, second, third} {
			Expect(succeeded(outer)).To(Equal(7))
		}

		broken := deferred.New[int]()
		first = waitingFor(broken)
		second = waitingFor(broken)
		Expect(broken.Errback(errRain)).To(Succeed())
		Expect([]error{failed(first), failed(second)}).To(Equal([]error{errRain, errRain}))
	})

	It("A7: gives one that comes after a further callback what that callback returned", func() {
		inner := deferred.New[int]()
		first := waitingFor(inner)
		inner.AddCallback(func(v int) (int, error) { return v + 1, nil })
		second := waitingFor(inner)
		Expect(inner.Callback(7)).To(Succeed())
		Expect(succeeded(first)).To(Equal(7))
		Expect(succeeded(second)).To(Equal(1))
	})

	It("A7: cannot return its own", func() {
		var d *deferred.Deferred[int]
		start := deferred.New[int]()
		d = deferred.Then(start, func(int) *deferred.Deferred[int] { return d })
		Expect(start.Callback(1)).To(Succeed())
		Expect(failed(d)).To(MatchError(deferred.ErrWaitsForItself))
	})

	It("A7: cannot return one that waits for its own, at any remove", func() {
		var circle, starts [3]*deferred.Deferred[int]
		for i := range circle {
			starts[i] = deferred.New[int]()
			circle[i] = deferred.Then(starts[i], func(int) *deferred.Deferred[int] { return circle[(i+1)%3] })
		}
		for _, start := range starts {
			Expect(start.Callback(0)).To(Succeed())
		}
		Expect(failed(circle[0])).To(MatchError(deferred.ErrWaitsForItself), "through the others, from the last")
	})

	It("A7: finds the circle among many that wait", func() {
		// A tree: each waits for the one of half its number; the root for a leaf.
		tree := make([]*deferred.Deferred[int], 64)
		tree[0] = deferred.New[int]()
		tree[1] = deferred.Then(tree[0], func(int) *deferred.Deferred[int] { return tree[45] }).
			AddErrback(func(err error) (int, error) {
				Expect(err).To(MatchError(deferred.ErrWaitsForItself))
				return 11, nil
			})
		for i := range tree[2:] {
			tree[i+2] = waitingFor(tree[(i+2)/2])
		}
		expectPending(tree[63])
		Expect(tree[0].Callback(0)).To(Succeed())
		for _, leaf := range tree[32:] {
			Expect(succeeded(leaf)).To(Equal(11))
		}
	})
})
