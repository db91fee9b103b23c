package conformance_test

import (
	"bufio"
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"scansion/conformance"
)

// mortal returns a target whose programs die of a client that says "die".
func mortal() *programs {
	return &programs{serves: func(p *program, conn conformance.Socket) {
		word, _ := bufio.NewReader(conn).ReadString('\n')
		if word == "die\n" {
			p.die(-1, "signal: killed")
			return
		}
		p.send(conn)
	}}
}

// kill ends the instance of a case and waits until it is known to have ended.
func kill(c *conformance.Case) {
	k := c.Dial(conformance.DialOptions{})
	in(c).Expect(k.Send([]byte("die\n"))).To(Succeed())
	<-c.Instance().Exited()
}

// ask is expectText for targets that want to hear something first.
func ask(c *conformance.Case) {
	k := c.Dial(conformance.DialOptions{})
	in(c).Expect(k.Send([]byte("please\n"))).To(Succeed())
	if r := k.Match(c.File("text"), conformance.Pace{}); !r.Whole() {
		c.Wrong("the text", r.String())
	}
}

// beGone succeeds for a program that has ended.
func beGone() types.GomegaMatcher { return Satisfy((*program).isGone) }

// picky returns a target that does not start with a file, and counts how often it was to.
func picky(bad conformance.File, err error) (target *programs, starts *atomic.Int64) {
	starts = new(atomic.Int64)
	return &programs{starts: func(_ context.Context, l conformance.Launch) error {
		if file, _ := l["text"].File(); file.Name == bad.Name {
			starts.Add(1)
			return err
		}
		return nil
	}}, starts
}

func TestJudgeAfterTheLastCase(t *testing.T) {
	simulated(t, "stops every instance and closes the target", func(w *world) {
		target := &programs{}
		j := w.judgeOf(fake(), target, conformance.Options{})
		w.Expect(j.Judge(w.Context(), on(text("other", ""), must("a", expectText))).Outcome).To(Equal(conformance.Pass))
		w.Expect(j.Close()).To(Succeed())
		w.Expect(target.all()).To(HaveEach(beGone()))
		w.Expect(target.closed).To(BeTrue())
	})

	simulated(t, "tells what could not be cleaned up", func(w *world) {
		j := w.judgeOf(fake(), &programs{closes: errOurs}, conformance.Options{})
		w.Expect(j.Start(w.Context())).To(Succeed())
		w.Expect(j.Close()).To(MatchError(errOurs))
	})
}

func TestInterruptedStart(t *testing.T) {
	interruptible := func(interrupt func()) *programs {
		return &programs{starts: func(ctx context.Context, _ conformance.Launch) error {
			interrupt()
			return ctx.Err()
		}}
	}
	simulated(t, "of the target can be made up for", func(w *world) {
		over, interrupt := context.WithCancel(w.Context())
		j := w.judge(interruptible(interrupt), conformance.Options{})
		w.Expect(j.Start(over)).To(MatchError(context.Canceled))
		w.Expect(j.Judge(w.Context(), must("hold", expectText)).Outcome).To(Equal(conformance.Pass))
	})

	simulated(t, "of the target is no fault of it", func(w *world) {
		over, interrupt := context.WithCancel(w.Context())
		w.skips(w.judge(interruptible(interrupt), conformance.Options{}).Judge(over, must("hold", expectText)), conformance.Interrupted, "interrupted")
	})

	simulated(t, "of a case's own instance is no fault of the target", func(w *world) {
		over, interrupt := context.WithCancel(w.Context())
		target := interruptible(func() {})
		j := w.judge(target, conformance.Options{})
		w.Expect(j.Start(w.Context())).To(Succeed())
		target.starts = interruptible(interrupt).starts
		w.skips(j.Judge(over, dedicated(must("hold", expectText))), conformance.Interrupted, "interrupted")
	})
}

