package target_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
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

var _ = Describe("A program", func() {
	setup := conformance.Setup{Fixture: verse}

	It("serves the poem that it is told, where it is told", func() {
		instance := started(helper("serves", "{port} {poem}"), setup)
		Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
		Expect(instance.Poem()).To(Equal(verse.Bytes()))
		Expect(instance.Exited()).NotTo(BeClosed())
		Expect(instance.Output()).To(ContainSubstring("pid "))
	})

	It("is told the same by its environment", func() {
		t := helper("serves", "")
		instance := started(t, setup)
		Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
		Expect(instance.Output()).To(ContainSubstring(" of 127.0.0.1 serves "))
		Expect(t.Lacks(conformance.NeedPoem)).To(BeEmpty(), "it has shown that it serves what it is told")
	})

	It("may read its poem as another user", func() {
		instance := started(helper("serves", "{port} {poem}"), setup)
		file := regexp.MustCompile(`serves (\S+) at`).FindStringSubmatch(instance.Output())[1]
		for name, readable := range map[string]os.FileMode{file: 0o444, filepath.Dir(file): 0o555} {
			info, err := os.Stat(name)
			Expect(err).NotTo(HaveOccurred())
			Expect(info.Mode().Perm()&readable).To(Equal(readable), name)
		}
	})

	It("may take its time to listen", func() {
		instance := started(helper("slow", "{port} {poem}"), setup)
		Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
	})

	It("is started with each poem as often as needed, each time on another port", func() {
		t := helper("serves", "{port} {poem}")
		other := poem("Another.\n")
		other.Name = "another"
		one, two, three := started(t, setup), started(t, conformance.Setup{Fixture: other}), started(t, setup)
		Expect(fetch(one.Addr())).To(Equal(string(verse.Bytes())))
		Expect(fetch(two.Addr())).To(Equal("Another.\n"))
		Expect(fetch(three.Addr())).To(Equal(string(verse.Bytes())))
		Expect(map[string]bool{one.Addr(): true, two.Addr(): true, three.Addr(): true}).To(HaveLen(3))
	})

	Describe("without {poem}", func() {
		It("has its own poem learnt from its first instance", func() {
			t := helper("own-poem", "{port}")
			Expect(started(t, setup).Poem()).To(Equal([]byte("Mine, all mine.\n")))
			Expect(started(t, setup).Poem()).To(Equal([]byte("Mine, all mine.\n")))
			Expect(t.Lacks(conformance.NeedPoem)).To(ContainSubstring("no {poem}"))
		})

		It("has it learnt also if it cannot run twice at a time", func() {
			GinkgoT().Setenv(helperLock, filepath.Join(GinkgoT().TempDir(), "lock"))
			t := helper("locks", "{port}")
			instance := started(t, setup)
			Expect(instance.Poem()).To(Equal([]byte("Mine, all mine.\n")))
			Expect(fetch(instance.Addr())).To(Equal("Mine, all mine.\n"))
			Expect(t.Lacks(conformance.NeedPoem)).To(ContainSubstring("no {poem}"))
		})

		It("may have an empty poem of its own", func() {
			t := helper("own-poem-is-empty", "{port}")
			Expect(started(t, setup).Poem()).To(BeEmpty())
			Expect(t.Lacks(conformance.NeedPoem)).To(ContainSubstring("no {poem}"))
		})
	})

	Describe("that does not become ready", func() {
		It("because it ended, is not started, and its exit and output are told", func() {
			failed := notStarted(helper("message", "{port} {poem}"), setup)
			Expect(failed.Reason).To(Equal("the program ended before it listened (exit status 7)"))
			Expect(failed.Exit).To(HaveValue(Equal(conformance.Exit{Status: 7, How: "exit status 7"})))
			Expect(failed.Output).To(ContainSubstring("no module named poem"))
			Expect(failed).To(MatchError(HaveSuffix("its last words: no module named poem")))
		})

		It("because it ended well, is not started either", func() {
			failed := notStarted(helper("nothing", "{port}"), setup)
			Expect(failed.Reason).To(Equal("the program ended before it listened (exit status 0)"))
			Expect(failed.Exit.Failed()).To(BeFalse())
		})

		It("because it never listens, is given up, and told how to learn its port", func() {
			t := helper("never-listens", "")
			t.ReadyWithin(short)
			failed := notStarted(t, setup)
			Expect(failed.Reason).To(SatisfyAll(ContainSubstring("nothing listened at port"), ContainSubstring("{port} or SCANSION_PORT")))
			Expect(failed.Exit).To(BeNil())
		})

		It("because there is no such command, is not started", func() {
			failed := notStarted(command("/no/such/poetry-server {port}"), setup)
			Expect(failed.Reason).To(SatisfyAll(ContainSubstring("could not be started"), ContainSubstring("/no/such/poetry-server")))
			failed = notStarted(command("no-such-poetry-server-in-the-path"), setup)
			Expect(failed.Reason).To(ContainSubstring("not found"))
		})

		It("before the start is interrupted, is ended", func() {
			t := helper("never-listens", "{port} {poem}")
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_, err := t.Start(ctx, setup)
			Expect(err).To(MatchError(context.Canceled))
		})
	})

	Describe("that is started in odd ways", func() {
		It("without its poem file, is seen to give up", func() {
			failed := notStarted(helper("serves", "{port} {poem}"), conformance.Setup{Fixture: verse, MissingPoem: true})
			Expect(failed.Exit).To(HaveValue(HaveField("Status", 1)))
			Expect(failed.Output).To(ContainSubstring("no such file"))
		})

		It("without its poem file, is not waited for longer because it has been seen to start", func() {
			t := helper("never-listens-without-poem", "{port} {poem}")
			Expect(fetch(started(t, setup).Addr())).To(Equal(string(verse.Bytes())))
			t.ReadyWithin(short)
			failed := notStarted(t, conformance.Setup{Fixture: verse, MissingPoem: true})
			Expect(failed.Exit).To(BeNil())
			Expect(failed.Reason).To(ContainSubstring("within 300ms"))
		})

		It("on a port that is taken, is seen to give up", func() {
			taken := portOf(listen())
			failed := notStarted(helper("serves", "{port} {poem}"), conformance.Setup{Fixture: verse, TakenPort: taken})
			Expect(failed.Exit).To(HaveValue(HaveField("Status", 1)))
			Expect(failed.Output).To(SatisfyAll(ContainSubstring(strconv.Itoa(taken)), ContainSubstring("in use")))
		})

		It("on a port that is taken, is seen not to give up", func() {
			t := helper("never-listens", "{port} {poem}")
			t.ReadyWithin(short)
			failed := notStarted(t, conformance.Setup{Fixture: verse, TakenPort: portOf(listen())})
			Expect(failed.Exit).To(BeNil())
			Expect(failed.Reason).To(ContainSubstring("still running"))
		})
	})

	Describe("that ends by itself", func() {
		It("has its exit and its last words told", func() {
			instance := started(helper("crashes", "{port} {poem}"), setup)
			_, _ = io.ReadAll(dial(instance.Addr()))
			Eventually(instance.Exited()).Should(BeClosed())
			Expect(instance.Exit()).To(Equal(conformance.Exit{Status: 3, How: "exit status 3"}))
			Expect(instance.Output()).To(ContainSubstring("division by zero"))
			Expect(instance.Stop()).To(Succeed())
		})

		It("by a signal, has that told", func() {
			instance := started(helper("serves", "{port} {poem}"), setup)
			Expect(instance.Signal(syscall.SIGKILL)).To(Succeed())
			Eventually(instance.Exited()).Should(BeClosed())
			Expect(instance.Exit()).To(Equal(conformance.Exit{Status: -1, How: "signal: killed"}))
			Expect(instance.Exit().Failed()).To(BeTrue())
			Expect(instance.Signal(syscall.SIGTERM)).To(Succeed(), "there is nobody left to signal")
		})
	})

	It("can be sent signals, and nothing else", func() {
		instance := started(helper("serves", "{port} {poem}"), setup)
		Expect(instance.Signal(noSignal{})).To(MatchError(conformance.ErrNotSupported))
		Expect(instance.Signal(syscall.SIGINT)).To(Succeed())
		Eventually(instance.Exited()).Should(BeClosed())
		Expect(instance.Exit().Failed()).To(BeFalse())
		Expect(instance.Output()).To(ContainSubstring("told to stop by interrupt"))
	})

	Describe("that is stopped", func() {
		It("ends gently, if it can", func() {
			instance := started(helper("serves", "{port} {poem}"), setup)
			Expect(instance.Stop()).To(Succeed())
			Expect(instance.Exited()).To(BeClosed())
			Expect(instance.Output()).To(ContainSubstring("told to stop by terminated"))
			Expect(instance.Exit()).To(Equal(conformance.Exit{Status: 0, How: "exit status 0"}))
			_, err := net.Dial("tcp", instance.Addr())
			Expect(err).To(MatchError(syscall.ECONNREFUSED))
			Expect(instance.Stop()).To(Succeed(), "twice is fine")
		})

		It("ends by force, if it ignores SIGTERM", func() {
			instance := started(helper("stubborn", "{port} {poem}"), setup)
			Expect(instance.Stop()).To(Succeed())
			Expect(instance.Exited()).To(BeClosed())
			Expect(instance.Exit().How).To(Equal("signal: killed"))
		})
	})

	Describe("whose output is kept", func() {
		It("is kept in part, however much it writes", func() {
			instance := started(helper("floods", "{port} {poem}"), setup)
			Eventually(instance.Output).Should(ContainSubstring("pid "))
			output := instance.Output()
			Expect(len(output)).To(BeNumerically("<", 20<<10))
			Expect(output).To(HavePrefix("the first line\nall work"))
			Expect(output).To(MatchRegexp(`\[\.\.\. 2\d{8} bytes left out \.\.\.\]`))
			Expect(output).To(ContainSubstring("no play\nthe last line\npid "))
			Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
		})

		It("may write anything", func() {
			instance := started(helper("garbage", "{port} {poem}"), setup)
			Eventually(instance.Output).Should(ContainSubstring("pid "))
			Expect(instance.Output()).To(HavePrefix("\x00\xff\xfe\x1b[2J\x80\xc3\x28\n"))
		})

		It("has both its outputs kept in the order of its writes", func() {
			instance := started(helper("two-outputs", "{port} {poem}"), setup)
			Eventually(instance.Output).Should(ContainSubstring("pid "))
			Expect(instance.Output()).To(HavePrefix("out 0\nerr 0\nout 1\nerr 1\nout 2\nerr 2\n"))
		})
	})

	It("has its files removed when its target is closed", func() {
		t, err := target.NewExec("poetry-server", command("x").Name())
		Expect(err).NotTo(HaveOccurred())
		Expect(t.Close()).To(Succeed())

		exec := helper("serves", "{port} {poem}")
		instance := started(exec, setup)
		Eventually(instance.Output).Should(ContainSubstring(" at "))
		file := strings.TrimSuffix(strings.Split(instance.Output(), " ")[5], "\n")
		Expect(filepath.Base(file)).To(Equal("verse.txt"))
		Expect(os.ReadFile(file)).To(Equal(verse.Bytes()))
		Expect(instance.Stop()).To(Succeed())
		Expect(exec.Close()).To(Succeed())
		Expect(filepath.Dir(file)).NotTo(BeAnExistingFile())
	})

	It("is told which interface to listen on only by {host}", func() {
		Expect(command("serve {port}").Lacks(conformance.NeedHost)).To(ContainSubstring("no {host}"))
		Expect(command("serve {port} {host}").Lacks(conformance.NeedHost)).To(BeEmpty())
		Expect(command("serve {port} {host}").Lacks(conformance.NeedProcess)).To(BeEmpty())
		Expect(command("serve {port} {host}").Lacks(0)).To(BeEmpty())
	})
})

