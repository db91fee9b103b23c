package conformance_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// connecting returns a target whose programs run once: each connects so many times, to
// the address that it is told, then waits and ends.
func connecting(times int, then time.Duration) *programs {
	return &programs{once: func(p *program) {
		for range times {
			p.dial(p.word("addr"))
		}
		pauseFor(p, then)
	}}
}

// listening judges a check that has a listener and a program that connects to it.
func listening(w *world, target *programs, check func(*conformance.Case, *conformance.Listener)) conformance.Result {
	w.Helper()
	return w.ran(target, conformance.Options{}, func(c *conformance.Case) {
		server := c.Listen("server")
		c.Start(at(server.Addr()))
		check(c, server)
	})
}

func TestAccept(t *testing.T) {
	simulated(t, "returns connections as they come, with lanes of their own", func(w *world) {
		r := listening(w, connecting(2, time.Hour), func(c *conformance.Case, server *conformance.Listener) {
			first, second := server.Accept(), server.Accept()
			in(c).Expect(second.Send([]byte("b"))).To(Succeed())
			in(c).Expect(first.Send([]byte("a"))).To(Succeed())
		})
		w.expectPass(r)
		var lanes []string
		for _, e := range r.Transcript {
			if e.Lane != "" {
				lanes = append(lanes, e.Lane)
			}
		}
		w.Expect(lanes).To(Equal([]string{"server#1", "server#2", "server#2", "server#1"}))
		w.Expect(r.Transcript.String()).To(ContainSubstring("server#1 accepted a connection from 127.0.0.1:"))
	})

	simulated(t, "waits for a program that takes its time", func(w *world) {
		target := &programs{once: func(p *program) {
			if pauseFor(p, 4*time.Second) {
				p.dial(p.word("addr"))
				<-p.exited
			}
		}}
		w.expectPass(listening(w, target, func(_ *conformance.Case, server *conformance.Listener) { server.Accept() }))
	})

	simulated(t, "fails if no program connects for as long as the judge is patient", func(w *world) {
		r := listening(w, connecting(0, time.Hour), func(_ *conformance.Case, server *conformance.Listener) { server.Accept() })
		w.fails(r, Equal("expected: a connection to server\nseen:     none, though the program runs"))
		w.Expect(r.Seconds).To(Equal(5.0))
		w.Expect(r.Transcript.String()).To(ContainSubstring("no connection to server for 5s"))
	})

	simulated(t, "fails at once if the program ends before it connects", func(w *world) {
		r := listening(w, connecting(0, time.Second), func(_ *conformance.Case, server *conformance.Listener) { server.Accept() })
		w.fails(r, Equal("expected: a connection to server\nseen:     none, and the program ended: exit status 0"))
		w.Expect(r.Seconds).To(Equal(1.0))
	})

	simulated(t, "goes on while another program still runs that could connect", func(w *world) {
		ended := 0
		target := &programs{once: func(p *program) {
			if p.number == 1 {
				ended++
				return
			}
			if pauseFor(p, 3*time.Second) {
				p.dial(p.word("addr"))
				<-p.exited
			}
		}}
		w.expectPass(listening(w, target, func(c *conformance.Case, server *conformance.Listener) {
			c.Start(at(server.Addr()))
			server.Accept()
			in(c).Expect(ended).To(Equal(1))
		}))
	})

	simulated(t, "returns the connections that a program made before it ended", func(w *world) {
		target := &programs{once: func(p *program) {
			for range 3 {
				conn := p.dial(p.word("addr"))
				_, _ = conn.Write([]byte("x"))
			}
		}}
		w.expectPass(listening(w, target, func(c *conformance.Case, server *conformance.Listener) {
			<-c.Start(at(server.Addr())).Exited()
			for range 6 {
				server.Accept().ExpectBytes([]byte("x"))
			}
			in(c).Expect(server.TryAccept()).To(BeNil())
		}))
	})

	simulated(t, "is cut short by the end of the case's time", func(w *world) {
		r := w.ran(connecting(0, time.Hour), conformance.Options{Timeout: 8 * time.Second}, func(c *conformance.Case) {
			server := c.Listen("server")
			c.Start(at(server.Addr()))
			c.Pause(7 * time.Second)
			server.Accept()
		})
		w.skips(r, conformance.Inconclusive, "could not be judged within 8s")
	})
}

