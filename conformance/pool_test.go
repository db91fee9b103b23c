package conformance_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

func TestSharedInstance(t *testing.T) {
	simulated(t, "is one for each launch", func(w *world) {
		target := &programs{}
		j := w.judge(target, conformance.Options{})
		other := text("other", "Another.\n")
		inMode := func(mode string, r conformance.Requirement) conformance.Requirement {
			r.Launch = conformance.Launch{"mode": conformance.Words(mode)}
			return r
		}
		for _, r := range []conformance.Requirement{
			must("a", expectText), on(other, must("b", expectText)), must("c", expectText), on(other, must("d", expectText)),
			inMode("fast", must("e", expectText)), inMode("slow", must("f", expectText)), inMode("fast", must("g", expectText)),
			on(usual, must("h", expectText)), // which is the baseline
		} {
			w.Expect(j.Judge(w.Context(), r).Outcome).To(Equal(conformance.Pass))
		}
		w.Expect(target.texts()).To(Equal([]string{"usual", "other", "usual", "usual"}))
		w.Expect(target.all()[2].word("mode")).To(Equal("fast"))
		w.Expect(target.all()[3].word("mode")).To(Equal("slow"))
	})

	simulated(t, "is started anew after a lack of our own, and not after a failure of the program's", func(w *world) {
		for _, test := range []struct {
			first error
			again conformance.Outcome
		}{
			{errOurs, conformance.Pass},
			{&conformance.StartError{Reason: "it ended at once"}, conformance.Fail},
		} {
			failed := false
			target := &programs{starts: func(_ context.Context, l conformance.Launch) error {
				if file, _ := l["text"].File(); file.Name != "other" || failed {
					return nil
				}
				failed = true
				return test.first
			}}
			j := w.judge(target, conformance.Options{})
			r := on(text("other", "Another.\n"), must("a", expectText))
			w.Expect(j.Judge(w.Context(), r).Outcome).NotTo(Equal(conformance.Pass))
			w.Expect(j.Judge(w.Context(), r).Outcome).To(Equal(test.again))
		}
	})

	launches := map[string]conformance.Launch{
		"of a word":           {"mode": conformance.Words("a b")},
		"of two words":        {"mode": conformance.Words("a", "b")},
		"of another variable": {"addr": conformance.Words("a b")},
		"of a file":           {"mode": conformance.Content(text("a b", ""))},
		"of a missing file":   {"mode": conformance.MissingFile()},
		"of an occupied port": {"mode": conformance.OccupiedPort(7)},
		"of another port":     {"mode": conformance.OccupiedPort(8)},
		"of nothing":          {},
	}
	simulated(t, "is none that was started otherwise", func(w *world) {
		target := &programs{}
		j := w.judge(target, conformance.Options{})
		for range 2 {
			for _, l := range launches {
				r := must("serve", expectText)
				r.Launch = l
				w.Expect(j.Judge(w.Context(), r).Outcome).To(Equal(conformance.Pass))
			}
		}
		w.Expect(target.all()).To(HaveLen(len(launches)))
	})
}

func TestDedicatedInstance(t *testing.T) {
	simulated(t, "is used by one case, and stopped after it", func(w *world) {
		target := &programs{}
		j := w.judge(target, conformance.Options{})
		for _, r := range []conformance.Requirement{dedicated(must("a", expectText)), must("b", expectText), dedicated(must("c", expectText))} {
			w.Expect(j.Judge(w.Context(), r).Outcome).To(Equal(conformance.Pass))
		}
		w.Expect(target.all()).To(HaveExactElements(
			Not(beGone()), // the baseline, which is shared
			beGone(), beGone(),
		))
	})

	simulated(t, "runs beside those of other cases", func(w *world) {
		met := newMeeting(4)
		meet := func(c *conformance.Case) {
			met.arrive()
			in(c).Expect(c.Until(met.isFull)).To(BeTrue())
		}
		report := w.run(w.Context(), conformance.Run{Target: &programs{}, Role: fake(
			must("a", meet), dedicated(must("b", meet)), dedicated(must("c", meet)), startedByCheck(must("d", meet)),
		)})
		w.Expect(outcomes(report)).To(HaveEach(conformance.Pass))
	})
}

