package deferred_test

import (
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

// length is a function for Then that changes the type.
func length(s string) *deferred.Deferred[int] { return deferred.Succeed(len(s)) }

var _ = Describe("Then", func() {
	It("A6: is a callback that changes the type, for what comes and what is there", func() {
		d := deferred.New[string]()
		lengths := deferred.Then(d, length)
		expectPending(lengths)
		Expect(lengths.Fired()).To(BeTrue())
		Expect(lengths.Callback(9)).To(MatchError(deferred.ErrAlreadyCalled), "it is fired by d alone")
		Expect(d.Callback("four")).To(Succeed())
		Expect(succeeded(lengths)).To(Equal(4))
		Expect(succeeded(deferred.Then(deferred.Succeed("three"), length))).To(Equal(5))
	})

	It("A6: takes the result from what is added later", func() {
		var seen []string
		d := deferred.New[string]()
		d.AddCallback(func(s string) (string, error) { return s + s, nil })
		lengths := deferred.Then(d, length)
		d.AddCallback(func(s string) (string, error) { seen = append(seen, s); return s, nil })
		Expect(d.Callback("ab")).To(Succeed())
		Expect(seen).To(Equal([]string{""}))
		Expect(succeeded(lengths)).To(Equal(4))
	})

	It("A6: waits for what its function returns", func() {
		inner := deferred.New[int]()
		d := deferred.Then(deferred.Succeed("x"), func(string) *deferred.Deferred[int] { return inner })
		expectPending(d)
		Expect(inner.Callback(3)).To(Succeed())
		Expect(succeeded(d)).To(Equal(3))
	})

	It("fails at once where it has no function, and later where that has no deferred", func() {
		d := deferred.New[int]()
		Expect(failed(deferred.Then[int, string](d, nil))).To(MatchError(deferred.ErrNil))
		Expect(failed(deferred.ThenBoth[int, string](d, nil))).To(MatchError(deferred.ErrNil))
		Expect(d.Callback(5)).To(Succeed())
		Expect(succeeded(d)).To(Equal(5))
		Expect(failed(after(d, nil))).To(MatchError(deferred.ErrNil))
	})

	It("A2: lets a failure pass, which the new deferred answers for", func() {
		d := deferred.Fail[string](errRain)
		lengths := deferred.Then(d, func(string) *deferred.Deferred[int] { panic("no") })
		Expect(d.Unhandled()).NotTo(HaveOccurred())
		Expect(lengths.Unhandled()).To(Equal(errRain))
		Expect(failed(lengths)).To(Equal(errRain))
	})

	It("A3: makes errors and panics failures of the new deferred, not of the old", func() {
		d := deferred.New[string]()
		numbers := deferred.Then(d, func(s string) *deferred.Deferred[int] {
			return deferred.Succeed(0).AddCallback(func(int) (int, error) { return strconv.Atoi(s) })
		})
		d.AddErrback(func(error) (string, error) { panic("no") })
		Expect(d.Callback("many")).To(Succeed())
		Expect(failed(numbers)).To(MatchError(strconv.ErrSyntax))
		Expect(d.Unhandled()).NotTo(HaveOccurred())

		panics := deferred.Then(deferred.Succeed("x"), func(string) *deferred.Deferred[int] { panic(errWind) })
		Expect(failed(panics)).To(MatchError(errWind))
	})

	It("A4: queues what its function adds to the new deferred behind that function", func() {
		var seen journal
		var d *deferred.Deferred[int]
		source := deferred.New[string]()
		d = deferred.Then(source, func(s string) *deferred.Deferred[int] {
			d.AddCallback(seen.callback("added"))
			expectPending(d)
			return length(s)
		})
		d.AddCallback(seen.callback("before"))
		Expect(source.Callback("abc")).To(Succeed())
		Expect(seen).To(Equal(journal{"before", 3, "added", 3}))
	})

	It("A7: cannot wait for itself", func() {
		start := deferred.New[int]()
		var d *deferred.Deferred[int]
		source := deferred.Then(start, func(int) *deferred.Deferred[int] { return d })
		d = deferred.Then(source, deferred.Succeed[int])
		Expect(start.Callback(1)).To(Succeed())
		Expect(failed(d)).To(MatchError(deferred.ErrWaitsForItself))
	})

	It("A2: has a form for a function that gets either", func() {
		describe := func(n int, err error) *deferred.Deferred[string] {
			if err != nil {
				return deferred.Succeed("failed: " + err.Error())
			}
			return deferred.Succeed(strconv.Itoa(n))
		}
		Expect(succeeded(deferred.ThenBoth(deferred.Succeed(12), describe))).To(Equal("12"))
		Expect(succeeded(deferred.ThenBoth(deferred.Fail[int](errRain), describe))).To(Equal("failed: rain"))
	})

	It("A12: passes a cancelling on", func() {
		d := deferred.New[string]()
		lengths := after(deferred.Then(d, length), deferred.Succeed(1))
		lengths.Cancel()
		Expect(failed(lengths)).To(MatchError(deferred.ErrCancelled))
		Expect(d.Callback("late")).To(Succeed())
	})
})

var _ = Describe("Maybe", func() {
	It("A11: gives a deferred back as it is", func() {
		d := deferred.New[int]()
		Expect(deferred.Maybe(func() *deferred.Deferred[int] { return d })).To(BeIdenticalTo(d))
	})

	It("A11: makes a panic a failure", func() {
		err := failed(deferred.Maybe(func() *deferred.Deferred[int] { panic("hail") }))
		Expect(err).To(BeAssignableToTypeOf(&deferred.PanicError{}))
		Expect(err).To(MatchError("panic: hail"))
	})

	It("fails where there is no function, or no deferred", func() {
		Expect(failed(deferred.Maybe[int](nil))).To(MatchError(deferred.ErrNil))
		Expect(failed(deferred.Maybe(func() *deferred.Deferred[int] { return nil }))).To(MatchError(deferred.ErrNil))
	})
})
