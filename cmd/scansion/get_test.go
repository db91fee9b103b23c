package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"scansion/conformance/reference/netstring"
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

// endless runs a server that sends a piece, and then nothing.
func endless() (addr string) {
	GinkgoHelper()
	return listen(func(conn net.Conn) {
		_, _ = io.WriteString(conn, "a piece")
		_, _ = io.Copy(io.Discard, conn) // until the client goes
	})
}

// cutting runs a server that resets the connection in the middle of the poem.
func cutting() (addr string) {
	GinkgoHelper()
	return listen(func(conn net.Conn) {
		_, _ = io.WriteString(conn, "a piece")
		_ = conn.(*net.TCPConn).SetLinger(0)
	})
}

// transforming runs a transform server, which answers each request with these bytes.
func transforming(answer func(request string) string) (addr string) {
	GinkgoHelper()
	return listen(func(conn net.Conn) {
		if request, err := netstring.NewReader(conn).Next(); err == nil {
			_, _ = io.WriteString(conn, answer(string(request)))
		}
	})
}

// lowering answers as a transform server that conforms.
func lowering(request string) string {
	_, poem, _ := strings.Cut(request, ".")
	return string(netstring.Append(nil, strings.ToLower(poem)))
}

// linesOf are the lines of standard error.
func linesOf(session *gexec.Session) []string {
	return strings.Split(strings.TrimSuffix(string(session.Err.Contents()), "\n"), "\n")
}

// startWith starts the command with its standard output in a pipe that nobody reads.
func startWith(cmd *exec.Cmd) (stdout io.ReadCloser, errs *bytes.Buffer) {
	GinkgoHelper()
	errs = new(bytes.Buffer)
	cmd.Stderr = errs
	stdout, err := cmd.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(cmd.Start()).To(Succeed())
	DeferCleanup(func() { _ = cmd.Process.Kill() }) // it has ended, as a rule
	return stdout, errs
}

