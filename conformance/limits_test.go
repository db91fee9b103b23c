package conformance_test

import (
	"context"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

func TestLimits(t *testing.T) {
	// many judges more cases of a requirement at once than the limits allow.
	many := func(w *world, j *conformance.Judge, r conformance.Requirement) (results []conformance.Result) {
		results = make([]conformance.Result, 200)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() { results[i] = j.Judge(w.Context(), r) })
		}
		wg.Wait()
		return results
	}

	simulated(t, "bound how many heavy checks run at once, of all judges that share them", func(w *world) {
		limits := conformance.NewLimits()
		var here crowd
		heavy := must("a", func(c *conformance.Case) {
			here.enter()
			defer here.leave()
			c.Pause(time.Second)
		})
		heavy.Heavy = true
		one, other := w.judge(&programs{}, conformance.Options{Limits: limits}), w.judge(&programs{}, conformance.Options{Limits: limits})
		var wg sync.WaitGroup
		for _, j := range []*conformance.Judge{one, other} {
			wg.Go(func() {
				for _, r := range many(w, j, heavy) {
					w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
				}
			})
		}
		wg.Wait()
		w.Expect(here.most).To(And(BeNumerically(">=", 8), BeNumerically("<", 200)))
	})

	simulated(t, "are given back by what heavy and many-handed checks take", func(w *world) {
		limits := conformance.NewLimits()
		r := must("a", expectText)
		r.Heavy, r.Descriptors = true, 1
		for range 2 {
			for _, result := range many(w, w.judge(&programs{}, conformance.Options{Limits: limits}), r) {
				w.Expect(result.Outcome).To(Equal(conformance.Pass), result.Message)
			}
		}
	})

	simulated(t, "do not keep a case waiting that is interrupted", func(w *world) {
		ctx, interrupt := context.WithCancel(w.Context())
		heavy := must("a", func(c *conformance.Case) { c.Pause(time.Hour) })
		heavy.Heavy = true
		j := w.judge(&programs{}, conformance.Options{Timeout: 2 * time.Hour})
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				w.skips(j.Judge(ctx, heavy), conformance.Interrupted, Equal("interrupted"))
			})
		}
		<-time.NewTimer(time.Second).C
		interrupt()
		wg.Wait()
	})
}
