package deferred_test

import (
	"errors"
	"runtime"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

var _ = Describe("The chain", func() {
	It("A1: hands a result to the callback of each level, and each one's result to the next", func() {
		var seen journal
		d := deferred.New[int]().
			AddCallbacks(seen.callback("first"), seen.errback("no")).
			AddCallbacks(returning(2, nil), seen.errback("no")).
			AddCallbacks(seen.callback("third"), seen.errback("no"))
		Expect(seen).To(BeEmpty())
		Expect(d.Callback(1)).To(Succeed())
		Expect(seen).To(Equal(journal{"first", 1, "third", 2}))
		Expect(succeeded(d)).To(Equal(2))
	})

	It("A1: hands a failure to the errback of each level", func() {
		var seen journal
		d := deferred.New[int]().
			AddCallbacks(seen.callback("no"), seen.errback("first")).
			AddCallbacks(seen.callback("no"), handling(0, errWind)).
			AddCallbacks(seen.callback("no"), seen.errback("third"))
		Expect(d.Errback(errRain)).To(Succeed())
		Expect(seen).To(Equal(journal{"first", errRain, "third", errWind}))
		Expect(failed(d)).To(Equal(errWind))
	})

	It("A1: takes the failure of a callback to the errback of the next level, not to its own", func() {
		var seen journal
		d := deferred.Succeed(1).
			AddCallbacks(returning(7, errRain), seen.errback("own")).
			AddCallbacks(seen.callback("no"), seen.errback("next"))
		Expect(seen).To(Equal(journal{"next", errRain}))
		Expect(failed(d)).To(Equal(errRain))
	})

	It("A1: returns to the callbacks when an errback has a result", func() {
		var seen journal
		d := deferred.Fail[int](errRain).
			AddCallbacks(seen.callback("no"), handling(5, nil)).
			AddCallbacks(seen.callback("next"), seen.errback("no"))
		Expect(seen).To(Equal(journal{"next", 5}))
		Expect(succeeded(d)).To(Equal(5))
	})

	It("A2: lets a failure pass callbacks, and a result pass errbacks", func() {
		var seen journal
		d := deferred.New[int]().
			AddErrback(seen.errback("no")).
			AddCallback(seen.callback("result")).
			AddErrback(seen.errback("no")).
			AddCallback(returning(0, errRain)).
			AddCallback(seen.callback("no")).
			AddErrback(seen.errback("failure")).
			AddCallback(seen.callback("no"))
		Expect(d.Callback(3)).To(Succeed())
		Expect(seen).To(Equal(journal{"result", 3, "failure", errRain}))
		Expect(failed(d)).To(Equal(errRain))
	})

	It("A2: lets everything pass where there is no function", func() {
		Expect(succeeded(deferred.Succeed(1).AddCallback(nil).AddErrback(nil).AddBoth(nil))).To(Equal(1))
		Expect(failed(deferred.Fail[int](errRain).AddCallbacks(nil, nil).AddBoth(nil))).To(Equal(errRain))
	})

	It("A2: gives AddBoth's function either", func() {
		var seen journal
		d := deferred.Succeed(1).AddBoth(seen.both("result")).
			AddCallback(returning(8, errRain)).AddBoth(seen.both("failure"))
		Expect(seen).To(Equal(journal{"result", 1, "failure", errRain}))
		d.AddBoth(func(v int, err error) (int, error) {
			Expect(v).To(BeZero(), "there is no result beside a failure")
			return 9, nil
		})
		Expect(succeeded(d)).To(Equal(9))
	})

	It("A2: keeps results and failures apart where the results are errors", func() {
		pass := func(name string, seen *[]string) func(error) (error, error) {
			return func(err error) (error, error) {
				*seen = append(*seen, name+" "+err.Error())
				return err, nil
			}
		}
		var seen []string
		d := deferred.Succeed(errRain).AddCallbacks(pass("callback", &seen), pass("errback", &seen)).
			AddCallback(func(error) (error, error) { return nil, errWind }).
			AddCallbacks(pass("callback", &seen), pass("errback", &seen))
		Expect(seen).To(Equal([]string{"callback rain", "errback wind"}))
		Expect(succeeded(d)).To(Equal(errWind))
	})

	It("A3: makes a panic a failure of its level", func() {
		var seen []error
		d := deferred.Succeed(1).
			AddCallbacks(
				func(int) (int, error) { panic("thunder") },
				func(error) (int, error) { panic("the level of the panic is over") },
			).
			AddErrback(func(err error) (int, error) {
				seen = append(seen, err)
				panic(errRain)
			}).
			AddBoth(func(_ int, err error) (int, error) {
				seen = append(seen, err)
				var none []int
				return none[len(seen)], nil
			})
		err := failed(d)
		Expect(seen).To(HaveLen(2))

		var panicked *deferred.PanicError
		Expect(errors.As(seen[0], &panicked)).To(BeTrue())
		Expect(panicked.Value).To(Equal("thunder"))
		Expect(panicked).To(MatchError("panic: thunder"))
		Expect(string(panicked.Stack)).To(ContainSubstring("callbacks_test.go"), "it shows where")
		Expect(seen[1]).To(MatchError(errRain), "it wraps a value that is an error")
		Expect(err).To(MatchError(ContainSubstring("index out of range")))
	})

	It("A3: goes on with the levels that follow a panic, and with the deferreds that wait", func() {
		var seen journal
		inner := deferred.New[int]()
		outer := waitingFor(inner).
			AddCallback(func(int) (int, error) { panic(errWind) })
		inner.AddCallback(seen.callback("inner, later"))
		Expect(inner.Callback(4)).To(Succeed())
		Expect(seen).To(Equal(journal{"inner, later", 0}))
		Expect(failed(outer)).To(MatchError(errWind))
	})

	It("A4: runs what is added to a fired deferred before adding returns", func() {
		var seen journal
		d := deferred.Succeed(1)
		d.AddCallback(seen.callback("first"))
		Expect(seen).To(Equal(journal{"first", 1}))
		d.AddCallback(returning(0, errRain))
		d.AddErrback(seen.errback("second"))
		Expect(seen).To(Equal(journal{"first", 1, "second", errRain}))
		Expect(failed(d)).To(Equal(errRain))
	})

	It("A4: queues what is added from within a callback behind that one, and behind the others", func() {
		var seen journal
		d := deferred.New[int]()
		inside := false
		d.AddCallback(func(v int) (int, error) {
			inside = true
			d.AddCallback(func(v int) (int, error) {
				Expect(inside).To(BeFalse(), "one does not run within another")
				return seen.callback("added")(v)
			})
			inside = false
			return seen.callback("adding")(v + 1)
		})
		d.AddCallback(seen.callback("there before"))
		Expect(d.Callback(1)).To(Succeed())
		Expect(seen).To(Equal(journal{"adding", 2, "there before", 2, "added", 2}))
	})

	It("A4: runs what is added to a deferred by one that it has just woken at once", func() {
		var seen journal
		inner := deferred.New[int]()
		waitingFor(inner).AddCallback(func(v int) (int, error) {
			inner.AddCallback(seen.callback("added"))
			return seen.callback("adding")(v)
		})
		inner.AddCallback(seen.callback("there before"))
		Expect(inner.Callback(5)).To(Succeed())
		Expect(seen).To(Equal(journal{"there before", 0, "added", 0, "adding", 5}))
	})

	It("lets go of a function that has run, while others wait", func() {
		d := deferred.New[int]()
		gone := make(chan struct{})
		func() {
			held := &journal{}
			runtime.AddCleanup(held, func(gone chan struct{}) { close(gone) }, gone)
			d.AddCallback(func(v int) (int, error) {
				d.Pause()
				return held.callback("once")(v)
			})
		}()
		d.AddCallback(increment)
		Expect(d.Callback(1)).To(Succeed())
		Eventually(func() chan struct{} { runtime.GC(); return gone }).Should(BeClosed())
		d.Unpause()
		Expect(succeeded(d)).To(Equal(2))
	})

	It("costs no memory for a callback after the first", func() {
		// The race detector has pools forget some of what they are given.
		Expect(perCallback(1000)).To(BeNumerically("<", 0.1))
	})
})
