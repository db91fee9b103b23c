package conformance_test

import (
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// pauseFor waits, or until the program ends, and reports whether it still runs.
func pauseFor(p *program, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.exited:
		return false
	}
}

// trickle sends a dot now and then, until the client or the program has gone.
func trickle(p *program, conn conformance.Socket) {
	for {
		if _, err := conn.Write([]byte{'.'}); err != nil {
			return
		}
		if !pauseFor(p, 50*time.Millisecond) {
			return
		}
	}
}

// patience returns options with another patience than the default.
func patience(first, then time.Duration) conformance.Options {
	return conformance.Options{Patience: conformance.Patience{First: first, Then: then}}
}

// readOne reads up to a byte.
func readOne(k *conformance.Conn) conformance.End {
	_, end := k.Read(make([]byte, 1))
	return end
}

func TestPatience(t *testing.T) {
	const (
		short = time.Second
		long  = 20 * time.Second
		// slack is how late a wait may be over: one more look is taken at its end.
		slack = 100 * time.Millisecond
	)
	speaksOnce := func(p *program, conn conformance.Socket) {
		_, _ = conn.Write([]byte("x"))
		<-p.exited
	}
	// takes expects a read that ends in silence to have taken so long.
	takes := func(c *conformance.Case, k *conformance.Conn, d time.Duration) {
		start := c.Clock()
		in(c).Expect(readOne(k)).To(Equal(conformance.Silent))
		in(c).Expect(c.Clock().Sub(start)).To(And(BeNumerically(">=", d), BeNumerically("<=", d+slack)))
	}

	simulated(t, "ends a wait in which the target is silent, and waits half as long from then on", func(w *world) {
		r := w.passes(&programs{serves: silent}, patience(2*time.Second, long), func(c *conformance.Case) {
			takes(c, c.Dial(conformance.DialOptions{}), 2*time.Second)
			takes(c, c.Dial(conformance.DialOptions{}), time.Second)
		})
		w.Expect(r.Transcript.String()).To(ContainSubstring("client#1 <- nothing for 2.05s"))
	})

	simulated(t, "is 5 s, and 10 s once the target has been seen to work, unless it is told otherwise", func(w *world) {
		w.passes(&programs{serves: silent}, conformance.Options{}, func(c *conformance.Case) {
			takes(c, c.Dial(conformance.DialOptions{}), 5*time.Second)
		})
		w.passes(&programs{serves: speaksOnce}, conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			in(c).Expect(readOne(k)).To(Equal(conformance.Open))
			takes(c, k, 10*time.Second)
		})
	})

	simulated(t, "is another for all cases and instances of the judge once the target has been seen to work", func(w *world) {
		var clients atomic.Int64
		target := &programs{serves: func(p *program, conn conformance.Socket) {
			if clients.Add(1) == 1 {
				speaksOnce(p, conn)
			}
			<-p.exited
		}}
		j := w.judge(target, patience(long, short))
		one := j.Judge(w.Context(), must("speak", onConn(func(c *conformance.Case, k *conformance.Conn) {
			in(c).Expect(readOne(k)).To(Equal(conformance.Open))
		})))
		w.Expect(one.Outcome).To(Equal(conformance.Pass), one.Message)
		two := j.Judge(w.Context(), dedicated(must("be-silent", onConn(func(c *conformance.Case, k *conformance.Conn) {
			takes(c, k, short)
		}))))
		w.Expect(two.Outcome).To(Equal(conformance.Pass), two.Message)
	})

	simulated(t, "begins anew with whatever the same instance does on another connection", func(w *world) {
		target := &programs{serves: func(p *program, conn conformance.Socket) {
			hello := make([]byte, 1)
			_, _ = conn.Read(hello)
			if hello[0] == 'b' { // the busy one
				trickle(p, conn)
				return
			}
			if pauseFor(p, 3*short) {
				_, _ = conn.Write([]byte("at last"))
			}
		}}
		w.passes(target, patience(short, short), func(c *conformance.Case) {
			start := c.Clock()
			c.Each(2, func(i int) {
				k := c.Dial(conformance.DialOptions{})
				in(c).Expect(k.Send([]byte("qb"[i : i+1]))).To(Succeed())
				if i == 0 {
					in(c).Expect(readOne(k)).To(Equal(conformance.Open), "the quiet one is waited for")
					in(c).Expect(c.Clock().Sub(start)).To(Equal(3 * short))
					return
				}
				for c.Clock().Sub(start) < 3*short {
					in(c).Expect(readOne(k)).To(Equal(conformance.Open))
				}
			})
		})
	})

	for _, test := range []struct {
		title string
		// share is how much of each second the program computes, and starves.
		computes, starves float64
		most              time.Duration
	}{
		{"while the program computes, but not for ever", 1, 0, 8 * time.Second},
		{"while the machine keeps the program from computing, but not for ever", 0, 1, 20 * time.Second},
	} {
		simulated(t, "lasts longer "+test.title, func(w *world) {
			began := time.Now() //nolint:forbidigo // the bubble's time
			target := &programs{serves: silent, busy: func() (computed, starved time.Duration) {
				so := time.Since(began).Seconds()
				return time.Duration(so * test.computes * float64(time.Second)), time.Duration(so * test.starves * float64(time.Second))
			}}
			w.passes(target, patience(long, long), func(c *conformance.Case) {
				start := c.Clock()
				in(c).Expect(readOne(c.Dial(conformance.DialOptions{}))).To(Equal(conformance.Silent))
				in(c).Expect(c.Clock().Sub(start)).To(And(
					BeNumerically(">=", long+test.most/2), BeNumerically("<=", long+test.most+slack)))
			})
		})
	}

	simulated(t, "lets a program compute its answer for longer than it may be silent", func(w *world) {
		began := time.Now() //nolint:forbidigo // the bubble's time
		target := &programs{
			busy: func() (computed, starved time.Duration) { return time.Since(began), 0 },
			serves: func(p *program, conn conformance.Socket) {
				pauseFor(p, 6*time.Second)
				_, _ = conn.Write([]byte("at last"))
			},
		}
		w.passes(target, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			in(c).Expect(readOne(k)).To(Equal(conformance.Open))
		}))
	})

	simulated(t, "with the end of connections is short once one was waited for in vain, until one comes", func(w *world) {
		const unending = 10
		var clients atomic.Int64
		target := &programs{serves: func(p *program, conn conformance.Socket) {
			_, _ = conn.Write(p.text())
			if clients.Add(1) != unending+2 {
				<-p.exited
			}
		}}
		w.passes(target, patience(long, long), func(c *conformance.Case) {
			receive := func() (conformance.End, time.Duration) {
				start := c.Clock()
				r := c.Dial(conformance.DialOptions{}).Match(c.File("text"), conformance.Pace{})
				in(c).Expect(r.Whole()).To(BeTrue())
				return r.End, c.Clock().Sub(start)
			}
			end, took := receive()
			in(c).Expect(end).To(Equal(conformance.Silent))
			in(c).Expect(took).To(BeNumerically(">=", long))
			for range unending {
				end, took = receive()
				in(c).Expect(end).To(Equal(conformance.Silent))
				in(c).Expect(took).To(BeNumerically("<", short))
			}
			end, _ = receive()
			in(c).Expect(end).To(Equal(conformance.FIN))
			end, took = receive()
			in(c).Expect(end).To(Equal(conformance.Silent))
			in(c).Expect(took).To(BeNumerically(">=", long), "it has been seen to end one")
		})
	})

	simulated(t, "bounds what a check waits for by asking again and again", func(w *world) {
		w.passes(&programs{}, patience(short, short), func(c *conformance.Case) {
			asked := 0
			start := c.Clock()
			in(c).Expect(c.Until(func() bool { asked++; return false })).To(BeFalse())
			in(c).Expect(c.Clock().Sub(start)).To(And(BeNumerically(">=", short), BeNumerically("<=", short+slack)))
			in(c).Expect(asked).To(BeNumerically(">", 1))
			in(c).Expect(c.Until(func() bool { return true })).To(BeTrue())
		})
	})

	simulated(t, "that outlasts the case makes it inconclusive, for the target still works", func(w *world) {
		target := &programs{serves: trickle}
		r := w.judge(target, conformance.Options{}).Judge(w.Context(), dedicated(must("end", onConn(func(c *conformance.Case, k *conformance.Conn) {
			for readOne(k) == conformance.Open {
				continue
			}
			c.Wrong("no end", "an end")
		}))))
		w.skips(r, conformance.Inconclusive, And(ContainSubstring("could not be judged within 1m0s"), ContainSubstring("--timeout")))
	})

	simulated(t, "ends before a short case does, for silence is a failure and not a lack of time", func(w *world) {
		w.fails(w.judged(&programs{serves: silent}, conformance.Options{Timeout: time.Second}, expectText), "silence after 0 of")
	})

	simulated(t, "is cut short by the case's end also where the check only pauses", func(w *world) {
		r := w.judged(&programs{}, conformance.Options{Timeout: time.Second}, func(c *conformance.Case) { c.Pause(time.Hour) })
		w.skips(r, conformance.Inconclusive, "could not be judged within")
	})
}
