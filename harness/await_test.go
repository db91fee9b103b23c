package harness_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// after is a deferred that fires with v some time from now.
func after[T any](s *harness.Spec, d time.Duration, v T) *deferred.Deferred[T] {
	result := deferred.New[T]()
	s.Reactor().CallLater(d, func() { _ = result.Callback(v) })
	return result
}

func never(*harness.Spec) *deferred.Deferred[int] { return deferred.New[int]() }

// neverButBusy waits for a deferred that waits, with calls and a port pending.
func neverButBusy(s *harness.Spec) *deferred.Deferred[int] {
	port := listen(s)
	looping := reactor.NewLoopingCall(s.Reactor(), func() *deferred.Deferred[struct{}] { return nil })
	looping.Start(time.Hour, true)
	DeferCleanup(harness.Async(func(*harness.Spec) *deferred.Deferred[struct{}] {
		_ = looping.Stop() // it runs
		return port.StopListening()
	}))
	return deferred.Then(never(s), deferred.Succeed[int])
}

var _ = inner("endless", func() {
	Context("fake", harness.OnFakeReactor, func() {
		It("fake never", harness.Async(never))
		It("fake busy", harness.Timeout(30*time.Second), harness.Async(neverButBusy))
		It("fake without end", harness.Timeout(10*time.Millisecond), harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
			looping := reactor.NewLoopingCall(s.Reactor(), func() *deferred.Deferred[struct{}] { return nil })
			looping.Start(0, true)
			DeferCleanup(harness.Sync(func(*harness.Spec) { _ = looping.Stop() }))
			return deferred.New[int]()
		}))
	})
	Context("real", harness.Timeout(20*time.Millisecond), func() {
		It("real never", harness.Async(never))
		It("real busy", harness.Async(neverButBusy))
		// Ginkgo asks what goes on when its own time is over, so Await must have begun by then.
		const begun = 2 * time.Second
		It("a node's own time-out", harness.Timeout(time.Hour), NodeTimeout(begun), harness.Async(never))
		It("a spec's own time-out", harness.Timeout(time.Hour), SpecTimeout(begun), harness.Async(never))
		It("a loop that hangs", func(ctx context.Context) {
			hanging := make(chan struct{})
			DeferCleanup(func() { close(hanging) })
			harness.Await(ctx, func(*harness.Spec) *deferred.Deferred[int] {
				<-hanging
				return nil
			})
		})
		It("is cancelled", func(ctx context.Context) {
			DeferCleanup(func() { event("the next node") })
			harness.Await(ctx, func(*harness.Spec) *deferred.Deferred[int] {
				return deferred.WithCanceller(func(*deferred.Deferred[int]) { event("cancelled") })
			})
		})
		It("stopped reactor", harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
			Expect(s.Reactor().Stop()).To(Succeed())
			return deferred.New[int]()
		}))
	})
})

var _ = inner("mistakes", func() {
	twice := func(ctx context.Context) {
		harness.Await(ctx, func(*harness.Spec) *deferred.Deferred[int] {
			harness.Await(ctx, never)
			return nil
		})
	}
	It("an Await in an Await, on a fake reactor", harness.OnFakeReactor, twice)
	It("an Await in an Await, on a real reactor", twice)
	It("a clock of a real reactor", harness.Sync(func(s *harness.Spec) { s.Clock() }))
	It("a deferred that fails", harness.Async(func(*harness.Spec) *deferred.Deferred[int] { return failed() }))
	It("an Await that fails", func(ctx context.Context) {
		harness.Await(ctx, func(*harness.Spec) *deferred.Deferred[int] { return failed() })
	})
	It("a deferred that panics", harness.Async(func(*harness.Spec) *deferred.Deferred[int] {
		return deferred.Succeed(1).AddCallback(func(int) (int, error) { panic("hail") })
	}))
	It("a skip, later", harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
		s.Reactor().CallLater(time.Millisecond, func() { Skip("not today") })
		return deferred.New[int]()
	}))
	attempts := 0
	It("a spec that flakes", FlakeAttempts(3), harness.OnFakeReactor, harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
		attempts++
		if attempts < 3 {
			s.Reactor().CallLater(time.Hour, func() {}) // of this attempt alone
		}
		return after(s, time.Minute, 1)
	}))
	It("a cleanup that is the first to use it", func() {
		DeferCleanup(func(ctx context.Context) {
			Expect(harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[int] { return after(s, time.Millisecond, 5) })).To(Equal(5))
		})
	})
	It("a cleanup that is the first to use it, and leaks", harness.OnFakeReactor, func() {
		DeferCleanup(func(ctx context.Context) {
			harness.Await(ctx, func(*harness.Spec) *deferred.Deferred[int] {
				go leakOfTheSpec()
				return nil
			})
		})
	})
	It("a cleanup that is the first to use it, with a delayed call left", func() {
		DeferCleanup(func(ctx context.Context) {
			harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[int] {
				s.Reactor().CallLater(time.Hour, func() {})
				return nil
			})
		})
	})
})

