package target_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/internal/sockets"
)

const short = 300 * time.Millisecond // for programs that will never do what is waited for

// pidIn finds the pid that a helper has told of itself ("pid") or its child ("child").
func pidIn(output, which string) int {
	GinkgoHelper()
	found := regexp.MustCompile(`(?m)^` + which + ` (\d+)`).FindStringSubmatch(output)
	Expect(found).To(HaveLen(2), "in: %s", output)
	pid, err := strconv.Atoi(found[1])
	Expect(err).NotTo(HaveOccurred())
	return pid
}

// isGone reports whether a process has ended. One that nobody has waited for, as
// where the first process of a container does not, has ended too.
func isGone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false // it has ended meanwhile, or there are no such files
	}
	after := string(stat[bytes.LastIndexByte(stat, ')')+1:])
	return strings.HasPrefix(after, " Z") || strings.HasPrefix(after, " X")
}

var _ = Describe("A command that serves", func() {
	It("serves the file that it is told, where it is told", func() {
		instance := started(helper("serves", "{port} {poem}"), withVerse)
		Expect(fetch(instance.Addr)).To(Equal(string(verse.Bytes())))
		Expect(has(instance)).To(Equal(string(verse.Bytes())))
		Expect(instance.Exited()).NotTo(BeClosed())
		Expect(log(instance)()).To(ContainSubstring("pid "))
	})

	It("is told the same by its environment", func() {
		t := helper("serves", "")
		instance := started(t, withVerse)
		Expect(fetch(instance.Addr)).To(Equal(string(verse.Bytes())))
		Expect(log(instance)()).To(ContainSubstring(" of 127.0.0.1 serves "))
		Expect(t.Lacks(conformance.NeedVariable("poem"))).To(BeEmpty(), "it has shown that it serves what it is told")
	})

	It("may read its file as another user", func() {
		instance := started(helper("serves", "{port} {poem}"), withVerse)
		file := regexp.MustCompile(`serves (\S+) at`).FindStringSubmatch(log(instance)())[1]
		for name, readable := range map[string]os.FileMode{file: 0o444, filepath.Dir(file): 0o555} {
			info, err := os.Stat(name)
			Expect(err).NotTo(HaveOccurred())
			Expect(info.Mode().Perm()&readable).To(Equal(readable), name)
		}
	})

	It("may take its time to listen", func() {
		instance := started(helper("slow", "{port} {poem}"), withVerse)
		Expect(fetch(instance.Addr)).To(Equal(string(verse.Bytes())))
	})

	It("is started with each file as often as needed, each time on another port", func() {
		t := helper("serves", "{port} {poem}")
		one, three := started(t, withVerse), started(t, withVerse)
		two := started(t, conformance.Launch{"poem": conformance.Content(file("another", "Another.\n"))})
		Expect(fetch(one.Addr)).To(Equal(string(verse.Bytes())))
		Expect(fetch(two.Addr)).To(Equal("Another.\n"))
		Expect(fetch(three.Addr)).To(Equal(string(verse.Bytes())))
		Expect(map[string]bool{one.Addr: true, two.Addr: true, three.Addr: true}).To(HaveLen(3))
	})

	It("has its files removed when its target is closed", func() {
		t := helper("serves", "{port} {poem}")
		instance := started(t, withVerse)
		var file string
		Eventually(func() string {
			_, _ = fmt.Sscanf(log(instance)(), "pid %d of %s serves %s", new(int), new(string), &file)
			return file
		}).Should(HaveSuffix("/verse.txt"))
		Expect(os.ReadFile(file)).To(Equal(verse.Bytes()))
		Expect(instance.Stop()).To(Succeed())
		Expect(t.Close()).To(Succeed())
		Expect(filepath.Dir(file)).NotTo(BeAnExistingFile())
	})

	It("can be sent signals, and nothing else", func() {
		instance := started(helper("serves", "{port} {poem}"), withVerse)
		Expect(instance.Signals.Signal(noSignal{})).To(MatchError(errors.ErrUnsupported))
		Expect(instance.Signals.Signal(syscall.SIGINT)).To(Succeed())
		Expect(exit(instance)).To(beExit(0, "exit status 0"))
		Expect(log(instance)()).To(ContainSubstring("told to stop by interrupt"))
	})

	It("is stopped, gives its port back, and does not mind being stopped again", func() {
		instance := started(helper("serves", "{port} {poem}"), withVerse)
		Expect(instance.Stop()).To(Succeed())
		Expect(exit(instance)).To(beExit(0, "exit status 0"))
		Expect(log(instance)()).To(ContainSubstring("told to stop by terminated"))
		_, err := net.Dial("tcp", instance.Addr)
		Expect(err).To(MatchError(syscall.ECONNREFUSED))
		Expect(instance.Stop()).To(Succeed())
	})

	It("that crashes has its exit and its last words told", func() {
		instance := started(helper("crashes", "{port} {poem}"), withVerse)
		_, _ = io.ReadAll(dial(instance.Addr))
		Expect(exit(instance)).To(beExit(3, "exit status 3"))
		Expect(instance.Exit().Failed()).To(BeTrue())
		Expect(log(instance)()).To(ContainSubstring("division by zero"))
	})

	It("that a signal ends has that told", func() {
		instance := started(helper("serves", "{port} {poem}"), withVerse)
		Expect(instance.Signals.Signal(syscall.SIGKILL)).To(Succeed())
		Expect(exit(instance)).To(beExit(-1, "signal: killed"))
		Expect(instance.Signals.Signal(syscall.SIGTERM)).To(Succeed(), "there is nobody left to signal")
	})

	DescribeTable("lacks what it is not told, and says so",
		func(line, variable, reason string) {
			lacks := command(line).Lacks(conformance.NeedVariable(variable))
			if reason == "" {
				Expect(lacks).To(BeEmpty())
			} else {
				Expect(lacks).To(ContainSubstring(reason))
			}
		},
		Entry("without the placeholder", "serve {port}", "host", "the command has no {host}, so the program is not told where to listen"),
		Entry("though it has a word that looks like it", "serve {port} {{host}}", "host", "no {host}"),
		Entry("and not with the placeholder", "serve {port} {host}", "host", ""),
		Entry("and not with the placeholder inside a word", "serve --at={host}:{port}", "host", ""),
		Entry("and not what can be learnt, before it was", "serve {port}", "poem", ""),
	)

	It("lacks nothing else, where the system tells what it holds", func() {
		t := command("serve")
		Expect(t.Lacks(conformance.NeedSignals)).To(BeEmpty())
		Expect(t.Lacks(conformance.NeedUsage)).To(Or(BeEmpty(), ContainSubstring("on Linux")))
	})
})