func TestProgramThatConnects(t *testing.T) {
	simulated(t, "is not silent to who waits for it on another connection", func(w *world) {
		target := &programs{once: func(p *program) {
			first := p.dial(p.word("addr"))
			pauseFor(p, 4*time.Second)
			p.dial(p.word("addr"))
			pauseFor(p, 4*time.Second)
			_, _ = first.Write([]byte("at last"))
			<-p.exited
		}}
		w.expectPass(listening(w, target, func(_ *conformance.Case, server *conformance.Listener) {
			server.Accept().ExpectBytes([]byte("at last"))
		}))
	})
}

func TestTryAccept(t *testing.T) {
	simulated(t, "returns nothing if no program connects", func(w *world) {
		w.expectPass(listening(w, connecting(0, time.Hour), func(c *conformance.Case, server *conformance.Listener) {
			in(c).Expect(server.TryAccept()).To(BeNil())
		}))
	})

	simulated(t, "returns a connection if one comes", func(w *world) {
		w.expectPass(listening(w, connecting(1, time.Hour), func(c *conformance.Case, server *conformance.Listener) {
			in(c).Expect(server.TryAccept()).NotTo(BeNil())
		}))
	})
}

func TestExpectNoOther(t *testing.T) {
	simulated(t, "accepts that all connections were accepted", func(w *world) {
		r := listening(w, connecting(2, time.Hour), func(_ *conformance.Case, server *conformance.Listener) {
			server.Accept()
			server.Accept()
			server.ExpectNoOther()
			server.ExpectNoOther()
		})
		w.expectPass(r)
		w.Expect(r.Seconds).To(BeZero(), "it waits for nothing")
		w.Expect(strings.Count(r.Transcript.String(), "accepted a connection")).To(Equal(2), "its own connection is not told")
	})

	simulated(t, "finds a connection that was made by then", func(w *world) {
		w.fails(listening(w, connecting(3, time.Hour), func(c *conformance.Case, server *conformance.Listener) {
			server.Accept()
			server.Accept()
			c.Pause(time.Second)
			server.ExpectNoOther()
		}), Equal("expected: no more than 2 connections to server\nseen:     one more"))
	})
}

func TestListenerThatIsClosed(t *testing.T) {
	simulated(t, "refuses connections from then on", func(w *world) {
		r := w.ran(fetches(), conformance.Options{}, func(c *conformance.Case) {
			server := c.Listen("server")
			server.Close()
			exit := c.Start(at(server.Addr())).ExpectEnd()
			in(c).Expect(exit.Status).To(Equal(1))
			server.ExpectNoOther()
		})
		w.expectPass(r)
		w.Expect(r.Transcript.String()).To(ContainSubstring("server stops listening"))
	})

	simulated(t, "ends the connections that were not accepted, and keeps the others", func(w *world) {
		ends := make(chan error, 2)
		target := &programs{once: func(p *program) {
			first, second := p.dial(p.word("addr")), p.dial(p.word("addr"))
			_, err := second.Read(make([]byte, 1))
			ends <- err
			_, err = first.Read(make([]byte, 1))
			ends <- err
		}}
		w.expectPass(listening(w, target, func(c *conformance.Case, server *conformance.Listener) {
			first := server.Accept()
			c.Pause(time.Second)
			server.Close()
			in(c).Expect(<-ends).To(HaveOccurred())
			in(c).Expect(first.Send([]byte("x"))).To(Succeed())
			in(c).Expect(<-ends).NotTo(HaveOccurred())
		}))
	})

	simulated(t, "can be replaced by one at the same address", func(w *world) {
		w.expectPass(w.ran(fetches(), conformance.Options{}, func(c *conformance.Case) {
			first := c.Listen("server")
			first.Close()
			again, err := c.ListenAt("server", first.Addr())
			in(c).Expect(err).NotTo(HaveOccurred())
			c.Start(at(again.Addr()))
			again.Accept()
		}))
	})
}
