package conformance_test

import (
	"bufio"
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// mortal is a target whose programs die of a client that says "die".
func mortal() *programs {
	return &programs{serves: func(p *program, conn *net.TCPConn) {
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
	c.Expect(k.Send([]byte("die\n"))).To(Succeed())
	<-c.Instance().Exited()
}

// ask is expectPoem for targets that want to hear something first.
func ask(c *conformance.Case) {
	k := c.Dial(conformance.DialOptions{})
	c.Expect(k.Send([]byte("please\n"))).To(Succeed())
	if r := k.Match(c.Poem(), conformance.Pace{}); !r.Whole() {
		c.Wrong("the poem", r.String())
	}
}

var _ = Describe("A judge", func() {
	ctx := context.Background()

	It("starts one instance for each fixture, and shares it", func() {
		target := &programs{}
		j := judge(target, conformance.Options{})
		other := poem("other", "Another.\n")
		for _, r := range []conformance.Requirement{
			must("a", expectPoem), on(other, must("b", expectPoem)), must("c", expectPoem), on(other, must("d", expectPoem)),
		} {
			Expect(j.Judge(ctx, r).Outcome).To(Equal(conformance.Pass))
		}
		Expect(target.served()).To(Equal([]string{"control", "other"}))
	})

	It("gives a case that could disturb others an instance of its own, and stops it", func() {
		target := &programs{}
		j := judge(target, conformance.Options{})
		for _, r := range []conformance.Requirement{alone(must("a", expectPoem)), must("b", expectPoem), alone(must("c", expectPoem))} {
			Expect(j.Judge(ctx, r).Outcome).To(Equal(conformance.Pass))
		}
		gone := func(p *program) bool { return p.isGone() }
		Expect(target.all()).To(HaveExactElements(
			Not(Satisfy(gone)), // the control, which is shared
			Satisfy(gone), Satisfy(gone),
		))
	})

	It("stops every instance and closes the target in the end", func() {
		target := &programs{}
		j := conformance.NewJudge(target, control, conformance.Options{})
		Expect(j.Judge(ctx, on(poem("other", ""), must("a", expectPoem))).Outcome).To(Equal(conformance.Pass))
		Expect(j.Close()).To(Succeed())
		Expect(target.all()).To(HaveEach(Satisfy((*program).isGone)))
		Expect(target.closed).To(BeTrue())
	})

	It("tells what could not be cleaned up", func() {
		target := &programs{closes: errOurs}
		j := conformance.NewJudge(target, control, conformance.Options{})
		Expect(j.Start(ctx)).To(Succeed())
		Expect(j.Close()).To(MatchError(errOurs))
	})

	It("can go on after a start that was interrupted", func() {
		over, interrupt := context.WithCancel(ctx)
		target := &programs{starts: func(ctx context.Context, _ conformance.Setup) error {
			interrupt()
			return ctx.Err()
		}}
		j := judge(target, conformance.Options{})
		Expect(j.Start(over)).To(MatchError(context.Canceled))
		Expect(j.Judge(ctx, must("hold", expectPoem)).Outcome).To(Equal(conformance.Pass))
	})

	Describe("whose shared instance dies", func() {
		It("fails the case that killed it, judges the innocent again, and starts another for the rest", func() {
			const innocents = 3
			target := mortal()
			met := newMeeting(innocents)
			j := judge(target, conformance.Options{})
			Expect(j.Start(ctx)).To(Succeed())
			shared := target.all()[0]

			innocent := func(c *conformance.Case) {
				k := c.Dial(conformance.DialOptions{})
				if c.Instance().Addr() == shared.Addr() {
					met.arrive() // and says nothing, so it waits until the instance dies
				} else {
					c.Expect(k.Send([]byte("please\n"))).To(Succeed())
				}
				r := k.Match(c.Poem(), conformance.Pace{})
				if !r.Whole() {
					c.Wrong("the poem", r.String())
				}
			}
			guilty := func(c *conformance.Case) {
				c.Expect(c.Until(met.isFull)).To(BeTrue())
				kill(c)
				c.Wrong("a program that goes on", "its end")
			}
			results := make([]conformance.Result, innocents+1)
			var wg sync.WaitGroup
			for i := range innocents {
				wg.Go(func() { results[i] = j.Judge(ctx, must("live", innocent)) })
			}
			wg.Go(func() { results[innocents] = j.Judge(ctx, must("survive", guilty)) })
			wg.Wait()

			for _, r := range results[:innocents] {
				Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
			}
			Expect(results[innocents].Outcome).To(Equal(conformance.Fail))
			Expect(results[innocents].Message).To(SatisfyAll(
				ContainSubstring("a program that goes on"), ContainSubstring("meanwhile, the target ended: signal: killed")))
			Expect(results[innocents].Transcript).To(ContainSubstring("the target ended: signal: killed"))
			Expect(target.all()).To(HaveLen(1+innocents+1), "each was judged again alone")
			Expect(target.all()).To(HaveEach(Satisfy((*program).isGone)))

			for range 2 {
				Expect(j.Judge(ctx, must("go-on", ask)).Outcome).To(Equal(conformance.Pass))
			}
			Expect(target.all()).To(HaveLen(1+innocents+1+1), "and the rest share one new instance")
		})

		It("judges even a case that passed again, for the instance was dead", func() {
			target := mortal()
			r := judge(target, conformance.Options{}).Judge(ctx, must("survive", kill))
			Expect(r.Outcome).To(Equal(conformance.Fail))
			Expect(r.Message).To(Equal("expected: a program that goes on running\nseen:     it ended during this case: signal: killed"))
			Expect(target.all()).To(HaveLen(2))
		})
	})

	It("judges a case that ran out of time on a shared instance again alone, for others may have kept it waiting", func() {
		target := &programs{serves: func(p *program, conn *net.TCPConn) {
			if p.number == 1 {
				trickle(p, conn, nil)
				return
			}
			p.send(conn)
		}}
		j := judge(target, conformance.Options{Timeout: 2 * time.Second})
		r := j.Judge(ctx, must("serve", func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			for {
				if _, end := k.Read(make([]byte, 1000)); end != conformance.Open {
					return
				}
			}
		}))
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		Expect(target.all()).To(HaveLen(2))
	})

	It("fails a case that passes on an instance of its own that dies", func() {
		target := mortal()
		r := judge(target, conformance.Options{}).Judge(ctx, alone(must("survive", kill)))
		Expect(r.Outcome).To(Equal(conformance.Fail))
		Expect(r.Message).To(ContainSubstring("it ended during this case: signal: killed"))
		Expect(target.all()).To(HaveLen(2), "the control, and one for the case")
	})

	It("adds the instance's end to what a case alone found", func() {
		r := judge(mortal(), conformance.Options{}).Judge(ctx, alone(must("survive", func(c *conformance.Case) {
			kill(c)
			c.Wrong("this", "that")
		})))
		Expect(r.Outcome).To(Equal(conformance.Fail))
		Expect(r.Message).To(Equal("expected: this\nseen:     that\nmeanwhile, the target ended: signal: killed"))
	})

	Describe("of a target that does not start with one of the fixtures", func() {
		bad := poem("bad", "")
		var starts atomic.Int64
		picky := func(err error) *programs {
			starts.Store(0)
			return &programs{starts: func(_ context.Context, s conformance.Setup) error {
				if s.Fixture.Name == bad.Name {
					starts.Add(1)
					return err
				}
				return nil
			}}
		}

		It("fails the cases that need it, and no others", func() {
			j := judge(picky(&conformance.StartError{Reason: "it ended at once", Output: "no such encoding"}), conformance.Options{})
			for _, r := range []conformance.Requirement{on(bad, must("a", expectPoem)), alone(on(bad, must("b", expectPoem)))} {
				result := j.Judge(ctx, r)
				Expect(result.Outcome).To(Equal(conformance.Fail))
				Expect(result.Message).To(Equal("expected: the target starts and serves a bad poem\nseen:     it ended at once"))
				Expect(result.Output).To(Equal("no such encoding"))
			}
			Expect(j.Judge(ctx, must("c", expectPoem)).Outcome).To(Equal(conformance.Pass))
		})

		It("asks a shared one to start only once", func() {
			j := judge(picky(&conformance.StartError{Reason: "it ended at once"}), conformance.Options{})
			for range 3 {
				Expect(j.Judge(ctx, on(bad, must("a", expectPoem))).Outcome).To(Equal(conformance.Fail))
			}
			Expect(starts.Load()).To(BeEquivalentTo(1))
		})

		It("is at fault itself, if the program is not to blame", func() {
			j := judge(picky(errOurs), conformance.Options{})
			result := j.Judge(ctx, on(bad, must("a", expectPoem)))
			Expect(result.Outcome).To(Equal(conformance.Skip))
			Expect(result.Broken).To(BeTrue())
			Expect(result.Message).To(Equal(errOurs.Error()))
		})
	})

	Describe("of a program that cannot run twice at a time", func() {
		other := poem("other", "another poem\n")
		// locked starts only while no other program of the target runs, and never with
		// what it cannot digest.
		locked := func(indigestible string) *programs {
			target := &programs{}
			target.starts = func(_ context.Context, s conformance.Setup) error {
				if s.Fixture.Name == indigestible {
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

		It("judges one case at a time", func() {
			j := judge(locked(""), conformance.Options{})
			Expect(j.Judge(ctx, alone(must("find-out", expectPoem))).Outcome).To(Equal(conformance.Pass))
			var (
				wg      sync.WaitGroup
				inside  atomic.Int64
				results [6]conformance.Result
			)
			serve := func(c *conformance.Case) {
				c.Expect(inside.Add(1)).To(Equal(int64(1)))
				defer inside.Add(-1)
				expectPoem(c)
			}
			for i := range results {
				wg.Go(func() {
					r := must("serve", serve)
					switch i % 3 {
					case 1:
						r = alone(r)
					case 2:
						r = on(other, r)
					}
					results[i] = j.Judge(ctx, r)
				})
			}
			wg.Wait()
			for _, r := range results {
				Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
			}
		})

		It("fails it for what it cannot start with alone either", func() {
			j := judge(locked(other.Name), conformance.Options{})
			result := j.Judge(ctx, on(other, must("digest", expectPoem)))
			Expect(result.Outcome).To(Equal(conformance.Fail))
			Expect(result.Message).To(ContainSubstring("it chokes"))
			Expect(j.Judge(ctx, must("serve", expectPoem)).Outcome).To(Equal(conformance.Pass))
		})
	})

	It("is at fault if an instance cannot be stopped, but keeps a failure", func() {
		target := &programs{stops: errOurs}
		j := conformance.NewJudge(target, control, conformance.Options{})
		DeferCleanup(func() { Expect(j.Close()).To(MatchError(errOurs)) })
		r := j.Judge(ctx, alone(must("a", expectPoem)))
		Expect(r.Outcome).To(Equal(conformance.Skip))
		Expect(r.Broken).To(BeTrue())
		Expect(r.Message).To(ContainSubstring("could not be stopped"))
		r = j.Judge(ctx, alone(must("b", func(c *conformance.Case) { c.Wrong("a", "b") })))
		Expect(r.Outcome).To(Equal(conformance.Fail))
		r = j.Judge(ctx, must("c", func(c *conformance.Case) {
			_, err := c.Start(conformance.Setup{Fixture: control})
			c.Expect(err).NotTo(HaveOccurred())
		}))
		Expect(r.Broken).To(BeTrue())
	})

	Describe("that cannot judge a requirement", func() {
		never := func(c *conformance.Case) { c.Wrong("no check", "a check") }
		skipped := func(target *programs, o conformance.Options, r conformance.Requirement) string {
			GinkgoHelper()
			result := judge(target, o).Judge(ctx, r)
			Expect(result.Outcome).To(Equal(conformance.Skip))
			Expect(result.Broken).To(BeFalse())
			Expect(result.ID).To(Equal(r.ID))
			return result.Message
		}

		It("says what the target lacks", func() {
			target := &programs{lacks: map[conformance.Need]string{conformance.NeedUsage: "cannot be counted"}}
			r := must("a", never)
			r.Needs = conformance.NeedUsage
			Expect(skipped(target, conformance.Options{}, r)).To(Equal("cannot be counted"))
		})

		It("says what it would have to serve", func() {
			picky := on(conformance.Fixture{
				Name: control.Name, About: "a longer poem", Bytes: control.Bytes,
				Suits: func(poem []byte) bool { return len(poem) > 1000 },
			}, must("a", never))
			Expect(skipped(&programs{}, conformance.Options{}, picky)).To(ContainSubstring("needs a longer poem"))
		})

		It("says that this process may not open so many files", func() {
			r := must("a", never)
			r.Descriptors = 1 << 40
			Expect(skipped(&programs{}, conformance.Options{}, r)).To(ContainSubstring("ulimit -n"))
		})

		It("says that a quick run leaves it out", func() {
			r := must("a", never)
			r.Lasts = conformance.QuickMost + 1
			target := &programs{}
			Expect(skipped(target, conformance.Options{Quick: true}, r)).To(ContainSubstring("left out of a quick run"))
			Expect(target.all()).To(BeEmpty())
		})

		It("says that it was interrupted", func() {
			over, end := context.WithCancel(ctx)
			end()
			Expect(judge(&programs{}, conformance.Options{}).Judge(over, must("a", never)).Message).To(Equal("interrupted"))
		})
	})

	It("judges in a quick run what lasts no longer than that", func() {
		r := must("a", expectPoem)
		r.Lasts = conformance.QuickMost
		Expect(judge(&programs{}, conformance.Options{Quick: true}).Judge(ctx, r).Outcome).To(Equal(conformance.Pass))
	})

	It("gives back what heavy and many-handed checks take", func() {
		limits := conformance.NewLimits()
		r := must("a", expectPoem)
		r.Heavy, r.Descriptors = true, 1
		for range 2 {
			j := judge(&programs{}, conformance.Options{Limits: limits})
			var wg sync.WaitGroup
			for range 100 { // more than there may be at once
				wg.Go(func() {
					defer GinkgoRecover()
					result := j.Judge(ctx, r)
					Expect(result.Outcome).To(Equal(conformance.Pass), result.Message)
				})
			}
			wg.Wait()
		}
	})
})
