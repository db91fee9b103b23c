package harness_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness"
)

// manySpecs is how many there are in the suites that are timed.
const manySpecs = 1000

// The nodes of these are the same, but for what the harness is.
var (
	_ = inner("bare", func() {
		for range manySpecs {
			It("does nothing", func(SpecContext) {})
		}
	})
	_ = inner("with a fake reactor", func() {
		for range manySpecs {
			It("does nothing", harness.OnFakeReactor, harness.Sync(func(*harness.Spec) {}))
		}
	})
	_ = inner("with a real reactor", func() {
		for range manySpecs {
			It("does nothing", harness.Sync(func(*harness.Spec) {}))
		}
	})
)

// This prints what one spec costs over a bare one:
//
//	go test ./harness/ -run TestHarness -v -ginkgo.label-filter=overhead -ginkgo.v
var _ = Describe("The overhead of a spec over a bare Ginkgo spec", Label("overhead"), Serial, func() {
	// perSpec is the best of a few runs, which is the one that others have disturbed least.
	perSpec := func(suite string) time.Duration {
		GinkgoHelper()
		best := time.Hour
		for range 3 {
			r := run(suite)
			r.passes()
			Expect(r.reports).To(HaveLen(manySpecs))
			first, last := r.reports[0], r.reports[0]
			for _, report := range r.reports {
				if report.StartTime.Before(first.StartTime) {
					first = report
				}
				if report.EndTime.After(last.EndTime) {
					last = report
				}
			}
			best = min(best, last.EndTime.Sub(first.StartTime)/manySpecs)
		}
		return best
	}

	It("is printed", func() {
		bare := perSpec("bare")
		text := fmt.Sprintf("a bare spec takes %v;", bare)
		for _, kind := range []string{"a fake", "a real"} {
			text += fmt.Sprintf(" %s reactor adds %v;", kind, perSpec("with "+kind+" reactor")-bare)
		}
		AddReportEntry("overhead per spec", text)
	})
})
