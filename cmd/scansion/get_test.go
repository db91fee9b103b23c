package main

import (
	"io"
	"net"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"
)

// reciting runs a server of a poem.
func reciting(poem string) (addr string) {
	GinkgoHelper()
	return listen(func(conn net.Conn) { _, _ = io.WriteString(conn, poem) })
}

// refusing is an address that nobody listens at any more.
func refusing() (addr string) {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	Expect(listener.Close()).To(Succeed())
	return listener.Addr().String()
}

var _ = Describe("scansion get", func() {
	It("writes exactly the poems, in the order of the addresses", func() {
		release := make(chan struct{})
		late := listen(func(conn net.Conn) {
			<-release
			_, _ = io.WriteString(conn, "first\r\n")
		})
		other := listen(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "se")
			_, _ = io.WriteString(conn, "cond\x00")
			_ = conn.Close()
			close(release)
		})
		session := start("get", late, reciting(""), other)
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(Equal("first\r\nsecond\x00"))
		Expect(session.Err.Contents()).To(BeEmpty())
	})

	It("writes a poem as soon as those before it are there", func() {
		release := make(chan struct{})
		late := listen(func(conn net.Conn) {
			<-release
			_, _ = io.WriteString(conn, "last")
		})
		session := start("get", reciting("first"), late)
		Eventually(session.Out).Should(gbytes.Say("first"))
		close(release)
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(Equal("firstlast"))
	})

	It("writes a large poem", func() {
		poem := strings.Repeat("a lamp at the ferry\n", 500_000)
		session := start("get", reciting(poem))
		Eventually(session).Should(gexec.Exit(0))
		Expect(strings.Compare(string(session.Out.Contents()), poem)).To(BeZero(), "the bytes differ")
	})

	It("says which poems did not come, and why, and hands on the others", func() {
		nobody := refusing()
		cut := listen(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "a piece")
			_ = conn.(*net.TCPConn).SetLinger(0)
		})
		session := start("get", nobody, reciting("whole"), cut)
		Eventually(session).Should(gexec.Exit(1))
		Expect(string(session.Out.Contents())).To(Equal("whole"))
		lines := strings.Split(strings.TrimSuffix(string(session.Err.Contents()), "\n"), "\n")
		Expect(lines).To(ConsistOf(
			HavePrefix("scansion: cannot get the poem at "+nobody+": the connection was refused"),
			// The client may have been connecting still.
			And(HavePrefix("scansion: cannot get the poem at "+cut+": "), HaveSuffix("reset by peer"))))
	})

	It("gives up a poem that takes too long, if it is told to", func() {
		endless := listen(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "a piece")
			_, _ = io.Copy(io.Discard, conn) // until the client goes
		})
		session := start("get", "--timeout", "500ms", endless)
		Eventually(session).Should(gexec.Exit(1))
		Expect(session.Out.Contents()).To(BeEmpty())
		Expect(string(session.Err.Contents())).To(Equal("scansion: cannot get the poem at " + endless + ": it was not there within 500ms\n"))
	})

	It("ends when it is interrupted, and says what is missing", func() {
		endless := listen(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
		session := start("get", reciting("whole"), endless)
		Eventually(session.Out).Should(gbytes.Say("whole"))
		session.Interrupt()
		Eventually(session).Should(gexec.Exit(130))
		Expect(session.Err).To(gbytes.Say("scansion: cannot get the poem at " + endless + ": the connection was aborted\n"))
	})
})
