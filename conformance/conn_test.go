package conformance_test

import (
	"bytes"
	"errors"
	"io"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// resetOnceConnected resets a client that has sent something: a reset that comes
// sooner may fail its connect.
func resetOnceConnected(_ *program, conn conformance.Socket) {
	_, _ = conn.Read(make([]byte, 1))
	_ = conn.SetLinger(0)
}

// silent says nothing until the program ends.
func silent(p *program, _ conformance.Socket) { <-p.exited }

// sends returns a target whose programs send these bytes, whatever their file, and then
// close.
func sends(data []byte) *programs {
	return &programs{serves: func(p *program, conn conformance.Socket) {
		_, _ = conn.Write(data)
		_ = conn.CloseWrite()
		<-p.exited
	}}
}

// onConn is a check of one connection to the instance.
func onConn(f func(*conformance.Case, *conformance.Conn)) func(*conformance.Case) {
	return func(c *conformance.Case) { f(c, c.Dial(conformance.DialOptions{})) }
}

func TestPeerEndsConnection(t *testing.T) {
	for _, test := range []struct {
		title  string
		serves func(*program, conformance.Socket)
		end    conformance.End
		words  string
	}{
		{"by closing", func(_ *program, conn conformance.Socket) { _, _ = conn.Read(make([]byte, 1)) }, conformance.FIN, "an orderly close"},
		{"by closing its sending side only", func(p *program, conn conformance.Socket) {
			_ = conn.CloseWrite()
			<-p.exited
		}, conformance.FIN, "an orderly close"},
		{"by a reset", resetOnceConnected, conformance.RST, "a reset"},
		{"by saying nothing", silent, conformance.Silent, "silence"},
	} {
		simulated(t, test.title, func(w *world) {
			w.passes(&programs{serves: test.serves}, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
				in(c).Expect(k.Send([]byte("x"))).To(Succeed())
				n, seen := k.Read(make([]byte, 10))
				in(c).Expect(n).To(BeZero())
				in(c).Expect(seen).To(Equal(test.end))
				in(c).Expect(seen.String()).To(Equal(test.words))
			}))
		})
	}

	simulated(t, "by a reset or by another error, which the transcript tells apart", func(w *world) {
		ended := func(how func(*conformance.Conn)) string {
			return w.passes(&programs{serves: resetOnceConnected}, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
				in(c).Expect(k.Send([]byte("x"))).To(Succeed())
				how(k)
				_, end := k.Read(make([]byte, 1))
				in(c).Expect(end).To(Equal(conformance.RST))
			})).Transcript.String()
		}
		w.Expect(ended(func(*conformance.Conn) {})).To(MatchRegexp("client#1 <- RST"))
		w.Expect(ended((*conformance.Conn).Close)).To(MatchRegexp("client#1 <- failed: .* use of closed network connection"))
	})

	simulated(t, "after all that it has sent was read", func(w *world) {
		w.passes(sends([]byte("ab")), conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			var got []byte
			buf := make([]byte, 1)
			for {
				n, end := k.Read(buf)
				if end != conformance.Open {
					in(c).Expect(end).To(Equal(conformance.FIN))
					break
				}
				got = append(got, buf[:n]...)
			}
			in(c).Expect(string(got)).To(Equal("ab"))
		}))
	})
}

func TestCheckEndsConnection(t *testing.T) {
	for _, test := range []struct {
		title string
		end   func(*conformance.Conn)
		seen  error
	}{
		{"by closing", (*conformance.Conn).Close, nil},
		{"by closing the sending side", (*conformance.Conn).CloseWrite, nil},
		{"by a reset", (*conformance.Conn).Reset, syscall.ECONNRESET},
	} {
		simulated(t, test.title, func(w *world) {
			ended := make(chan error, 1)
			target := &programs{serves: func(_ *program, conn conformance.Socket) {
				_, err := io.Copy(io.Discard, conn)
				ended <- err
			}}
			w.passes(target, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
				test.end(k)
				if err := <-ended; test.seen == nil {
					in(c).Expect(err).NotTo(HaveOccurred())
				} else {
					in(c).Expect(err).To(MatchError(test.seen))
				}
			}))
		})
	}

	simulated(t, "by closing the sending side, and can still read", func(w *world) {
		w.passes(&programs{serves: func(p *program, conn conformance.Socket) {
			_, _ = io.Copy(io.Discard, conn)
			p.send(conn)
		}}, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			k.CloseWrite()
			in(c).Expect(k.Match(c.File("text"), conformance.Pace{}).Whole()).To(BeTrue())
		}))
	})
}

