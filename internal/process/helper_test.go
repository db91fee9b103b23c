package process_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/internal/process"
)

// helperMode is the environment variable that makes the test binary a program under test,
// of the kind that it names.
const helperMode = "SCANSION_TEST_HELPER"

// helperSpec starts the test binary as a program of a kind.
func helperSpec(mode string) process.Spec {
	GinkgoHelper()
	self, err := os.Executable()
	Expect(err).NotTo(HaveOccurred())
	return process.Spec{
		Words: []string{self},
		Env:   []string{helperMode + "=" + mode, "GORACE=atexit_sleep_ms=0"}, // or, with -race, helpers end a second late
	}
}

// runHelper is the program under test.
func runHelper(mode string) int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	switch mode {
	case "waits":
	case "stubborn":
		signal.Reset(syscall.SIGTERM)
		signal.Ignore(syscall.SIGTERM)
	case "has-child":
		child("waits", nil)
	case "has-stubborn-child":
		child("stubborn", nil)
	case "has-child-elsewhere":
		child("waits", &syscall.SysProcAttr{Setsid: true})
	case "leaves-child":
		child("waits", nil)
		return 0
	case "leaves-child-elsewhere":
		child("waits", &syscall.SysProcAttr{Setsid: true})
		return 0
	case "leaves-silent-child":
		silent("waits", nil)
		return 0
	case "leaves-silent-child-elsewhere":
		silent("waits", &syscall.SysProcAttr{Setsid: true})
		return 0
	case "floods":
		fmt.Println("the first line")
		line := []byte(strings.Repeat("all work and no play\n", 3121)) // 64 KB
		for range 200 << 20 / len(line) {
			_, _ = os.Stdout.Write(line)
		}
		fmt.Println("the last line")
		return 0
	case "floods-for-ever":
		for {
			if _, err := fmt.Println("all work and no play"); err != nil {
				return 1
			}
		}
	case "echoes":
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			fmt.Println("you said", lines.Text())
		}
		fmt.Fprintln(os.Stderr, "that was all")
		return 0
	case "spins":
		for range 1 << 62 {
		}
	case "starts-another":
		return startAnother()
	case "limit":
		return printLimit()
	case "adopts":
		return adopt()
	case "remembers": // 100 MiB
		memory := make([]byte, 100<<20)
		for i := 0; i < len(memory); i += 4096 {
			memory[i] = 1
		}
		fmt.Println("pid", os.Getpid())
		fmt.Println("told to stop by", <-signals)
		return int(memory[8192]) - 1
	default:
		fmt.Println("unknown mode", mode)
		return 99
	}
	fmt.Println("pid", os.Getpid())
	fmt.Println("told to stop by", <-signals)
	return 0
}

// child starts a helper that inherits both outputs, and tells its pid.
func child(mode string, attributes *syscall.SysProcAttr) {
	cmd := another(mode, attributes)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	tellStarted(cmd)
}

// silent starts a helper without outputs, and tells its pid.
func silent(mode string, attributes *syscall.SysProcAttr) { tellStarted(another(mode, attributes)) }

func another(mode string, attributes *syscall.SysProcAttr) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self)
	cmd.Env, cmd.SysProcAttr = append(os.Environ(), helperMode+"="+mode), attributes
	return cmd
}

func tellStarted(cmd *exec.Cmd) {
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	fmt.Println("child", cmd.Process.Pid)
}

// startAnother starts a program with this package, and waits to be killed.
func startAnother() int {
	p, err := process.Start(process.Spec{Words: []string{"sleep", "1000"}})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("child", p.PID())
	<-p.Exited()
	return 0
}

// printLimit tells the limit of files that a program sees which is started with this
// package.
func printLimit() int {
	p, err := process.Start(process.Spec{Words: []string{"sh", "-c", "ulimit -Sn"}})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	<-p.Exited()
	fmt.Print("program ", p.Log(), "self ", process.OpenFiles(), "\n")
	return p.Exit().Status
}

// adopt leaves an orphan behind, and kills it.
func adopt() int {
	if err := process.AdoptOrphans(); err != nil {
		fmt.Println(err)
		return 1
	}
	p, err := process.Start(process.Spec{
		Words: []string{"setsid", "sh", "-c", "sleep 1000 >&- 2>&- & echo child $!"}, // which is not even marked
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	<-p.Exited()
	fmt.Print(p.Log())
	process.KillOrphans()
	return 0
}