// locked returns a target whose programs start only while no other of them runs, and
// never with what they cannot digest.
func locked(indigestible string) *programs {
	target := &programs{}
	target.starts = func(_ context.Context, l conformance.Launch) error {
		if file, _ := l["text"].File(); file.Name == indigestible {
			return &conformance.StartError{Reason: "it chokes", Exit: &conformance.Exit{Status: 2}}
		}
		for _, p := range target.all() {
			if !p.isGone() {
				return &conformance.StartError{Reason: "another one is running", Exit: &conformance.Exit{Status: 1}}
			}
		}
		return nil
	}
	return target
}

func TestProgramThatCannotRunTwiceAtATime(t *testing.T) {
	other := text("other", "another text\n")

	simulated(t, "is judged by one case at a time", func(w *world) {
		j := w.judge(locked(""), conformance.Options{})
		w.Expect(j.Judge(w.Context(), dedicated(must("find-out", expectText))).Outcome).To(Equal(conformance.Pass))
		var (
			wg      sync.WaitGroup
			inside  crowd
			results [8]conformance.Result
		)
		serve := func(c *conformance.Case) {
			inside.enter()
			defer inside.leave()
			expectText(c)
			c.Pause(time.Second)
		}
		for i := range results {
			wg.Go(func() {
				r := must("serve", serve)
				switch i % 4 {
				case 1:
					r = dedicated(r)
				case 2:
					r = on(other, r)
				case 3:
					r = startedByCheck(must("start", func(c *conformance.Case) {
						inside.enter()
						defer inside.leave()
						c.Start(launch(other))
						c.Pause(time.Second)
					}))
				}
				results[i] = j.Judge(w.Context(), r)
			})
		}
		wg.Wait()
		for _, r := range results {
			w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		}
		w.Expect(inside.most).To(Equal(1))
	})

	simulated(t, "is failed for what it cannot start with alone either", func(w *world) {
		j := w.judge(locked(other.Name), conformance.Options{})
		w.fails(j.Judge(w.Context(), on(other, must("digest", expectText))), "it chokes")
		w.Expect(j.Judge(w.Context(), must("serve", expectText)).Outcome).To(Equal(conformance.Pass))
	})

	simulated(t, "is judged by one case at a time even if it is silent", func(w *world) {
		target := locked("")
		target.serves = silent
		report := w.run(w.Context(), conformance.Run{Target: target, Role: fake(
			must("a", expectText), dedicated(must("b", expectText)), dedicated(must("c", expectText)), on(other, must("d", expectText)),
		)})
		for _, r := range report.Results {
			w.fails(r, "silence after 0 of")
		}
	})

	simulated(t, "is not taken for one because a second instance of it once timed out", func(w *world) {
		starts := 0
		target := &programs{}
		target.starts = func(context.Context, conformance.Launch) error {
			switch starts++; starts {
			case 2: // that of the first case
				return &conformance.StartError{Reason: "it ended", Exit: &conformance.Exit{Status: 1}}
			case 3: // which should show whether it can run twice
				return &conformance.StartError{Reason: "nothing listened in time"}
			}
			return nil
		}
		j := w.judge(target, conformance.Options{})
		w.fails(j.Judge(w.Context(), dedicated(must("a", expectText))), Equal("expected: the target starts\nseen:     it ended"))
		met := newMeeting(2)
		meet := func(c *conformance.Case) {
			met.arrive()
			in(c).Expect(c.Until(met.isFull)).To(BeTrue(), "they run at the same time")
		}
		var wg sync.WaitGroup
		var results [2]conformance.Result
		wg.Go(func() { results[0] = j.Judge(w.Context(), must("b", meet)) })
		wg.Go(func() { results[1] = j.Judge(w.Context(), dedicated(must("c", meet))) })
		wg.Wait()
		for _, r := range results {
			w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		}
	})

	simulated(t, "is found out later if the first second instance timed out", func(w *world) {
		target := locked("")
		refuses := target.starts
		starts := 0
		target.starts = func(ctx context.Context, l conformance.Launch) error {
			if starts++; starts == 3 { // that which should show whether it can run twice
				return &conformance.StartError{Reason: "nothing listened in time"}
			}
			return refuses(ctx, l)
		}
		j := w.judge(target, conformance.Options{})
		w.fails(j.Judge(w.Context(), dedicated(must("a", expectText))), "another one is running")
		w.Expect(j.Judge(w.Context(), dedicated(must("b", expectText))).Outcome).To(Equal(conformance.Pass))
	})
}