func TestSend(t *testing.T) {
	simulated(t, "sends all that it is given, at once or byte by byte", func(w *world) {
		data := bytes.Repeat([]byte("row, row, "), 1<<16)
		received := make(chan []byte, 1)
		w.passes(&programs{serves: func(_ *program, conn conformance.Socket) {
			all, _ := io.ReadAll(conn)
			received <- all
		}}, conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			in(c).Expect(k.Send(data)).To(Succeed())
			k.CloseWrite()
			in(c).Expect(bytes.Equal(<-received, data)).To(BeTrue())
			k = c.Dial(conformance.DialOptions{})
			in(c).Expect(k.SendBytes(data[:100])).To(Succeed())
			k.CloseWrite()
			in(c).Expect(bytes.Equal(<-received, data[:100])).To(BeTrue())
		})
	})

	simulated(t, "gives up if the peer does not read", func(w *world) {
		r := w.passes(&programs{serves: silent}, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			in(c).Expect(k.Send(make([]byte, 1<<20))).NotTo(Succeed())
		}))
		w.Expect(r.Transcript.String()).To(ContainSubstring("client#1 -> failed"))
		w.Expect(r.Seconds).To(BeNumerically("~", 5, 1), "the patience of the judge")
	})

	simulated(t, "goes on as long as the peer reads, however slowly", func(w *world) {
		const size = 200 << 10
		w.passes(&programs{serves: func(_ *program, conn conformance.Socket) {
			for buf := make([]byte, 20<<10); ; {
				if _, err := conn.Read(buf); err != nil {
					return
				}
				<-time.NewTimer(2 * time.Second).C
			}
		}}, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			start := c.Clock()
			in(c).Expect(k.Send(make([]byte, size))).To(Succeed())
			in(c).Expect(c.Clock().Sub(start)).To(BeNumerically(">", 5*time.Second), "the patience of the judge")
		}))
	})

	simulated(t, "tells that the peer has gone", func(w *world) {
		w.passes(&programs{serves: resetOnceConnected}, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			var err error
			in(c).Expect(c.Until(func() bool { err = k.Send(make([]byte, 1<<20)); return err != nil })).To(BeTrue())
			in(c).Expect(errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)).To(BeTrue(), err.Error())
		}))
	})
}

func TestRefusedConnection(t *testing.T) {
	simulated(t, "is an answer to a check that tries", func(w *world) {
		r := w.passes(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			_, err := c.TryDial(c.Refusing())
			in(c).Expect(err).To(MatchError(syscall.ECONNREFUSED))
			k, err := c.TryDial(c.Addr())
			in(c).Expect(err).NotTo(HaveOccurred())
			in(c).Expect(k.Match(c.File("text"), conformance.Pace{}).Whole()).To(BeTrue())
		})
		w.Expect(r.Transcript.String()).To(MatchRegexp(`could not connect to 127\.0\.0\.1:\d+: .*refused`))
	})

	simulated(t, "is a failure of a check that does not", func(w *world) {
		r := w.judged(&programs{single: true}, conformance.Options{}, func(c *conformance.Case) {
			c.Instance().End()
			c.Dial(conformance.DialOptions{})
		})
		w.fails(r, And(HavePrefix("expected: a connection to 127.0.0.1:"), ContainSubstring("refused")))
	})
}

func TestExpectBytes(t *testing.T) {
	for _, test := range []struct {
		title, sent string
		failure     string // empty: none
	}{
		{"accepts the bytes", "abcdef", ""},
		{"does not look at what comes after the bytes", "abcdefg", ""},
		{"names what came in place of the bytes", "abcxyz", "expected: \"abcdef\" on client#1\nseen:     \"abcxyz\""},
		{"names what came before a close", "abc", "expected: \"abcdef\" on client#1\nseen:     an orderly close after \"abc\""},
		{"names that nothing came", "", "expected: \"abcdef\" on client#1\nseen:     an orderly close after \"\""},
	} {
		simulated(t, test.title, func(w *world) {
			r := w.judged(sends([]byte(test.sent)), conformance.Options{}, onConn(func(_ *conformance.Case, k *conformance.Conn) {
				k.ExpectBytes([]byte("abcdef"))
			}))
			if test.failure == "" {
				w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
				return
			}
			w.fails(r, Equal(test.failure))
		})
	}
}

