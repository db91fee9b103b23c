package main

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/reporters"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"scansion/conformance"
	"scansion/conformance/checks"
)

// start starts the program.
func start(args ...string) *gexec.Session {
	GinkgoHelper()
	session, err := gexec.Start(exec.Command(scansion, args...), GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Kill().Wait() })
	return session
}

// listen runs a server of handle until the end of the spec, and returns where.
func listen(handle func(net.Conn)) string {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(listener.Close)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return listener.Addr().String()
}

// requirements are those of all roles, in order.
func requirements() []conformance.Requirement {
	var all []conformance.Requirement
	for _, catalogue := range checks.Catalogues() {
		all = append(all, catalogue.Requirements...)
	}
	return all
}

var _ = Describe("scansion check", func() {
	It("finds that the embedded reference conforms, and writes every report", func() {
		dir := GinkgoT().TempDir()
		file := func(name string) string { return filepath.Join(dir, name) }
		session := start("check", "--seed", "7", "--level", "should",
			"--report", "json="+file("r.json"), "--report", "junit="+file("r.xml"), "--report", "text="+file("r.txt"))
		Eventually(session).Should(gexec.Exit(0))
		Expect(session.Out).To(gbytes.Say("seed: 7"))

		var report struct {
			Scansion, Started string
			Seed              uint64
			Seconds           float64
			Target            map[string]string
			Results           []map[string]any
		}
		data, err := os.ReadFile(file("r.json"))
		Expect(err).NotTo(HaveOccurred())
		Expect(json.Unmarshal(data, &report)).To(Succeed())
		Expect(report.Scansion).To(Equal(version))
		Expect(report.Seed).To(Equal(uint64(7)))
		requirements := requirements()
		Expect(report.Results).To(HaveLen(len(requirements)))
		for i, result := range report.Results {
			Expect(result["id"]).To(Equal(requirements[i].ID), "in the order of the catalogue")
			for _, field := range []string{"id", "role", "level", "outcome", "known_failure", "seconds", "message", "transcript", "repeat"} {
				Expect(result).To(HaveKey(field))
			}
			Expect(result["outcome"]).To(BeElementOf("pass", "skip"))
		}

		data, err = os.ReadFile(file("r.xml"))
		Expect(err).NotTo(HaveOccurred())
		var suites reporters.JUnitTestSuites
		Expect(xml.Unmarshal(data, &suites)).To(Succeed())
		Expect(suites.Tests).To(Equal(len(requirements)))
		Expect(suites.Failures + suites.Errors).To(BeZero())
		Expect(file("r.txt")).To(BeARegularFile())
	})

	It("says with status 1 that a server does not conform, and how to see it again", func() {
		addr := listen(func(conn net.Conn) { _, _ = io.WriteString(conn, "A poem, cu") })
		session := start("check", "poetry-server", "--addr", addr, "--poem", poemFile("A poem, cut short"), "--run", "sends-exact-poem")
		Eventually(session).Should(gexec.Exit(1))
		Expect(string(session.Out.Contents())).To(And(
			ContainSubstring("FAIL   MUST    poetry-server/sends-exact-poem"),
			ContainSubstring("expected: exactly the poem's 17 bytes"),
			ContainSubstring("an orderly close after 10 of 17 bytes"),
			ContainSubstring("scansion check poetry-server --addr "+addr+" --poem "),
			ContainSubstring("verdict: does not conform (1 MUST fails)"),
		))
	})

	It("lets a known failure pass, and tells of one that is none any more", func() {
		poem := poemFile("a poem")
		addr := listen(func(conn net.Conn) { _, _ = io.WriteString(conn, "a poem and more") })
		session := start("check", "poetry-server", "--addr", addr, "--poem", poem,
			"--run", "sends-exact-poem", "--run", "accepts-connections", "--known-failure", "sends-*", "--known-failure", "accepts-*")
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(ContainSubstring("take them off the list:\n    poetry-server/accepts-connections"))
	})

	It("learns the poem of a server that runs already", func() {
		addr := listen(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "its own poem")
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
		})
		session := start("check", "poetry-server", "--addr", addr, "--run", "sends-*", "--run", "closes-*", "--run", "serves-empty-poem", "--run", "stops-*")
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(And(
			MatchRegexp(`pass +MUST +poetry-server/sends-exact-poem`),
			MatchRegexp(`skip +MUST +poetry-server/serves-empty-poem.*needs an empty poem`),
			MatchRegexp(`skip +SHOULD +poetry-server/stops-on-sigterm.*use --exec`),
		))
	})

	It("has a full report of a server that accepts and stays silent", func() {
		addr := listen(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
		session := start("check", "poetry-server", "--addr", addr)
		Eventually(session).Should(gexec.Exit(1))
		Expect(string(session.Out.Contents())).To(MatchRegexp(`FAIL +MUST +poetry-server/sends-without-waiting`))
	})

	DescribeTable("says with status 3 that a target could not be run, and what it printed",
		func(command, why string) {
			session := start("check", "poetry-server", "--exec", command)
			Eventually(session).Should(gexec.Exit(3))
			Expect(string(session.Out.Contents())).To(And(ContainSubstring("the target could not be run:"), ContainSubstring(why)))
			Expect(session.Err.Contents()).To(BeEmpty())
		},
		Entry("it is not there", "./nosuchserver {port}", "no such file"),
		Entry("it ends at once", "sh -c 'echo the strings are wet; exit 4'", "the strings are wet"),
		Entry("it ends at once, and says how", "sh -c 'exit 4'", "exit status 4"),
		Entry("it never listens", "sleep 1000", "nothing listened at port"),
		Entry("nobody is there", "true", "exit status 0"),
	)

	It("says with status 3 that nothing runs at an address", func() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		addr := listener.Addr().String()
		Expect(listener.Close()).To(Succeed())
		session := start("check", "poetry-server", "--addr", addr)
		Eventually(session).Should(gexec.Exit(3))
		Expect(session.Out).To(gbytes.Say("nothing accepts connections at " + addr))
	})

	It("gives the report so far on Ctrl-C, and leaves nothing behind", func() {
		accepted := make(chan struct{}, 1000)
		addr := listen(func(conn net.Conn) {
			accepted <- struct{}{}
			_, _ = io.WriteString(conn, "a")
			_, _ = io.Copy(io.Discard, conn)
		})
		json := filepath.Join(GinkgoT().TempDir(), "r.json")
		session := start("check", "poetry-server", "--addr", addr, "--poem", poemFile("a poem"), "--report", "json="+json)
		Eventually(accepted).Should(Receive())
		session.Signal(syscall.SIGINT)
		Eventually(session).Should(gexec.Exit())
		Expect(session.ExitCode()).NotTo(BeZero())
		Expect(session.Out).To(gbytes.Say("interrupted"))
		Expect(json).To(BeARegularFile())
	})
})

