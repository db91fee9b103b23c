package deferred_test

import (
	"runtime"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

// lost runs f on a goroutine that f is expected to end.
func lost(f func()) {
	GinkgoHelper()
	returned := true
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
		returned = false
	}()
	Eventually(done).Should(BeClosed())
	Expect(returned).To(BeTrue(), "the goroutine has ended where it was told to")
}

// exit is a callback that ends its goroutine.
func exit(int) (int, error) {
	runtime.Goexit()
	return 0, nil
}

var _ = Describe("A callback that ends its goroutine", func() {
	It("A3: fails its level; the others run on the way out", func() {
		var seen journal
		d := deferred.New[int]().AddCallback(exit).AddErrback(seen.errback("next")).AddErrback(handling(2, nil))
		lost(func() { _ = d.Callback(1) })
		Expect(seen).To(Equal(journal{"next", deferred.ErrGoexit}))
		Expect(succeeded(d)).To(Equal(2))
	})

	It("A3: leaves nobody waiting", func() {
		inner := deferred.New[int]()
		middle := waitingFor(inner).AddCallback(exit).AddErrback(
			func(error) (int, error) { return exit(0) })
		outer := after(middle, deferred.Succeed(1))
		other := deferred.Then(inner, func(int) *deferred.Deferred[string] { panic(errRain) })
		lost(func() { _ = inner.Callback(1) })
		Expect(failed(outer)).To(Equal(deferred.ErrGoexit))
		Expect(failed(other)).To(MatchError(errRain))
	})

	It("A3: fails what Then has promised", func() {
		d := deferred.New[int]()
		promised := deferred.Then(d, func(int) *deferred.Deferred[int] {
			runtime.Goexit()
			return nil
		})
		lost(func() { _ = d.Callback(1) })
		Expect(failed(promised)).To(Equal(deferred.ErrGoexit))
	})

	It("A12: fails what its canceller has left", func() {
		d := deferred.WithCanceller(func(*deferred.Deferred[int]) { runtime.Goexit() })
		lost(d.Cancel)
		Expect(failed(d)).To(MatchError(deferred.ErrCancelled))
	})

	It("C2: fails a coroutine, when it does so at once and later", func() {
		d := deferred.New[int]()
		r := deferred.Inline(func(c *deferred.Coroutine) (int, error) {
			if _, err := deferred.Await(c, d); err != nil {
				return 0, err
			}
			return exit(0)
		})
		lost(func() { _ = d.Callback(1) })
		Expect(failed(r)).To(Equal(deferred.ErrGoexit))
		lost(func() {
			deferred.Inline(func(*deferred.Coroutine) (int, error) { return exit(0) })
		})
	})
})
