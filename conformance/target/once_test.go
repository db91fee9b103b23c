package target_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

// once is a target of helpers that run once.
func once(mode, words string) *target.Exec {
	GinkgoHelper()
	self, err := os.Executable()
	Expect(err).NotTo(HaveOccurred())
	GinkgoT().Setenv(helperMode, "once-"+mode)
	GinkgoT().Setenv("GORACE", "atexit_sleep_ms=0")
	return onceCommand("'" + self + "' " + words)
}

func onceCommand(line string) *target.Exec {
	GinkgoHelper()
	t, err := target.NewExec(client, line)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(t.Close()).To(Succeed()) })
	return t
}

// runOnceHelper is the program under test that runs once.
func runOnceHelper(mode string) int {
	switch mode {
	case "reads":
		n, err := io.Copy(io.Discard, os.Stdin)
		fmt.Printf("%d bytes, %v\n", n, err)
	case "both-outputs":
		fmt.Println("a poem")
		fmt.Fprintln(os.Stderr, "first of all")
		fmt.Println("another")
		fmt.Fprintln(os.Stderr, "that is all")
		return 3
	case "long":
		_, _ = os.Stdout.WriteString(strings.Repeat("all work and no play\n", 1<<20)) // more than a pipe holds
	case "logs-for-long":
		for range 1 << 16 {
			fmt.Fprintln(os.Stderr, strings.Repeat("all work and no play ", 10))
		}
		fmt.Println("a poem")
	case "floods":
		line := strings.Repeat("all work and no play\n", 3121) // 64 KB
		for {
			if _, err := os.Stdout.WriteString(line); err != nil {
				return 0
			}
		}
	case "has-child":
		out := os.Stdout
		os.Stdout = os.Stderr
		if err := child("sleeps", nil, out); err != nil {
			return 7
		}
		os.Stdout = out
		fmt.Println("a poem")
	case "waits":
		return waitForSignal(takeSignals(mode))
	case "stubborn-with-child":
		if err := child("stubborn-sleeps", nil); err != nil {
			return 7
		}
		return waitForSignal(takeSignals("stubborn"))
	case "spins":
		big := make([]byte, 300<<20)
		for i := 0; i < len(big); i += 4096 {
			big[i] = 1
		}
		spin(200 * time.Millisecond)
		fmt.Println(len(big))
	}
	return 0
}