func TestDeathOfSharedInstance(t *testing.T) {
	simulated(t, "fails the case that killed it, and the others are judged again", func(w *world) {
		const innocents = 3
		target := mortal()
		met := newMeeting(innocents)
		j := w.judge(target, conformance.Options{})
		w.Expect(j.Start(w.Context())).To(Succeed())
		shared := target.all()[0]

		innocent := func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			if c.Addr() == shared.addr {
				met.arrive() // and says nothing, so it waits until the instance dies
			} else {
				in(c).Expect(k.Send([]byte("please\n"))).To(Succeed())
			}
			if r := k.Match(c.File("text"), conformance.Pace{}); !r.Whole() {
				c.Wrong("the text", r.String())
			}
		}
		guilty := func(c *conformance.Case) {
			in(c).Expect(c.Until(met.isFull)).To(BeTrue())
			kill(c)
			c.Wrong("a program that goes on", "its end")
		}
		results := make([]conformance.Result, innocents+1)
		var wg sync.WaitGroup
		for i := range innocents {
			wg.Go(func() { results[i] = j.Judge(w.Context(), must("live", innocent)) })
		}
		wg.Go(func() { results[innocents] = j.Judge(w.Context(), must("survive", guilty)) })
		wg.Wait()

		for _, r := range results[:innocents] {
			w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		}
		w.fails(results[innocents], And(
			ContainSubstring("a program that goes on"), ContainSubstring("meanwhile, the target ended: signal: killed")))
		w.Expect(results[innocents].Transcript.String()).To(ContainSubstring("the target ended: signal: killed"))
		w.Expect(target.all()).To(HaveLen(1+innocents+1), "each was judged again with an instance of its own")
		w.Expect(target.all()).To(HaveEach(beGone()))

		for range 2 {
			w.Expect(j.Judge(w.Context(), must("go-on", ask)).Outcome).To(Equal(conformance.Pass))
		}
		w.Expect(target.all()).To(HaveLen(1+innocents+1+1), "and the rest share one new instance")
	})

	simulated(t, "has even a case judged again that passed, for the instance was dead", func(w *world) {
		target := mortal()
		w.fails(w.judged(target, conformance.Options{}, kill),
			Equal("expected: a program that goes on running\nseen:     it ended during this case: signal: killed"))
		w.Expect(target.all()).To(HaveLen(2))
	})
}

func TestDeathOfDedicatedInstance(t *testing.T) {
	simulated(t, "fails a case that passes", func(w *world) {
		target := mortal()
		w.fails(w.judge(target, conformance.Options{}).Judge(w.Context(), dedicated(must("survive", kill))),
			"it ended during this case: signal: killed")
		w.Expect(target.all()).To(HaveLen(2), "the baseline, and one for the case")
	})

	simulated(t, "is added to what the case found", func(w *world) {
		w.fails(w.judge(mortal(), conformance.Options{}).Judge(w.Context(), dedicated(must("survive", func(c *conformance.Case) {
			kill(c)
			fails(c)
		}))), Equal("expected: this\nseen:     that\nmeanwhile, the target ended: signal: killed"))
	})

	simulated(t, "is added also if it comes to be known a moment after the failure", func(w *world) {
		target := &programs{serves: func(p *program, conn conformance.Socket) {
			_ = conn.Close()
			p.workers.Go(func() {
				<-time.NewTimer(100 * time.Millisecond).C
				p.die(1, "exit status 1")
			})
		}}
		w.fails(w.judge(target, conformance.Options{}).Judge(w.Context(), dedicated(must("survive", expectText))), "meanwhile, the target ended: exit status 1")
	})
}

