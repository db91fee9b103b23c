package process_test

import (
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/internal/bounded"
	"scansion/internal/process"
)

var _ = Describe("A program", func() {
	It("is started with its words, its directory and its environment", func() {
		dir, err := os.MkdirTemp("", "process")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(os.RemoveAll, dir)
		GinkgoT().Setenv("SCANSION_TEST_OURS", "ours")
		GinkgoT().Setenv("SCANSION_TEST_BOTH", "ours")
		p := start(process.Spec{
			Words: []string{"sh", "-c", `echo "$0" "$1" "$SCANSION_TEST_OURS" "$SCANSION_TEST_BOTH"; pwd -P`, "a b", "c"},
			Dir:   dir,
			Env:   []string{"SCANSION_TEST_BOTH=theirs"},
		})
		Expect(ended(p)).To(Equal(process.Exit{Status: 0, How: "exit status 0"}))
		Expect(p.Log()).To(HavePrefix("a b c ours theirs\n"))
		Expect(p.Log()).To(HaveSuffix(strings.TrimPrefix(dir, "/private") + "\n"))
	})

	DescribeTable("cannot be started",
		func(s process.Spec, why string) {
			_, err := process.Start(s)
			Expect(err).To(MatchError(process.ErrNotRunnable))
			Expect(err).To(MatchError(ContainSubstring(why)))
		},
		Entry("if there is none", process.Spec{Words: []string{"/no/such/program"}}, "/no/such/program: no such file"),
		Entry("if there is none in the path", process.Spec{Words: []string{"no-such-program-in-the-path"}}, "not found"),
		Entry("if it is not executable", process.Spec{Words: []string{"/dev/null"}}, "permission denied"),
		Entry("if there is no such directory", process.Spec{Words: []string{"sh"}, Dir: "/no/such/directory"}, "no such file"),
		Entry("if there are no words", process.Spec{}, "empty"),
	)

	It("is not to blame if this process has no descriptors left", func() {
		for _, lack := range []error{syscall.EMFILE, syscall.ENFILE, syscall.EAGAIN, syscall.ENOMEM} {
			err := process.NotStarted(&os.PathError{Op: "fork/exec", Path: "sh", Err: lack})
			Expect(err).To(MatchError(lack))
			Expect(err).NotTo(MatchError(process.ErrNotRunnable))
		}
	})

	Describe("that ends by itself", func() {
		It("has its exit status told", func() {
			Expect(ended(shell("exit 7"))).To(Equal(process.Exit{Status: 7, How: "exit status 7"}))
		})

		It("by a signal, has that told", func() {
			p := shell("kill -9 $$")
			Expect(ended(p)).To(Equal(process.Exit{Status: -1, Signal: syscall.SIGKILL, How: "signal: killed"}))
			Expect(p.Running()).To(BeFalse())
			Expect(p.Signal(syscall.SIGTERM)).To(Succeed(), "there is nobody left to signal")
			Expect(p.SignalMain(syscall.SIGTERM)).To(MatchError(os.ErrProcessDone))
			Expect(p.Stop()).To(Succeed())
			Expect(p.Kill()).To(Succeed())
		})

		It("has ended when it has, though something that it has started holds its outputs", func() {
			p := helper("leaves-child")
			Expect(ended(p).Status).To(BeZero())
			Expect(p.Running()).To(BeFalse())
			Expect(p.OutputsHeld()).To(BeTrue())
			Expect(p.LeftBehind()).To(BeTrue())
			pid := told(p, "child")
			Expect(exists(pid)).To(BeTrue())
			Expect(p.Stop()).To(Succeed())
			Eventually(isGone).WithArguments(pid).Should(BeTrue())
			Expect(p.LeftBehind()).To(BeFalse())
		})
	})

	It("that ended without what holds nothing, but is in its group, takes it with it at once", func() {
		p := helper("leaves-silent-child")
		ended(p)
		pid := told(p, "child")
		Expect(p.OutputsHeld()).To(BeFalse())
		Expect(isGone(pid)).To(BeFalse())
		Expect(p.Kill()).To(Succeed())
		Eventually(isGone).WithArguments(pid).Should(BeTrue())
	})

	Describe("that is stopped", func() {
		It("ends gently, if it can", func() {
			p := helper("waits")
			told(p, "pid")
			Expect(p.Running()).To(BeTrue())
			Expect(p.Exited()).NotTo(BeClosed())
			Expect(p.Stop()).To(Succeed())
			Expect(p.Exited()).To(BeClosed())
			Expect(p.Exit()).To(Equal(process.Exit{Status: 0, How: "exit status 0"}))
			Expect(p.Log()).To(HaveSuffix("told to stop by terminated\n"))
			Expect(p.OutputsHeld()).To(BeFalse())
			Expect(p.Stop()).To(Succeed(), "twice is fine")
		})

		It("ends by force, if it ignores SIGTERM", func() {
			p := helper("stubborn")
			told(p, "pid")
			Expect(p.Stop()).To(Succeed())
			Expect(p.Exit().Signal).To(Equal(syscall.SIGKILL))
		})

		It("at once, is not asked before", func() {
			p := helper("waits")
			told(p, "pid")
			Expect(p.Kill()).To(Succeed())
			Expect(p.Exited()).To(BeClosed())
			Expect(p.Exit().Signal).To(Equal(syscall.SIGKILL))
			Expect(p.Kill()).To(Succeed(), "twice is fine")
		})

		DescribeTable("takes with it what it has started",
			func(mode string, stop func(*process.Process) error) {
				p := helper(mode)
				pid, child := told(p, "pid"), told(p, "child")
				Expect(stop(p)).To(Succeed())
				Expect(isGone(pid)).To(BeTrue())
				Eventually(isGone).WithArguments(child).Should(BeTrue())
			},
			Entry("gently", "has-child", (*process.Process).Stop),
			Entry("by force", "has-stubborn-child", (*process.Process).Stop),
			Entry("at once", "has-child", (*process.Process).Kill),
			Entry("in its group, though it ended without it", "has-stubborn-child", func(p *process.Process) error {
				Expect(p.SignalMain(syscall.SIGKILL)).To(Succeed())
				ended(p)
				return p.Stop()
			}),
			Entry("at once, though it ended without it", "has-stubborn-child", func(p *process.Process) error {
				Expect(p.SignalMain(syscall.SIGKILL)).To(Succeed())
				ended(p)
				return p.Kill()
			}),
		)
	})

	It("can be sent signals, and nothing else", func() {
		p := helper("waits")
		told(p, "pid")
		Expect(p.Signal(noSignal{})).To(MatchError("no signal: unsupported operation"))
		Expect(p.Signal(syscall.SIGINT)).To(Succeed())
		Expect(ended(p).Status).To(BeZero())
		Expect(p.Log()).To(HaveSuffix("told to stop by interrupt\n"))
	})

	It("is signalled with all that it has started, or alone", func() {
		p := helper("has-child")
		child := told(p, "child")
		told(p, "pid")
		Expect(p.SignalMain(syscall.SIGKILL)).To(Succeed())
		Expect(ended(p).Signal).To(Equal(syscall.SIGKILL))
		Expect(isGone(child)).To(BeFalse())
		Expect(p.Signal(syscall.SIGKILL)).To(Succeed())
		Eventually(isGone).WithArguments(child).Should(BeTrue())
	})
})

