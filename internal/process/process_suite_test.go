package process_test

import (
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/leaks"
	"scansion/internal/process"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(helperMode); mode != "" {
		os.Exit(runHelper(mode))
	}
	os.Exit(m.Run())
}

func TestProcess(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(20 * time.Second) // long, for slow machines
	RunSpecs(t, "Processes")
}

var _ = BeforeEach(leaks.Watch)

// start starts a program that is stopped at the end of the spec.
func start(s process.Spec) *process.Process {
	GinkgoHelper()
	p, err := process.Start(s)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(p.Stop()).To(Succeed()) })
	return p
}

// helper starts the test binary as a program of a kind.
func helper(mode string) *process.Process {
	GinkgoHelper()
	return start(helperSpec(mode))
}

// shell starts a line of shell.
func shell(line string) *process.Process {
	GinkgoHelper()
	return start(process.Spec{Words: []string{"sh", "-c", line}})
}

// ended waits for the end of a process, and returns how it ended.
func ended(p *process.Process) process.Exit {
	GinkgoHelper()
	Eventually(p.Exited()).Should(BeClosed())
	return p.Exit()
}

// told waits until a helper has told a number: "pid" of itself, "child" of its child.
func told(p *process.Process, which string) int {
	GinkgoHelper()
	line := regexp.MustCompile(`(?m)^` + which + ` (\d+)\n`)
	Eventually(p.Log).Should(MatchRegexp(line.String()))
	number, err := strconv.Atoi(line.FindStringSubmatch(p.Log())[1])
	Expect(err).NotTo(HaveOccurred())
	return number
}

func exists(pid int) bool { return syscall.Kill(pid, 0) == nil }
