package reactor_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/reactor"
)

// signalledProgram names the variable that has the test binary be a program which
// only waits for a signal: in the suite's own process, Ginkgo listens for them.
const signalledProgram = "REACTOR_TEST_SIGNALLED_PROGRAM"

func runSignalledProgram() (status int) {
	r := reactor.NewTCP(reactor.Config{HandleSignals: true})
	r.CallWhenRunning(func() { fmt.Println("running") })
	if err := r.Run(context.Background()); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("stopped")
	return 0
}

var _ = DescribeTable("Signals",
	func(signal os.Signal) {
		program := exec.Command(os.Args[0])
		program.Env = append(os.Environ(), signalledProgram+"=1")
		stdout, err := program.StdoutPipe()
		Expect(err).NotTo(HaveOccurred())
		Expect(program.Start()).To(Succeed())
		DeferCleanup(func() { _ = program.Process.Kill() }) // it has ended, unless the spec failed

		output := bufio.NewReader(stdout)
		Expect(output.ReadString('\n')).To(Equal("running\n"))
		Expect(program.Process.Signal(signal)).To(Succeed())
		Expect(io.ReadAll(output)).To(BeEquivalentTo("stopped\n"))
		Expect(program.Wait()).To(Succeed())
	},
	Entry("D6: SIGINT stops cleanly, where it is asked for", syscall.SIGINT),
	Entry("D6: SIGTERM stops cleanly, where it is asked for", syscall.SIGTERM),
)
