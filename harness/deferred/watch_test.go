package deferred_test

import (
	"errors"
	"runtime"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

// unhandled are the failures that a watcher knows.
func unhandled(w *deferred.Watcher) []error {
	var failures []error
	for _, u := range w.Unhandled() {
		failures = append(failures, u.Err)
	}
	return failures
}

var _ = Describe("Watch", func() {
	var watcher *deferred.Watcher

	BeforeEach(func() {
		watcher = deferred.Watch()
		DeferCleanup(watcher.Stop)
	})

	It("A10: knows the failures that nobody has handled, in their order", func() {
		rain, wind := deferred.Fail[int](errRain), deferred.Fail[string](errWind)
		deferred.Succeed(1)
		Expect(unhandled(watcher)).To(Equal([]error{errRain, errWind}))
		rain.AddErrback(handling(1, nil))
		Expect(unhandled(watcher)).To(Equal([]error{errWind}))
		Expect(failed(wind)).To(Equal(errWind))
		Expect(unhandled(watcher)).To(BeEmpty())
	})

	It("knows a failure that comes in the place of another, and one that comes back", func() {
		d := deferred.Fail[int](errRain).AddErrback(handling(0, errWind))
		Expect(unhandled(watcher)).To(Equal([]error{errWind}))
		d.AddErrback(handling(1, nil)).AddCallback(returning(0, errRain))
		Expect(unhandled(watcher)).To(Equal([]error{errRain}))
	})

	It("knows what is given up, and keeps it from the reporter", func() {
		own := errors.New("a storm") // other specs leave rain behind
		reports := watchReports(own)
		giveUp(func() *deferred.Deferred[int] { return deferred.Fail[int](own) })
		runtime.GC()
		Expect(unhandled(watcher)).To(Equal([]error{own}))
		watcher.Stop()
		Consistently(reports, "50ms").ShouldNot(Receive())
	})

	It("knows a panic of a canceller that came too late to be a failure", func() {
		own := errors.New("a storm") // other specs leave rain behind
		reports := watchReports(own)
		d := deferred.WithCanceller(func(d *deferred.Deferred[int]) {
			Expect(d.Callback(1)).To(Succeed())
			panic(own)
		})
		d.Cancel()
		Expect(watcher.Unhandled()).To(HaveExactElements(HaveField("Err", MatchError(own))))
		Expect(reports).NotTo(Receive())
	})

	It("sees nothing before it begins, and after Stop only that something is handled", func() {
		later := deferred.Watch()
		first := deferred.Fail[int](errRain)
		watcher.Stop()
		second := deferred.Fail[int](errWind)
		Expect(unhandled(watcher)).To(Equal([]error{errRain}))
		Expect(unhandled(later)).To(Equal([]error{errRain, errWind}))
		_, _ = failed(first), failed(second)
		Expect(unhandled(watcher)).To(BeEmpty())
		later.Stop()
	})

	It("is for any number of goroutines", func() {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 200 {
					d := deferred.Fail[int](errRain)
					watcher.Unhandled()
					d.AddErrback(handling(1, nil))
				}
				deferred.Fail[int](errWind)
			})
		}
		wg.Wait()
		Expect(unhandled(watcher)).To(Equal([]error{errWind, errWind, errWind, errWind}))
	})

	It("tells where, under SetDebug", func() {
		DeferCleanup(deferred.SetDebug(true))
		fireForDebug(makeForDebug(), errRain)
		Expect(watcher.Unhandled()).To(HaveExactElements(And(
			HaveField("Made", HavePrefix("scansion/harness/deferred_test.makeForDebug\n\t")),
			HaveField("Fired", HavePrefix("scansion/harness/deferred_test.fireForDebug\n\t")))))
	})
})
