package conformance_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// onSockets is the world of real sockets and real time, until the end of the spec.
func onSockets() *world { return &world{GinkgoTB(), NewWithT(GinkgoTB()), conformance.TCP{}} }

var _ = Describe("On real sockets", func() {
	DescribeTable("a check is told how its peer ended",
		func(serves func(*program, conformance.Socket), end conformance.End) {
			onSockets().passes(&programs{serves: serves}, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
				in(c).Expect(k.Send([]byte("x"))).To(Succeed())
				in(c).Expect(readOne(k)).To(Equal(end))
			}))
		},
		Entry("by an orderly close", func(_ *program, conn conformance.Socket) { _, _ = conn.Read(make([]byte, 1)) }, conformance.FIN),
		Entry("by a reset", resetOnceConnected, conformance.RST),
	)

	It("a peer is reset if the check resets it", func() {
		ended := make(chan error, 1)
		onSockets().passes(&programs{serves: func(_ *program, conn conformance.Socket) {
			_, err := io.Copy(io.Discard, conn)
			ended <- err
		}}, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			k.Reset()
			in(c).Expect(<-ended).To(MatchError(syscall.ECONNRESET))
		}))
	})

	It("little fits between a server and a client with a narrow connection that does not read", func() {
		written := make(chan int, 1)
		onSockets().passes(&programs{serves: func(_ *program, conn conformance.Socket) {
			_ = conn.SetWriteBuffer(4 << 10)
			n, _ := conn.Write(make([]byte, 16<<20))
			written <- n
		}}, conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.Narrow())
			in(c).Expect(readOne(k)).To(Equal(conformance.Open))
			k.Close()
			in(c).Expect(<-written).To(BeNumerically("<", 8<<20))
		})
	})

	It("a case listens at one port of both loopback addresses", func() {
		second, err := net.Listen("tcp", "[::1]:0")
		if err != nil {
			Skip("this machine has no IPv6: " + err.Error())
		}
		Expect(second.Close()).To(Succeed())
		target := &programs{once: func(p *program) {
			_, port, _ := net.SplitHostPort(p.word("addr"))
			for _, host := range []string{"::1", "127.0.0.1"} {
				conn := p.dial(net.JoinHostPort(host, port))
				_, _ = conn.Write([]byte(host + "\n"))
				_ = conn.CloseWrite()
			}
			<-p.exited
		}}
		w := onSockets()
		w.expectPass(w.ran(target, conformance.Options{}, func(c *conformance.Case) {
			server := c.Listen("server")
			c.Start(at(server.Addr()))
			var hosts []string
			for range 2 {
				all := make([]byte, 100)
				n, _ := server.Accept().Read(all)
				hosts = append(hosts, string(all[:n]))
			}
			in(c).Expect(hosts).To(ConsistOf("::1\n", "127.0.0.1\n"))
			server.ExpectNoOther()
			server.Close()
			_, err := c.TryDial(server.Addr())
			in(c).Expect(err).To(MatchError(syscall.ECONNREFUSED))
		}))
	})

	It("an address that refuses can be had by nobody else until it is released", func() {
		addr, release, err := conformance.TCP{}.Refuse()
		Expect(err).NotTo(HaveOccurred())
		_, err = net.Dial("tcp", addr)
		Expect(err).To(MatchError(syscall.ECONNREFUSED))
		_, err = net.Listen("tcp", addr)
		Expect(err).To(MatchError(syscall.EADDRINUSE))
		release()
		listener, err := net.Listen("tcp", addr)
		Expect(err).NotTo(HaveOccurred())
		Expect(listener.Close()).To(Succeed())
	})
})

var _ = Describe("An error of the system", func() {
	It("is ours if this process may not open more files", func() {
		var limit, low syscall.Rlimit
		Expect(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)).To(Succeed())
		low = limit
		low.Cur = 3 // fewer than are open
		Expect(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low)).To(Succeed())
		_, err := conformance.TCP{}.Listen(context.Background(), "127.0.0.1:0")
		Expect(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)).To(Succeed())
		Expect(err).To(MatchError(syscall.EMFILE))
		Expect(conformance.IsOurs(err)).To(BeTrue())
	})

	It("is ours if there is no address to connect from", func() {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}} // of no machine
		_, err := dialer.Dial("tcp", "127.0.0.1:1")
		Expect(err).To(MatchError(syscall.EADDRNOTAVAIL))
		Expect(conformance.IsOurs(err)).To(BeTrue())
	})

	DescribeTable("is not ours",
		func(err error) { Expect(conformance.IsOurs(err)).To(BeFalse()) },
		Entry("if a connection is refused", os.NewSyscallError("connect", syscall.ECONNREFUSED)),
		Entry("if a connection is reset", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}),
		Entry("if an address is in use", os.NewSyscallError("bind", syscall.EADDRINUSE)),
		Entry("if it is none of the system", errors.New("oops")),
		Entry("if there is none", nil),
	)
})
