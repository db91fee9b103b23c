package conformance_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

var _ = Describe("A run", func() {
	ctx := context.Background()
	fails := func(c *conformance.Case) { c.Wrong("this", "that") }
	skips := func(c *conformance.Case) { c.Skip("cannot tell") }
	slugs := func(results []conformance.Result) (all []string) {
		for _, r := range results {
			all = append(all, conformance.Requirement{ID: r.ID}.Slug())
		}
		return all
	}

	It("reports on every requirement, in the catalogue's order", func() {
		var requirements []conformance.Requirement
		var want []string
		for i := range 30 {
			r := must(fmt.Sprintf("hold-%02d", i), expectPoem)
			r.Alone = i%3 == 0
			r.Lasts = time.Duration(i*7%11) * time.Millisecond
			requirements = append(requirements, r)
			want = append(want, r.Slug())
		}
		var done []conformance.Result
		report := run(ctx, conformance.Run{
			Target: &programs{}, Catalogue: catalogue(requirements...), Version: "1.2.3", Options: conformance.Options{Seed: 42},
			Repeat: func(id string) string { return "again " + id },
			Done:   func(r conformance.Result) { done = append(done, r) },
		})
		Expect(slugs(report.Results)).To(Equal(want))
		Expect(outcomes(report)).To(HaveEach(conformance.Pass))
		Expect(report.Results[7].Repeat).To(Equal("again fake/hold-07"))
		Expect(done).To(ConsistOf(report.Results))
		Expect(report.Version).To(Equal("1.2.3"))
		Expect(report.Seed).To(BeEquivalentTo(42))
		Expect(report.Target).To(Equal(conformance.TargetInfo{Name: "fake programs", Kind: "fake"}))
		Expect(report.Started.IsZero()).To(BeFalse())
		Expect(report.Seconds).To(BeNumerically(">", 0))
		Expect(report.Interrupted).To(BeFalse())
		Expect(report.CouldNotRun).To(BeEmpty())
		Expect(report.Verdict(conformance.May)).To(Equal(conformance.Conforms))
	})

	It("begins with what lasts longest", func() {
		lasting := func(slug string, d time.Duration) conformance.Requirement {
			r := must(slug, expectPoem)
			r.Lasts = d
			return r
		}
		var done []conformance.Result
		report := run(ctx, conformance.Run{
			Target: &programs{}, Parallel: 1, Done: func(r conformance.Result) { done = append(done, r) },
			Catalogue: catalogue(lasting("a", 0), lasting("b", time.Second), lasting("c", 0), lasting("d", time.Hour), lasting("e", time.Second)),
		})
		Expect(slugs(done)).To(Equal([]string{"d", "b", "e", "a", "c"}))
		Expect(slugs(report.Results)).To(Equal([]string{"a", "b", "c", "d", "e"}))
	})

	It("judges as many cases at once as it may, and no more", func() {
		const parallel = 3
		var here crowd
		met := newMeeting(parallel)
		var requirements []conformance.Requirement
		for i := range 4 * parallel {
			requirements = append(requirements, must(fmt.Sprintf("hold-%d", i), func(c *conformance.Case) {
				here.enter()
				defer here.leave()
				met.arrive()
				c.Expect(c.Until(met.isFull)).To(BeTrue(), "so many are judged at once")
			}))
		}
		report := run(ctx, conformance.Run{Target: &programs{}, Catalogue: catalogue(requirements...), Parallel: parallel})
		Expect(outcomes(report)).To(HaveEach(conformance.Pass))
		Expect(here.most).To(Equal(parallel))
	})

	It("marks known failures, whether they fail or not", func() {
		report := run(ctx, conformance.Run{
			Target:        &programs{},
			Catalogue:     catalogue(must("fail", fails), must("pass", expectPoem), must("fail-too", fails), must("skip", skips)),
			KnownFailures: conformance.Globs{"fail*", "pass", "skip"},
		})
		Expect(outcomes(report)).To(Equal([]conformance.Outcome{conformance.Fail, conformance.Pass, conformance.Fail, conformance.Skip}))
		for _, r := range report.Results {
			Expect(r.KnownFailure).To(BeTrue())
		}
		Expect(report.Verdict(conformance.Must)).To(Equal(conformance.Conforms))
		Expect(report.Healed()).To(Equal([]string{"fake/pass"}))
	})

	It("leaves long checks out if it is to be quick", func() {
		long := must("long", fails)
		long.Lasts = time.Minute
		report := run(ctx, conformance.Run{
			Target: &programs{}, Catalogue: catalogue(long, must("short", expectPoem)), Options: conformance.Options{Quick: true},
		})
		Expect(outcomes(report)).To(Equal([]conformance.Outcome{conformance.Skip, conformance.Pass}))
	})

	It("tells what could not be cleaned up, beside the report", func() {
		report, err := conformance.Run{Target: &programs{closes: errOurs}, Catalogue: catalogue(must("hold", expectPoem))}.Do(ctx)
		Expect(err).To(MatchError(errOurs))
		Expect(outcomes(report)).To(Equal([]conformance.Outcome{conformance.Pass}))
	})

	Describe("of a target that cannot be started", func() {
		It("skips everything, and says why", func() {
			starts := newMeeting(2)
			target := &programs{starts: func(context.Context, conformance.Setup) error {
				starts.arrive()
				return &conformance.StartError{Reason: "it ended before it listened (exit status 1)", Output: "no module named poem\n"}
			}}
			done := 0
			report := run(ctx, conformance.Run{
				Target: target, Done: func(conformance.Result) { done++ },
				Catalogue: catalogue(must("a", fails), alone(must("b", fails)), must("c", fails)),
			})
			Expect(done).To(BeZero(), "there is nothing to tell of each")
			Expect(report.CouldNotRun).To(Equal("it ended before it listened (exit status 1)"))
			Expect(report.Output).To(Equal("no module named poem\n"))
			Expect(outcomes(report)).To(HaveEach(conformance.Skip))
			for _, r := range report.Results {
				Expect(r.Message).To(HavePrefix("the target could not be run: it ended before it listened"))
				Expect(r.Message).To(ContainSubstring("no module named poem"))
			}
			Expect(report.Verdict(conformance.Must)).To(Equal(conformance.NotRun))
			Expect(starts.isFull()).To(BeFalse(), "it is not tried again and again")
			Expect(target.closed).To(BeTrue())
		})

		It("says so, too, if the program is not to blame", func() {
			target := &programs{starts: func(context.Context, conformance.Setup) error { return errOurs }}
			report := run(ctx, conformance.Run{Target: target, Catalogue: catalogue(must("a", fails))})
			Expect(report.CouldNotRun).To(Equal(errOurs.Error()))
			Expect(outcomes(report)).To(HaveEach(conformance.Skip))
		})
	})

	Describe("that is interrupted", func() {
		complete := func(report *conformance.Report, want ...conformance.Outcome) {
			GinkgoHelper()
			Expect(outcomes(report)).To(Equal(want))
			Expect(slugs(report.Results)).To(Equal([]string{"a", "b", "c", "d"}))
			Expect(report.Interrupted).To(BeTrue())
			Expect(report.CouldNotRun).To(BeEmpty())
			for _, r := range report.Results {
				if r.Outcome == conformance.Skip {
					Expect(r.Message).To(Equal("interrupted"))
					Expect(r.Broken).To(BeFalse())
				}
			}
		}
		const pass, skip = conformance.Pass, conformance.Skip

		DescribeTable("keeps what was judged and skips the rest",
			func(wait func(*conformance.Case)) {
				ctx, interrupt := context.WithCancel(ctx)
				defer interrupt()
				target := &programs{serves: mortal().serves}
				report := run(ctx, conformance.Run{
					Target: target, Parallel: 1,
					Catalogue: catalogue(must("a", ask), alone(must("b", func(c *conformance.Case) {
						interrupt()
						wait(c)
						c.Wrong("an end", "none")
					})), must("c", fails), alone(must("d", fails))),
				})
				complete(report, pass, skip, skip, skip)
				Expect(report.Verdict(conformance.Must)).To(Equal(conformance.Unfinished))
				Expect(target.all()).To(HaveEach(Satisfy((*program).isGone)))
				Expect(target.closed).To(BeTrue())
			},
			Entry("while it pauses", func(c *conformance.Case) { c.Pause(time.Hour) }),
			Entry("while it dials", func(c *conformance.Case) { c.Dial(conformance.DialOptions{}) }),
			Entry("while it tries to dial", func(c *conformance.Case) { _, _ = c.TryDial(c.Instance().Addr()) }),
			Entry("while it asks again and again", func(c *conformance.Case) { c.Until(func() bool { return false }) }),
			Entry("while it starts another instance", func(c *conformance.Case) { _, _ = c.Start(conformance.Setup{Fixture: control}) }),
		)

		It("ends a wait for a silent target at once", func() {
			ctx, interrupt := context.WithCancel(ctx)
			defer interrupt()
			reads := make(chan struct{})
			go func() {
				<-reads
				interrupt()
			}()
			report := run(ctx, conformance.Run{
				Target: mortal(), Parallel: 1,
				Catalogue: catalogue(must("a", ask), must("b", func(c *conformance.Case) {
					k := c.Dial(conformance.DialOptions{})
					close(reads)
					k.Read(make([]byte, 1))
					c.Wrong("an end", "none")
				}), must("c", fails), must("d", fails)),
			})
			complete(report, pass, skip, skip, skip)
		})

		It("before it began judges nothing", func() {
			ctx, interrupt := context.WithCancel(ctx)
			interrupt()
			report := run(ctx, conformance.Run{
				Target: &programs{}, Catalogue: catalogue(must("a", fails), must("b", fails), must("c", fails), must("d", fails)),
			})
			complete(report, skip, skip, skip, skip)
		})

		It("while the target starts blames nobody", func() {
			ctx, interrupt := context.WithCancel(ctx)
			target := &programs{starts: func(ctx context.Context, _ conformance.Setup) error {
				interrupt()
				<-ctx.Done()
				return ctx.Err()
			}}
			report := run(ctx, conformance.Run{
				Target: target, Catalogue: catalogue(must("a", fails), must("b", fails), must("c", fails), must("d", fails)),
			})
			complete(report, skip, skip, skip, skip)
		})

		It("keeps a failure that came before", func() {
			ctx, interrupt := context.WithCancel(ctx)
			report := run(ctx, conformance.Run{
				Target: &programs{}, Parallel: 1,
				Done:      func(conformance.Result) { interrupt() },
				Catalogue: catalogue(must("a", fails), must("b", fails), must("c", fails), must("d", fails)),
			})
			complete(report, conformance.Fail, skip, skip, skip)
			Expect(report.Verdict(conformance.Must)).To(Equal(conformance.Fails))
		})
	})
})

