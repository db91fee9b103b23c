package conformance_test

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// tool returns a role of programs that run once.
func tool(try func(*conformance.Case) error, requirements ...conformance.Requirement) conformance.Role {
	r := fake(requirements...)
	r.Lifetime, r.Baseline = conformance.RunsOnce, nil
	r.Try = try
	return r
}

// isThere is a try that nothing can fail.
func isThere(*conformance.Case) error { return nil }

// at is a launch of a program that is told an address.
func at(addr string) conformance.Launch { return conformance.Launch{"addr": conformance.Words(addr)} }

// fetches returns a target whose programs print what a server sends, and end with status
// 1 if there is none.
func fetches() *programs {
	return &programs{once: func(p *program) {
		conn := p.dial(p.word("addr"))
		if conn == nil {
			p.die(1, "exit status 1")
			return
		}
		for buf := make([]byte, 100); ; {
			n, err := conn.Read(buf)
			p.print(buf[:n])
			if err != nil {
				return
			}
		}
	}}
}

// ran is the result of a check of a program that runs once.
func (w *world) ran(p *programs, o conformance.Options, check func(*conformance.Case)) conformance.Result {
	w.Helper()
	j := w.judgeOf(tool(isThere), p, o)
	w.Cleanup(func() { w.Expect(j.Close()).To(Succeed()) })
	return j.Judge(w.Context(), startedByCheck(must("run", check)))
}

// expectPass expects a result to be a pass.
func (w *world) expectPass(r conformance.Result) {
	w.Helper()
	w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
}

func TestProgramStartedByTheCheck(t *testing.T) {
	simulated(t, "is judged by what it does, prints and ends with", func(w *world) {
		target := fetches()
		r := w.ran(target, conformance.Options{}, func(c *conformance.Case) {
			server := c.Listen("server")
			client := c.Start(at(server.Addr()))
			conn := server.Accept()
			in(c).Expect(conn.Send([]byte("hello"))).To(Succeed())
			conn.CloseWrite()
			conn.ExpectNothingSent()
			exit := client.ExpectEnd()
			in(c).Expect(exit.Failed()).To(BeFalse())
			in(c).Expect(exit.How).To(Equal("exit status 0"))
			in(c).Expect(string(client.Output().Stdout)).To(Equal("hello"))
		})
		w.expectPass(r)
		w.Expect(r.Transcript.String()).To(And(
			ContainSubstring("the program was started"), ContainSubstring("server#1 -> 5 bytes"), ContainSubstring("the program ended: exit status 0")))
	})

	simulated(t, "is stopped with the case", func(w *world) {
		target := fetches()
		w.expectPass(w.ran(target, conformance.Options{}, func(c *conformance.Case) {
			c.Start(at(c.Listen("server").Addr()))
		}))
		w.Expect(target.all()).To(HaveExactElements(beGone()))
	})

	simulated(t, "gives its output to the failure of a case", func(w *world) {
		r := w.ran(fetches(), conformance.Options{}, func(c *conformance.Case) {
			c.Start(at(c.Listen("server").Addr()))
			fails(c)
		})
		w.Expect(r.Output).To(Equal("what it wrote"))
	})

	simulated(t, "can be another one beside the instance, which goes on", func(w *world) {
		target := &programs{}
		w.passes(target, conformance.Options{}, func(c *conformance.Case) {
			other := c.Start(launch(text("other", "Another text.\n")))
			in(c).Expect(other.Dial(conformance.DialOptions{}).Match([]byte("Another text.\n"), conformance.Pace{}).Whole()).To(BeTrue())
			expectText(c)
		})
		w.Expect(target.texts()).To(Equal([]string{"usual", "other"}))
		w.Expect(target.all()[1].isGone()).To(BeTrue())
		w.Expect(target.all()[0].isGone()).To(BeFalse(), "the shared one goes on")
	})

	simulated(t, "ends the case as unsupported if the target is not told a variable", func(w *world) {
		target := &programs{lacks: map[conformance.Need]string{conformance.NeedVariable("mode"): "is not told {mode}"}}
		w.skips(w.judged(target, conformance.Options{}, func(c *conformance.Case) {
			c.Start(conformance.Launch{"mode": conformance.Words("fast")})
		}), conformance.Unsupported, Equal("is not told {mode}"))
	})

	simulated(t, "may be many, started side by side", func(w *world) {
		w.expectPass(w.ran(fetches(), conformance.Options{}, func(c *conformance.Case) {
			server := c.Listen("server")
			clients := make([]*conformance.Program, 20)
			c.Each(len(clients), func(i int) { clients[i] = c.Start(at(server.Addr())) })
			for range clients {
				server.Accept().CloseWrite()
			}
			for _, client := range clients {
				client.ExpectEnd()
			}
		}))
	})
}

