package conformance_test

import (
	"net"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// trickle sends a dot now and then, until stop is closed or the client or the
// program has gone.
func trickle(p *program, conn *net.TCPConn, stop <-chan struct{}) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := conn.Write([]byte{'.'}); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-stop:
			return
		case <-p.exited:
			return
		}
	}
}

var _ = Describe("Patience", func() {
	const long = time.Hour // longer than any case
	patience := func(first, then time.Duration) conformance.Options {
		return conformance.Options{Patience: conformance.Patience{First: first, Then: then}}
	}
	speaksOnce := func(p *program, conn *net.TCPConn) {
		_, _ = conn.Write([]byte("x"))
		<-p.exited
	}
	read := func(k *conformance.Conn) conformance.End {
		_, end := k.Read(make([]byte, 1))
		return end
	}

	It("ends a wait in which the target is silent", func() {
		target := &programs{serves: func(p *program, _ *net.TCPConn) { <-p.exited }}
		r := judged(target, patience(silence, long), func(c *conformance.Case) {
			start := c.Clock()
			c.Expect(read(c.Dial(conformance.DialOptions{}))).To(Equal(conformance.Silent))
			c.Expect(c.Clock().Sub(start)).To(BeNumerically(">=", silence))
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		Expect(r.Transcript).To(ContainSubstring("<- nothing for "))
	})

	It("is another once the target has been seen to work", func() {
		r := judged(&programs{serves: speaksOnce}, patience(long, silence), func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			c.Expect(read(k)).To(Equal(conformance.Open))
			c.Expect(read(k)).To(Equal(conformance.Silent))
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	It("is another from then on for all cases and instances of the judge", func() {
		var clients atomic.Int64
		target := &programs{serves: func(p *program, conn *net.TCPConn) {
			if clients.Add(1) == 1 {
				speaksOnce(p, conn)
			}
			<-p.exited
		}}
		j := judge(target, patience(long, silence))
		one := j.Judge(GinkgoT().Context(), must("speak", func(c *conformance.Case) {
			c.Expect(read(c.Dial(conformance.DialOptions{}))).To(Equal(conformance.Open))
		}))
		Expect(one.Outcome).To(Equal(conformance.Pass), one.Message)
		two := j.Judge(GinkgoT().Context(), alone(must("be-silent", func(c *conformance.Case) {
			c.Expect(read(c.Dial(conformance.DialOptions{}))).To(Equal(conformance.Silent))
		})))
		Expect(two.Outcome).To(Equal(conformance.Pass), two.Message)
	})

	It("is extended by what the same instance does on another connection", func() {
		const short = time.Second
		release := make(chan struct{})
		target := &programs{serves: func(p *program, conn *net.TCPConn) {
			hello := make([]byte, 1)
			_, _ = conn.Read(hello)
			if hello[0] == 'b' { // the busy one
				trickle(p, conn, release)
				return
			}
			select {
			case <-release:
				_, _ = conn.Write([]byte("at last"))
			case <-p.exited:
			}
		}}
		r := judged(target, patience(short, short), func(c *conformance.Case) {
			start := c.Clock()
			c.Each(2, func(i int) {
				k := c.Dial(conformance.DialOptions{})
				c.Expect(k.Send([]byte("qb"[i : i+1]))).To(Succeed())
				if i == 0 {
					c.Expect(read(k)).To(Equal(conformance.Open), "the quiet one is waited for")
					c.Expect(c.Clock().Sub(start)).To(BeNumerically(">", short))
					return
				}
				for c.Clock().Sub(start) < short+short/2 {
					c.Expect(read(k)).To(Equal(conformance.Open))
				}
				close(release)
			})
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	It("is extended by what the machine kept from the program", func() {
		var hunger, asked atomic.Int64
		fed := make(chan struct{})
		target := &programs{
			hungry: func() time.Duration {
				if asked.Add(1) == 4 { // the wait would have been over the second time
					close(fed)
				}
				return time.Duration(hunger.Add(int64(silence)))
			},
			serves: func(p *program, conn *net.TCPConn) {
				<-fed
				_, _ = conn.Write([]byte("at last"))
			},
		}
		r := judged(target, patience(silence, silence), func(c *conformance.Case) {
			c.Expect(read(c.Dial(conformance.DialOptions{}))).To(Equal(conformance.Open))
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	It("with the end of connections is short once one was waited for in vain, until one comes", func() {
		const (
			full     = time.Second
			unending = 10
		)
		var clients atomic.Int64
		target := &programs{serves: func(p *program, conn *net.TCPConn) {
			_, _ = conn.Write(p.Poem())
			if clients.Add(1) != unending+2 {
				<-p.exited
			}
		}}
		r := judged(target, patience(long, full), func(c *conformance.Case) {
			receive := func() conformance.End {
				r := c.Dial(conformance.DialOptions{}).Match(c.Poem(), conformance.Pace{})
				c.Expect(r.Whole()).To(BeTrue())
				return r.End
			}
			start := c.Clock()
			c.Expect(receive()).To(Equal(conformance.Silent))
			c.Expect(c.Clock().Sub(start)).To(BeNumerically(">=", full))
			start = c.Clock()
			for range unending {
				c.Expect(receive()).To(Equal(conformance.Silent))
			}
			c.Expect(c.Clock().Sub(start)).To(BeNumerically("<", unending*full))
			c.Expect(receive()).To(Equal(conformance.FIN))
			start = c.Clock()
			c.Expect(receive()).To(Equal(conformance.Silent))
			c.Expect(c.Clock().Sub(start)).To(BeNumerically(">=", full), "it has been seen to end one")
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	It("bounds what a check waits for by asking again and again", func() {
		r := judged(&programs{}, patience(silence, silence), func(c *conformance.Case) {
			asked := 0
			c.Expect(c.Until(func() bool { asked++; return false })).To(BeFalse())
			c.Expect(asked).To(BeNumerically(">", 1))
			c.Expect(c.Until(func() bool { return true })).To(BeTrue())
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	It("that outlasts the case makes it a skip, for the target still works", func() {
		target := &programs{serves: func(p *program, conn *net.TCPConn) { trickle(p, conn, nil) }}
		o := conformance.Options{Timeout: 2 * time.Second}
		r := judge(target, o).Judge(GinkgoT().Context(), alone(must("end", func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			for read(k) == conformance.Open {
				continue
			}
			c.Wrong("no end", "an end")
		})))
		Expect(r.Outcome).To(Equal(conformance.Skip), r.Message)
		Expect(r.Broken).To(BeFalse())
		Expect(r.Message).To(SatisfyAll(ContainSubstring("could not be judged within 2s"), ContainSubstring("--timeout")))
	})

	It("ends before a short case does, for silence is a failure and not a lack of time", func() {
		target := &programs{serves: func(p *program, _ *net.TCPConn) { <-p.exited }}
		r := judged(target, conformance.Options{Timeout: time.Second}, expectPoem)
		Expect(r.Outcome).To(Equal(conformance.Fail), r.Message)
		Expect(r.Message).To(ContainSubstring("silence after 0 of"))
	})

	It("is cut short by the case's end also where the check only pauses", func() {
		o := conformance.Options{Timeout: silence}
		r := judged(&programs{}, o, func(c *conformance.Case) { c.Pause(long) })
		Expect(r.Outcome).To(Equal(conformance.Skip))
		Expect(r.Message).To(ContainSubstring("could not be judged within"))
	})
})