var _ = Describe("scansion selftest", func() {
	It("prints a row for each peer", func() {
		session := start("selftest", "--peer", "chomps", "--peer", "refuses-empty-poem", "--seed", "1")
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(And(
			ContainSubstring("ok   chomps"), ContainSubstring("ok   refuses-empty-poem"),
			ContainSubstring("2 of 2 peers got the verdict that they should; seed 1"),
		))
	})
})

var _ = Describe("scansion serve", func() {
	DescribeTable("serves a poem until it is told to stop",
		func(args ...string) {
			session := start(append([]string{"serve"}, append(args, poemFile("a lamp at the ferry"))...)...)
			Eventually(session.Out).Should(gbytes.Say(`on 127\.0\.0\.1:\d+\.\n`))
			addr := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(string(session.Out.Contents()))
			conn, err := net.Dial("tcp", addr)
			Expect(err).NotTo(HaveOccurred())
			defer conn.Close()
			poem, err := io.ReadAll(conn)
			Expect(err).NotTo(HaveOccurred())
			Expect(string(poem)).To(Equal("a lamp at the ferry"))
			session.Interrupt()
			Eventually(session).Should(gexec.Exit(0))
		},
		Entry("fast", "fastpoetry", "--iface", "127.0.0.1"),
		Entry("slowly", "slowpoetry", "--iface", "127.0.0.1", "--num-bytes", "3", "--delay", "0.001"),
	)

	It("refuses a poem that is not there, and a port that is taken", func() {
		session := start("serve", "fastpoetry", "nosuch.txt")
		Eventually(session).Should(gexec.Exit(1))
		Expect(session.Err).To(gbytes.Say("the poem cannot be read: open nosuch.txt"))

		addr := listen(func(net.Conn) {})
		_, port, err := net.SplitHostPort(addr)
		Expect(err).NotTo(HaveOccurred())
		session = start("serve", "fastpoetry", "--iface", "127.0.0.1", "--port", port, poemFile("x"))
		Eventually(session).Should(gexec.Exit(1))
		Expect(session.Err).To(gbytes.Say("address already in use"))
	})
})
