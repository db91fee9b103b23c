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

	It("sees what others have taken, as Result does", func() {
		d := deferred.Succeed(5)
		Expect(succeeded(d)).To(Equal(5))
		Expect(d.Peek().Value).To(Equal(5))
	})

	It("tells what is waited for, at any remove", func() {
		inner := deferred.New[int]()
		list := deferred.List([]*deferred.Deferred[int]{deferred.Succeed(1), deferred.Succeed(1).AddCallback(waitingFor(inner))},
			deferred.ListOptions{})
		outer := deferred.Then(list, func(deferred.ListResult[int]) (string, error) { return "", nil })
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
		element := deferred.New[[]int]().AddCallback(func([]int) ([]int, error) { return first.Result() })
		list := deferred.Gather([]*deferred.Deferred[[]int]{element}, false)
		first = deferred.Then(list, func(all [][]int) ([]int, error) { return all[0], nil })
		Expect(element.Callback(nil)).To(Succeed())
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
	It("takes a failure, and leaves everything else", func() {
		d := deferred.Fail[int](errRain)
		Expect(d.Handle()).To(Equal(errRain))
		Expect(d.Unhandled()).NotTo(HaveOccurred())
		Expect(deferred.New[int]().Handle()).NotTo(HaveOccurred())

		d = deferred.Succeed(5)
		Expect(d.Handle()).NotTo(HaveOccurred())
		Expect(succeeded(d.AddCallback(func(v int) (int, error) { return v + 1, nil }))).To(Equal(6))
	})
})