func TestLateCase(t *testing.T) {
	serve := must("serve", onConn(func(_ *conformance.Case, k *conformance.Conn) {
		for readOne(k) == conformance.Open {
			continue
		}
	}))
	slowIf := func(slow func(*program) bool) *programs {
		return &programs{serves: func(p *program, conn conformance.Socket) {
			if slow(p) {
				trickle(p, conn)
				return
			}
			p.send(conn)
		}}
	}

	simulated(t, "on a shared instance is judged again with one of its own, for others may have kept it waiting", func(w *world) {
		target := slowIf(func(p *program) bool { return p.number == 1 })
		r := w.judge(target, conformance.Options{Timeout: 2 * time.Second}).Judge(w.Context(), serve)
		w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		w.Expect(target.all()).To(HaveLen(2))
	})

	simulated(t, "on the only instance of a target is not judged again", func(w *world) {
		target := slowIf(func(*program) bool { return true })
		target.single = true
		r := w.judge(target, conformance.Options{Timeout: 2 * time.Second}).Judge(w.Context(), serve)
		w.skips(r, conformance.Inconclusive, "could not be judged within 2s")
		w.Expect(r.Seconds).To(Equal(2.0))
	})

	simulated(t, "on an instance of its own is inconclusive", func(w *world) {
		target := slowIf(func(*program) bool { return true })
		w.skips(w.judge(target, conformance.Options{Timeout: 2 * time.Second}).Judge(w.Context(), serve), conformance.Inconclusive, "could not be judged within 2s")
		w.Expect(target.all()).To(HaveLen(2))
	})
}

func TestTargetThatDoesNotStartWithOneLaunch(t *testing.T) {
	bad := text("bad", "")
	simulated(t, "fails the cases of that launch, and no others", func(w *world) {
		target, _ := picky(bad, &conformance.StartError{Reason: "it ended at once", Output: "no such encoding"})
		j := w.judge(target, conformance.Options{})
		for _, r := range []conformance.Requirement{on(bad, must("a", expectText)), dedicated(on(bad, must("b", expectText)))} {
			result := j.Judge(w.Context(), r)
			w.fails(result, Equal("expected: the target starts with a bad text\nseen:     it ended at once"))
			w.Expect(result.Output).To(Equal("no such encoding"))
		}
		w.Expect(j.Judge(w.Context(), must("c", expectText)).Outcome).To(Equal(conformance.Pass))
	})

	simulated(t, "is asked to start only once for all cases that would share the instance", func(w *world) {
		target, starts := picky(bad, &conformance.StartError{Reason: "it ended at once"})
		j := w.judge(target, conformance.Options{})
		for range 3 {
			w.Expect(j.Judge(w.Context(), on(bad, must("a", expectText))).Outcome).To(Equal(conformance.Fail))
		}
		w.Expect(starts.Load()).To(BeEquivalentTo(1))
	})

	simulated(t, "is not failed if the program is not to blame", func(w *world) {
		target, _ := picky(bad, errOurs)
		w.skips(w.judge(target, conformance.Options{}).Judge(w.Context(), on(bad, must("a", expectText))), conformance.Broken, Equal(errOurs.Error()))
	})
}

func TestInstanceThatCannotBeStopped(t *testing.T) {
	simulated(t, "is a fault of ours, but a failure is kept", func(w *world) {
		j := w.judgeOf(fake(), &programs{stops: errOurs}, conformance.Options{})
		w.Cleanup(func() { w.Expect(j.Close()).To(MatchError(errOurs)) })
		w.skips(j.Judge(w.Context(), dedicated(must("a", expectText))), conformance.Broken, "could not be stopped")
		w.Expect(j.Judge(w.Context(), dedicated(must("b", fails))).Outcome).To(Equal(conformance.Fail))
		w.skips(j.Judge(w.Context(), must("c", func(c *conformance.Case) { c.Start(nil) })), conformance.Broken, "could not be stopped")
		w.Expect(j.Judge(w.Context(), must("d", func(c *conformance.Case) {
			c.Start(nil)
			fails(c)
		})).Outcome).To(Equal(conformance.Fail))
	})
}