func TestProgramThatDoesNotStart(t *testing.T) {
	target := func() *programs {
		return &programs{starts: func(_ context.Context, l conformance.Launch) error {
			switch {
			case l["text"].Missing():
				return &conformance.StartError{Reason: "it ended", Exit: &conformance.Exit{Status: 1, How: "exit status 1"}}
			case l["mode"].Occupied() != 0:
				return errOurs
			}
			return nil
		}}
	}
	missing := conformance.Launch{"text": conformance.MissingFile()}

	simulated(t, "is an answer to a check that tries", func(w *world) {
		r := w.passes(target(), conformance.Options{}, func(c *conformance.Case) {
			p, err := c.TryStart(missing)
			in(c).Expect(p).To(BeNil())
			var failed *conformance.StartError
			in(c).Expect(errors.As(err, &failed)).To(BeTrue())
			in(c).Expect(failed.Exit.Failed()).To(BeTrue())
		})
		w.Expect(r.Transcript.String()).To(ContainSubstring("did not start: it ended"))
	})

	simulated(t, "is a failure of a check that does not", func(w *world) {
		w.fails(w.judged(target(), conformance.Options{}, func(c *conformance.Case) { c.Start(missing) }),
			Equal("expected: a program that starts\nseen:     it ended"))
	})

	simulated(t, "is broken if it is not to blame", func(w *world) {
		w.skips(w.judged(target(), conformance.Options{}, func(c *conformance.Case) {
			_, _ = c.TryStart(conformance.Launch{"mode": conformance.OccupiedPort(1)})
			c.Wrong("no return", "a return")
		}), conformance.Broken, Equal(errOurs.Error()))
	})
}

func TestProgramThatStartsWhenTimeIsOver(t *testing.T) {
	simulated(t, "is stopped like any other", func(w *world) {
		target := &programs{}
		late := false
		target.starts = func(ctx context.Context, _ conformance.Launch) error {
			if late {
				<-ctx.Done()
			}
			return nil
		}
		r := w.judged(target, conformance.Options{Timeout: time.Second}, func(c *conformance.Case) {
			late = true
			defer func() { late = false }()
			_, _ = c.TryStart(nil)
			c.Wrong("no return", "a return")
		})
		w.skips(r, conformance.Inconclusive, "could not be judged within 1s")
		w.Expect(len(target.all())).To(BeNumerically(">", 1))
		for _, p := range target.all()[1:] {
			w.Expect(p).To(beGone())
		}
	})
}

func TestWaitForTheEndOfAProgram(t *testing.T) {
	hangs := func() *programs { return &programs{once: func(p *program) { <-p.exited }} }

	simulated(t, "ends in vain once the program was silent for long enough", func(w *world) {
		r := w.ran(hangs(), conformance.Options{}, func(c *conformance.Case) {
			_, ended := c.Start(nil).Wait()
			in(c).Expect(ended).To(BeFalse())
		})
		w.expectPass(r)
		w.Expect(r.Transcript.String()).To(ContainSubstring("the program is still running after 5s"))
	})

	simulated(t, "that is in vain fails a check that expects the end", func(w *world) {
		w.fails(w.ran(hangs(), conformance.Options{}, func(c *conformance.Case) { c.Start(nil).ExpectEnd() }),
			Equal("expected: a program that ends\nseen:     one that is still running"))
	})

	simulated(t, "goes on while the program computes", func(w *world) {
		began := time.Now() //nolint:forbidigo // the bubble's time
		target := &programs{
			once: func(p *program) { pauseFor(p, 8*time.Second) },
			busy: func() (computed, starved time.Duration) { return time.Since(began), 0 },
		}
		w.expectPass(w.ran(target, conformance.Options{}, func(c *conformance.Case) { c.Start(nil).ExpectEnd() }))
	})
}

