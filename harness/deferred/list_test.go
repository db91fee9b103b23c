package deferred_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

// several makes deferreds that are to be fired.
func several(n int) []*deferred.Deferred[string] {
	ds := make([]*deferred.Deferred[string], n)
	for i := range ds {
		ds[i] = deferred.New[string]()
	}
	return ds
}

// outcomes is what a List fires with when all is there: values are strings, failures
// errors.
func outcomes(each ...any) deferred.ListResult[string] {
	result := deferred.ListResult[string]{First: -1, Outcomes: []deferred.Outcome[string]{}}
	for _, one := range each {
		var o deferred.Outcome[string]
		switch one := one.(type) {
		case string:
			o.Value = one
		case error:
			o.Err = one
		}
		result.Outcomes = append(result.Outcomes, o)
	}
	return result
}

var _ = Describe("List", func() {
	var (
		all  deferred.ListOptions // none of them
		ds   []*deferred.Deferred[string]
		rain = func() { Expect(ds[1].Errback(errRain)).To(Succeed()) }
		say  = func(i int, s string) { GinkgoHelper(); Expect(ds[i].Callback(s)).To(Succeed()) }
	)

	BeforeEach(func() { ds = several(3) })

	It("B1: fires at once when it is empty, with nothing", func() {
		Expect(succeeded(deferred.List[string](nil, all))).To(Equal(outcomes()))
	})

	It("B1: never fires when it is empty and waits for one success, unless it is cancelled", func() {
		list := deferred.List[string](nil, deferred.ListOptions{FireOnOneCallback: true})
		expectPending(list)
		list.Cancel()
		Expect(failed(list)).To(MatchError(deferred.ErrCancelled))
	})

	It("B2: has the outcomes in the order of its elements, whichever fires first", func() {
		list := deferred.List(ds, all)
		Expect(list.Callback(outcomes())).To(MatchError(deferred.ErrAlreadyCalled), "its elements fire it")
		say(2, "c")
		rain()
		expectPending(list)
		say(0, "a")
		Expect(succeeded(list)).To(Equal(outcomes("a", errRain, "c")))
		Expect(failed(ds[1])).To(Equal(errRain))
	})

	It("B2: takes elements that have fired, and the same one twice", func() {
		d := deferred.Succeed("x")
		again := deferred.New[string]()
		list := deferred.List([]*deferred.Deferred[string]{d, again, d, again}, all)
		Expect(again.Callback("y")).To(Succeed())
		Expect(succeeded(list)).To(Equal(outcomes("x", "y", "x", "y")))
	})

	It("B3: leaves the elements what they have", func() {
		list := deferred.List(ds, all)
		say(0, "a")
		rain()
		say(2, "c")
		Expect(ds[1].Unhandled()).To(Equal(errRain), "somebody has to handle it")
		_ = succeeded(list)
		Expect(succeeded(ds[0])).To(Equal("a"))
		Expect(failed(ds[1])).To(Equal(errRain))

		ds = several(2)
		list = deferred.List(ds, all)
		say(0, "a")
		rain()
		Expect(ds[1].Unhandled()).To(Equal(errRain), "also of the one that fired the list")
		_ = succeeded(list)
	})

	It("B3, A4: queues what its functions add to the element that fires it behind them", func() {
		var seen []any
		note := func(name string) func(string, error) (string, error) {
			return func(s string, err error) (string, error) {
				seen = append(seen, name, s, err)
				return s, nil
			}
		}
		list := deferred.List(ds[:2], all)
		list.AddCallback(func(r deferred.ListResult[string]) (deferred.ListResult[string], error) {
			ds[0].AddBoth(note("first"))
			ds[1].AddBoth(note("last"))
			seen = append(seen, "list")
			return r, nil
		})
		say(0, "a")
		rain()
		Expect(seen).To(Equal([]any{"first", "a", nil, "list", "last", "", errRain}))
		Expect(succeeded(list)).To(Equal(outcomes("a", errRain)))
	})

	It("B3: fails at once where an element is nil", func() {
		list := deferred.List([]*deferred.Deferred[string]{ds[0], nil}, all)
		Expect(failed(list)).To(And(MatchError(deferred.ErrNil), MatchError(ContainSubstring("index 1"))))
	})

	It("B3: has what others have taken", func() {
		wait := func(d *deferred.Deferred[string]) {
			deferred.Then(d, deferred.Succeed[string])
		}
		for _, d := range ds[:2] {
			wait(d)
		}
		list := deferred.List(ds[:2], deferred.ListOptions{ConsumeErrors: true})
		for _, d := range ds[:2] {
			wait(d)
		}
		say(0, "a")
		rain()
		Expect(succeeded(list)).To(Equal(outcomes("a", errRain)))
	})

	It("B3: consumes failures if it should", func() {
		list := deferred.List(ds, deferred.ListOptions{ConsumeErrors: true})
		say(0, "a")
		rain()
		say(2, "c")
		Expect(succeeded(list)).To(Equal(outcomes("a", errRain, "c")))
		Expect(ds[1].Unhandled()).NotTo(HaveOccurred())
		Expect(succeeded(ds[1])).To(BeEmpty())
		Expect(succeeded(ds[0])).To(Equal("a"))

		before := deferred.Fail[string](errRain)
		deferred.List([]*deferred.Deferred[string]{before}, deferred.ListOptions{ConsumeErrors: true})
		Expect(before.Unhandled()).NotTo(HaveOccurred())
	})

	It("B4: fires at the first success, if it should, and ignores the others", func() {
		list := deferred.List(ds, deferred.ListOptions{FireOnOneCallback: true, ConsumeErrors: true})
		rain()
		expectPending(list)
		say(2, "c")
		say(0, "a")
		Expect(succeeded(list)).To(Equal(deferred.ListResult[string]{First: 2, Value: "c"}))
	})

	It("B4: fires with all outcomes where one success should be enough, but there is none", func() {
		list := deferred.List(ds, deferred.ListOptions{FireOnOneCallback: true, ConsumeErrors: true})
		for _, d := range ds {
			Expect(d.Errback(errWind)).To(Succeed())
		}
		Expect(succeeded(list)).To(Equal(outcomes(errWind, errWind, errWind)))
	})

	It("B4: fails at the first failure, if it should, and ignores the others", func() {
		list := deferred.List(ds, deferred.ListOptions{FireOnOneErrback: true, ConsumeErrors: true})
		say(2, "c")
		rain()
		Expect(ds[0].Errback(errWind)).To(Succeed())
		err := failed(list)
		Expect(err).To(Equal(&deferred.FirstError{Index: 1, Err: errRain}))
		Expect(err).To(MatchError(errRain))
		Expect(err).To(MatchError("the deferred of index 1 failed first: rain"))
	})

	It("B4: does either", func() {
		first := deferred.ListOptions{FireOnOneCallback: true, FireOnOneErrback: true, ConsumeErrors: true}
		list := deferred.List(ds, first)
		rain()
		say(0, "a")
		Expect(failed(list)).To(MatchError(errRain))

		ds = several(3)
		list = deferred.List(ds, first)
		say(0, "a")
		rain()
		Expect(succeeded(list)).To(Equal(deferred.ListResult[string]{First: 0, Value: "a"}))
	})

	It("B4: takes the first of those that have fired", func() {
		fired := []*deferred.Deferred[string]{deferred.Succeed("a"), deferred.Succeed("b")}
		list := deferred.List(fired, deferred.ListOptions{FireOnOneCallback: true})
		Expect(succeeded(list)).To(Equal(deferred.ListResult[string]{First: 0, Value: "a"}))
	})

	It("B5: nests", func() {
		inner := deferred.List(ds[:2], all)
		outer := deferred.List([]*deferred.Deferred[deferred.ListResult[string]]{
			inner, deferred.List(ds[2:], all),
		}, all)
		for i, s := range []string{"a", "b", "c"} {
			expectPending(outer)
			say(i, s)
		}
		result := succeeded(outer)
		Expect(result.Outcomes[0].Value).To(Equal(outcomes("a", "b")))
		Expect(result.Outcomes[1].Value).To(Equal(outcomes("c")))
	})

	It("B7: cancels every element, and then has their outcomes", func() {
		say(0, "a")
		ds[1].AddErrback(func(error) (string, error) { return "stopped", nil })
		list := deferred.List(ds, deferred.ListOptions{ConsumeErrors: true})
		list.Cancel()
		Expect(succeeded(list)).To(Equal(outcomes("a", "stopped", deferred.ErrCancelled)))
	})

	It("B7: cancels in the order of the elements, and fails at the first, if it should", func() {
		list := deferred.List(ds, deferred.ListOptions{FireOnOneErrback: true, ConsumeErrors: true})
		list.Cancel()
		err := failed(list)
		Expect(err).To(MatchError(deferred.ErrCancelled))
		Expect(err).To(HaveField("Index", 0))
		Expect(ds[2].Fired()).To(BeTrue())
	})

	It("B7: goes on waiting for an element that has more to do when it is cancelled", func() {
		cleanup := deferred.New[string]()
		ds[1] = deferred.ThenBoth(ds[1], func(string, error) *deferred.Deferred[string] { return cleanup })
		list := deferred.List(ds, deferred.ListOptions{ConsumeErrors: true})
		list.Cancel()
		expectPending(list)
		list.Cancel()
		Expect(cleanup.Fired()).To(BeTrue(), "that can be cancelled too")
		Expect(succeeded(list).Outcomes[1].Err).To(MatchError(deferred.ErrCancelled))
	})

	It("B7: can be cancelled even if an element waits for it", func() {
		var list *deferred.Deferred[deferred.ListResult[string]]
		start := deferred.New[string]()
		ds[1] = deferred.Then(start, func(string) *deferred.Deferred[string] {
			return deferred.Then(list, func(deferred.ListResult[string]) *deferred.Deferred[string] { return deferred.Succeed("") })
		})
		list = deferred.List(ds, deferred.ListOptions{ConsumeErrors: true})
		Expect(start.Callback("b")).To(Succeed())
		list.Cancel()
		Expect(ds[0].Fired() && ds[2].Fired()).To(BeTrue())
		expectPending(list)
	})

	It("B7: is cancelled by one that waits for it", func() {
		list := deferred.List(ds, deferred.ListOptions{ConsumeErrors: true})
		outer := deferred.Then(list, deferred.Succeed[deferred.ListResult[string]])
		outer.Cancel()
		Expect(succeeded(outer).Outcomes).To(HaveLen(3))
	})
})