var _ = Describe("scansion get", Label("programs"), func() {
	It("writes exactly the poems, each as soon as it is whole", func() {
		release := make(chan struct{})
		late := listen(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "la")
			<-release
			_, _ = io.WriteString(conn, "st\r\n")
		})
		session := start("get", late, reciting(""), reciting("first\x00\xff"))
		Eventually(session.Out.Contents).Should(BeEquivalentTo("first\x00\xff"))
		close(release)
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(Equal("first\x00\xfflast\r\n"))
		Expect(session.Err.Contents()).To(BeEmpty())
	})

	It("writes them in the order of the addresses, if it is told to", func() {
		release := make(chan struct{})
		late := listen(func(conn net.Conn) {
			<-release
			_, _ = io.WriteString(conn, "second\r\n")
		})
		other := listen(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "thi")
			_, _ = io.WriteString(conn, "rd\x00")
			_ = conn.Close()
			close(release)
		})
		session := start("get", "--in-order", reciting("first "), late, reciting(""), refusing(), other)
		Eventually(session).Should(gexec.Exit(1))
		Expect(string(session.Out.Contents())).To(Equal("first second\r\nthird\x00"))
		Expect(linesOf(session)).To(ConsistOf(ContainSubstring("the connection was refused")))
	})

	It("writes a poem as soon as those before it are there, if they are in order", func() {
		release := make(chan struct{})
		late := listen(func(conn net.Conn) {
			<-release
			_, _ = io.WriteString(conn, "last")
		})
		nobody := refusing()
		session := start("get", "--in-order", reciting("first"), late, nobody)
		Eventually(session.Out).Should(gbytes.Say("first"))
		Eventually(session.Err).Should(gbytes.Say("cannot get the poem at "+nobody), "failures do not wait")
		close(release)
		Eventually(session).Should(gexec.Exit(1))
		Expect(string(session.Out.Contents())).To(Equal("firstlast"))
	})

	It("writes a large poem", func() {
		poem := strings.Repeat("a lamp at the ferry\n", 500_000)
		session := start("get", reciting(poem))
		Eventually(session).Should(gexec.Exit(0))
		expectSame(string(session.Out.Contents()), poem)
	})

	It("sends nothing to a poetry server", func() {
		received := make(chan []byte, 1)
		addr := listen(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "a lamp")
			_ = conn.(*net.TCPConn).CloseWrite()
			all, _ := io.ReadAll(conn)
			received <- all
		})
		session := start("get", addr)
		Eventually(session).Should(gexec.Exit(0))
		Eventually(received).Should(Receive(BeEmpty()))
	})

	It("takes many addresses, and one as often as it is named", func() {
		args := []string{"get"}
		lamp, rope := reciting("lamp"), reciting("rope")
		for range 200 {
			args = append(args, lamp, rope)
		}
		session := start(args...)
		Eventually(session).Should(gexec.Exit(0))
		Expect(strings.Count(string(session.Out.Contents()), "lamp")).To(Equal(200))
		Expect(strings.Count(string(session.Out.Contents()), "rope")).To(Equal(200))
	})

	It("says which poems did not come, and why, and hands on the others", func() {
		nobody, cut := refusing(), cutting()
		session := start("get", nobody, reciting("whole"), cut)
		Eventually(session).Should(gexec.Exit(1))
		Expect(string(session.Out.Contents())).To(Equal("whole"))
		Expect(linesOf(session)).To(ConsistOf(
			HavePrefix("scansion: cannot get the poem at "+nobody+": the connection was refused"),
			// The client may have been connecting still.
			And(HavePrefix("scansion: cannot get the poem at "+cut+": "), HaveSuffix("reset by peer"))))
	})

	It("gives up a poem that takes too long, and hands on the others", func() {
		late := endless()
		// The other has five seconds, which is much.
		session := start("get", "--timeout", "5", late, reciting("whole"))
		Eventually(session).Should(gexec.Exit(1))
		Expect(string(session.Out.Contents())).To(Equal("whole"))
		Expect(linesOf(session)).To(ConsistOf(HavePrefix("scansion: cannot get the poem at " + late + ": timed out")))
	})

	DescribeTable("gives up a poem that takes too long, within a time in all,",
		func(timeout, shown string) {
			addr := endless()
			session := start("get", "--timeout", timeout, addr)
			Eventually(session).Should(gexec.Exit(1))
			Expect(session.Out.Contents()).To(BeEmpty())
			Expect(string(session.Err.Contents())).To(Equal("scansion: cannot get the poem at " + addr + ": timed out: it was not there within " + shown + "\n"))
		},
		Entry("which is a duration", "250ms", "250ms"),
		Entry("which is in seconds", "1", "1s"),
		Entry("which is a fraction of a second", "0.25", "250ms"),
		Entry("which is a fraction without a nought", ".25", "250ms"),
	)
})

