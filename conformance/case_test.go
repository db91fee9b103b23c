package conformance_test

import (
	"context"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

func TestCheckEndsIn(t *testing.T) {
	simulated(t, "a pass, whose result says what was judged", func(w *world) {
		r := w.passes(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			expectText(c)
			c.Pause(1500 * time.Millisecond)
		})
		w.Expect(r.Message).To(BeEmpty())
		w.Expect(r.Why).To(BeEmpty())
		w.Expect(r.ID).To(Equal("fake/hold"))
		w.Expect(r.Level).To(Equal(conformance.Must))
		w.Expect(r.Statement).To(Equal("It MUST hold."))
		w.Expect(r.Source).To(Equal("specification 1.1; tutorial Part 1"))
		w.Expect(r.Seconds).To(Equal(1.5))
		w.Expect(r.Output).To(BeEmpty())
	})

	simulated(t, "a failure with what was expected and seen, and what the target wrote", func(w *world) {
		r := w.judged(&programs{}, conformance.Options{}, func(c *conformance.Case) { c.Wrong("a poem", "a bill") })
		w.fails(r, Equal("expected: a poem\nseen:     a bill"))
		w.Expect(r.Output).To(Equal("what it wrote"))
	})

	skip := func(title string, why conformance.Why, message string, check func(*conformance.Case)) {
		t.Helper()
		simulated(t, title, func(w *world) {
			w.skips(w.judged(&programs{
				lacks: map[conformance.Need]string{conformance.NeedUsage: "nobody can count"},
				usage: func() (conformance.Usage, error) { return conformance.Usage{}, errOurs },
			}, conformance.Options{}, check), why, Equal(message))
		})
	}
	skip("a skip as unsupported, with the check's reason", conformance.Unsupported, "no IPv6 here",
		func(c *conformance.Case) { c.Unsupported("no %s here", "IPv6") })
	skip("a skip as unsupported where the target lacks what the check requires", conformance.Unsupported, "nobody can count",
		func(c *conformance.Case) {
			c.Requires(conformance.NeedSignals)
			in(c).Expect(c.Lacks(conformance.NeedSignals)).To(BeEmpty())
			c.Requires(conformance.NeedUsage)
		})
	skip("a skip as inconclusive, with the check's reason", conformance.Inconclusive, "could not be judged: it depends",
		func(c *conformance.Case) { c.Inconclusive("it %s", "depends") })
	skip("a skip as inconclusive where the program cannot be counted", conformance.Inconclusive,
		"could not be judged: what the target holds could not be counted: no more processes",
		func(c *conformance.Case) { c.Instance().Count() })
	skip("a skip as broken where an error of ours must not be", conformance.Broken, errOurs.Error(),
		func(c *conformance.Case) {
			c.Must(nil)
			c.Must(errOurs)
		})

	broken := func(title, words string, check func(*conformance.Case)) {
		t.Helper()
		simulated(t, "a skip as broken where a check panics "+title, func(w *world) {
			r := w.judged(&programs{}, conformance.Options{}, check)
			w.skips(r, conformance.Broken, And(ContainSubstring("a fault of Scansion"), ContainSubstring(words)))
		})
	}
	broken("with a value", "oops", func(*conformance.Case) { panic("oops") })
	broken("with a mistake", "index out of range", func(c *conformance.Case) { _ = c.File("text")[len(c.File("text"))] })
	broken("with nil", "nil", func(*conformance.Case) { panic(nil) })
	broken("in one of several that go on at once", "oops", func(c *conformance.Case) { c.Each(3, func(int) { panic("oops") }) })
	broken("in a precondition", "oops", func(c *conformance.Case) { c.Precondition("it works", func() { panic("oops") }) })
	broken("for a file that the instance has not", "{mode}", func(c *conformance.Case) { c.File("mode") })
}

