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
	"strings"
	"syscall"

	"github.com/kballard/go-shellquote"
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

var _ = Describe("scansion check", Label("programs"), func() {
	It("finds that the embedded reference of every role conforms, and writes a report of each", func() {
		dir := GinkgoT().TempDir()
		file := func(name string) string { return filepath.Join(dir, name) }
		session := start("check", "--seed", "7", "--level", "should",
			"--report", "json="+file("r.json"), "--report", "junit="+file("r.xml"), "--report", "text="+file("r.txt"))
		Eventually(session).Should(gexec.Exit(0))
		for _, role := range checks.Roles() {
			Expect(session.Out).To(gbytes.Say(`\n%s: the embedded reference .*\nseed: 7\nverdict: `, role.Name), "in the order of the registry")
		}

		var reports []jsonReport
		readJSON(file("r.json"), &reports)
		roles := checks.Roles()
		Expect(reports).To(HaveLen(len(roles)))
		requirements := 0
		for i, report := range reports {
			Expect(report.Role).To(Equal(roles[i].Name))
			report.expectWhole(roles[i])
			requirements += len(report.Results)
		}

		suites := readJUnit(file("r.xml"))
		Expect(suites.TestSuites).To(HaveLen(len(roles)))
		Expect(suites.Tests).To(Equal(requirements))
		Expect(suites.Failures + suites.Errors).To(BeZero())
		for i, suite := range suites.TestSuites {
			for _, c := range suite.TestCases {
				Expect(c.Classname).To(Equal(roles[i].Name))
			}
		}
		Expect(file("r.txt")).To(BeARegularFile())
	})

	It("writes the report of a single role as one JSON object, not as a list", func() {
		json := filepath.Join(GinkgoT().TempDir(), "r.json")
		Eventually(start("check", "netstring", "--run", "accepts-*", "--report", "json="+json)).Should(gexec.Exit(0))
		var report jsonReport
		readJSON(json, &report)
		Expect(report.Role).To(Equal("netstring"))
		Expect(report.Results).NotTo(BeEmpty())
	})

	It("judges only the roles that a filter leaves something of", func() {
		session := start("check", "--run", "netstring/accepts-*")
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(And(ContainSubstring("netstring/accepts-"), Not(ContainSubstring("poetry-"))))
	})

	It("judges all roles with one case at a time, if it is told to", func() {
		session := start("check", "--parallel", "1", "--run", "sends-exact-poem", "--run", "hands-on-exact-poem", "--run", "accepts-*")
		Eventually(session).Should(gexec.Exit(0))
		Expect(strings.Count(string(session.Out.Contents()), "verdict: conforms")).To(Equal(len(checks.Roles())))
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

	It("says with status 1 that a client does not conform, and how to see it again", func() {
		const command = "sh -c 'echo a poem of its own'"
		session := start("check", "poetry-client", "--exec", command, "--run", "hands-on-exact-poem", "--run", "connects-to-every-address")
		Eventually(session).Should(gexec.Exit(1))
		Expect(string(session.Out.Contents())).To(And(
			ContainSubstring("FAIL   MUST    poetry-client/connects-to-every-address"),
			ContainSubstring(`scansion check poetry-client --exec `+shellquote.Join(command)+` --run poetry-client/hands-on-exact-poem --seed `),
			ContainSubstring("verdict: does not conform (2 MUST fail)"),
		))
	})

	It("says with status 3 that no MUST could be judged, though nothing failed", func() {
		dir := GinkgoT().TempDir()
		addr := listen(func(conn net.Conn) { _, _ = io.WriteString(conn, "a poem") })
		session := start("check", "poetry-server", "--addr", addr, "--run", "serves-empty-poem", "--report", "junit="+filepath.Join(dir, "r.xml"))
		Eventually(session).Should(gexec.Exit(3))
		Expect(session.Out).To(gbytes.Say(`verdict: no MUST could be judged \(1 skipped\)`))
		Expect(readJUnit(filepath.Join(dir, "r.xml")).Errors).To(Equal(1), "it is never taken for a success")
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

	It("says with status 130 that it was interrupted before anything failed", func() {
		accepted := make(chan struct{}, 1000)
		addr := listen(func(conn net.Conn) {
			accepted <- struct{}{}
			_, _ = io.WriteString(conn, "a poem")
			_, _ = io.Copy(io.Discard, conn)
		})
		session := start("check", "poetry-server", "--addr", addr, "--poem", poemFile("a poem"), "--run", "closes-after-poem")
		Eventually(accepted).Should(Receive())
		session.Signal(syscall.SIGINT)
		Eventually(session).Should(gexec.Exit(130))
		Expect(session.Out).To(gbytes.Say("verdict: none, for the run was interrupted"))
	})
})

// jsonReport is a report in JSON, as others read it.
type jsonReport struct {
	Format         int
	Scansion, Role string
	Seed           uint64
	Target         map[string]string
	Results        []map[string]any
}

// expectWhole expects a report on all of a role, in which nothing fails.
func (r jsonReport) expectWhole(role conformance.Role) {
	GinkgoHelper()
	Expect(r.Format).To(Equal(conformance.ReportFormat))
	Expect(r.Scansion).To(Equal(version))
	Expect(r.Seed).To(Equal(uint64(7)))
	Expect(r.Target).To(HaveKeyWithValue("name", HavePrefix("the embedded reference")))
	Expect(r.Results).To(HaveLen(len(role.Requirements)))
	for i, id := range role.IDs() {
		Expect(r.Results[i]).To(HaveKeyWithValue("id", id), "in the order of the catalogue")
		for _, field := range []string{"level", "statement", "source", "outcome", "known_failure", "seconds", "message", "repeat"} {
			Expect(r.Results[i]).To(HaveKey(field))
		}
		Expect(r.Results[i]["outcome"]).To(BeElementOf("pass", "skip"), "%v", r.Results[i])
	}
}

func readJSON(file string, into any) {
	GinkgoHelper()
	data, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	Expect(json.Unmarshal(data, into)).To(Succeed())
}

func readJUnit(file string) (suites reporters.JUnitTestSuites) {
	GinkgoHelper()
	data, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	Expect(xml.Unmarshal(data, &suites)).To(Succeed())
	return suites
}

var _ = Describe("scansion selftest", Label("programs"), func() {
	It("prints a row for each peer", func() {
		session := start("selftest", "--peer", "poetry-server/chomps", "--peer", "refuses-empty-poem", "--seed", "1")
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(And(
			ContainSubstring("ok   poetry-server/chomps"), ContainSubstring("ok   poetry-server/refuses-empty-poem"),
			ContainSubstring("2 of 2 peers got the verdict that they should; seed 1"),
		))
	})

	It("judges the peers of the roles that are named, and no others", func() {
		session := start("selftest", "netstring", "--peer", "faultless*", "--seed", "1")
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(And(
			ContainSubstring("ok   netstring/faultless-parser"),
			ContainSubstring("1 of 1 peers got the verdict that they should"),
		))
	})
})

var _ = Describe("scansion serve", Label("programs"), func() {
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
