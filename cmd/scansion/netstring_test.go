package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"
)

// through runs a netstring command with input, to its end.
func through(input string, args ...string) (status int, out, errs string) {
	GinkgoHelper()
	cmd := exec.Command(scansion, append([]string{"netstring"}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	session, err := gexec.Start(cmd, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Kill().Wait() })
	Eventually(session).Should(gexec.Exit())
	return session.ExitCode(), string(session.Out.Contents()), string(session.Err.Contents())
}

// open starts a netstring command whose input stays open.
func open(args ...string) (session *gexec.Session, stdin io.Writer) {
	GinkgoHelper()
	cmd := exec.Command(scansion, append([]string{"netstring"}, args...)...)
	stdin, err := cmd.StdinPipe()
	Expect(err).NotTo(HaveOccurred())
	session, err = gexec.Start(cmd, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Kill().Wait() })
	return session, stdin
}

var _ = Describe("scansion netstring encode", Label("programs"), func() {
	DescribeTable("writes netstrings",
		func(input, want string, args ...string) {
			status, out, errs := through(input, append([]string{"encode"}, args...)...)
			Expect(errs).To(BeEmpty())
			Expect(out).To(Equal(want))
			Expect(status).To(BeZero())
		},
		Entry("of strings, whatever standard input has", "not read\n", "5:ferry,0:,4:lamp,", "ferry", "", "lamp"),
		Entry("of a string that looks like a flag", "", "7:--whole,", "--", "--whole"),
		Entry("of lines", "ferry\n\nlamp\n", "5:ferry,0:,4:lamp,"),
		Entry("of lines, the last without an end", "ferry\nlamp", "5:ferry,4:lamp,"),
		Entry("of lines, with their carriage returns", "ferry\r\nlamp\r\n", "6:ferry\r,5:lamp\r,"),
		Entry("of no line", "", ""),
		Entry("of a line longer than any buffer", strings.Repeat("x", 200_000)+"\n", "200000:"+strings.Repeat("x", 200_000)+","),
		Entry("of all at once", "ferry\n\x00\xff\r\n", "10:ferry\n\x00\xff\r\n,", "--whole"),
		Entry("of all at once, which is nothing", "", "0:,", "--whole"),
	)

	It("does not wait for more before a line goes out", func() {
		session, stdin := open("encode")
		Expect(io.WriteString(stdin, "ferry\nla")).To(Equal(8))
		Eventually(session.Out).Should(gbytes.Say("5:ferry,"))
	})
})

var _ = Describe("scansion netstring decode", Label("programs"), func() {
	DescribeTable("writes strings, and tells how the input ended",
		func(input, want, complaint string, args ...string) {
			status, out, errs := through(input, append([]string{"decode"}, args...)...)
			Expect(out).To(Equal(want))
			if complaint == "" {
				Expect(errs).To(BeEmpty())
				Expect(status).To(BeZero())
				return
			}
			Expect(errs).To(Equal("scansion: netstring at byte " + complaint + "\n"))
			Expect(status).To(Equal(1))
		},
		Entry("of nothing", "", "", ""),
		Entry("as lines", "5:ferry,0:,4:lamp,", "ferry\n\nlamp\n", ""),
		Entry("as hexadecimal digits", "5:ferry,0:,3:\x00\n\xff,", "6665727279\n\n000aff\n", "", "--hex"),
		Entry("that are as long as can be", "99999:"+strings.Repeat("x", 99_999)+",", strings.Repeat("x", 99_999)+"\n", ""),
		Entry("up to a fault", "1:a,1:b;1:c,", "a\n", "7: found ';' where ',' was due"),
		Entry("up to the end of an incomplete one", "1:a,2:b", "61\n", "7: found the end where the rest of 2 bytes was due", "--hex"),
		Entry("up to one that is too long", "1:a,100000:", "a\n", "9: found '0' where a length of at most 99999 was due"),
		Entry("up to one that is longer than was asked for", "2:ab,3:abc,", "ab\n", "5: found '3' where a length of at most 2 was due", "--max-length", "2"),
		Entry("longer than the default, if asked for", "100000:"+strings.Repeat("x", 100_000)+",", strings.Repeat("x", 100_000)+"\n", "", "--max-length", "100000"),
		Entry("of no length but nought, if asked for", "0:,1:a,", "\n", "3: found '1' where a length of at most 0 was due", "--max-length", "0"),
	)

	It("gives back what was encoded", func() {
		poem := strings.Repeat("A lamp is hung where the ferry stands,\n\x00\xff", 2000)
		_, encoded, _ := through(poem, "encode", "--whole")
		status, out, _ := through(encoded, "decode")
		Expect(status).To(BeZero())
		expectSame(out, poem+"\n")
	})

	It("does not wait for more, neither before a string goes out nor before a fault is told", func() {
		session, stdin := open("decode")
		Expect(io.WriteString(stdin, "5:ferry,4:")).To(Equal(10))
		Eventually(session.Out).Should(gbytes.Say("ferry\n"))
		Expect(io.WriteString(stdin, "lamp;")).To(Equal(5))
		Eventually(session).Should(gexec.Exit(1))
		Expect(session.Err).To(gbytes.Say("netstring at byte 14: found ';'"))
	})

	It("ends at once by a signal, though it waits", func() {
		session, stdin := open("decode")
		Expect(io.WriteString(stdin, "5:ferry,")).To(Equal(8))
		Eventually(session.Out).Should(gbytes.Say("ferry\n"))
		session.Signal(os.Interrupt)
		Eventually(session).Should(gexec.Exit(130))
		Expect(session.Err.Contents()).To(BeEmpty())
	})

	It("ends quietly when nobody reads on", func() {
		cmd := exec.Command(scansion, "netstring", "decode")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		cmd.Stdin = strings.NewReader(strings.Repeat("5:ferry,", 1<<20)) // far more than a pipe holds
		stdout, err := cmd.StdoutPipe()
		Expect(err).NotTo(HaveOccurred())
		Expect(cmd.Start()).To(Succeed())
		Expect(io.ReadFull(stdout, make([]byte, 6))).To(Equal(6))
		Expect(stdout.Close()).To(Succeed())
		var exit *exec.ExitError
		Expect(cmd.Wait()).To(BeAssignableToTypeOf(exit))
		Expect(errs.String()).To(BeEmpty())
		Expect(cmd.ProcessState.Sys().(syscall.WaitStatus).Signal()).To(Equal(syscall.SIGPIPE))
	})

	It("tells that standard output cannot be written", func() {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			Skip("there is no device that is always full: " + err.Error())
		}
		defer full.Close()
		cmd := exec.Command(scansion, "netstring", "decode")
		var errs bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("5:ferry,"), full, &errs
		Expect(cmd.Run()).To(MatchError("exit status 1"))
		Expect(errs.String()).To(MatchRegexp(`^scansion: write .*: no space left on device\n$`))
	})
})

// expectSame compares texts that are too long to be printed.
func expectSame(actual, expected string) {
	GinkgoHelper()
	Expect(actual).To(HaveLen(len(expected)))
	Expect(strings.Compare(actual, expected)).To(BeZero(), "the bytes differ")
}
