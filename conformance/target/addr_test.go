package target_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

var _ = Describe("A server that runs already", func() {
	launch := conformance.Launch{"poem": conformance.Content(file("baseline", "What nobody told it to serve.\n"))}
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
	at := func(addr string, given []byte) *target.Addr {
		GinkgoHelper()
		t, err := target.NewAddr(server, addr, given)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(t.Close()).To(Succeed()) })
		return t
	}
	sendsVerse := func(conn *net.TCPConn) { _, _ = conn.Write(verse.Bytes()) }
	saysNothing := func(conn *net.TCPConn) { _, _ = io.Copy(io.Discard, conn) }

	It("has its file learnt from one connection, once", func() {
		t := at(serving(sendsVerse), nil)
		for range 3 {
			Expect(has(started(t, launch))).To(Equal(string(verse.Bytes())))
		}
		Expect(clients.Load()).To(BeEquivalentTo(1))
	})

	It("has the file that was given, whatever it sends", func() {
		t := at(serving(sendsVerse), []byte("Given.\n"))
		Expect(has(started(t, launch))).To(Equal("Given.\n"))
		t = at(serving(sendsVerse), []byte{})
		Expect(has(started(t, launch))).To(BeEmpty())
	})

	It("may have an empty file", func() {
		Expect(has(started(at(serving(func(*net.TCPConn) {}), nil), launch))).To(BeEmpty())
	})

	It("that says nothing can be judged, and is known to have been silent", func() {
		silent := server
		silent.Variables = []conformance.Variable{{Name: "poem", Learn: func(context.Context, net.Conn) ([]byte, error) { return nil, nil }}}
		t, err := target.NewAddr(silent, serving(saysNothing), nil)
		Expect(err).NotTo(HaveOccurred())
		instance := started(t, launch)
		Expect(has(instance)).To(Equal("What nobody told it to serve.\n"), "of which it will be judged to say nothing")
		Expect(instance.WasSilent).To(BeTrue())
		Expect(started(at(serving(sendsVerse), nil), launch).WasSilent).To(BeFalse())
	})

	It("of which nothing can be learnt is to blame, and what it has can be given", func() {
		lost := server
		lost.Variables = []conformance.Variable{{Name: "poem", Learn: func(context.Context, net.Conn) ([]byte, error) { return nil, errors.New("no end in sight") }}}
		t, err := target.NewAddr(lost, serving(sendsVerse), nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(notStarted(t, launch).Reason).To(And(ContainSubstring("no end in sight"), ContainSubstring("give it with --poem")))
	})

	It("of a role without anything to learn is only connected to", func() {
		plain := server
		plain.Variables = nil
		t, err := target.NewAddr(plain, serving(saysNothing), nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(started(t, nil).Addr).To(Equal(t.Name()))
	})

	It("is to blame if nothing is there", func() {
		listener := listen()
		addr := listener.Addr().String()
		Expect(listener.Close()).To(Succeed())
		t := at(addr, nil)
		failed := notStarted(t, launch)
		Expect(failed.Reason).To(SatisfyAll(ContainSubstring("nothing accepts connections at "+addr), ContainSubstring("refused")))
	})

	DescribeTable("must have an address",
		func(addr string) {
			_, err := target.NewAddr(server, addr, nil)
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
		for _, need := range []conformance.Need{conformance.NeedSignals, conformance.NeedUsage, conformance.NeedVariable("host")} {
			Expect(t.Lacks(need)).To(ContainSubstring("--exec"))
		}
		instance := started(t, launch)
		Expect(instance.Addr).To(Equal(t.Name()))
		Expect(instance.Exited()).To(BeNil(), "nobody can tell")
		Expect(instance.Signals).To(BeNil())
		Expect(instance.Usage).To(BeNil())
		Expect(instance.Output()).To(BeZero())
		Expect(instance.Stop()).To(Succeed())
		Expect(fetch(instance.Addr)).To(Equal(string(verse.Bytes())), "it goes on, for it is not ours")
	})
})