var _ = Describe("A command that serves and is not told its file", func() {
	lacksPoem := func(t conformance.Target) string { return t.Lacks(conformance.NeedVariable("poem")) }

	It("has its own learnt from its first instance", func() {
		t := helper("own-poem", "{port}")
		Expect(has(started(t, withVerse))).To(Equal("Mine, all mine.\n"))
		Expect(has(started(t, withVerse))).To(Equal("Mine, all mine.\n"))
		Expect(lacksPoem(t)).To(ContainSubstring("no {poem}"))
	})

	It("has its own learnt also if it cannot run twice at a time", func() {
		GinkgoT().Setenv(helperLock, filepath.Join(GinkgoT().TempDir(), "lock"))
		t := helper("locks", "{port}")
		instance := started(t, withVerse)
		Expect(has(instance)).To(Equal("Mine, all mine.\n"))
		Expect(fetch(instance.Addr)).To(Equal("Mine, all mine.\n"))
		Expect(lacksPoem(t)).To(ContainSubstring("no {poem}"))
	})

	It("may have an empty one of its own", func() {
		t := helper("own-poem-is-empty", "{port}")
		Expect(has(started(t, withVerse))).To(BeEmpty())
		Expect(lacksPoem(t)).To(ContainSubstring("no {poem}"))
	})
})