func TestRequirementThatCannotBeJudged(t *testing.T) {
	never := must("a", func(c *conformance.Case) { c.Wrong("no check", "a check") })
	with := func(change func(*conformance.Requirement)) conformance.Requirement {
		r := never
		change(&r)
		return r
	}
	for _, test := range []struct {
		title       string
		target      *programs
		options     conformance.Options
		requirement conformance.Requirement
		why         conformance.Why
		message     string
	}{
		{
			"says what the target lacks",
			&programs{lacks: map[conformance.Need]string{conformance.NeedUsage: "cannot be counted"}},
			conformance.Options{},
			with(func(r *conformance.Requirement) {
				r.Needs = []conformance.Need{conformance.NeedSignals, conformance.NeedUsage}
			}), conformance.Unsupported, "cannot be counted",
		},
		{
			"says that the target is not told a variable of its launch",
			&programs{lacks: map[conformance.Need]string{conformance.NeedVariable("mode"): "is not told {mode}"}},
			conformance.Options{},
			with(func(r *conformance.Requirement) {
				r.Launch = conformance.Launch{"mode": conformance.Words("fast")}
			}), conformance.Unsupported, "is not told {mode}",
		},
		{
			"says what file the target would have to have",
			&programs{},
			conformance.Options{},
			with(func(r *conformance.Requirement) {
				r.Launch = launch(conformance.File{
					Name: usual.Name, About: "a longer text", Bytes: usual.Bytes,
					Suits: func(text []byte) bool { return len(text) > 1000 },
				})
			}), conformance.Unsupported, "needs a longer text, and the target has what it has",
		},
		{
			"says that this process may not open so many files",
			&programs{},
			conformance.Options{},
			with(func(r *conformance.Requirement) { r.Descriptors = 1 << 40 }), conformance.Broken, "ulimit -n",
		},
		{
			"says that a quick run leaves it out",
			&programs{},
			conformance.Options{Quick: true},
			with(func(r *conformance.Requirement) { r.Lasts = conformance.QuickMost + 1 }), conformance.Filtered, "left out of a quick run",
		},
	} {
		simulated(t, test.title, func(w *world) {
			r := w.judge(test.target, test.options).Judge(w.Context(), test.requirement)
			w.skips(r, test.why, test.message)
			w.Expect(r.ID).To(Equal("fake/a"))
			w.Expect(r.Statement).To(Equal(test.requirement.Statement))
			if test.why == conformance.Filtered {
				w.Expect(test.target.all()).To(BeEmpty(), "nothing is started for it")
			}
		})
	}

	simulated(t, "says that it was interrupted", func(w *world) {
		over, end := context.WithCancel(w.Context())
		end()
		w.skips(w.judge(&programs{}, conformance.Options{}).Judge(over, never), conformance.Interrupted, Equal("interrupted"))
	})

	simulated(t, "says why the target could not be run", func(w *world) {
		target := &programs{starts: func(context.Context, conformance.Launch) error {
			return &conformance.StartError{Reason: "it ended at once"}
		}}
		w.skips(w.judge(target, conformance.Options{}).Judge(w.Context(), never), conformance.Unsupported, "the target could not be run: it ended at once")
	})
}

func TestQuickRun(t *testing.T) {
	simulated(t, "judges what lasts no longer than that", func(w *world) {
		r := must("a", expectText)
		r.Lasts = conformance.QuickMost
		w.Expect(w.judge(&programs{}, conformance.Options{Quick: true}).Judge(w.Context(), r).Outcome).To(Equal(conformance.Pass))
	})
}

func TestJudgesAtTheSameTime(t *testing.T) {
	simulated(t, "wait for one start of the instance that they share, however long that takes", func(w *world) {
		target := &programs{starts: func(context.Context, conformance.Launch) error {
			<-time.NewTimer(3 * time.Second).C
			return nil
		}}
		j := w.judge(target, conformance.Options{})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				w.Expect(j.Judge(w.Context(), on(text("other", "Another.\n"), must("a", expectText))).Outcome).To(Equal(conformance.Pass))
			})
		}
		wg.Wait()
		w.Expect(target.texts()).To(Equal([]string{"usual", "other"}))
	})
}