func TestExpectEndOfConnection(t *testing.T) {
	closes := func(_ *program, conn conformance.Socket) { _ = conn.CloseWrite() }
	speaks := func(p *program, conn conformance.Socket) {
		_, _ = conn.Write([]byte("more"))
		<-p.exited
	}
	for _, test := range []struct {
		title   string
		serves  func(*program, conformance.Socket)
		expects func(*conformance.Conn)
		failure string // empty: none
	}{
		{"ExpectFIN accepts an orderly close", closes, (*conformance.Conn).ExpectFIN, ""},
		{"ExpectFIN refuses bytes", speaks, (*conformance.Conn).ExpectFIN, "expected: an orderly close of client#1\nseen:     \"more\""},
		{"ExpectFIN refuses silence", silent, (*conformance.Conn).ExpectFIN, "expected: an orderly close of client#1\nseen:     silence"},
		{"ExpectFIN refuses a reset", resetOnceConnected, func(k *conformance.Conn) {
			_ = k.Send([]byte("x"))
			k.ExpectFIN()
		}, "expected: an orderly close of client#1\nseen:     a reset"},
		{"ExpectNothingSent accepts silence", silent, (*conformance.Conn).ExpectNothingSent, ""},
		{"ExpectNothingSent accepts an orderly close", closes, (*conformance.Conn).ExpectNothingSent, ""},
		{"ExpectNothingSent refuses bytes", speaks, (*conformance.Conn).ExpectNothingSent, "expected: not a byte from the program on client#1\nseen:     \"more\""},
	} {
		simulated(t, test.title, func(w *world) {
			r := w.judged(&programs{serves: test.serves}, conformance.Options{}, onConn(func(_ *conformance.Case, k *conformance.Conn) { test.expects(k) }))
			if test.failure == "" {
				w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
				return
			}
			w.fails(r, Equal(test.failure))
		})
	}
}

func TestListenFor(t *testing.T) {
	for _, test := range []struct {
		title  string
		serves func(*program, conformance.Socket)
		end    conformance.End
		takes  time.Duration
		left   bool
	}{
		{"waits as long as it is told where nothing comes", silent, conformance.Silent, 3 * time.Second, false},
		{"tells at once that bytes came", func(p *program, conn conformance.Socket) {
			_, _ = conn.Write([]byte("x"))
			<-p.exited
		}, conformance.Open, 0, false},
		{"tells at once that the peer has closed", func(p *program, conn conformance.Socket) {
			_ = conn.CloseWrite()
			<-p.exited
		}, conformance.FIN, 0, true},
		{"tells at once that the peer has reset the connection", resetOnceConnected, conformance.RST, 0, true},
	} {
		simulated(t, test.title, func(w *world) {
			w.passes(&programs{serves: test.serves}, conformance.Options{}, func(c *conformance.Case) {
				dial := func() *conformance.Conn {
					k := c.Dial(conformance.DialOptions{})
					in(c).Expect(k.Send([]byte("x"))).To(Succeed())
					return k
				}
				start := c.Clock()
				in(c).Expect(dial().ListenFor(3 * time.Second)).To(Equal(test.end))
				in(c).Expect(c.Clock().Sub(start)).To(Equal(test.takes))
				in(c).Expect(dial().PeerHasLeft(3 * time.Second)).To(Equal(test.left))
			})
		})
	}

	simulated(t, "is cut short by the end of the case's time", func(w *world) {
		r := w.judged(&programs{serves: silent}, conformance.Options{Timeout: time.Second}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			k.ListenFor(time.Hour)
			c.Wrong("no return", "a return")
		}))
		w.skips(r, conformance.Inconclusive, "could not be judged within 1s")
	})
}

func TestNarrowConnection(t *testing.T) {
	simulated(t, "lets a program notice a client that does not read", func(w *world) {
		written := make(chan int, 1)
		target := &programs{serves: func(_ *program, conn conformance.Socket) {
			n, _ := conn.Write(bytes.Repeat([]byte("x"), 1<<20))
			written <- n
		}}
		w.passes(target, conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.Narrow())
			_, end := k.Read(make([]byte, 1))
			in(c).Expect(end).To(Equal(conformance.Open))
			k.Close()
			in(c).Expect(<-written).To(BeNumerically("<", 200<<10))
		})
	})
}
