package target_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

var _ = Describe("A server that runs already", func() {
	setup := conformance.Setup{Fixture: poem("What nobody told it to serve.\n")}
	var clients atomic.Int64
	// serving is where a server serves each client with a function, until the end
	// of the spec.
	serving := func(serve func(conn *net.TCPConn)) string {
		GinkgoHelper()
		listener := listen()
		clients.Store(0)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				clients.Add(1)
				serve(conn.(*net.TCPConn))
				_ = conn.Close()
			}
		}()
		DeferCleanup(func() {
			_ = listener.Close()
			Eventually(done).Should(BeClosed())
		})
		return listener.Addr().String()
	}
	at := func(addr string, poem []byte) *target.Addr {
		GinkgoHelper()
		t, err := target.NewAddr(addr, poem)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(t.Close()).To(Succeed()) })
		return t
	}
	sendsVerse := func(conn *net.TCPConn) { _, _ = conn.Write(verse.Bytes()) }
	saysNothing := func(conn *net.TCPConn) { _, _ = io.Copy(io.Discard, conn) }

	It("has its poem learnt from one connection, once", func() {
		t := at(serving(sendsVerse), nil)
		for range 3 {
			Expect(started(t, setup).Poem()).To(Equal(verse.Bytes()))
		}
		Expect(clients.Load()).To(BeEquivalentTo(1))
	})

	It("has a long poem learnt whole", func() {
		long := bytes.Repeat([]byte("on and on "), 1<<19)
		t := at(serving(func(conn *net.TCPConn) { _, _ = conn.Write(long) }), nil)
		Expect(bytes.Equal(started(t, setup).Poem(), long)).To(BeTrue())
	})

	It("has a poem learnt whole that comes slowly", func() {
		slow := bytes.Repeat([]byte("."), 120)
		t := at(serving(func(conn *net.TCPConn) {
			for i := range slow {
				_, _ = conn.Write(slow[i : i+1])
				pause(10 * time.Millisecond) // all of them take longer than it may be silent
			}
		}), nil)
		t.SilentWithin(time.Second)
		Expect(started(t, setup).Poem()).To(Equal(slow))
	})

	It("has the poem that was given, whatever it sends", func() {
		t := at(serving(sendsVerse), []byte("Given.\n"))
		Expect(started(t, setup).Poem()).To(Equal([]byte("Given.\n")))
		t = at(serving(sendsVerse), []byte{})
		Expect(started(t, setup).Poem()).To(BeEmpty())
	})

	It("may have an empty poem", func() {
		Expect(started(at(serving(func(*net.TCPConn) {}), nil), setup).Poem()).To(BeEmpty())
	})

	It("that says nothing is learnt from for a while only, and can be judged", func() {
		t := at(serving(saysNothing), nil)
		t.SilentWithin(short)
		instance := started(t, conformance.Setup{Fixture: verse})
		Expect(instance.Poem()).To(Equal(verse.Bytes()), "of which it will be judged to say nothing")
		Expect(clients.Load()).To(BeEquivalentTo(1))
	})

	It("that stops in the middle has that much learnt", func() {
		t := at(serving(func(conn *net.TCPConn) { sendsVerse(conn); saysNothing(conn) }), nil)
		t.SilentWithin(short)
		Expect(started(t, setup).Poem()).To(Equal(verse.Bytes()))
	})

	It("that never ends is learnt from until the run is interrupted", func() {
		ctx, cancel := context.WithCancel(context.Background())
		t := at(serving(func(conn *net.TCPConn) {
			sendsVerse(conn)
			cancel()
			saysNothing(conn)
		}), nil)
		_, _ = t.Start(ctx, setup) // returns
		Expect(ctx.Err()).To(HaveOccurred())
	})

	It("is to blame if nothing is there", func() {
		listener := listen()
		addr := listener.Addr().String()
		Expect(listener.Close()).To(Succeed())
		t := at(addr, nil)
		failed := notStarted(t, setup)
		Expect(failed.Reason).To(SatisfyAll(ContainSubstring("nothing accepts connections at "+addr), ContainSubstring("refused")))
	})

	DescribeTable("must have an address",
		func(addr string) {
			_, err := target.NewAddr(addr, nil)
			Expect(err).To(MatchError(ContainSubstring("is not HOST:PORT")))
		},
		Entry("not nothing", ""),
		Entry("with a port", "localhost"),
		Entry("with a port that is not empty", "localhost:"),
		Entry("with a port that is a number", "localhost:http"),
		Entry("with a port that there is", "localhost:65536"),
		Entry("with a port to connect to", "localhost:0"),
		Entry("with brackets around IPv6", "::1:10000"),
	)

	It("can only be connected to", func() {
		t := at(serving(sendsVerse), nil)
		Expect(t.Kind()).To(Equal("addr"))
		Expect(t.Single()).To(BeTrue())
		Expect(t.Lacks(0)).To(BeEmpty())
		for _, need := range []conformance.Need{conformance.NeedProcess, conformance.NeedUsage, conformance.NeedHost, conformance.NeedPoem} {
			Expect(t.Lacks(need)).To(ContainSubstring("--exec"))
		}
		instance := started(t, setup)
		Expect(instance.Addr()).To(Equal(t.Name()))
		Expect(instance.Exited()).To(BeNil(), "nobody can tell")
		Expect(instance.Signal(syscall.SIGTERM)).To(MatchError(conformance.ErrNotSupported))
		_, err := instance.Usage()
		Expect(err).To(MatchError(conformance.ErrNotSupported))
		Expect(instance.Output()).To(BeEmpty())
		Expect(instance.Stop()).To(Succeed())
		Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())), "it goes on, for it is not ours")
	})
})