var _ = Describe("A run against a single program", func() {
	ctx := context.Background()

	It("starts it once, whatever the fixtures", func() {
		target := &programs{single: true}
		var requirements []conformance.Requirement
		for _, slug := range []string{"a", "b", "c"} {
			requirements = append(requirements, alone(on(poem(slug, slug), must(slug, expectPoem))))
		}
		report := run(ctx, conformance.Run{Target: target, Catalogue: catalogue(requirements...)})
		Expect(outcomes(report)).To(HaveEach(conformance.Pass))
		Expect(target.all()).To(HaveLen(1))
	})

	It("lets nothing run beside a case that could disturb others, from the first on", func() {
		var everyone, disturbers crowd
		var requirements []conformance.Requirement
		for i := range 6 {
			requirements = append(requirements, alone(must(fmt.Sprintf("disturb-%d", i), func(c *conformance.Case) {
				everyone.enter()
				defer everyone.leave()
				disturbers.enter()
				defer disturbers.leave()
				for range 5 {
					expectPoem(c)
					c.Pause(2 * time.Millisecond) // time in which somebody could come
					c.Expect(everyone.size()).To(Equal(1), "nobody else is there")
				}
			})))
			for k := range 3 {
				requirements = append(requirements, must(fmt.Sprintf("hold-%d-%d", i, k), func(c *conformance.Case) {
					everyone.enter()
					defer everyone.leave()
					expectPoem(c)
					c.Expect(disturbers.size()).To(BeZero())
				}))
			}
		}
		report := run(ctx, conformance.Run{Target: &programs{single: true}, Catalogue: catalogue(requirements...)})
		for _, r := range report.Results {
			Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		}
		Expect(disturbers.most).To(Equal(1))
	})

	It("lets the others run side by side", func() {
		met := newMeeting(4)
		var requirements []conformance.Requirement
		for i := range 4 {
			requirements = append(requirements, must(fmt.Sprintf("hold-%d", i), func(c *conformance.Case) {
				expectPoem(c)
				met.arrive()
				c.Expect(c.Until(met.isFull)).To(BeTrue())
			}))
		}
		report := run(ctx, conformance.Run{Target: &programs{single: true}, Catalogue: catalogue(requirements...)})
		Expect(outcomes(report)).To(HaveEach(conformance.Pass))
	})

	// waits is a run of cases that need to be alone against a target that says nothing.
	// All but the first few wait for each other.
	waits := func(target *programs, cases, first int) {
		GinkgoHelper()
		var begun atomic.Int64
		met := newMeeting(cases - first)
		var requirements []conformance.Requirement
		for i := range cases {
			requirements = append(requirements, alone(must(fmt.Sprintf("hold-%d", i), func(c *conformance.Case) {
				number := int(begun.Add(1))
				_, end := c.Dial(conformance.DialOptions{}).Read(make([]byte, 1))
				if number > first {
					met.arrive()
					c.Expect(c.Until(met.isFull)).To(BeTrue(), "they wait at the same time")
				}
				c.Expect(end).To(Equal(conformance.Silent))
			})))
		}
		report := run(ctx, conformance.Run{
			Target: target, Catalogue: catalogue(requirements...),
			Options: conformance.Options{Patience: conformance.Patience{First: time.Second}},
		})
		for _, r := range report.Results {
			Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		}
	}

	It("lets all waits overlap once it has been silent, for there is nothing to disturb", func() {
		waits(&programs{single: true, serves: mortal().serves}, 12, 1)
	})

	It("lets all waits overlap from the first on if it was silent before", func() {
		waits(&programs{single: true, mute: true, serves: mortal().serves}, 12, 0)
	})
})