func TestCheckWithPrecondition(t *testing.T) {
	simulated(t, "goes on if it holds", func(w *world) {
		w.fails(w.judged(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			c.Precondition("it sends its text", func() { expectText(c) })
			c.Wrong("more", "nothing")
		}), "nothing")
	})

	inconclusive := func(title string, precondition func(*conformance.Case)) {
		t.Helper()
		simulated(t, "is inconclusive if it fails "+title, func(w *world) {
			w.skips(w.judged(&programs{}, conformance.Options{}, func(c *conformance.Case) {
				c.Precondition("it sends its text", func() { precondition(c) })
				c.Wrong("nothing more", "more")
			}), conformance.Inconclusive, Equal("could not be judged: a precondition does not hold (it sends its text): expected: this\nseen:     that"))
		})
	}
	inconclusive("at once", fails)
	inconclusive("in one of several that go on at once", func(c *conformance.Case) { c.Each(2, func(int) { fails(c) }) })

	simulated(t, "is skipped for the precondition's own reason if that is skipped", func(w *world) {
		w.skips(w.judged(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			c.Precondition("it works", func() { c.Unsupported("it has none") })
		}), conformance.Unsupported, Equal("it has none"))
	})
}

func TestEach(t *testing.T) {
	simulated(t, "does all at the same time", func(w *world) {
		met := newMeeting(5)
		var seen sync.Map
		w.passes(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			c.Each(5, func(i int) {
				seen.Store(i, true)
				met.arrive()
				in(c).Expect(c.Until(met.isFull)).To(BeTrue(), "all are there at the same time")
			})
		})
		for i := range 5 {
			_, ok := seen.Load(i)
			w.Expect(ok).To(BeTrue())
		}
	})

	simulated(t, "ends as the first that ended the case, once all have returned", func(w *world) {
		var returned atomic.Int64
		failed := make(chan struct{})
		r := w.judged(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			c.Each(4, func(i int) {
				defer returned.Add(1)
				if i == 2 {
					defer close(failed)
					c.Wrong("this one", "that one")
				}
				<-failed
			})
			c.Unsupported("not reached")
		})
		w.fails(r, "this one")
		w.Expect(returned.Load()).To(BeEquivalentTo(4))
	})

	simulated(t, "does nothing if there is nothing to do", func(w *world) {
		w.passes(&programs{}, conformance.Options{}, func(c *conformance.Case) { c.Each(0, func(int) { fails(c) }) })
	})
}

func TestRepeat(t *testing.T) {
	for _, test := range []struct {
		title       string
		least, most int
		budget      time.Duration
		times       int
	}{
		{"calls as often as it may if there is time", 3, 20, time.Hour, 20},
		{"calls the least times if there is no time", 3, 20, -time.Second, 3},
		{"calls no more than the most times", 5, 4, -time.Second, 4},
		{"stops calling once its budget has passed", 3, 20, 9500 * time.Millisecond, 10},
	} {
		simulated(t, test.title, func(w *world) {
			w.passes(&programs{}, conformance.Options{}, func(c *conformance.Case) {
				calls := 0
				n := c.Repeat(test.least, test.most, test.budget, func(i int) {
					in(c).Expect(i).To(Equal(calls))
					calls++
					c.Pause(time.Second)
				})
				in(c).Expect(n).To(Equal(test.times))
				in(c).Expect(calls).To(Equal(test.times))
			})
		})
	}
}

func TestWithin(t *testing.T) {
	simulated(t, "waits no longer than it is told", func(w *world) {
		w.passes(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			start := c.Clock()
			in(c).Expect(c.Within(time.Second, func() bool { return false })).To(BeFalse())
			in(c).Expect(c.Clock().Sub(start)).To(BeNumerically("~", time.Second, 20*time.Millisecond))
			in(c).Expect(c.Within(time.Second, func() bool { return true })).To(BeTrue())
			in(c).Expect(c.Timeout()).To(Equal(time.Minute), "the default")
		})
	})
}