var _ = Describe("A command that runs once", func() {
	It("has both its outputs kept apart, and its exit told", func() {
		instance := started(once("both-outputs", ""), nil)
		Expect(exit(instance)).To(beExit(3, "exit status 3"))
		output := instance.Output()
		Expect(string(output.Stdout)).To(Equal("a poem\nanother\n"))
		Expect(output.Log).To(Equal("first of all\nthat is all\n"))
		Expect(output.Flooded).To(BeFalse())
		Expect(instance.Addr).To(BeEmpty())
	})

	It("has nothing to read", func() {
		instance := started(once("reads", ""), nil)
		Expect(exit(instance)).To(beExit(0, "exit status 0"))
		Expect(string(instance.Output().Stdout)).To(Equal("0 bytes, <nil>\n"))
	})

	It("has its standard output kept in full, to its last byte", func() {
		t := once("long", "")
		for range 5 {
			instance := started(t, nil)
			exit(instance)
			Expect(instance.Output().Stdout).To(HaveLen(21 << 20))
		}
	})

	It("has its standard error kept in part, however much that is", func() {
		instance := started(once("logs-for-long", ""), nil)
		Expect(exit(instance)).To(beExit(0, "exit status 0"))
		Expect(string(instance.Output().Stdout)).To(Equal("a poem\n"))
		Expect(len(instance.Output().Log)).To(BeNumerically("<", 20<<10))
		Expect(instance.Output().Log).To(ContainSubstring("bytes left out"))
	})

	It("cannot write without end", func() {
		instance := started(once("floods", ""), nil)
		Expect(exit(instance)).To(beExit(-1, "signal: broken pipe"))
		output := instance.Output()
		Expect(output.Flooded).To(BeTrue())
		Expect(len(output.Stdout)).To(And(BeNumerically(">", 63<<20), BeNumerically("<=", 64<<20)))
	})

	It("has ended when it has, though something that it has started holds its output", func() {
		instance := started(once("has-child", ""), nil)
		Expect(exit(instance)).To(beExit(0, "exit status 0"))
		Expect(string(instance.Output().Stdout)).To(Equal("a poem\n"))
		pid := pidIn(instance.Output().Log, "child")
		Expect(isGone(pid)).To(BeFalse())
		Expect(instance.Stop()).To(Succeed())
		Eventually(isGone).WithArguments(pid).Should(BeTrue())
	})

	It("is asked to end when it is stopped", func() {
		instance := started(once("waits", ""), nil)
		Expect(instance.Exited()).NotTo(BeClosed())
		Expect(instance.Stop()).To(Succeed())
		Expect(exit(instance)).To(HaveField("How", Or(Equal("exit status 0"), Equal("signal: terminated"))), "it may not have listened yet")
	})

	It("is killed with all that it has started, if it does not end when it is stopped", func() {
		instance := started(once("stubborn-with-child", ""), nil)
		Eventually(func() string { return string(instance.Output().Stdout) }).Should(MatchRegexp(`child \d+\n`))
		pid := pidIn(string(instance.Output().Stdout), "child")
		Expect(instance.Stop()).To(Succeed())
		Expect(exit(instance)).To(beExit(-1, "signal: killed"))
		Eventually(isGone).WithArguments(pid).Should(BeTrue())
	})

	It("has told what it took", func() {
		instance := started(once("spins", ""), nil)
		took := exit(instance)
		Expect(took.Computed).To(And(BeNumerically(">=", 150*time.Millisecond), BeNumerically("<", 20*time.Second)))
		// This process may have had more, and then nobody knows.
		Expect(took.Memory).To(Or(BeNumerically(">=", 300<<20), BeEquivalentTo(-1)))
	})

	It("is not started if there is no such command", func() {
		Expect(notStarted(onceCommand("/no/such/client {addrs}"), nil).Reason).To(ContainSubstring("could not be started"))
	})

	It("lacks a variable that it is not told", func() {
		t := onceCommand("get {addrs}")
		Expect(t.Lacks(conformance.NeedVariable("addrs"))).To(BeEmpty())
		Expect(t.Lacks(conformance.NeedVariable("through"))).To(Equal("the command has no {through}, so the program is not told the address of a proxy"))
	})

	It("is told variables of several words by its environment, too", func() {
		launch := conformance.Launch{"addrs": conformance.Words("a:1", "b:2")}
		instance := started(onceCommand(`sh -c 'echo "$SCANSION_ADDRS"'`), launch)
		exit(instance)
		Expect(string(instance.Output().Stdout)).To(Equal("a:1 b:2\n"))
	})

	DescribeTable("is told its variables by its words",
		func(line string, words ...string) {
			instance := started(onceCommand(`printf '[%s]' begin `+line), conformance.Launch{"addrs": conformance.Words("a:1", "b:2", "c:3")})
			exit(instance)
			Expect(string(instance.Output().Stdout)).To(Equal("[begin]" + strings.Join(words, "")))
		},
		Entry("one word each", "{addrs}", "[a:1]", "[b:2]", "[c:3]"),
		Entry("repeated with what is around it", "--server={addrs} x", "[--server=a:1]", "[--server=b:2]", "[--server=c:3]", "[x]"),
		Entry("twice in a word", "{addrs}-{addrs}", "[a:1-a:1]", "[b:2-b:2]", "[c:3-c:3]"),
		Entry("but not where the braces are escaped", "{{addrs}}", "[{addrs}]"),
		Entry("and a word whose variable has no value is left out", "a {through} --through={through} b", "[a]", "[b]"),
		Entry("also where another variable of the word has", "{addrs}{through} b", "[b]"),
	)
})
