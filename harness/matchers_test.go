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

	DescribeTable("match",
		func(made func() *deferred.Deferred[int], matcher types.GomegaMatcher) { Expect(made()).To(matcher) },
		Entry(nil, succeeded, harness.HaveFired()),
		Entry(nil, failed, harness.HaveFired()),
		Entry(nil, unfired, Not(harness.HaveFired())),
		Entry(nil, waiting, Not(harness.HaveFired())),
		Entry(nil, paused, Not(harness.HaveFired())),
		Entry(nil, collected, Not(harness.HaveFired())),
		Entry(nil, succeeded, harness.HaveResult(5)),
		Entry(nil, succeeded, harness.HaveResult(BeNumerically(">", 4))),
		Entry(nil, succeeded, Not(harness.HaveResult(6))),
		Entry(nil, unfired, Not(harness.HaveResult(0))),
		Entry(nil, failed, Not(harness.HaveResult(0))),
		Entry(nil, failed, harness.HaveFailed()),
		Entry(nil, failed, harness.HaveFailed(errRain)),
		Entry(nil, failed, harness.HaveFailed(MatchError(errRain), HaveOccurred())),
		Entry(nil, failed, Not(harness.HaveFailed(errWind))),
		Entry(nil, succeeded, Not(harness.HaveFailed())),
		Entry(nil, taken, harness.HaveFired()),
		Entry(nil, taken, Not(harness.HaveResult(5))),
	)

	DescribeTable("say what was expected, and what there is",
		func(made func() *deferred.Deferred[int], matcher types.GomegaMatcher, message string) {
			DeferCleanup(deferred.SetDebug(true))
			Expect(InterceptGomegaFailure(func() { Expect(made()).To(matcher) })).To(MatchError(MatchRegexp(message)))
		},
		Entry(nil, unfired, harness.HaveFired(),
			`^The deferred made at scansion/harness_test.unfired \(.*_test.go:\d+\) was expected to have fired, and it has not been fired\.$`),
		Entry(nil, waiting, harness.HaveFired(),
			`was expected to have fired, and it waits for:\n  the one made at scansion/harness_test.unfired \(.*\) has not been fired\.$`),
		Entry(nil, collected, harness.HaveResult(1),
			`was expected to have a result, and it waits for:\n  the one made at .* waits for:\n    the one made at scansion/harness_test.unfired`),
		Entry(nil, paused, harness.HaveFailed(), `was expected to have failed, and it is paused\.$`),
		Entry(nil, succeeded, harness.HaveFailed(), `was expected to have failed, and it has a result:\n    <int>: 5$`),
		Entry(nil, taken, harness.HaveFailed(), `and it has a result:\n    <int>: 0\nIts own was taken by a deferred that has waited for it\.$`),
		Entry(nil, failed, harness.HaveResult(1), `was expected to have a result, and it has failed: heavy rain$`),
		Entry(nil, succeeded, harness.HaveResult(6), `(?s)and has one that is another:\nExpected\n    <int>: 5\nto equal\n    <int>: 6`),
		Entry(nil, failed, harness.HaveFailed(errWind), `(?s)and has one that is another:\n.*rain.*wind`),
	)

	It("say what was not expected", func() {
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

var _ = Describe("G5: AssertFailure", func() {
	It("fires with the error that is expected, when it comes", func() {
		d := deferred.New[int]()
		asserted := harness.AssertFailure(d, errRain)
		Expect(asserted).NotTo(harness.HaveFired())
		Expect(d.Errback(fmt.Errorf("heavy %w", errRain))).To(Succeed())
		Expect(asserted).To(harness.HaveResult(MatchError("heavy rain")))
	})

	It("fails otherwise, and says why", func() {
		Expect(harness.AssertFailure(deferred.Succeed(5), errRain)).To(harness.HaveFailed(harness.ErrNoFailure,
			`the deferred was expected to fail with "rain", and has a result: 5`))
		Expect(harness.AssertFailure(failed(), errWind)).To(harness.HaveFailed(errRain,
			`the deferred was expected to fail with "wind", and failed with another error: heavy rain`))
	})

	It("goes by type, too", func() {
		d := deferred.Succeed(1).AddCallback(func(int) (int, error) { panic("hail") })
		Expect(harness.AssertFailureAs[*deferred.PanicError](d)).To(harness.HaveResult(HaveField("Value", "hail")))
		Expect(harness.AssertFailureAs[*deferred.PanicError](failed())).To(harness.HaveFailed(errRain,
			MatchError(ContainSubstring("a *deferred.PanicError, and failed"))))
		Expect(harness.AssertFailureAs[error](failed())).To(harness.HaveResult(MatchError(errRain)))
	})
})
