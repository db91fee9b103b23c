package deferred_test

import (
	"errors"
	"runtime"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

var _ = Describe("Inline", func() {
	It("C1: runs at once to the first wait for what is not there", func() {
		var steps []string
		d := deferred.New[string]()
		r := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			steps = append(steps, "begun")
			s, err := deferred.Await(c, d)
			steps = append(steps, s)
			return len(s), err
		})
		Expect(steps).To(Equal([]string{"begun"}))
		expectPending(r)
		Expect(r.Callback(1)).To(MatchError(deferred.ErrAlreadyCalled), "the function alone fires it")
		Expect(d.Callback("four")).To(Succeed())
		Expect(steps).To(Equal([]string{"begun", "four"}))
		Expect(succeeded(r)).To(Equal(4))
	})

	It("C1: returns a deferred that has fired where there is nothing to wait for", func() {
		Expect(succeeded(deferred.Inline(func(*deferred.Coroutine) (int, error) { return 3, nil }))).To(Equal(3))
	})

	It("C1: gets 100,000 that have fired straight back, one after the other", func() {
		r := deferred.Inline(func(c *deferred.Coroutine) (sum int, err error) {
			deepest := 0
			for range 100_000 {
				one, err := deferred.Await(c, deferred.Succeed(1).AddCallback(func(v int) (int, error) {
					deepest = max(deepest, runtime.Callers(0, make([]uintptr, 200)))
					return v, nil
				}))
				if err != nil {
					return 0, err
				}
				sum += one
			}
			Expect(deepest).To(BeNumerically("<", 50))
			return sum, nil
		})
		Expect(succeeded(r)).To(Equal(100_000))
	})

	It("C1: takes turns with the rest, waiting as often as it likes", func() {
		var seen journal
		ds := []*deferred.Deferred[int]{deferred.New[int](), deferred.New[int](), deferred.New[int]()}
		r := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			for _, d := range ds {
				v, err := deferred.Await(c, d)
				if err != nil {
					return 0, err
				}
				seen = append(seen, "coroutine", v)
			}
			return 0, nil
		})
		for i, d := range ds {
			d.AddCallback(seen.callback("callback"))
			Expect(d.Callback(i)).To(Succeed())
			seen = append(seen, "loop", i)
		}
		Expect(seen).To(Equal(journal{
			"coroutine", 0, "callback", 0, "loop", 0,
			"coroutine", 1, "callback", 0, "loop", 1,
			"coroutine", 2, "callback", 0, "loop", 2,
		}))
		Expect(succeeded(r)).To(BeZero())
	})

	It("C1: runs several by turns, one within the other, and for each other", func() {
		var steps []string
		gate := deferred.New[int]()
		inner := func(name string) *deferred.Deferred[int] {
			return deferred.Inline(func(c *deferred.Coroutine) (int, error) {
				steps = append(steps, name+" waits")
				v, err := deferred.Await(c, gate)
				steps = append(steps, name+" goes on")
				return v, err
			})
		}
		outer := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			a, b := inner("a"), inner("b")
			v, err := deferred.Await(c, b)
			w, err2 := deferred.Await(c, a)
			return v + w, errors.Join(err, err2)
		})
		Expect(gate.Callback(5)).To(Succeed())
		Expect(steps).To(Equal([]string{"a waits", "b waits", "a goes on", "b goes on"}))
		Expect(succeeded(outer)).To(Equal(10))
	})

	It("C1: may fire a deferred whose callbacks wake another coroutine", func() {
		gate := deferred.New[int]()
		other := deferred.Inline(func(c *deferred.Coroutine) (int, error) { return deferred.Await(c, gate) })
		r := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			if err := gate.Callback(6); err != nil {
				return 0, err
			}
			return deferred.Await(c, other)
		})
		Expect(succeeded(r)).To(Equal(6))
	})

	It("C2: gets a failure at the wait", func() {
		d := deferred.New[int]()
		r := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			_, err := deferred.Await(c, d)
			Expect(err).To(Equal(errRain))
			_, err = deferred.Await(c, deferred.Fail[int](errWind))
			Expect(err).To(Equal(errWind))
			return 1, nil
		})
		Expect(d.Errback(errRain)).To(Succeed())
		Expect(d.Unhandled()).NotTo(HaveOccurred())
		Expect(succeeded(r)).To(Equal(1))
	})

	It("C2: makes an error or a panic of the function its failure, at once and later", func() {
		for _, d := range []*deferred.Deferred[int]{deferred.New[int](), deferred.Succeed(0)} {
			fails := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
				_, _ = deferred.Await(c, d)
				return 5, errRain
			})
			panics := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
				_, _ = deferred.Await(c, d)
				return thunder()
			})
			if !d.Fired() {
				Expect(d.Callback(1)).To(Succeed())
			}
			Expect(failed(fails)).To(Equal(errRain))
			var panicked *deferred.PanicError
			Expect(errors.As(failed(panics), &panicked)).To(BeTrue())
			Expect(panicked.Value).To(Equal("thunder"))
			Expect(string(panicked.Stack)).To(ContainSubstring("deferred_test.thunder"), "it shows where")
		}
	})

	It("C3: cancels what it waits for, and fails with it", func() {
		cancelled := false
		d := deferred.WithCanceller(func(*deferred.Deferred[int]) { cancelled = true })
		r := deferred.Inline(func(c *deferred.Coroutine) (int, error) { return deferred.Await(c, d) })
		r.Cancel()
		Expect(cancelled).To(BeTrue())
		Expect(failed(r)).To(MatchError(deferred.ErrCancelled))
	})

	It("C3: leaves the function to handle that and go on", func() {
		first, second := deferred.New[int](), deferred.New[int]()
		r := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			_, err := deferred.Await(c, first)
			Expect(err).To(MatchError(deferred.ErrCancelled))
			return deferred.Await(c, second)
		})
		r.Cancel()
		expectPending(r)
		Expect(second.Fired()).To(BeFalse())
		Expect(second.Callback(7)).To(Succeed())
		Expect(succeeded(r)).To(Equal(7))
	})

	It("C3: ends the goroutine of a coroutine that would wait for ever", func() {
		// That it ends is seen by leaks.Watch.
		r := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			return deferred.Await(c, deferred.New[int]())
		})
		r.Cancel()
		Expect(failed(r)).To(MatchError(deferred.ErrCancelled))
	})

	It("C3: cancels coroutines that wait for coroutines", func() {
		inner := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			return deferred.Await(c, deferred.New[int]())
		})
		outer := deferred.Inline(func(c *deferred.Coroutine) (int, error) { return deferred.Await(c, inner) })
		outer.Cancel()
		Expect(failed(outer)).To(MatchError(deferred.ErrCancelled))
	})

	It("A7: cannot wait for itself, nor for what waits for it", func() {
		gate := deferred.New[int]()
		var r, circle *deferred.Deferred[int]
		r = deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			_, _ = deferred.Await(c, gate)
			_, err := deferred.Await(c, r)
			Expect(err).To(MatchError(deferred.ErrWaitsForItself))
			return deferred.Await(c, circle)
		})
		circle = waitingFor(r)
		Expect(gate.Callback(0)).To(Succeed())
		Expect(failed(circle)).To(MatchError(deferred.ErrWaitsForItself))
	})

	It("fails where there is nothing to run, or to wait for", func() {
		Expect(failed(deferred.Inline[int](nil))).To(MatchError(deferred.ErrNil))
		Expect(failed(deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			return deferred.Await[int](c, nil)
		}))).To(MatchError(deferred.ErrNil))
	})

	It("is not for other places", func() {
		var kept *deferred.Coroutine
		d := deferred.New[int]()
		r := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			kept = c
			return deferred.Await(c, d)
		})
		elsewhere := func() error {
			_, err := deferred.Await(kept, deferred.Succeed(1))
			return err
		}
		Expect(elsewhere()).To(MatchError(deferred.ErrNotInCoroutine), "it waits")
		Expect(d.Callback(1)).To(Succeed())
		Expect(elsewhere()).To(MatchError(deferred.ErrNotInCoroutine), "it is over")
		Expect(succeeded(r)).To(Equal(1))
	})

	It("waits in the midst of a callback that it has set off", func() {
		gate := deferred.New[int]()
		d := deferred.New[int]()
		r := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			d.AddCallback(func(v int) (int, error) {
				w, err := deferred.Await(c, gate)
				return v + w, err
			})
			return 0, d.Callback(1)
		})
		expectPending(d)
		Expect(gate.Callback(10)).To(Succeed())
		Expect(succeeded(r)).To(BeZero())
		Expect(succeeded(d)).To(Equal(11))
	})
})

//go:noinline
func thunder() (int, error) { panic("thunder") }