// lacking is a network on which connections fail for reasons of this machine.
type lacking struct {
	conformance.Network
	dials, listens, refuses error
}

func (l lacking) Dial(ctx context.Context, addr string, o conformance.DialOptions) (conformance.Socket, error) {
	if l.dials != nil {
		return nil, l.dials
	}
	return l.Network.Dial(ctx, addr, o)
}

func (l lacking) Listen(ctx context.Context, addr string) (net.Listener, error) {
	if l.listens != nil {
		return nil, l.listens
	}
	return l.Network.Listen(ctx, addr)
}

func (l lacking) Refuse() (addr string, release func(), err error) {
	if l.refuses != nil {
		return "", nil, l.refuses
	}
	return l.Network.Refuse()
}

func TestLackOfThisMachine(t *testing.T) {
	few := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
	for _, test := range []struct {
		title   string
		network lacking
		check   func(*conformance.Case)
	}{
		{"to connect is never a failure", lacking{dials: few}, func(c *conformance.Case) { c.Dial(conformance.DialOptions{}) }},
		{"to connect is no refusal either", lacking{dials: few}, func(c *conformance.Case) {
			_, _ = c.TryDial(c.Addr())
			c.Wrong("no return", "a return")
		}},
		{"to listen is never a failure", lacking{listens: few}, func(c *conformance.Case) { c.Listen("server") }},
		{"to have a port that refuses is never a failure", lacking{refuses: few}, func(c *conformance.Case) { c.Refusing() }},
	} {
		simulated(t, test.title, func(w *world) {
			test.network.Network = w.network
			r := w.judged(&programs{}, conformance.Options{Network: test.network}, test.check)
			w.skips(r, conformance.Broken, "too many open files")
		})
	}
}

func TestCaseLeavesNothingOpen(t *testing.T) {
	simulated(t, "of its connections", func(w *world) {
		ended := make(chan struct{}, 3)
		target := &programs{serves: func(_ *program, conn conformance.Socket) {
			_, _ = conn.Read(make([]byte, 1))
			ended <- struct{}{}
		}}
		w.passes(target, conformance.Options{}, func(c *conformance.Case) {
			for range 3 {
				c.Dial(conformance.DialOptions{})
			}
		})
		for range 3 {
			<-ended
		}
	})

	simulated(t, "of its listeners", func(w *world) {
		var addr string
		w.passes(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			addr = c.Listen("server").Addr()
			_, err := c.TryDial(addr)
			in(c).Expect(err).NotTo(HaveOccurred())
			_, err = c.ListenAt("server", addr)
			in(c).Expect(err).To(MatchError(syscall.EADDRINUSE))
		})
		_, err := w.network.Dial(w.Context(), addr, conformance.DialOptions{})
		w.Expect(err).To(MatchError(syscall.ECONNREFUSED))
	})
}

func TestRandomChoices(t *testing.T) {
	draw := func(w *world, seed uint64, slugs ...string) map[string][]uint64 {
		w.Helper()
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
		report := w.run(w.Context(), conformance.Run{
			Target: &programs{}, Role: fake(requirements...), Options: conformance.Options{Seed: seed},
		})
		w.Expect(report.Seed).To(Equal(seed))
		w.Expect(drawn).To(HaveLen(len(slugs)))
		return drawn
	}

	simulated(t, "are the same with the same seed, whatever is judged before and beside", func(w *world) {
		whole := draw(w, 7, "one", "two", "three")
		w.Expect(draw(w, 7, "three", "two", "one")).To(Equal(whole))
		w.Expect(draw(w, 7, "two")["two"]).To(Equal(whole["two"]))
	})

	simulated(t, "differ between seeds and between requirements", func(w *world) {
		whole := draw(w, 7, "one", "two")
		w.Expect(whole["one"]).NotTo(Equal(whole["two"]))
		w.Expect(draw(w, 8, "one")["one"]).NotTo(Equal(whole["one"]))
	})
}