func TestSingleTarget(t *testing.T) {
	simulated(t, "is started once, whatever the launches", func(w *world) {
		target := &programs{single: true}
		var requirements []conformance.Requirement
		for _, slug := range []string{"a", "b", "c"} {
			requirements = append(requirements, dedicated(on(text(slug, slug), must(slug, func(c *conformance.Case) {
				in(c).Expect(c.File("text")).To(Equal(usual.Bytes()), "what the running one has")
				expectText(c)
			}))))
		}
		report := w.run(w.Context(), conformance.Run{Target: target, Role: fake(requirements...)})
		w.Expect(outcomes(report)).To(HaveEach(conformance.Pass))
		w.Expect(target.all()).To(HaveLen(1))
	})

	simulated(t, "is left to a case that could disturb others, from the first on", func(w *world) {
		var everyone, disturbers crowd
		var requirements []conformance.Requirement
		for i := range 6 {
			requirements = append(requirements, dedicated(must(fmt.Sprintf("disturb-%d", i), func(c *conformance.Case) {
				everyone.enter()
				defer everyone.leave()
				disturbers.enter()
				defer disturbers.leave()
				for range 5 {
					expectText(c)
					c.Pause(time.Second) // time in which somebody could come
					in(c).Expect(everyone.size()).To(Equal(1), "nobody else is there")
				}
			})))
			for k := range 3 {
				requirements = append(requirements, must(fmt.Sprintf("hold-%d-%d", i, k), func(c *conformance.Case) {
					everyone.enter()
					defer everyone.leave()
					expectText(c)
					in(c).Expect(disturbers.size()).To(BeZero())
				}))
			}
		}
		report := w.run(w.Context(), conformance.Run{Target: &programs{single: true}, Role: fake(requirements...)})
		for _, r := range report.Results {
			w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		}
		w.Expect(disturbers.most).To(Equal(1))
	})

	simulated(t, "is shared by all other cases", func(w *world) {
		met := newMeeting(4)
		var requirements []conformance.Requirement
		for i := range 4 {
			requirements = append(requirements, must(fmt.Sprintf("hold-%d", i), func(c *conformance.Case) {
				expectText(c)
				met.arrive()
				in(c).Expect(c.Until(met.isFull)).To(BeTrue())
			}))
		}
		report := w.run(w.Context(), conformance.Run{Target: &programs{single: true}, Role: fake(requirements...)})
		w.Expect(outcomes(report)).To(HaveEach(conformance.Pass))
	})

	// waits runs cases that need to be alone with a target that says nothing. All but the
	// first few wait for each other.
	waits := func(w *world, target *programs, cases, first int) {
		w.Helper()
		var begun atomic.Int64
		met := newMeeting(cases - first)
		var requirements []conformance.Requirement
		for i := range cases {
			requirements = append(requirements, dedicated(must(fmt.Sprintf("hold-%d", i), func(c *conformance.Case) {
				number := int(begun.Add(1))
				end := readOne(c.Dial(conformance.DialOptions{}))
				if number > first {
					met.arrive()
					in(c).Expect(c.Until(met.isFull)).To(BeTrue(), "they wait at the same time")
				}
				in(c).Expect(end).To(Equal(conformance.Silent))
			})))
		}
		target.single, target.serves = true, silent
		report := w.run(w.Context(), conformance.Run{Target: target, Role: fake(requirements...)})
		for _, r := range report.Results {
			w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		}
	}

	simulated(t, "is shared by all once it has been silent, for there is nothing to disturb", func(w *world) {
		waits(w, &programs{}, 12, 1)
	})

	simulated(t, "is shared by all from the first on if it was silent before", func(w *world) {
		waits(w, &programs{wasSilent: true}, 12, 0)
	})
}
