package conformance_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// slugs returns the slugs of results, in order.
func slugs(results []conformance.Result) (all []string) {
	for _, r := range results {
		all = append(all, strings.TrimPrefix(r.ID, "fake/"))
	}
	return all
}

func TestRun(t *testing.T) {
	lasting := func(slug string, d time.Duration) conformance.Requirement {
		r := must(slug, expectText)
		r.Lasts = d
		return r
	}

	simulated(t, "reports on every requirement, in the role's order", func(w *world) {
		var requirements []conformance.Requirement
		var want []string
		for i := range 30 {
			r := lasting(fmt.Sprintf("hold-%02d", i), time.Duration(i*7%11)*time.Millisecond)
			if i%3 == 0 {
				r = dedicated(r)
			}
			requirements = append(requirements, r)
			want = append(want, r.Slug)
		}
		requirements = append(requirements, must("pause", func(c *conformance.Case) { c.Pause(time.Second) }))
		want = append(want, "pause")
		var done []conformance.Result
		report := w.run(w.Context(), conformance.Run{
			Target: &programs{}, Role: fake(requirements...), Version: "1.2.3", Options: conformance.Options{Seed: 42},
			Repeat: func(id string) string { return "again " + id },
			Done:   func(r conformance.Result) { done = append(done, r) },
		})
		w.Expect(slugs(report.Results)).To(Equal(want))
		w.Expect(outcomes(report)).To(HaveEach(conformance.Pass))
		w.Expect(report.Results[7].Repeat).To(Equal("again fake/hold-07"))
		w.Expect(done).To(ConsistOf(report.Results))
		w.Expect(report.Format).To(Equal(conformance.ReportFormat))
		w.Expect(report.Version).To(Equal("1.2.3"))
		w.Expect(report.Role).To(Equal("fake"))
		w.Expect(report.Seed).To(BeEquivalentTo(42))
		w.Expect(report.Target).To(Equal(conformance.TargetInfo{Name: "fake programs", Kind: "fake"}))
		w.Expect(report.Started.IsZero()).To(BeFalse())
		w.Expect(report.Seconds).To(Equal(1.0))
		w.Expect(report.Interrupted).To(BeFalse())
		w.Expect(report.CouldNotRun).To(BeEmpty())
		w.Expect(report.Verdict(conformance.May)).To(Equal(conformance.Conforms))
	})

	simulated(t, "begins with what lasts longest", func(w *world) {
		var done []conformance.Result
		report := w.run(w.Context(), conformance.Run{
			Target: &programs{}, Parallel: 1, Done: func(r conformance.Result) { done = append(done, r) },
			Role: fake(lasting("a", 0), lasting("b", time.Second), lasting("c", 0), lasting("d", time.Hour), lasting("e", time.Second)),
		})
		w.Expect(slugs(done)).To(Equal([]string{"d", "b", "e", "a", "c"}))
		w.Expect(slugs(report.Results)).To(Equal([]string{"a", "b", "c", "d", "e"}))
	})

	simulated(t, "judges as many cases at once as it may, and no more", func(w *world) {
		const parallel = 3
		var here crowd
		var requirements []conformance.Requirement
		for i := range 4 * parallel {
			requirements = append(requirements, must(fmt.Sprintf("hold-%d", i), func(c *conformance.Case) {
				here.enter()
				defer here.leave()
				c.Pause(time.Second)
			}))
		}
		report := w.run(w.Context(), conformance.Run{Target: &programs{}, Role: fake(requirements...), Parallel: parallel})
		w.Expect(outcomes(report)).To(HaveEach(conformance.Pass))
		w.Expect(here.most).To(Equal(parallel))
		w.Expect(report.Seconds).To(Equal(4.0))
	})

	simulated(t, "marks known failures, whether they fail or not", func(w *world) {
		skips := func(c *conformance.Case) { c.Inconclusive("it depends") }
		report := w.run(w.Context(), conformance.Run{
			Target:        &programs{},
			Role:          fake(must("fail", fails), must("pass", expectText), must("fail-too", fails), must("skip", skips)),
			KnownFailures: conformance.Globs{"fail*", "pass", "skip"},
		})
		w.Expect(outcomes(report)).To(Equal([]conformance.Outcome{conformance.Fail, conformance.Pass, conformance.Fail, conformance.Skip}))
		for _, r := range report.Results {
			w.Expect(r.KnownFailure).To(BeTrue())
		}
		w.Expect(report.Verdict(conformance.Must)).To(Equal(conformance.Conforms))
		w.Expect(report.UnexpectedPasses()).To(Equal([]string{"fake/pass"}))
	})

	simulated(t, "leaves long checks out if it is to be quick", func(w *world) {
		long := must("long", fails)
		long.Lasts = time.Minute
		report := w.run(w.Context(), conformance.Run{
			Target: &programs{}, Role: fake(long, must("short", expectText)), Options: conformance.Options{Quick: true},
		})
		w.Expect(outcomes(report)).To(Equal([]conformance.Outcome{conformance.Skip, conformance.Pass}))
	})

	simulated(t, "tells what could not be cleaned up, beside the report", func(w *world) {
		report, err := conformance.Run{
			Target: &programs{network: w.network, closes: errOurs}, Role: fake(must("hold", expectText)),
			Options: conformance.Options{Network: w.network},
		}.Do(w.Context())
		w.Expect(err).To(MatchError(errOurs))
		w.Expect(outcomes(report)).To(Equal([]conformance.Outcome{conformance.Pass}))
	})
}

