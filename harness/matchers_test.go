package harness_test

import (
	"errors"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"scansion/harness"
	"scansion/harness/deferred"
)

var (
	errRain = errors.New("rain")
	errWind = errors.New("wind")
)

// kinds of deferreds, fresh each time.
func unfired() *deferred.Deferred[int]   { return deferred.New[int]() }
func succeeded() *deferred.Deferred[int] { return deferred.Succeed(5) }
func failed() *deferred.Deferred[int]    { return deferred.Fail[int](fmt.Errorf("heavy %w", errRain)) }

func waiting() *deferred.Deferred[int] {
	return deferred.Then(succeeded(), func(int) *deferred.Deferred[int] { return unfired() })
}

func paused() *deferred.Deferred[int] {
	d := succeeded()
	d.Pause()
	return d
}

func collected() *deferred.Deferred[int] {
	list := deferred.List([]*deferred.Deferred[int]{succeeded(), unfired()}, deferred.ListOptions{})
	return deferred.Then(list, func(deferred.ListResult[int]) *deferred.Deferred[int] { return succeeded() })
}

// taken is a deferred whose result, 5, another has taken.
func taken() *deferred.Deferred[int] {
	d := succeeded()
	deferred.Then(d, deferred.Succeed[int])
	return d
}

var _ = Describe("Matchers for deferreds", func() {
	// The failures that the specs leave behind are kept from the log.
	BeforeEach(func() { DeferCleanup(deferred.Watch().Stop) })

	DescribeTable("match the state of a deferred, its result and its error",
		func(made func() *deferred.Deferred[int], matcher types.GomegaMatcher) { Expect(made()).To(matcher) },
		Entry("a result: HaveFired", succeeded, harness.HaveFired()),
		Entry("a failure: HaveFired", failed, harness.HaveFired()),
		Entry("an unfired deferred: not HaveFired", unfired, Not(harness.HaveFired())),
		Entry("a deferred that waits for another: not HaveFired", waiting, Not(harness.HaveFired())),
		Entry("a paused deferred: not HaveFired", paused, Not(harness.HaveFired())),
		Entry("a list with an unfired element: not HaveFired", collected, Not(harness.HaveFired())),
		Entry("a result: HaveResult with an equal value", succeeded, harness.HaveResult(5)),
		Entry("a result: HaveResult with a matcher", succeeded, harness.HaveResult(BeNumerically(">", 4))),
		Entry("a result: not HaveResult with another value", succeeded, Not(harness.HaveResult(6))),
		Entry("an unfired deferred: not HaveResult", unfired, Not(harness.HaveResult(0))),
		Entry("a failure: not HaveResult", failed, Not(harness.HaveResult(0))),
		Entry("a failure: HaveFailed", failed, harness.HaveFailed()),
		Entry("a failure: HaveFailed with its error", failed, harness.HaveFailed(errRain)),
		Entry("a failure: HaveFailed with two matchers", failed, harness.HaveFailed(MatchError(errRain), HaveOccurred())),
		Entry("a failure: not HaveFailed with another error", failed, Not(harness.HaveFailed(errWind))),
		Entry("a result: not HaveFailed", succeeded, Not(harness.HaveFailed())),
		Entry("a result that another has taken: HaveFired", taken, harness.HaveFired()),
		Entry("a result that another has taken: not HaveResult", taken, Not(harness.HaveResult(5))),
	)

	DescribeTable("say what was expected, and what the deferred has instead",
		func(made func() *deferred.Deferred[int], matcher types.GomegaMatcher, message string) {
			DeferCleanup(deferred.SetDebug(true))
			Expect(InterceptGomegaFailure(func() { Expect(made()).To(matcher) })).To(MatchError(MatchRegexp(message)))
		},
		Entry("an unfired deferred: HaveFired", unfired, harness.HaveFired(),
			`^The deferred made at scansion/harness_test.unfired \(.*_test.go:\d+\) was expected to have fired, and it has not been fired\.$`),
		Entry("a deferred that waits for another: HaveFired", waiting, harness.HaveFired(),
			`was expected to have fired, and it waits for:\n  the one made at scansion/harness_test.unfired \(.*\) has not been fired\.$`),
		Entry("a list with an unfired element: HaveResult", collected, harness.HaveResult(1),
			`was expected to have a result, and it waits for:\n  the one made at .* waits for:\n    the one made at scansion/harness_test.unfired`),
		Entry("a paused deferred: HaveFailed", paused, harness.HaveFailed(), `was expected to have failed, and it is paused\.$`),
		Entry("a result: HaveFailed", succeeded, harness.HaveFailed(), `was expected to have failed, and it has a result:\n    <int>: 5$`),
		Entry("a failure: HaveResult", failed, harness.HaveResult(1), `was expected to have a result, and it has failed: heavy rain$`),
		Entry("a result: HaveResult with another value", succeeded, harness.HaveResult(6), `(?s)and has one that is another:\nExpected\n    <int>: 5\nto equal\n    <int>: 6`),
		Entry("a failure: HaveFailed with another error", failed, harness.HaveFailed(errWind), `(?s)and has one that is another:\n.*rain.*wind`),
		Entry("a result that another has taken: HaveFailed", taken, harness.HaveFailed(), `and it has a result:\n    <int>: 0\nIts own was taken by a deferred that has waited for it\.$`),
	)

	It("say under Not what was not expected", func() {
		Expect(InterceptGomegaFailure(func() { Expect(succeeded()).NotTo(harness.HaveFired()) })).To(
			MatchError("The deferred was expected not to have fired, and it has a result:\n    <int>: 5"))
		Expect(InterceptGomegaFailure(func() { Expect(succeeded()).NotTo(harness.HaveResult(5)) })).To(
			MatchError(ContainSubstring("not to equal")))
		Expect(InterceptGomegaFailure(func() { Expect(5).To(harness.HaveFired()) })).To(
			MatchError(ContainSubstring("expected a *deferred.Deferred")))
	})

	It("handle a failure that they match, and no other", func() {
		watcher := deferred.Watch()
		DeferCleanup(watcher.Stop)
		d := failed()
		Expect(d).NotTo(harness.HaveFailed(errWind))
		Expect(d).To(harness.HaveFired())
		Expect(watcher.Unhandled()).To(HaveLen(1))
		Expect(d).To(harness.HaveFailed(errRain))
		Expect(watcher.Unhandled()).To(BeEmpty())
		Expect(d).To(harness.HaveFailed(errRain), "it is still there to be looked at")
	})
})

