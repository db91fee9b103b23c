package deferred_test

import (
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

// length is a callback that changes the type.
func length(s string) (int, error) { return len(s), nil }

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

	It("A6: may return a deferred", func() {
		inner := deferred.New[int]()
		d := deferred.Then(deferred.Succeed("x"), func(string) (int, error) { return inner.Result() })
		expectPending(d)
		Expect(inner.Callback(3)).To(Succeed())
		Expect(succeeded(d)).To(Equal(3))
	})

	It("A2: lets a failure pass, which the new deferred answers for", func() {
		d := deferred.Fail[string](errRain)
		lengths := deferred.Then(d, func(string) (int, error) { panic("no") })
		Expect(d.Unhandled()).NotTo(HaveOccurred())
		Expect(lengths.Unhandled()).To(Equal(errRain))
		Expect(failed(lengths)).To(Equal(errRain))
	})

	It("A3: makes errors and panics failures of the new deferred, not of the old", func() {
		d := deferred.New[string]()
		numbers := deferred.Then(d, strconv.Atoi)
		d.AddErrback(func(error) (string, error) { panic("no") })
		Expect(d.Callback("many")).To(Succeed())
		Expect(failed(numbers)).To(MatchError(strconv.ErrSyntax))
		Expect(d.Unhandled()).NotTo(HaveOccurred())

		panics := deferred.Then(deferred.Succeed("x"), func(string) (int, error) { panic(errWind) })
		Expect(failed(panics)).To(MatchError(errWind))
	})

	It("A4: queues what its function adds to the new deferred behind that function", func() {
		var seen journal
		var d *deferred.Deferred[int]
		source := deferred.New[string]()
		d = deferred.Then(source, func(s string) (int, error) {
			d.AddCallback(seen.callback("added"))
			expectPending(d)
			return len(s), nil
		})
		d.AddCallback(seen.callback("before"))
		Expect(source.Callback("abc")).To(Succeed())
		Expect(seen).To(Equal(journal{"before", 3, "added", 3}))
	})

	It("A7: cannot wait for itself", func() {
		source := deferred.New[int]()
		var d *deferred.Deferred[int]
		source.AddCallback(func(int) (int, error) { return d.Result() })
		d = deferred.Then(source, func(v int) (int, error) { return v, nil })
		Expect(source.Callback(1)).To(Succeed())
		Expect(failed(d)).To(MatchError(deferred.ErrWaitsForItself))
	})

	It("A2: has a form for a function that gets either", func() {
		describe := func(n int, err error) (string, error) {
			if err != nil {
				return "failed: " + err.Error(), nil
			}
			return strconv.Itoa(n), nil
		}
		Expect(succeeded(deferred.ThenBoth(deferred.Succeed(12), describe))).To(Equal("12"))
		Expect(succeeded(deferred.ThenBoth(deferred.Fail[int](errRain), describe))).To(Equal("failed: rain"))
	})

	It("A12: passes a cancelling on", func() {
		d := deferred.New[string]()
		lengths := deferred.Then(deferred.Then(d, length), returning(1, nil))
		lengths.Cancel()
		Expect(failed(lengths)).To(MatchError(deferred.ErrCancelled))
		Expect(d.Callback("late")).To(Succeed())
	})
})

var _ = Describe("Maybe", func() {
	It("A11: fires with a value, an error, a panic", func() {
		Expect(succeeded(deferred.Maybe(func() (int, error) { return 5, nil }))).To(Equal(5))
		Expect(failed(deferred.Maybe(func() (int, error) { return 5, errRain }))).To(Equal(errRain))
		err := failed(deferred.Maybe(func() (int, error) { panic("hail") }))
		Expect(err).To(BeAssignableToTypeOf(&deferred.PanicError{}))
		Expect(err).To(MatchError("panic: hail"))
	})

	It("A11: gives a deferred back as it is", func() {
		d := deferred.New[int]()
		Expect(deferred.Maybe(d.Result)).To(BeIdenticalTo(d))
	})

	It("A11: gives the result of one that has fired", func() {
		d := deferred.Succeed(6)
		Expect(succeeded(deferred.Maybe(d.Result))).To(Equal(6))

		broken := deferred.Fail[int](errRain)
		Expect(failed(deferred.Maybe(broken.Result))).To(Equal(errRain))
		Expect(broken.Unhandled()).NotTo(HaveOccurred())
	})
})