var _ = Describe("What a program writes", func() {
	It("is kept in part, however much it is", func() {
		p := helper("floods")
		ended(p)
		Expect(len(p.Log())).To(BeNumerically("<", 20<<10))
		Expect(p.Log()).To(HavePrefix("the first line\nall work"))
		Expect(p.Log()).To(MatchRegexp(`\[\.\.\. 2\d{8} bytes left out \.\.\.\]`))
		Expect(p.Log()).To(HaveSuffix("no play\nthe last line\n"))
	})

	It("may be anything, and is kept in order from both its outputs", func() {
		p := shell(`printf '\000\377\033[2J'; printf '\303(\n' >&2; echo out; echo err >&2`)
		ended(p)
		Expect(p.Log()).To(Equal("\x00\xff\x1b[2J\xc3(\nout\nerr\n"))
	})

	It("on standard output is kept apart, if that is wanted", func() {
		out := bounded.New(1<<20, 0)
		p := start(process.Spec{Words: []string{"sh", "-c", "echo out; echo err >&2; echo more"}, Stdout: out})
		ended(p)
		Expect(out.String()).To(Equal("out\nmore\n"))
		Expect(p.Log()).To(Equal("err\n"))
	})

	It("is a flood, if there is more than it may write, and then cannot be more", func() {
		out := bounded.New(1<<20, 0).Allow(func(written, lines int64) bool { return written <= 1<<20 && lines <= 1000 })
		s := helperSpec("floods-for-ever")
		s.Stdout = out
		p := start(s)
		Eventually(out.Flooded()).Should(BeClosed())
		Expect(ended(p).How).To(Equal("signal: broken pipe"))
		Expect(out.Written()).To(BeNumerically("<=", 1<<20))
	})

	It("is kept to its end, though something holds it, and whatever that writes", func() {
		out := bounded.New(1<<20, 0)
		text := strings.Repeat("x", 60_000) // a pipe holds more
		p := start(process.Spec{
			Words:  []string{"sh", "-c", `(while echo; do :; done) >&2 & sleep 1000 & printf %s "$0"`, text},
			Stdout: out,
		})
		Expect(ended(p).Status).To(BeZero())
		Expect(p.OutputsHeld()).To(BeTrue())
		Expect(out.String()).To(Equal(text))
	})

	It("is kept to its end, though this machine takes its time to read it", func() {
		text := strings.Repeat("x", 60_000)
		read, write, err := os.Pipe()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(write.Close) // somebody holds it
		Expect(io.WriteString(write, text)).To(Equal(len(text)))
		Expect(read.SetReadDeadline(time.Unix(1, 0))).To(Succeed())
		kept := bounded.New(1<<20, 0)
		Expect(process.ReadOutput(read, kept)).To(BeTrue(), "it was held")
		Expect(kept.String()).To(Equal(text))
	})
})

