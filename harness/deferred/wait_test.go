package deferred_test

import (
	"errors"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

var _ = Describe("A callback that returns a deferred", func() {
	It("A6: has the outer one wait for the result of the inner", func() {
		var seen journal
		inner := deferred.New[int]()
		outer := deferred.New[int]().AddCallback(waitingFor(inner)).AddBoth(seen.both("outer"))
		Expect(outer.Callback(1)).To(Succeed())
		expectPending(outer)
		Expect(seen).To(BeEmpty())
		Expect(inner.Callback(2)).To(Succeed())
		Expect(seen).To(Equal(journal{"outer", 2}))
		Expect(succeeded(outer)).To(Equal(2))
	})

	It("A6: has the outer one wait for the failure of the inner", func() {
		inner := deferred.New[int]()
		outer := deferred.Succeed(1).AddCallback(waitingFor(inner))
		Expect(inner.Errback(errRain)).To(Succeed())
		Expect(failed(outer)).To(Equal(errRain))
		Expect(inner.Unhandled()).NotTo(HaveOccurred(), "the outer one has it now")
	})

	It("A6: may be an errback", func() {
		inner := deferred.New[int]()
		outer := deferred.Fail[int](errRain).AddErrback(func(error) (int, error) { return inner.Result() })
		Expect(outer.Unhandled()).NotTo(HaveOccurred())
		expectPending(outer)
		Expect(inner.Callback(2)).To(Succeed())
		Expect(succeeded(outer)).To(Equal(2))
	})

	It("A6: may get either", func() {
		inner := deferred.New[int]()
		outer := deferred.Fail[int](errRain).AddBoth(func(int, error) (int, error) { return inner.Result() })
		Expect(inner.Errback(errWind)).To(Succeed())
		Expect(failed(outer)).To(Equal(errWind))
	})

	It("A6: takes the result of an inner one that has fired at once", func() {
		var seen journal
		inner := deferred.Succeed(2)
		outer := deferred.Succeed(1).AddCallback(waitingFor(inner)).AddCallback(seen.callback("outer"))
		Expect(seen).To(Equal(journal{"outer", 2}))
		Expect(succeeded(outer)).To(Equal(2))

		broken := deferred.Fail[int](errRain)
		outer = deferred.Succeed(1).AddCallback(waitingFor(broken))
		Expect(failed(outer)).To(Equal(errRain))
		Expect(broken.Unhandled()).NotTo(HaveOccurred())
	})

	It("A6: leaves nothing to what is added to the inner one later", func() {
		var seen journal
		inner := deferred.New[int]().AddCallback(seen.callback("before"))
		outer := deferred.Succeed(0).AddCallback(waitingFor(inner))
		inner.AddBoth(seen.both("after"))
		Expect(inner.Callback(2)).To(Succeed())
		inner.AddBoth(seen.both("later"))
		Expect(seen).To(Equal(journal{"before", 2, "after", 0, "later", 0}))
		Expect(succeeded(outer)).To(Equal(2))

		broken := deferred.Fail[int](errRain)
		_ = failed(deferred.Succeed(0).AddCallback(waitingFor(broken)))
		broken.AddErrback(seen.errback("no")).AddCallback(seen.callback("empty"))
		Expect(seen[6:]).To(Equal(journal{"empty", 0}))
	})

	It("A6: waits for what the inner one has yet to run, and no longer", func() {
		var seen journal
		inner := deferred.New[int]().AddCallback(returning(5, nil))
		outer := deferred.Succeed(0).AddCallback(waitingFor(inner)).AddCallback(seen.callback("outer"))
		inner.AddCallback(seen.callback("inner"))
		Expect(inner.Callback(1)).To(Succeed())
		Expect(seen).To(Equal(journal{"outer", 5, "inner", 0}))
		Expect(outer.Fired()).To(BeTrue())
	})

	It("A6: waits for an inner one that is paused", func() {
		inner := deferred.Succeed(2)
		inner.Pause()
		outer := deferred.Succeed(1).AddCallback(waitingFor(inner))
		expectPending(outer)
		inner.Unpause()
		Expect(succeeded(outer)).To(Equal(2))
	})

	It("A6: waits for one that waits", func() {
		last := deferred.New[int]()
		middle := deferred.Succeed(1).AddCallback(waitingFor(last))
		outer := deferred.Succeed(0).AddCallback(waitingFor(middle))
		Expect(last.Callback(3)).To(Succeed())
		Expect(succeeded(outer)).To(Equal(3))
	})

	It("A6: waits for one that is in the midst of a callback", func() {
		outer, inner := deferred.New[int](), deferred.New[int]()
		outer.AddCallback(waitingFor(inner))
		inner.AddCallback(func(int) (int, error) {
			Expect(outer.Callback(0)).To(Succeed())
			expectPending(outer)
			return 6, nil
		})
		Expect(inner.Callback(1)).To(Succeed())
		Expect(succeeded(outer)).To(Equal(6))
	})

	It("A6: takes at once what has come between Result and return", func() {
		inner := deferred.New[int]()
		outer := deferred.Succeed(0).AddCallback(func(int) (int, error) {
			v, err := inner.Result()
			Expect(inner.Callback(4)).To(Succeed())
			return v, err
		})
		Expect(succeeded(outer)).To(Equal(4))
	})

	It("A7: lets several wait for the same one: all get what it has", func() {
		inner := deferred.New[int]()
		first := deferred.Succeed(0).AddCallback(waitingFor(inner))
		second := deferred.Succeed(0).AddCallback(waitingFor(inner))
		Expect(inner.Callback(7)).To(Succeed())
		third := deferred.Succeed(0).AddCallback(waitingFor(inner))
		for _, outer := range []*deferred.Deferred[int]{first, second, third} {
			Expect(succeeded(outer)).To(Equal(7))
		}
		Expect(succeeded(inner)).To(Equal(7), "nothing has come between")

		broken := deferred.New[int]()
		first = deferred.Succeed(0).AddCallback(waitingFor(broken))
		second = deferred.Succeed(0).AddCallback(waitingFor(broken))
		Expect(broken.Errback(errRain)).To(Succeed())
		Expect([]error{failed(first), failed(second)}).To(Equal([]error{errRain, errRain}))
	})

	It("A7: gives one that comes after a further callback what that callback returned", func() {
		inner := deferred.New[int]()
		first := deferred.Succeed(0).AddCallback(waitingFor(inner))
		inner.AddCallback(func(v int) (int, error) { return v + 1, nil })
		second := deferred.Succeed(0).AddCallback(waitingFor(inner))
		Expect(inner.Callback(7)).To(Succeed())
		Expect(succeeded(first)).To(Equal(7))
		Expect(succeeded(second)).To(Equal(1))
	})

	It("A7: cannot return its own", func() {
		var d *deferred.Deferred[int]
		d = deferred.New[int]().AddCallback(func(int) (int, error) { return d.Result() })
		Expect(d.Callback(1)).To(Succeed())
		Expect(failed(d)).To(MatchError(deferred.ErrWaitsForItself))
	})

	It("A7: cannot return one that waits for its own, at any remove", func() {
		a, b, c := deferred.New[int](), deferred.New[int](), deferred.New[int]()
		a.AddCallback(waitingFor(b))
		b.AddCallback(waitingFor(c))
		c.AddCallback(waitingFor(a))
		for _, d := range []*deferred.Deferred[int]{a, b, c} {
			Expect(d.Callback(0)).To(Succeed())
		}
		for _, d := range []*deferred.Deferred[int]{a, b, c} {
			Expect(failed(d)).To(MatchError(deferred.ErrWaitsForItself))
		}
	})

	It("A7: finds the circle among many that wait", func() {
		// A tree: each waits for the one of half its number; the root for a leaf.
		tree := make([]*deferred.Deferred[int], 64)
		for i := range tree {
			tree[i] = deferred.New[int]()
		}
		tree[1].AddCallback(waitingFor(tree[0])).AddCallback(waitingFor(tree[45])).
			AddErrback(func(err error) (int, error) {
				Expect(err).To(MatchError(deferred.ErrWaitsForItself))
				return 11, nil
			})
		for i, d := range tree[1:] {
			if i > 0 {
				d.AddCallback(waitingFor(tree[(i+1)/2]))
			}
			Expect(d.Callback(0)).To(Succeed())
		}
		expectPending(tree[63])
		Expect(tree[0].Callback(0)).To(Succeed())
		for _, d := range tree[1:] {
			Expect(succeeded(d)).To(Equal(11))
		}
	})

	It("has an error that nobody should see tell what it is for", func() {
		inner := deferred.New[int]()
		_, err := inner.Result()
		Expect(err).To(MatchError(deferred.ErrPending))
		Expect(err.Error()).To(ContainSubstring("callbacks of a *deferred.Deferred[int] to return"))

		wrapped := deferred.Succeed(0).AddCallback(func(int) (int, error) {
			v, err := inner.Result()
			return v, fmt.Errorf("wrapped: %w", err)
		})
		_, err = wrapped.Result()
		Expect(err).To(MatchError(ContainSubstring("wrapped: the deferred has no result yet")))
		Expect(wrapped.Unhandled()).NotTo(HaveOccurred())

		other := deferred.Succeed("text").AddCallback(func(string) (string, error) {
			_, err := inner.Result()
			return "", err
		})
		_, err = other.Result()
		Expect(err.Error()).To(ContainSubstring("callbacks of a *deferred.Deferred[int] to return"))
	})

	It("needs no memory to say that the result is still to come", func() {
		inner := deferred.New[int]()
		Expect(func() {
			if _, err := inner.Result(); !errors.Is(err, deferred.ErrPending) {
				panic(err)
			}
		}).NotTo(allocate())
	})
})