var _ = Describe("A port for a program", func() {
	It("is handed out once", func() {
		const (
			callers = 4
			each    = 100
		)
		var (
			mu   sync.Mutex
			seen = map[int]bool{}
			wg   sync.WaitGroup
		)
		for range callers {
			wg.Go(func() {
				defer GinkgoRecover()
				for range each {
					port, release, err := target.FreePort()
					Expect(err).NotTo(HaveOccurred())
					release()
					Expect(port).To(And(BeNumerically(">", 1023), BeNumerically("<", 32768)), "outside of what kernels give to clients")
					mu.Lock()
					seen[port] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		Expect(seen).To(HaveLen(callers * each))
	})

	// Another judge's program, told the same port at the same moment, may be the first to
	// bind it, and would be judged in place of ours.
	It("keep to one judge for as long as the program lives", func() {
		instance := started(helper("serves", "{port} {poem}"), conformance.Setup{Fixture: verse})
		_, number, err := net.SplitHostPort(instance.Addr())
		Expect(err).NotTo(HaveOccurred())
		port, err := strconv.Atoi(number)
		Expect(err).NotTo(HaveOccurred())
		_, ok := target.ClaimPort(port)
		Expect(ok).To(BeFalse(), "it is ours")
		Expect(instance.Stop()).To(Succeed())
		release, ok := target.ClaimPort(port)
		Expect(ok).To(BeTrue(), "it is not ours any more")
		release()
	})

	It("are given back by a program that could not be started", func() {
		_, err := command("sh -c 'echo port {port}; exit 1'").Start(context.Background(), conformance.Setup{Fixture: verse})
		var failed *conformance.StartError
		Expect(asStartError(err, &failed)).To(BeTrue())
		port := 0
		Expect(fmt.Sscanf(failed.Output, "port %d", &port)).To(Equal(1))
		release, ok := target.ClaimPort(port)
		Expect(ok).To(BeTrue())
		release()
	})
})

type noSignal struct{}

func (noSignal) Signal()        {}
func (noSignal) String() string { return "no signal" }