var _ = Describe("What a program reads", func() {
	It("is nothing, unless something is given", func() {
		p := shell("wc -c")
		Expect(ended(p).Status).To(BeZero())
		Expect(strings.TrimSpace(p.Log())).To(Equal("0"))
	})

	It("is given, and ends", func() {
		given := []byte(strings.Repeat("x", 1<<20)) // more than a pipe holds
		p := start(process.Spec{Words: []string{"wc", "-c"}, Stdin: given})
		Expect(ended(p).Status).To(BeZero())
		Expect(strings.TrimSpace(p.Log())).To(Equal(strconv.Itoa(len(given))))
	})

	It("need not be read", func() {
		p := start(process.Spec{Words: []string{"sh", "-c", "exit 5"}, Stdin: make([]byte, 1<<20)})
		Expect(ended(p).Status).To(Equal(5))
	})

	It("need not be read by those whom it leaves behind either", func() {
		p := start(process.Spec{Words: []string{"sh", "-c", "exec 3<&0; sleep 1000 <&3 >&- 2>&- & exit 5"}, Stdin: make([]byte, 1<<20)})
		Expect(ended(p).Status).To(Equal(5))
	})

	It("is what the caller writes, who reads its answers", func() {
		s := helperSpec("echoes")
		s.PipeStdin, s.PipeStdout = true, true
		p := start(s)
		for _, word := range []string{"lamp", "rope"} {
			Expect(io.WriteString(p.Stdin(), word+"\n")).To(Equal(5))
			answer := make([]byte, len("you said lamp\n"))
			Expect(io.ReadFull(p.Stdout(), answer)).To(Equal(len(answer)))
			Expect(string(answer)).To(Equal("you said " + word + "\n"))
		}
		Expect(p.AwaitRead()).To(BeTrue())
		Expect(p.Stdin().Close()).To(Succeed())
		Expect(ended(p).Status).To(BeZero())
		Expect(io.ReadAll(p.Stdout())).To(BeEmpty())
		Expect(p.Log()).To(Equal("that was all\n"))
	})

	It("ends a write, and a read, that nobody answers when it is killed", func() {
		p := start(process.Spec{Words: []string{"sleep", "1000"}, PipeStdin: true, PipeStdout: true})
		wrote, read := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := p.Stdin().Write(make([]byte, 1<<20))
			wrote <- err
		}()
		go func() {
			_, err := io.ReadAll(p.Stdout())
			read <- err
		}()
		Consistently(wrote).WithTimeout(50 * time.Millisecond).ShouldNot(Receive())
		Expect(p.Kill()).To(Succeed())
		Eventually(wrote).Should(Receive(HaveOccurred()))
		Eventually(read).Should(Receive())
		Expect(p.AwaitRead()).To(BeFalse(), "it has ended")
	})
})

type noSignal struct{}

func (noSignal) Signal()        {}
func (noSignal) String() string { return "no signal" }