var _ = Describe("scansion get --transform", Label("programs"), func() {
	It("writes what a transform server makes of each poem", func() {
		session := start("get", "--in-order", "--transform", transforming(lowering), reciting("A Lamp\n"), reciting(""), reciting("A.Rope"))
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(Equal("a lamp\na.rope"))
		Expect(session.Err.Contents()).To(BeEmpty())
	})

	DescribeTable("writes the original, and says why, with the status of success, where the server",
		func(reason string, answer func(request string) string) {
			poem := reciting("A Lamp")
			session := start("get", "--transform", transforming(answer), poem)
			Eventually(session).Should(gexec.Exit(0))
			Expect(string(session.Out.Contents())).To(Equal("A Lamp"))
			Expect(linesOf(session)).To(ConsistOf(MatchRegexp("^scansion: the poem at " + poem + " is not transformed: .*" + reason)))
		},
		Entry("closes without an answer", "closed without an answer", func(string) string { return "" }),
		Entry("cuts its answer short", "found the end", func(string) string { return "6:a la" }),
		Entry("answers with nonsense", "found 'H'", func(string) string { return "HTTP/1.1 400 Bad Request\r\n\r\n" }),
		Entry("says more than its answer", "more bytes came after it", func(string) string { return "6:a lamp,\n" }),
	)

	It("writes the originals where nobody transforms, and fails only for a poem that did not come", func() {
		nobody, unlit := refusing(), refusing()
		session := start("get", "--transform", nobody, reciting("A Lamp"), unlit)
		Eventually(session).Should(gexec.Exit(1))
		Expect(string(session.Out.Contents())).To(Equal("A Lamp"))
		Expect(linesOf(session)).To(ConsistOf(
			ContainSubstring("is not transformed: cannot have the server at "+nobody+" transform a poem: the connection was refused"),
			HavePrefix("scansion: cannot get the poem at "+unlit+": the connection was refused")))
	})

	It("writes a poem over the limit as it is", func() {
		poem := strings.Repeat("X", 99_999)
		session := start("get", "--transform", transforming(lowering), reciting(poem))
		Eventually(session).Should(gexec.Exit(0))
		expectSame(string(session.Out.Contents()), poem)
		Expect(linesOf(session)).To(ConsistOf(HaveSuffix("the request is longer than 99999 bytes: it has 100011")))
	})

	It("does not wait for ever for a server that does not answer", func() {
		mute := listen(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
		session := start("get", "--timeout", "5", "--transform", mute, reciting("A Lamp"))
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(Equal("A Lamp"))
		Expect(linesOf(session)).To(ConsistOf(ContainSubstring("timed out: the transform server at " + mute + " did not answer within ")))
	})
})

var _ = Describe("scansion get that is interrupted", Label("programs"), func() {
	It("ends, and says what is missing", func() {
		late := endless()
		session := start("get", reciting("whole"), late)
		Eventually(session.Out).Should(gbytes.Say("whole"))
		session.Interrupt()
		Eventually(session).Should(gexec.Exit(130))
		Expect(string(session.Out.Contents())).To(Equal("whole"))
		Expect(string(session.Err.Contents())).To(Equal("scansion: the poem at " + late + " is not written: interrupted\n"))
	})

	It("writes no poem whose turn had not come", func() {
		served := make(chan struct{})
		other := listen(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "held")
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn) // the client has read the end
			close(served)
		})
		session := start("get", "--in-order", endless(), other)
		Eventually(served).Should(BeClosed())
		session.Interrupt()
		Eventually(session).Should(gexec.Exit(130))
		Expect(session.Out.Contents()).To(BeEmpty())
		Expect(linesOf(session)).To(HaveLen(2))
	})

	It("ends though nobody reads what it writes", func() {
		addr := reciting(strings.Repeat("a lamp at the ferry\n", 500_000)) // far more than a pipe holds
		cmd := exec.Command(scansion, "get", addr)
		stdout, errs := startWith(cmd)
		Expect(io.ReadFull(stdout, make([]byte, 1))).To(Equal(1))
		Expect(cmd.Process.Signal(os.Interrupt)).To(Succeed())
		Expect(cmd.Wait()).To(MatchError("exit status 130"))
		Expect(errs.String()).To(Equal("scansion: the poem at " + addr + " is not written to its end: interrupted\n"))
	})
})

var _ = Describe("scansion get whose output takes nothing", Label("programs"), func() {
	var poem string

	BeforeEach(func() { poem = reciting(strings.Repeat("a lamp at the ferry\n", 500_000)) })

	It("ends quietly by SIGPIPE where it is closed, as usual tools do, though poems are still to come", func() {
		cmd := exec.Command(scansion, "get", poem, endless())
		stdout, errs := startWith(cmd)
		Expect(io.ReadFull(stdout, make([]byte, 1))).To(Equal(1))
		Expect(stdout.Close()).To(Succeed())
		Expect(cmd.Wait()).To(HaveOccurred())
		Expect(errs.String()).To(BeEmpty())
		Expect(cmd.ProcessState.Sys().(syscall.WaitStatus).Signal()).To(Equal(syscall.SIGPIPE))
	})

	It("says that it cannot be written, and waits for no other poem", func() {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			Skip("there is no device that is always full: " + err.Error())
		}
		defer full.Close()
		cmd := exec.Command(scansion, "get", poem, endless())
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &errs
		Expect(cmd.Run()).To(MatchError("exit status 1"))
		Expect(errs.String()).To(MatchRegexp(`^scansion: cannot write a poem: write .*: no space left on device\n$`))
	})
})
