package conformance_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// silence is how long the judge waits where nothing will come.
const silence = 100 * time.Millisecond

// resetOnceConnected resets a client that has sent something: a reset that comes
// sooner may fail its connect.
func resetOnceConnected(_ *program, conn *net.TCPConn) {
	_, _ = conn.Read(make([]byte, 1))
	_ = conn.SetLinger(0)
}

var _ = Describe("A connection", func() {
	impatient := conformance.Options{Patience: conformance.Patience{First: silence, Then: silence}}

	DescribeTable("tells how its peer ended",
		func(serve func(*program, *net.TCPConn), o conformance.Options, end conformance.End, words string) {
			r := judged(&programs{serves: serve}, o, func(c *conformance.Case) {
				k := c.Dial(conformance.DialOptions{})
				c.Expect(k.Send([]byte("x"))).To(Succeed())
				n, seen := k.Read(make([]byte, 10))
				c.Expect(n).To(BeZero())
				c.Expect(seen).To(Equal(end))
				c.Expect(seen.String()).To(Equal(words))
			})
			Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		},
		Entry("by closing", func(_ *program, conn *net.TCPConn) { _, _ = conn.Read(make([]byte, 1)) }, conformance.Options{}, conformance.FIN, "an orderly close"),
		Entry("by closing its sending side only", func(p *program, conn *net.TCPConn) {
			_ = conn.CloseWrite()
			<-p.exited
		}, conformance.Options{}, conformance.FIN, "an orderly close"),
		Entry("by a reset", resetOnceConnected, conformance.Options{}, conformance.RST, "a reset"),
		Entry("by saying nothing", func(p *program, _ *net.TCPConn) { <-p.exited }, impatient, conformance.Silent, "silence"),
	)

	It("tells a reset from other errors in the transcript", func() {
		ended := func(how func(*conformance.Conn)) string {
			return judged(&programs{serves: resetOnceConnected}, conformance.Options{}, func(c *conformance.Case) {
				k := c.Dial(conformance.DialOptions{})
				c.Expect(k.Send([]byte("x"))).To(Succeed())
				how(k)
				_, end := k.Read(make([]byte, 1))
				c.Expect(end).To(Equal(conformance.RST))
			}).Transcript
		}
		Expect(ended(func(*conformance.Conn) {})).To(MatchRegexp("#1 +<- RST"))
		Expect(ended((*conformance.Conn).Close)).To(MatchRegexp("#1 +<- failed: .* use of closed network connection"))
	})

	Describe("that the system has lost before the program had it", func() {
		// losing is a system that loses a number of connections: nothing ever comes on them.
		losing := func(lost int) *programs {
			var mu sync.Mutex
			gone := map[string]bool{}
			return &programs{
				serves: func(p *program, conn *net.TCPConn) {
					mu.Lock()
					if len(gone) < lost {
						gone[conn.RemoteAddr().String()] = true
						mu.Unlock()
						<-p.exited
						return
					}
					mu.Unlock()
					_, _ = conn.Write([]byte("a poem")) // the client tells
				},
				holds: func(client net.Addr) bool {
					mu.Lock()
					defer mu.Unlock()
					return !gone[client.String()]
				},
			}
		}
		brief := conformance.Options{Patience: conformance.Patience{First: 1500 * time.Millisecond, Then: 1500 * time.Millisecond}}

		It("is made again, and the transcript says so", func() {
			r := judged(losing(2), brief, func(c *conformance.Case) {
				n, _ := c.Dial(conformance.DialOptions{}).Read(make([]byte, 10))
				c.Expect(n).To(BeNumerically(">", 0))
				c.Wrong("a transcript", "one")
			})
			Expect(r.Message).To(ContainSubstring("a transcript"))
			Expect(strings.Count(r.Transcript, "the system has lost the connection: connected again")).To(Equal(2))
			Expect(r.Transcript).To(MatchRegexp(`#1 +<- 6 bytes "a poem"`))
		})

		It("is not made again once something was sent on it, which the system would send again", func() {
			r := judged(losing(1), brief, func(c *conformance.Case) {
				k := c.Dial(conformance.DialOptions{})
				c.Expect(k.Send([]byte("x"))).To(Succeed())
				_, end := k.Read(make([]byte, 10))
				c.Expect(end).To(Equal(conformance.Silent))
			})
			Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		})

		It("is not made again for ever", func() {
			r := judged(losing(1000), brief, func(c *conformance.Case) {
				_, end := c.Dial(conformance.DialOptions{}).Read(make([]byte, 10))
				c.Expect(end).To(Equal(conformance.Silent))
			})
			Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		})
	})

	It("gives what comes before it tells the end", func() {
		r := judged(sends([]byte("ab")), conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			var got []byte
			buf := make([]byte, 1)
			for {
				n, end := k.Read(buf)
				if end != conformance.Open {
					c.Expect(end).To(Equal(conformance.FIN))
					break
				}
				got = append(got, buf[:n]...)
			}
			c.Expect(string(got)).To(Equal("ab"))
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	DescribeTable("ends as the check ends it",
		func(end func(*conformance.Conn), seen error) {
			ended := make(chan error, 1)
			target := &programs{serves: func(_ *program, conn *net.TCPConn) {
				_, err := io.Copy(io.Discard, conn)
				ended <- err
			}}
			r := judged(target, conformance.Options{}, func(c *conformance.Case) {
				end(c.Dial(conformance.DialOptions{}))
				var err error
				Eventually(ended).Should(Receive(&err))
				if seen == nil {
					c.Expect(err).NotTo(HaveOccurred())
				} else {
					c.Expect(err).To(MatchError(seen))
				}
			})
			Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		},
		Entry("by closing", (*conformance.Conn).Close, nil),
		Entry("by closing the sending side", (*conformance.Conn).CloseWrite, nil),
		Entry("by a reset", (*conformance.Conn).Reset, syscall.ECONNRESET),
	)

	It("can be read after its sending side was closed", func() {
		r := judged(&programs{serves: func(p *program, conn *net.TCPConn) {
			_, _ = io.Copy(io.Discard, conn)
			p.send(conn)
		}}, conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			k.CloseWrite()
			c.Expect(k.Match(c.Poem(), conformance.Pace{}).Whole()).To(BeTrue())
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	It("sends all of what it is given", func() {
		data := bytes.Repeat([]byte("row, row, "), 1<<18)
		received := make(chan []byte, 1)
		r := judged(&programs{serves: func(_ *program, conn *net.TCPConn) {
			all, _ := io.ReadAll(conn)
			received <- all
		}}, conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			c.Expect(k.Send(data)).To(Succeed())
			k.CloseWrite()
			var got []byte
			Eventually(received).Should(Receive(&got))
			c.Expect(bytes.Equal(got, data)).To(BeTrue())
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	It("gives up sending to a peer that does not read", func() {
		r := judged(&programs{serves: func(p *program, _ *net.TCPConn) { <-p.exited }}, impatient, func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			c.Expect(k.Send(make([]byte, 64<<20))).NotTo(Succeed())
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		Expect(r.Transcript).To(ContainSubstring("-> failed"))
	})

	It("tells when its peer has gone while it sends", func() {
		r := judged(&programs{serves: resetOnceConnected}, conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			var err error
			c.Expect(c.Until(func() bool { err = k.Send(make([]byte, 1<<20)); return err != nil })).To(BeTrue())
			c.Expect(errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)).To(BeTrue(), err.Error())
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	It("may be narrow, so that little fits between a server and a client that does not read", func() {
		written := make(chan int, 1)
		target := &programs{serves: func(p *program, conn *net.TCPConn) {
			_ = conn.SetWriteBuffer(4 << 10)
			n, _ := conn.Write(make([]byte, 16<<20))
			written <- n
		}}
		r := judged(target, conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.Narrow())
			_, end := k.Read(make([]byte, 1))
			c.Expect(end).To(Equal(conformance.Open))
			k.Close()
			var n int
			Eventually(written).Should(Receive(&n))
			c.Expect(n).To(BeNumerically("<", 8<<20))
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	It("that is refused fails the case, unless the check only tries", func() {
		closed, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		nowhere := closed.Addr().String()
		Expect(closed.Close()).To(Succeed())
		r := judged(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			_, err := c.TryDial(nowhere)
			c.Expect(err).To(MatchError(syscall.ECONNREFUSED))
			k, err := c.TryDial(c.Instance().Addr())
			c.Expect(err).NotTo(HaveOccurred())
			c.Expect(k.Match(c.Poem(), conformance.Pace{}).Whole()).To(BeTrue())
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		Expect(r.Transcript).To(ContainSubstring("could not connect to " + nowhere))

		r = judged(&programs{single: true}, conformance.Options{}, func(c *conformance.Case) {
			_ = c.Instance().(interface{ Stop() error }).Stop()
			c.Dial(conformance.DialOptions{})
		})
		Expect(r.Outcome).To(Equal(conformance.Fail))
		Expect(r.Message).To(HavePrefix("expected: a connection to 127.0.0.1:"))
		Expect(r.Message).To(ContainSubstring("refused"))
	})
})