var _ = Describe("A command that serves and does not become ready", func() {
	It("because it ended, is not started, and its exit and output are told", func() {
		failed := notStarted(helper("message", "{port} {poem}"), withVerse)
		Expect(failed.Reason).To(Equal("the program ended before it listened (exit status 7)"))
		Expect(failed.Exit).To(HaveValue(beExit(7, "exit status 7")))
		Expect(failed.Output).To(ContainSubstring("no module named poem"))
		Expect(failed).To(MatchError(HaveSuffix("its last words: no module named poem")))
	})

	It("because it ended well, is not started either", func() {
		failed := notStarted(helper("nothing", "{port}"), withVerse)
		Expect(failed.Reason).To(Equal("the program ended before it listened (exit status 0)"))
	})

	It("because it never listens, is given up", func() {
		t := helper("never-listens", "{port} {poem}")
		t.ReadyWithin(short)
		failed := notStarted(t, withVerse)
		Expect(failed.Reason).To(SatisfyAll(ContainSubstring("nothing listened at port"), ContainSubstring("within 300ms"), ContainSubstring("{port}")))
		Expect(failed.Exit).To(BeNil())
	})

	It("because there is no such command, is not started", func() {
		failed := notStarted(command("/no/such/poetry-server {port}"), withVerse)
		Expect(failed.Reason).To(SatisfyAll(ContainSubstring("could not be started"), ContainSubstring("/no/such/poetry-server")))
		failed = notStarted(command("no-such-poetry-server-in-the-path"), withVerse)
		Expect(failed.Reason).To(ContainSubstring("not found"))
	})

	It("before its start is interrupted, is ended", func() {
		t := helper("never-listens", "{port} {poem}")
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := t.Start(ctx, withVerse)
		Expect(err).To(MatchError(context.Canceled))
	})

	missing := conformance.Launch{"poem": conformance.MissingFile()}

	It("for its file is missing, is seen to give up", func() {
		failed := notStarted(helper("serves", "{port} {poem}"), missing)
		Expect(failed.Exit).To(HaveValue(HaveField("Status", 1)))
		Expect(failed.Output).To(ContainSubstring("no such file"))
	})

	It("for its file is missing, is not waited for longer because it has been seen to start", func() {
		t := helper("never-listens-without-poem", "{port} {poem}")
		Expect(fetch(started(t, withVerse).Addr)).To(Equal(string(verse.Bytes())))
		t.ReadyWithin(short)
		failed := notStarted(t, missing)
		Expect(failed.Exit).To(BeNil())
		Expect(failed.Reason).To(ContainSubstring("within 300ms"))
	})

	occupied := func(port int) conformance.Launch {
		return conformance.Launch{"poem": conformance.Content(verse), "port": conformance.OccupiedPort(port)}
	}

	It("for its port is taken, is seen to give up", func() {
		taken := portOf(listen())
		failed := notStarted(helper("serves", "{port} {poem}"), occupied(taken))
		Expect(failed.Exit).To(HaveValue(HaveField("Status", 1)))
		Expect(failed.Output).To(SatisfyAll(ContainSubstring(strconv.Itoa(taken)), ContainSubstring("in use")))
	})

	It("for its port is taken, is seen not to give up", func() {
		t := helper("never-listens", "{port} {poem}")
		t.ReadyWithin(short)
		failed := notStarted(t, occupied(portOf(listen())))
		Expect(failed.Exit).To(BeNil())
		Expect(failed.Reason).To(ContainSubstring("still running"))
	})
})

var _ = Describe("The port of a command that serves", func() {
	claimed := func(port int) bool {
		release, free := sockets.Claim(port)
		if free {
			release()
		}
		return !free
	}

	// Another judge's program, told the same port at the same moment, may be the first to
	// bind it, and would be judged in place of ours.
	It("is kept from other judges for as long as the program lives", func() {
		instance := started(helper("serves", "{port} {poem}"), withVerse)
		port := int(netip.MustParseAddrPort(instance.Addr).Port())
		Expect(claimed(port)).To(BeTrue())
		Expect(instance.Stop()).To(Succeed())
		Expect(claimed(port)).To(BeFalse())
	})

	It("is given back if the program could not be started", func() {
		failed := notStarted(command("sh -c 'echo port {port}; exit 1'"), withVerse)
		port := 0
		Expect(fmt.Sscanf(failed.Output, "port %d", &port)).To(Equal(1))
		Expect(claimed(port)).To(BeFalse())
	})
})

type noSignal struct{}

func (noSignal) Signal()        {}
func (noSignal) String() string { return "no signal" }