var _ = Describe("Await", func() {
	It("fails at its time-out and says what it waited for (G4)", func() {
		r := run("endless")
		const madeHere = `made at scansion/harness_test.never \(\S+/await_test.go:\d+\)`
		for _, kind := range []string{"fake", "real"} {
			r.fails(kind+" busy", MatchRegexp(`^\[It\] of "endless %[1]s %[1]s busy" at \S+/await_test.go:\d+ is still running after (30s|20ms).\n`+
				`The deferred made at scansion/harness_test.neverButBusy \(\S+/await_test.go:\d+\) waits for:\n`+
				`  the one `+madeHere+` has not been fired.\n`+
				`Pending in the reactor:\n`+
				`  - a delayed call is pending, due in \S+; asked for at scansion/harness_test.neverButBusy \(\S+\)\n`+
				`  - a port listens at 127.0.0.1:\d+; asked for at scansion/harness_test.listen \(\S+\)$`, kind))
		}
		const nothing = `.\nThe deferred ` + madeHere + ` has not been fired.\nNothing is pending in the reactor.$`
		r.fails("fake never", MatchRegexp(`waits for what can never happen: nothing is left that could`+nothing))
		r.fails("fake without end", ContainSubstring("is still running after 10ms"))
		r.fails("real never", MatchRegexp(`is still running after 20ms`+nothing))
		r.fails("a loop that hangs", ContainSubstring("The loop is busy: a callback has not returned for long."))
		r.fails("stopped reactor", ContainSubstring("is waiting, but the reactor has stopped"))

		for _, kind := range []string{"node", "spec"} {
			report := r.specs["a "+kind+"'s own time-out"]
			Expect(report.State).To(Equal(types.SpecStateTimedout))
			Expect(report.Failure.ProgressReport.AdditionalReports).To(ContainElement(
				MatchRegexp(`^The deferred ` + madeHere + ` has not been fired.\nNothing is pending in the reactor.$`)))
			Expect(report.Failure.AdditionalFailure.Failure.Message).To(MatchRegexp(
				`is still running when its context ends \(%s timeout occurred\)`+nothing, kind))
		}
		Expect(r.events).To(Equal([]string{"cancelled", "the next node"}))
	})

	It("says what is wrong if it is misused or its deferred fails", func() {
		r := run("mistakes")
		r.fails("an Await in an Await, on a fake reactor", "another Await of this spec is still waiting")
		r.fails("an Await in an Await, on a real reactor", "another Await of this spec is still waiting")
		r.fails("a clock of a real reactor", "decorate the spec with harness.OnFakeReactor")
		r.fails("a deferred that fails", MatchRegexp(
			`^\[It\] of "mistakes a deferred that fails" at \S+: the deferred made at scansion/harness_test.failed \(\S+\) failed: heavy rain$`))
		Expect(r.fails("an Await that fails", "heavy rain").Failure.Location.FileName).To(HaveSuffix("/await_test.go"))
		panicked := r.specs["a deferred that panics"]
		Expect(panicked.State).To(Equal(types.SpecStatePanicked))
		Expect(panicked.Failure.ForwardedPanic).To(MatchRegexp(
			`(?s)failed: panic: hail\n\nThe panic's own stack:\n.*scansion/harness_test.*await_test.go`))
		Expect(r.specs["a skip, later"].State).To(Equal(types.SpecStateSkipped))
		flaky := r.specs["a spec that flakes"]
		Expect(flaky.State).To(Equal(types.SpecStatePassed))
		Expect(flaky.NumAttempts).To(Equal(3))
		Expect(r.specs["a cleanup that is the first to use it"].State).To(Equal(types.SpecStatePassed))
		r.fails("a cleanup that is the first to use it, and leaks", "scansion/harness_test.leakOfTheSpec")
		r.fails("a cleanup that is the first to use it, with a delayed call left", "a delayed call is pending")
	})

	for _, kind := range []struct {
		name  string
		label Labels
	}{{"fake", harness.OnFakeReactor}, {"real", harness.OnRealReactor}} {
		Context("on a "+kind.name+" reactor", kind.label, func() {
			It("returns the result of each of several calls in one node", func(ctx context.Context) {
				for i := range 3 {
					Expect(harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[int] {
						return after(s, time.Millisecond, i)
					})).To(Equal(i))
				}
				Expect(harness.Await(ctx, func(*harness.Spec) *deferred.Deferred[string] { return nil })).To(BeEmpty())
				Expect(harness.Await(ctx, func(*harness.Spec) *deferred.Deferred[int] { return succeeded() })).To(Equal(5))
			})

			DescribeTable("waits in the entries of a table",
				func(ctx context.Context, a, b, sum int) {
					Expect(harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[int] {
						return deferred.Then(after(s, time.Millisecond, a), func(a int) *deferred.Deferred[int] { return deferred.Succeed(a + b) })
					})).To(Equal(sum))
				},
				func(a, b, sum int) string { return fmt.Sprint(a, "+", b) },
				Entry(nil, 1, 2, 3),
				Entry(nil, 4, 5, 9),
			)

			It("lets a coroutine on the loop wait for another deferred", harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
				return deferred.Inline(func(c *deferred.Coroutine) (int, error) {
					one, err := deferred.Await(c, after(s, time.Millisecond, 1))
					Expect(err).NotTo(HaveOccurred())
					return one, nil
				})
			}))
		})
	}
})
