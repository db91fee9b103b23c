package target_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/target"
)

// helperMode is the environment variable that makes the test binary a program
// under test, of the kind that it names.
const helperMode = "SCANSION_TEST_HELPER"

// helperParent is the environment variable that tells a helper's child whose it is.
const helperParent = "SCANSION_TEST_HELPER_PARENT"

// helperLock is the environment variable that names the file without which a helper that
// locks does not run.
const helperLock = "SCANSION_TEST_HELPER_LOCK"

// helper is a target of helpers: the test binary, with these words after it.
func helper(mode, words string) *target.Exec {
	GinkgoHelper()
	self, err := os.Executable()
	Expect(err).NotTo(HaveOccurred())
	GinkgoT().Setenv(helperMode, mode)
	GinkgoT().Setenv("GORACE", "atexit_sleep_ms=0") // or, with -race, helpers end a second late
	return command("'" + self + "' " + words)
}

// command is a target for any command, until the end of the spec.
func command(line string) *target.Exec {
	GinkgoHelper()
	t, err := target.NewExec(server, line)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(t.Close()).To(Succeed()) })
	return t
}

// runHelper is the program under test. Its arguments are [host] port [poem]; what it
// lacks, it takes from the environment.
func runHelper(mode string) int {
	host, port, file := "127.0.0.1", os.Getenv("SCANSION_PORT"), os.Getenv("SCANSION_POEM")
	for i, from := range []*string{&port, &file} {
		if len(os.Args) > i+1 {
			*from = os.Args[i+1]
		}
	}
	if parser, ok := strings.CutPrefix(mode, "parser-"); ok {
		return runParserHelper(parser)
	}
	if once, ok := strings.CutPrefix(mode, "once-"); ok {
		return runOnceHelper(once)
	}
	silent, network := false, "tcp"
	signals := takeSignals(mode)
	switch mode {
	case "message":
		fmt.Fprintln(os.Stderr, "no module named poem")
		return 7
	case "nothing":
		return 0
	case "never-listens":
		return waitForSignal(signals)
	case "slow":
		pause(300 * time.Millisecond)
	case "everywhere":
		host = "0.0.0.0"
	case "ipv6":
		host = "::1"
	case "ipv6-only":
		network, host = "tcp6", "::"
	case "ipv6-first":
		if first, err := net.Listen("tcp", net.JoinHostPort("::1", port)); err == nil {
			defer first.Close()
		}
		pause(300 * time.Millisecond)
	case "sleeps":
		return waitForSignal(signals)
	case "stubborn-sleeps":
		return waitForSignal(takeSignals("stubborn"))
	case "daemon":
		if err := child("orphan", nil); err != nil {
			return 1
		}
		return 0
	case "orphan":
		for strconv.Itoa(os.Getppid()) == os.Getenv(helperParent) {
			pause(time.Millisecond) // until the command has ended
		}
		silent = true // the outputs may be closed by now, which would end it
	case "locks":
		lock := os.Getenv(helperLock)
		file, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			fmt.Fprintln(os.Stderr, "another one is running:", err)
			return 1
		}
		_ = file.Close()
		defer os.Remove(lock)
	case "has-child":
		if err := child("sleeps", nil); err != nil {
			return 1
		}
	case "has-child-elsewhere":
		if err := child("sleeps", &syscall.SysProcAttr{Setsid: true}); err != nil {
			return 1
		}
	}
	if !silent {
		fmt.Printf("pid %d of %s serves %s at %s\n", os.Getpid(), os.Getenv("SCANSION_HOST"), file, port)
	}

	content, err := os.ReadFile(file)
	if err != nil && mode == "never-listens-without-poem" {
		return waitForSignal(signals)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	listener, err := net.Listen(network, net.JoinHostPort(host, port))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if mode == "daemon-after-listening" {
		file, err := listener.(*net.TCPListener).File()
		if err != nil {
			return 1
		}
		if err := child("sleeps", &syscall.SysProcAttr{Setsid: true}, file); err != nil {
			return 1
		}
		return 0
	}
	go serveHelper(mode, listener, content)
	return waitForSignal(signals)
}

func serveHelper(mode string, listener net.Listener, content []byte) {
	for clients := 1; ; clients++ {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		switch mode {
		case "crashes":
			fmt.Fprintln(os.Stderr, "Traceback: division by zero")
			os.Exit(3)
		case "counts":
			fmt.Fprintf(conn, "client %d\n", clients)
		case "own-poem", "locks":
			fmt.Fprintln(conn, "Mine, all mine.")
		case "own-poem-is-empty":
		case "mute":
			_, _ = io.Copy(io.Discard, conn)
		default:
			_, _ = conn.Write(content)
		}
		_ = conn.Close()
	}
}

// takeSignals is what a helper is told, from before it listens: who connects to it
// may stop it.
func takeSignals(mode string) <-chan os.Signal {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT)
	if mode == "stubborn" {
		signal.Ignore(syscall.SIGTERM)
	} else {
		signal.Notify(signals, syscall.SIGTERM)
	}
	return signals
}

// waitForSignal ends as a server should, which takes a moment.
func waitForSignal(signals <-chan os.Signal) int {
	fmt.Printf("told to stop by %v\n", <-signals)
	return 0
}

// child starts a helper that inherits both outputs and the files, and says its pid.
func child(mode string, attributes *syscall.SysProcAttr, files ...*os.File) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), helperMode+"="+mode, helperParent+"="+strconv.Itoa(os.Getpid()))
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = os.Stdout, os.Stderr, attributes
	cmd.ExtraFiles = files
	if err := cmd.Start(); err != nil {
		return err
	}
	fmt.Printf("child %d\n", cmd.Process.Pid)
	return nil
}

// pause is a helper's own time: it is a program, not a spec.
func pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}