func TestInstanceThatTheCheckEnds(t *testing.T) {
	stops := func(w *world, target *programs, check func(*conformance.Case, *conformance.Program)) conformance.Result {
		w.Helper()
		return w.judge(target, conformance.Options{}).Judge(w.Context(), dedicated(must("stop", func(c *conformance.Case) {
			expectText(c)
			check(c, c.Instance())
		})))
	}

	simulated(t, "by a signal is seen to end, and not blamed for it", func(w *world) {
		var sent []string
		target := &programs{signal: func(p *program, signal os.Signal) {
			sent = append(sent, signal.String())
			p.workers.Go(func() {
				pauseFor(p, time.Second)
				p.die(3, "exit status 3")
			})
		}}
		r := stops(w, target, func(c *conformance.Case, p *conformance.Program) {
			exit, took, ended := p.StopWith(syscall.SIGTERM, time.Minute/2)
			in(c).Expect(ended).To(BeTrue())
			in(c).Expect(took).To(Equal(time.Second))
			in(c).Expect(exit).To(Equal(conformance.Exit{Status: 3, How: "exit status 3"}))
		})
		w.expectPass(r)
		w.Expect(r.Transcript.String()).To(And(ContainSubstring("the program is sent terminated"), ContainSubstring("the program ended: exit status 3")))
		w.Expect(sent).To(Equal([]string{"terminated"}))
	})

	simulated(t, "by a signal may not end in time", func(w *world) {
		target := &programs{signal: func(*program, os.Signal) {}}
		w.expectPass(stops(w, target, func(c *conformance.Case, p *conformance.Program) {
			start := c.Clock()
			_, _, ended := p.StopWith(syscall.SIGTERM, 2*time.Second)
			in(c).Expect(ended).To(BeFalse())
			in(c).Expect(c.Clock().Sub(start)).To(Equal(2 * time.Second))
		}))
	})

	simulated(t, "by a signal is waited for no longer than the case lasts", func(w *world) {
		target := &programs{signal: func(*program, os.Signal) {}}
		w.skips(stops(w, target, func(c *conformance.Case, p *conformance.Program) {
			p.StopWith(syscall.SIGTERM, time.Hour)
			c.Wrong("no return", "a return")
		}), conformance.Inconclusive, "could not be judged within 1m0s")
	})

	simulated(t, "by a signal to its main process is not blamed for it", func(w *world) {
		r := stops(w, &programs{}, func(c *conformance.Case, p *conformance.Program) {
			p.SignalMain(syscall.SIGTERM)
			_, ended := p.Wait()
			in(c).Expect(ended).To(BeTrue())
		})
		w.expectPass(r)
		w.Expect(r.Transcript.String()).To(ContainSubstring("the program's main process is sent terminated"))
	})

	simulated(t, "by a signal to its main process cannot be judged where that proves nothing", func(w *world) {
		w.skips(stops(w, &programs{pointless: "the main process is a shell"}, func(c *conformance.Case, p *conformance.Program) {
			p.SignalMain(syscall.SIGTERM)
			c.Wrong("no return", "a return")
		}), conformance.Unsupported, Equal("could not be judged: the main process is a shell"))
	})

	simulated(t, "by stopping it is not blamed for it", func(w *world) {
		r := stops(w, &programs{}, func(_ *conformance.Case, p *conformance.Program) { p.End() })
		w.expectPass(r)
		w.Expect(r.Transcript.String()).To(ContainSubstring("the program was stopped: exit status 0"))
	})
}

func TestCount(t *testing.T) {
	simulated(t, "returns what the program holds", func(w *world) {
		holds := conformance.Usage{Descriptors: 3, Processes: 1, Threads: 2}
		target := &programs{usage: func() (conformance.Usage, error) { return holds, nil }}
		w.passes(target, conformance.Options{}, func(c *conformance.Case) {
			in(c).Expect(c.Instance().Count()).To(Equal(holds))
		})
	})
}

