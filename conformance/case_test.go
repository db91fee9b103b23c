package conformance_test

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

var _ = Describe("A check", func() {
	// ends is what comes of a check against a faultless target.
	ends := func(check func(*conformance.Case)) conformance.Result {
		GinkgoHelper()
		return judged(&programs{}, conformance.Options{}, check)
	}

	It("that returns passes, and its result says what was judged", func() {
		r := ends(expectPoem)
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		Expect(r.Message).To(BeEmpty())
		Expect(r.ID).To(Equal("fake/hold"))
		Expect(r.Role).To(Equal(role))
		Expect(r.Level).To(Equal(conformance.Must))
		Expect(r.Statement).To(Equal("It MUST hold."))
		Expect(r.Source).To(Equal("specification 1.1; tutorial Part 1"))
		Expect(r.Seconds).To(BeNumerically(">", 0))
		Expect(r.Output).To(BeEmpty())
	})

	It("that finds something wrong fails, with what was expected and seen, and the target's output", func() {
		r := ends(func(c *conformance.Case) { c.Wrong("a poem", "a bill") })
		Expect(r.Outcome).To(Equal(conformance.Fail))
		Expect(r.Broken).To(BeFalse())
		Expect(r.Message).To(Equal("expected: a poem\nseen:     a bill"))
		Expect(r.Output).To(Equal("what it wrote"))
	})

	It("that expects something that does not hold fails, with Gomega's words", func() {
		r := ends(func(c *conformance.Case) { c.Expect(1).To(Equal(2), "arithmetic") })
		Expect(r.Outcome).To(Equal(conformance.Fail))
		Expect(r.Message).To(SatisfyAll(ContainSubstring("to equal"), ContainSubstring("arithmetic")))
	})

	It("that cannot tell is skipped, with its reason", func() {
		r := ends(func(c *conformance.Case) { c.Skip("no %s here", "IPv6") })
		Expect(r.Outcome).To(Equal(conformance.Skip))
		Expect(r.Broken).To(BeFalse())
		Expect(r.Message).To(Equal("no IPv6 here"))
	})

	DescribeTable("that panics is broken, which is no failure of the target",
		func(check func(*conformance.Case), words string) {
			r := ends(check)
			Expect(r.Outcome).To(Equal(conformance.Skip))
			Expect(r.Broken).To(BeTrue())
			Expect(r.Message).To(SatisfyAll(ContainSubstring("a fault of Scansion"), ContainSubstring(words)))
		},
		Entry("with a value", func(*conformance.Case) { panic("oops") }, "oops"),
		Entry("with a mistake", func(c *conformance.Case) { _ = c.Poem()[len(c.Poem())] }, "index out of range"),
		Entry("with nil", func(*conformance.Case) { panic(nil) }, "nil"),
		Entry("side by side", func(c *conformance.Case) { c.Each(3, func(int) { panic("oops") }) }, "oops"),
		Entry("in a control", func(c *conformance.Case) { c.Control("it works", func() { panic("oops") }) }, "oops"),
	)

	Describe("with a control", func() {
		It("goes on if the control succeeds", func() {
			r := ends(func(c *conformance.Case) {
				c.Control("it serves its poem", func() { expectPoem(c) })
				c.Wrong("more", "nothing")
			})
			Expect(r.Outcome).To(Equal(conformance.Fail))
		})

		DescribeTable("is skipped if the control fails",
			func(control func(*conformance.Case), words string) {
				r := ends(func(c *conformance.Case) {
					c.Control("it serves its poem", func() { control(c) })
					c.Wrong("nothing more", "more")
				})
				Expect(r.Outcome).To(Equal(conformance.Skip))
				Expect(r.Broken).To(BeFalse())
				Expect(r.Message).To(Equal("could not be judged, for the control failed (it serves its poem): " + words))
			},
			Entry("finding something wrong", func(c *conformance.Case) { c.Wrong("a", "b") }, "expected: a\nseen:     b"),
			Entry("side by side", func(c *conformance.Case) { c.Each(2, func(int) { c.Wrong("a", "b") }) }, "expected: a\nseen:     b"),
		)

		It("is skipped with the control's own reason if the control is skipped", func() {
			r := ends(func(c *conformance.Case) { c.Control("it works", func() { c.Skip("cannot tell") }) })
			Expect(r.Outcome).To(Equal(conformance.Skip))
			Expect(r.Message).To(Equal("cannot tell"))
		})
	})

	Describe("that does things side by side", func() {
		It("does them all at the same time", func() {
			met := newMeeting(5)
			var seen sync.Map
			r := ends(func(c *conformance.Case) {
				c.Each(5, func(i int) {
					seen.Store(i, true)
					met.arrive()
					c.Expect(c.Until(met.isFull)).To(BeTrue(), "all are there at the same time")
				})
			})
			Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
			for i := range 5 {
				_, ok := seen.Load(i)
				Expect(ok).To(BeTrue())
			}
		})

		It("ends as the one that ended it, once all have returned", func() {
			var returned atomic.Int64
			failed := make(chan struct{})
			r := ends(func(c *conformance.Case) {
				c.Each(4, func(i int) {
					defer returned.Add(1)
					if i == 2 {
						defer close(failed)
						c.Wrong("this one", "that one")
					}
					<-failed
				})
				c.Skip("not reached")
			})
			Expect(r.Outcome).To(Equal(conformance.Fail))
			Expect(r.Message).To(ContainSubstring("this one"))
			Expect(returned.Load()).To(BeEquivalentTo(4))
		})

		It("does nothing if there is nothing to do", func() {
			r := ends(func(c *conformance.Case) { c.Each(0, func(int) { c.Wrong("nothing", "something") }) })
			Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		})
	})

	DescribeTable("repeats something as often as its budget allows",
		func(least, most int, budget time.Duration, times int) {
			r := ends(func(c *conformance.Case) {
				var calls []int
				n := c.Repeat(least, most, budget, func(i int) { calls = append(calls, i) })
				c.Expect(n).To(Equal(times))
				c.Expect(calls).To(HaveLen(times))
				for i := range calls {
					c.Expect(calls[i]).To(Equal(i))
				}
			})
			Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		},
		Entry("all, if there is time", 3, 20, time.Hour, 20),
		Entry("the least, if there is none", 3, 20, -time.Second, 3),
		Entry("no more than the most", 5, 4, -time.Second, 4),
	)

	It("may start another instance, which ends with the case", func() {
		target := &programs{}
		r := judged(target, conformance.Options{}, func(c *conformance.Case) {
			other, err := c.Start(conformance.Setup{Fixture: poem("other", "Another poem.\n")})
			c.Expect(err).NotTo(HaveOccurred())
			k, err := c.TryDial(other.Addr())
			c.Expect(err).NotTo(HaveOccurred())
			c.Expect(k.Match([]byte("Another poem.\n"), conformance.Pace{}).Whole()).To(BeTrue())
			expectPoem(c)
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		Expect(target.served()).To(Equal([]string{"control", "other"}))
		Expect(target.all()[1].isGone()).To(BeTrue())
		Expect(target.all()[0].isGone()).To(BeFalse(), "the shared one goes on")
	})

	It("is told why another instance did not start, if the program is to blame", func() {
		target := &programs{starts: func(_ context.Context, s conformance.Setup) error {
			switch {
			case s.MissingPoem:
				return &conformance.StartError{Reason: "it ended", Exit: &conformance.Exit{Status: 1, How: "exit status 1"}}
			case s.TakenPort != 0:
				return errOurs
			}
			return nil
		}}
		r := judged(target, conformance.Options{}, func(c *conformance.Case) {
			instance, err := c.Start(conformance.Setup{Fixture: control, MissingPoem: true})
			c.Expect(instance).To(BeNil())
			var failed *conformance.StartError
			c.Expect(errors.As(err, &failed)).To(BeTrue())
			c.Expect(failed.Exit.Failed()).To(BeTrue())
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		Expect(r.Transcript).To(ContainSubstring("started again: it ended"))

		r = judged(target, conformance.Options{}, func(c *conformance.Case) {
			_, _ = c.Start(conformance.Setup{Fixture: control, TakenPort: 1})
			c.Wrong("no return", "a return")
		})
		Expect(r.Outcome).To(Equal(conformance.Skip))
		Expect(r.Message).To(Equal("could not be judged: " + errOurs.Error()))
	})

	It("may listen until the case ends", func() {
		var addr string
		r := ends(func(c *conformance.Case) {
			listener, err := c.Listen("127.0.0.1:0")
			c.Expect(err).NotTo(HaveOccurred())
			addr = listener.Addr().String()
			_, err = c.TryDial(addr)
			c.Expect(err).NotTo(HaveOccurred())
			_, err = c.Listen(addr)
			c.Expect(err).To(MatchError(syscall.EADDRINUSE))
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		_, err := net.Dial("tcp", addr)
		Expect(err).To(MatchError(syscall.ECONNREFUSED))
	})

	It("leaves no connection open", func() {
		ended := make(chan struct{}, 3)
		target := &programs{serves: func(_ *program, conn *net.TCPConn) {
			_, _ = conn.Read(make([]byte, 1))
			ended <- struct{}{}
		}}
		r := judged(target, conformance.Options{}, func(c *conformance.Case) {
			for range 3 {
				c.Dial(conformance.DialOptions{})
			}
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		for range 3 {
			Eventually(ended).Should(Receive())
		}
	})
})

var _ = Describe("A check that stops its instance", func() {
	stops := func(target *programs, limit time.Duration, check func(*conformance.Case, conformance.Exit, bool)) conformance.Result {
		GinkgoHelper()
		return judge(target, conformance.Options{}).Judge(context.Background(), alone(must("stop", func(c *conformance.Case) {
			expectPoem(c)
			exit, took, ended := c.Stop(syscall.SIGTERM, limit)
			c.Expect(took).To(BeNumerically(">=", 0))
			check(c, exit, ended)
		})))
	}

	It("sees how it ended, and is not blamed for that", func() {
		var sent []string
		target := &programs{signal: func(p *program, signal os.Signal) {
			sent = append(sent, signal.String())
			p.die(3, "exit status 3")
		}}
		r := stops(target, time.Hour, func(c *conformance.Case, exit conformance.Exit, ended bool) {
			c.Expect(ended).To(BeTrue())
			c.Expect(exit).To(Equal(conformance.Exit{Status: 3, How: "exit status 3"}))
			c.Expect(exit.Failed()).To(BeTrue())
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		Expect(r.Transcript).To(SatisfyAll(ContainSubstring("the target is sent terminated"), ContainSubstring("the target ended: exit status 3")))
		Expect(sent).To(Equal([]string{"terminated"}))
	})

	It("sees that it did not end in time", func() {
		target := &programs{signal: func(*program, os.Signal) {}}
		r := stops(target, silence, func(c *conformance.Case, _ conformance.Exit, ended bool) {
			c.Expect(ended).To(BeFalse())
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})
})

var _ = Describe("A case's random choices", func() {
	draw := func(seed uint64, slugs ...string) map[string][]uint64 {
		GinkgoHelper()
		var mu sync.Mutex
		drawn := map[string][]uint64{}
		var requirements []conformance.Requirement
		for _, slug := range slugs {
			requirements = append(requirements, must(slug, func(c *conformance.Case) {
				var numbers []uint64
				for range 5 {
					numbers = append(numbers, c.Rand().Uint64())
				}
				mu.Lock()
				defer mu.Unlock()
				drawn[slug] = numbers
			}))
		}
		report := run(context.Background(), conformance.Run{
			Target: &programs{}, Catalogue: catalogue(requirements...), Options: conformance.Options{Seed: seed},
		})
		Expect(report.Seed).To(Equal(seed))
		Expect(drawn).To(HaveLen(len(slugs)))
		return drawn
	}

	It("are the same with the same seed, whatever is judged before and beside it", func() {
		whole := draw(7, "one", "two", "three")
		Expect(draw(7, "three", "two", "one")).To(Equal(whole))
		Expect(draw(7, "two")["two"]).To(Equal(whole["two"]))
	})

	It("differ between seeds and between requirements", func() {
		whole := draw(7, "one", "two")
		Expect(whole["one"]).NotTo(Equal(whole["two"]))
		Expect(draw(8, "one")["one"]).NotTo(Equal(whole["one"]))
	})
})