var _ = Describe("AssertFailure (G5)", func() {
	It("fires with the error that is expected, when it comes", func() {
		d := deferred.New[int]()
		asserted := harness.AssertFailure(d, errRain)
		Expect(asserted).NotTo(harness.HaveFired())
		Expect(d.Errback(fmt.Errorf("heavy %w", errRain))).To(Succeed())
		Expect(asserted).To(harness.HaveResult(MatchError("heavy rain")))
	})

	It("fails without a failure or with another one, and says why", func() {
		Expect(harness.AssertFailure(deferred.Succeed(5), errRain)).To(harness.HaveFailed(harness.ErrNoFailure,
			`the deferred was expected to fail with "rain", and has a result: 5`))
		Expect(harness.AssertFailure(failed(), errWind)).To(harness.HaveFailed(errRain,
			`the deferred was expected to fail with "wind", and failed with another error: heavy rain`))
	})

	It("goes by the type of the error as AssertFailureAs", func() {
		d := deferred.Succeed(1).AddCallback(func(int) (int, error) { panic("hail") })
		Expect(harness.AssertFailureAs[*deferred.PanicError](d)).To(harness.HaveResult(HaveField("Value", "hail")))
		Expect(harness.AssertFailureAs[*deferred.PanicError](failed())).To(harness.HaveFailed(errRain,
			MatchError(ContainSubstring("a *deferred.PanicError, and failed"))))
		Expect(harness.AssertFailureAs[error](failed())).To(harness.HaveResult(MatchError(errRain)))
	})
})