func TestTryOfProgramThatRunsOnce(t *testing.T) {
	run := func(w *world, try func(*conformance.Case) error) *conformance.Report {
		w.Helper()
		pass := startedByCheck(must("a", func(*conformance.Case) {}))
		other := pass
		other.Slug = "b"
		return w.run(w.Context(), conformance.Run{Target: fetches(), Role: tool(try, pass, other)})
	}

	simulated(t, "that succeeds lets the program be judged", func(w *world) {
		report := run(w, isThere)
		w.Expect(report.CouldNotRun).To(BeEmpty())
		w.Expect(outcomes(report)).To(HaveEach(conformance.Pass))
	})

	simulated(t, "that fails has the program not run, and is not repeated", func(w *world) {
		tries := 0
		report := run(w, func(*conformance.Case) error {
			tries++
			return &conformance.StartError{Reason: "it ended before it connected", Output: "no such module"}
		})
		w.Expect(report.CouldNotRun).To(Equal("it ended before it connected"))
		w.Expect(report.Output).To(Equal("no such module"))
		w.Expect(outcomes(report)).To(HaveEach(conformance.Skip))
		w.Expect(tries).To(Equal(1))
	})

	simulated(t, "that breaks has the program not run, and says so", func(w *world) {
		report := run(w, func(c *conformance.Case) error {
			c.Must(errOurs)
			return nil
		})
		w.Expect(report.CouldNotRun).To(Equal(errOurs.Error()))
	})

	simulated(t, "that finds something wrong leaves that to the cases", func(w *world) {
		report := run(w, func(c *conformance.Case) error {
			c.Listen("server").Accept()
			return nil
		})
		w.Expect(report.CouldNotRun).To(BeEmpty())
		w.Expect(outcomes(report)).To(HaveEach(conformance.Pass))
	})
}

func TestStartsAtATime(t *testing.T) {
	const most = 8

	simulated(t, "are few of programs that serve, until they have started", func(w *world) {
		var starting crowd
		target := &programs{starts: func(context.Context, conformance.Launch) error {
			starting.enter()
			defer starting.leave()
			<-time.NewTimer(time.Second).C
			return nil
		}}
		w.passes(target, conformance.Options{}, func(c *conformance.Case) {
			c.Each(3*most, func(int) { c.Start(nil) })
		})
		w.Expect(starting.most).To(Equal(most))
	})

	// begun runs many programs that run once at the same time, and returns when they began,
	// in seconds.
	begun := func(w *world, target *programs) (times []time.Duration) {
		w.Helper()
		w.expectPass(w.ran(target, conformance.Options{}, func(c *conformance.Case) {
			server := c.Listen("server")
			start := c.Clock()
			times = make([]time.Duration, most+1)
			c.Each(most, func(i int) {
				c.Start(at(server.Addr()))
				times[i] = c.Clock().Sub(start)
			})
			c.Start(at(server.Addr()))
			times[most] = c.Clock().Sub(start)
		}))
		return times
	}

	simulated(t, "are few of programs that run once, until they end", func(w *world) {
		times := begun(w, &programs{once: func(p *program) { pauseFor(p, time.Second) }})
		w.Expect(times[:most]).To(HaveEach(BeZero()))
		w.Expect(times[most]).To(Equal(time.Second))
	})

	simulated(t, "are few of programs that run once, until one connects", func(w *world) {
		times := begun(w, &programs{once: func(p *program) {
			if pauseFor(p, time.Second) {
				p.dial(p.word("addr"))
				<-p.exited
			}
		}})
		w.Expect(times[most]).To(Equal(time.Second))
	})

	simulated(t, "are few of programs that run once, until they have had some time", func(w *world) {
		times := begun(w, &programs{once: func(p *program) { <-p.exited }})
		w.Expect(times[most]).To(Equal(2 * time.Second))
	})

	simulated(t, "are given back by a case that ends before its programs have", func(w *world) {
		limits := conformance.NewLimits()
		target := &programs{once: func(p *program) { <-p.exited }}
		for range 2 {
			r := w.ran(target, conformance.Options{Limits: limits}, func(c *conformance.Case) {
				for range most {
					c.Start(at("nowhere"))
				}
			})
			w.expectPass(r)
			w.Expect(r.Seconds).To(BeZero())
		}
	})
}