func TestRunOfTargetThatCannotBeStarted(t *testing.T) {
	simulated(t, "skips everything, and says why", func(w *world) {
		starts, done := 0, 0
		target := &programs{starts: func(context.Context, conformance.Launch) error {
			starts++
			return &conformance.StartError{Reason: "it ended before it listened (exit status 1)", Output: "no module named poem\n"}
		}}
		report := w.run(w.Context(), conformance.Run{
			Target: target, Done: func(conformance.Result) { done++ },
			Role: fake(must("a", fails), dedicated(must("b", fails)), startedByCheck(must("c", fails))),
		})
		w.Expect(done).To(BeZero(), "there is nothing to tell of each")
		w.Expect(report.CouldNotRun).To(Equal("it ended before it listened (exit status 1)"))
		w.Expect(report.Output).To(Equal("no module named poem\n"))
		for _, r := range report.Results {
			w.skips(r, conformance.Unsupported, And(
				HavePrefix("the target could not be run: it ended before it listened"), ContainSubstring("no module named poem")))
		}
		w.Expect(report.Verdict(conformance.Must)).To(Equal(conformance.NotRun))
		w.Expect(starts).To(Equal(1), "it is not tried again and again")
		w.Expect(target.closed).To(BeTrue())
	})

	simulated(t, "says so, too, if the program is not to blame", func(w *world) {
		target := &programs{starts: func(context.Context, conformance.Launch) error { return errOurs }}
		report := w.run(w.Context(), conformance.Run{Target: target, Role: fake(must("a", fails))})
		w.Expect(report.CouldNotRun).To(Equal(errOurs.Error()))
		w.Expect(outcomes(report)).To(HaveEach(conformance.Skip))
	})
}

func TestInterruptedRun(t *testing.T) {
	const pass, skip = conformance.Pass, conformance.Skip
	complete := func(w *world, report *conformance.Report, want ...conformance.Outcome) {
		w.Helper()
		w.Expect(outcomes(report)).To(Equal(want))
		w.Expect(slugs(report.Results)).To(Equal([]string{"a", "b", "c", "d"}))
		w.Expect(report.Interrupted).To(BeTrue())
		w.Expect(report.CouldNotRun).To(BeEmpty())
		for _, r := range report.Results {
			if r.Outcome == skip {
				w.skips(r, conformance.Interrupted, Equal("interrupted"))
			}
		}
	}
	allFail := fake(must("a", fails), must("b", fails), must("c", fails), must("d", fails))

	for _, test := range []struct {
		title string
		wait  func(*conformance.Case)
	}{
		{"a check pauses", func(c *conformance.Case) { c.Pause(time.Hour) }},
		{"a check dials", func(c *conformance.Case) { c.Dial(conformance.DialOptions{}) }},
		{"a check tries to dial", func(c *conformance.Case) { _, _ = c.TryDial(c.Addr()) }},
		{"a check asks again and again", func(c *conformance.Case) { c.Until(func() bool { return false }) }},
		{"a check starts a program", func(c *conformance.Case) { _, _ = c.TryStart(nil) }},
		{"a check waits for a connection", func(c *conformance.Case) { c.Listen("server").TryAccept() }},
		{"a check waits for the end of a program", func(c *conformance.Case) { c.Instance().Wait() }},
	} {
		simulated(t, "keeps what was judged and skips the rest if that happens while "+test.title, func(w *world) {
			ctx, interrupt := context.WithCancel(w.Context())
			defer interrupt()
			target := mortal()
			report := w.run(ctx, conformance.Run{
				Target: target, Parallel: 1,
				Role: fake(must("a", ask), dedicated(must("b", func(c *conformance.Case) {
					interrupt()
					test.wait(c)
					c.Wrong("an end", "none")
				})), must("c", fails), dedicated(must("d", fails))),
			})
			complete(w, report, pass, skip, skip, skip)
			w.Expect(report.Verdict(conformance.Must)).To(Equal(conformance.Unfinished))
			w.Expect(target.all()).To(HaveEach(beGone()))
			w.Expect(target.closed).To(BeTrue())
		})
	}

	simulated(t, "ends a wait for a silent target at once", func(w *world) {
		ctx, interrupt := context.WithCancel(w.Context())
		defer interrupt()
		time.AfterFunc(time.Second, interrupt)
		report := w.run(ctx, conformance.Run{
			Target: mortal(), Parallel: 1,
			Role: fake(must("a", ask), must("b", onConn(func(c *conformance.Case, k *conformance.Conn) {
				readOne(k)
				c.Wrong("an end", "none")
			})), must("c", fails), must("d", fails)),
		})
		complete(w, report, pass, skip, skip, skip)
		w.Expect(report.Seconds).To(Equal(1.0))
	})

	simulated(t, "judges nothing if that happens before it begins", func(w *world) {
		ctx, interrupt := context.WithCancel(w.Context())
		interrupt()
		complete(w, w.run(ctx, conformance.Run{Target: &programs{}, Role: allFail}), skip, skip, skip, skip)
	})

	simulated(t, "blames nobody if that happens while the target starts", func(w *world) {
		ctx, interrupt := context.WithCancel(w.Context())
		target := &programs{starts: func(ctx context.Context, _ conformance.Launch) error {
			interrupt()
			<-ctx.Done()
			return ctx.Err()
		}}
		complete(w, w.run(ctx, conformance.Run{Target: target, Role: allFail}), skip, skip, skip, skip)
	})

	simulated(t, "keeps a failure that came before", func(w *world) {
		ctx, interrupt := context.WithCancel(w.Context())
		report := w.run(ctx, conformance.Run{
			Target: &programs{}, Parallel: 1, Role: allFail,
			Done: func(conformance.Result) { interrupt() },
		})
		complete(w, report, conformance.Fail, skip, skip, skip)
		w.Expect(report.Verdict(conformance.Must)).To(Equal(conformance.Fails))
	})
}
