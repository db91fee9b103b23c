package deferred_test

import (
	"runtime/debug"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

var _ = Describe("However long the chain", func() {
	const depth = 50_000

	BeforeEach(func() {
		// Anything that needs more than 20 bytes of stack for each link ends the
		// process: there is no gentler way to see it.
		before := debug.SetMaxStack(depth * 20)
		DeferCleanup(func() { debug.SetMaxStack(before) })
	})

	It("A14: runs 200,000 callbacks", func() {
		d := deferred.New[int]()
		for range 4 * depth {
			d.AddCallback(increment)
		}
		Expect(d.Callback(0)).To(Succeed())
		Expect(succeeded(d)).To(Equal(4 * depth))
	})

	It("A14: runs 200,000 callbacks each of which adds the next", func() {
		d := deferred.New[int]()
		var next func(int) (int, error)
		next = func(v int) (int, error) {
			if v < 4*depth {
				d.AddCallback(next)
			}
			return v + 1, nil
		}
		d.AddCallback(next)
		Expect(d.Callback(0)).To(Succeed())
		Expect(succeeded(d)).To(Equal(4*depth + 1))
	})

	// waiters returns deferreds each of which waits for the one before, and is told so
	// in one order or the other.
	waiters := func(first *deferred.Deferred[int], fromTheOuter bool) []*deferred.Deferred[int] {
		ds, starts := make([]*deferred.Deferred[int], depth), make([]*deferred.Deferred[int], depth-1)
		ds[0] = first
		for i := range ds[1:] {
			starts[i] = deferred.New[int]()
			ds[i+1] = deferred.Then(starts[i], func(int) *deferred.Deferred[int] { return ds[i] }).AddCallback(increment)
		}
		for i := range starts {
			if fromTheOuter {
				i = depth - 2 - i
			}
			Expect(starts[i].Callback(0)).To(Succeed())
		}
		return ds
	}

	DescribeTable("A14: wakes 50,000 that wait for each other",
		func(fromTheOuter bool) {
			ds := waiters(deferred.New[int](), fromTheOuter)
			Expect(ds[0].Callback(1)).To(Succeed())
			Expect(succeeded(ds[depth-1])).To(Equal(depth))
		},
		Entry("the inner first", false),
		Entry("the outer first", true),
	)

	DescribeTable("A14: cancels through 50,000 that wait for each other",
		func(fromTheOuter bool) {
			ds := waiters(deferred.New[int](), fromTheOuter)
			ds[depth-1].Cancel()
			Expect(failed(ds[depth-1])).To(MatchError(deferred.ErrCancelled))
		},
		Entry("the inner first", false),
		Entry("the outer first", true),
	)

	It("A14: finds that the first of 50,000 waits for the last", func() {
		for _, fromTheOuter := range []bool{false, true} {
			var ds []*deferred.Deferred[int]
			start := deferred.New[int]()
			ds = waiters(deferred.Then(start, func(int) *deferred.Deferred[int] { return ds[depth-1] }), fromTheOuter)
			Expect(start.Callback(1)).To(Succeed())
			Expect(failed(ds[depth-1])).To(MatchError(deferred.ErrWaitsForItself))
		}
	})

	It("A14: joins chains without going through them each time", func() {
		ds := waiters(deferred.New[int](), false)
		other := deferred.New[int]()
		Expect(deferred.Steps(other, ds[depth-1])).To(BeZero(), "nobody waits for the other")
		Expect(deferred.Steps(ds[0], other)).To(BeZero(), "the other waits for nobody")

		// Pairs, each of which is put on top of what is there already.
		top := deferred.New[int]()
		for range depth {
			start := deferred.New[int]()
			lower := after(start, top)
			upper := waitingFor(lower)
			Expect(deferred.Steps(lower, top)).To(BeNumerically("<", 3))
			Expect(start.Callback(0)).To(Succeed())
			top = upper
		}
		top.Cancel()
		Expect(failed(top)).To(MatchError(deferred.ErrCancelled))
	})

	It("A14: takes results that are there 50,000 deep", func() {
		d := deferred.Succeed(1)
		for range depth {
			d = waitingFor(d).AddCallback(increment)
		}
		Expect(succeeded(d)).To(Equal(depth + 1))
	})

	It("A14: fires 50,000 one through the other", func() {
		first := deferred.New[int]()
		last := first
		for range depth {
			next := deferred.New[int]().AddCallback(increment)
			last.Chain(next).AddCallback(increment)
			last = next
		}
		Expect(first.Callback(1)).To(Succeed())
		Expect(succeeded(last)).To(Equal(depth + 1))
	})

	It("A14: converts 50,000 times, and cancels through that", func() {
		narrow := func(v int) *deferred.Deferred[int8] { return deferred.Succeed(int8(v)) }
		convert := func() (first *deferred.Deferred[int], last *deferred.Deferred[int8]) {
			first = deferred.New[int]()
			last = deferred.Then(first, narrow)
			for range depth / 2 {
				wide := deferred.Then(last, func(v int8) *deferred.Deferred[int] { return deferred.Succeed(int(v)) })
				last = deferred.Then(wide, narrow)
			}
			return first, last
		}
		first, last := convert()
		Expect(first.Callback(100)).To(Succeed())
		Expect(succeeded(last)).To(Equal(int8(100)))

		_, last = convert()
		last.Cancel()
		Expect(failed(last)).To(MatchError(deferred.ErrCancelled))
	})

	It("A14: nests lists 50,000 deep, and cancels through them", func() {
		nest := func() (first, last *deferred.Deferred[[]int]) {
			first = deferred.New[[]int]()
			last = first
			for range depth / 2 {
				lists := deferred.Gather([]*deferred.Deferred[[]int]{last}, true)
				last = deferred.Then(lists, func(lists [][]int) *deferred.Deferred[[]int] { return deferred.Succeed(lists[0]) })
			}
			return first, last
		}
		first, last := nest()
		Expect(first.Callback([]int{1})).To(Succeed())
		Expect(succeeded(last)).To(Equal([]int{1}))

		_, last = nest()
		last.AddErrback(func(err error) ([]int, error) { return nil, errRain }) // the message is long
		last.Cancel()
		Expect(failed(last)).To(Equal(errRain))
	})

	It("A14: wakes 5,000 coroutines that wait for each other, and cancels through them", func() {
		start := func() (first, last *deferred.Deferred[int]) {
			first = deferred.New[int]()
			last = first
			for range depth / 10 {
				inner := last
				last = deferred.Inline(func(c *deferred.Coroutine) (int, error) {
					v, err := deferred.Await(c, inner)
					return v + 1, err
				})
			}
			return first, last
		}
		first, last := start()
		Expect(first.Callback(0)).To(Succeed())
		Expect(succeeded(last)).To(Equal(depth / 10))

		_, last = start()
		last.Cancel()
		Expect(failed(last)).To(MatchError(deferred.ErrCancelled))
	})
})