var _ = Describe("Gather", func() {
	It("B6: has the plain values in the order of its elements", func() {
		ds := several(2)
		values := deferred.Gather(ds, false)
		Expect(ds[1].Callback("b")).To(Succeed())
		expectPending(values)
		Expect(ds[0].Callback("a")).To(Succeed())
		Expect(succeeded(values)).To(Equal([]string{"a", "b"}))
		Expect(succeeded(deferred.Gather[string](nil, false))).To(BeEmpty())
	})

	It("B6: fails at the first failure", func() {
		ds := several(3)
		values := deferred.Gather(ds, true)
		Expect(ds[1].Errback(errRain)).To(Succeed())
		Expect(failed(values)).To(Equal(&deferred.FirstError{Index: 1, Err: errRain}))
		Expect(ds[1].Unhandled()).NotTo(HaveOccurred())

		ds = several(1)
		values = deferred.Gather(ds, false)
		Expect(ds[0].Errback(errRain)).To(Succeed())
		Expect(failed(values)).To(MatchError(errRain))
		Expect(failed(ds[0])).To(Equal(errRain))
	})

	It("B7: cancels every element", func() {
		ds := several(2)
		values := deferred.Gather(ds, true)
		values.Cancel()
		Expect(failed(values)).To(MatchError(deferred.ErrCancelled))
		Expect(ds[0].Fired() && ds[1].Fired()).To(BeTrue())
	})
})
