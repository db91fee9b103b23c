package deferred_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

var _ = Describe("Peek", func() {
	It("tells how far a deferred has come", func() {
		d := deferred.New[int]()
		Expect(d.Peek()).To(Equal(deferred.View{State: deferred.Unfired}))
		d.AddCallback(func(v int) (int, error) {
			Expect(d.Peek().State).To(Equal(deferred.Running))
			return v + 1, nil
		})
		d.Pause()
		Expect(d.Callback(1)).To(Succeed())
		Expect(d.Peek().State).To(Equal(deferred.Paused))
		d.Unpause()
		Expect(d.Peek()).To(Equal(deferred.View{State: deferred.Succeeded, Value: 2}))
		d.AddCallback(returning(0, errRain))
		Expect(d.Peek()).To(Equal(deferred.View{State: deferred.Failed, Err: errRain}))
		Expect(d.Unhandled()).To(Equal(errRain), "it takes nothing")
	})

	It("A6: shows what is taken as functions get it that are added: empty", func() {
		for _, d := range []*deferred.Deferred[int]{deferred.Succeed(5), deferred.Fail[int](errRain)} {
			outer := waitingFor(d).AddErrback(handling(5, nil))
			Expect(succeeded(outer)).To(Equal(5))
			Expect(d.Peek()).To(Equal(deferred.View{State: deferred.Succeeded, Value: 0, Taken: true}))
			Expect(d.Handle()).NotTo(HaveOccurred())
			var seen journal
			d.AddBoth(seen.both("added"))
			Expect(seen).To(Equal(journal{"added", 0}))
			Expect(d.Peek()).To(Equal(deferred.View{State: deferred.Succeeded, Value: 0}))
		}
	})

	It("says that a deferred runs which has more to run, while one that has waited for it goes on", func() {
		inner := deferred.New[int]()
		waitingFor(inner).AddCallback(func(v int) (int, error) {
			Expect(inner.Peek()).To(Equal(deferred.View{State: deferred.Running}))
			return v, nil
		})
		inner.AddCallback(increment)
		Expect(inner.Callback(1)).To(Succeed())
		Expect(succeeded(inner)).To(Equal(1))
	})

	It("tells what is waited for, at any remove", func() {
		inner := deferred.New[int]()
		list := deferred.List([]*deferred.Deferred[int]{deferred.Succeed(1), waitingFor(inner)},
			deferred.ListOptions{})
		outer := deferred.Then(list, func(deferred.ListResult[int]) *deferred.Deferred[string] { return deferred.Succeed("") })
		Expect(outer.Peek()).To(Equal(deferred.View{State: deferred.Waiting, On: []deferred.View{ // for the list
			{State: deferred.Waiting, On: []deferred.View{ // for an element
				{State: deferred.Waiting, On: []deferred.View{{State: deferred.Unfired}}},
			}},
		}}))
		Expect(inner.Callback(1)).To(Succeed())
		Expect(outer.Peek().State).To(Equal(deferred.Succeeded))
	})

	It("tells what a coroutine waits for", func() {
		inner := deferred.New[string]()
		d := deferred.Inline(func(c *deferred.Coroutine) (string, error) { return deferred.Await(c, inner) })
		Expect(d.Peek()).To(Equal(deferred.View{State: deferred.Waiting, On: []deferred.View{{State: deferred.Unfired}}}))
		Expect(inner.Callback("")).To(Succeed())
	})

	It("comes to an end where an element waits for its own list", func() {
		var first *deferred.Deferred[[]int]
		start := deferred.New[[]int]()
		element := deferred.Then(start, func([]int) *deferred.Deferred[[]int] { return first })
		list := deferred.Gather([]*deferred.Deferred[[]int]{element}, false)
		first = deferred.Then(list, func(all [][]int) *deferred.Deferred[[]int] { return deferred.Succeed(all[0]) })
		Expect(start.Callback(nil)).To(Succeed())
		v, steps := element.Peek(), 0
		for ; len(v.On) > 0; v = v.On[0] {
			Expect(v.State).To(Equal(deferred.Waiting))
			steps++
		}
		Expect(steps).To(Equal(8))
	})

	It("tells where, under SetDebug", func() {
		DeferCleanup(deferred.SetDebug(true))
		d := makeForDebug()
		Expect(d.Peek().Made).To(HavePrefix("scansion/harness/deferred_test.makeForDebug\n\t"))
		fireForDebug(d, errRain)
		Expect(d.Peek().Fired).To(HavePrefix("scansion/harness/deferred_test.fireForDebug\n\t"))
		Expect(d.Handle()).To(Equal(errRain))
	})

	It("has states that read as ends of sentences", func() {
		Expect(deferred.Unfired.String()).To(Equal("has not been fired"))
		Expect(deferred.State(77).String()).To(Equal("State(77)"))
	})
})

var _ = Describe("Handle", func() {
	It("answers for a failure, and leaves it and everything else where it is", func() {
		d := deferred.Fail[int](errRain)
		Expect(d.Handle()).To(Equal(errRain))
		Expect(d.Unhandled()).NotTo(HaveOccurred())
		Expect(d.Peek()).To(Equal(deferred.View{State: deferred.Failed, Err: errRain}))
		Expect(deferred.New[int]().Handle()).NotTo(HaveOccurred())
		var seen journal
		d.AddCallback(seen.callback("no")).AddErrback(seen.errback("added"))
		Expect(seen).To(Equal(journal{"added", errRain}), "functions see what matchers see")
		Expect(d.Unhandled()).To(Equal(errRain), "the function has returned it")

		d = deferred.Succeed(5)
		Expect(d.Handle()).NotTo(HaveOccurred())
		Expect(succeeded(d.AddCallback(func(v int) (int, error) { return v + 1, nil }))).To(Equal(6))
	})
})
