package process_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/procfs"

	"scansion/internal/patience"
	"scansion/internal/process"
)

// isGone reports whether a process has ended. One that nobody has waited for, as where the
// first process of a container does not, has ended too.
func isGone(pid int) bool {
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		return true
	}
	proc, err := procfs.NewProc(pid)
	if err != nil {
		return os.IsNotExist(err)
	}
	stat, err := proc.Stat()
	return err != nil || stat.State == "Z" || stat.State == "X"
}

var _ = Describe("On Linux, a program", func() {
	It("takes with it what has left its group", func() {
		p := helper("has-child-elsewhere")
		pid := told(p, "child")
		told(p, "pid")
		Expect(p.Stop()).To(Succeed())
		Eventually(isGone).WithArguments(pid).Should(BeTrue())
	})

	It("takes with it who holds its outputs, wherever, also at once", func() {
		p := helper("leaves-child-elsewhere")
		ended(p)
		pid := told(p, "child")
		Expect(p.OutputsHeld()).To(BeTrue())
		Expect(p.Kill()).To(Succeed())
		Eventually(isGone).WithArguments(pid).Should(BeTrue())
	})

	It("is told to have left something behind, though that holds nothing", func() {
		p := helper("leaves-silent-child-elsewhere")
		ended(p)
		pid := told(p, "child")
		Expect(p.OutputsHeld()).To(BeFalse())
		Expect(p.LeftBehind()).To(BeTrue())
		Expect(p.Stop()).To(Succeed())
		Eventually(isGone).WithArguments(pid).Should(BeTrue())
		Eventually(p.LeftBehind).Should(BeFalse())
	})

	It("is found by the mark that it was given, and what it starts as well", func() {
		mark := process.NewMark()
		s := helperSpec("starts-another")
		s.Env = append(s.Env, mark)
		marked, other := start(s), helper("waits")
		pid := told(marked, "child")
		told(other, "pid")
		process.KillMarked(mark)
		Expect(ended(marked).How).To(Equal("signal: killed"))
		Eventually(isGone).WithArguments(pid).Should(BeTrue())
		Expect(other.Running()).To(BeTrue())
	})

	It("that has its number from one that ended long ago is not taken for it", func() {
		p := helper("waits")
		pid := told(p, "pid")
		process.KillGroup(pid, process.NewMark())
		Expect(p.Running()).To(BeTrue())
		process.KillGroup(pid, p.Mark())
		Expect(ended(p).How).To(Equal("signal: killed"))
	})

	It("ends with who has started it", func() {
		p := helper("starts-another")
		pid := told(p, "child")
		Expect(syscall.Kill(p.PID(), syscall.SIGKILL)).To(Succeed())
		Eventually(isGone).WithArguments(pid).Should(BeTrue())
	})

	// The limit was raised once the program ran, which might have looked already.
	It("has the limit of open files from its first moment that this process has", func() {
		var hard syscall.Rlimit
		Expect(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &hard)).To(Succeed())
		if hard.Max <= 512 {
			Skip("this system allows few files")
		}
		limited := helperSpec("limit")
		limited.Words = append([]string{"sh", "-c", `ulimit -Sn 256 && exec "$@"`, "sh"}, limited.Words...)
		p := start(limited)
		Expect(ended(p).Status).To(BeZero(), p.Log())
		var theirs, ours int
		Expect(fmt.Sscanf(p.Log(), "program %d\nself %d", &theirs, &ours)).To(Equal(2), p.Log())
		Expect(theirs).To(Equal(ours))
		Expect(theirs).To(And(BeNumerically(">", 256), BeNumerically("<=", 1<<16)))
	})

	It("can be adopted with its orphans, and ended with them", func() {
		p := helper("adopts")
		Expect(ended(p).Status).To(BeZero(), p.Log())
		Expect(exists(told(p, "child"))).To(BeFalse(), "it was waited for")
	})
})

var _ = Describe("On Linux, what a program takes", func() {
	It("is counted", func() {
		p := helper("waits")
		told(p, "pid")
		usage, err := p.Usage()
		Expect(err).NotTo(HaveOccurred())
		Expect(usage.Processes).To(Equal(1))
		Expect(usage.Descriptors).To(BeNumerically(">=", 3), "the standard files")
		Expect(usage.Threads).To(BeNumerically(">=", 1))
		Expect(usage.Memory).To(BeNumerically(">", 64<<10))
		Expect(usage.Memory).To(BeNumerically("<", 1<<30), "in bytes")
		Expect(usage.Mappings).To(BeNumerically(">", 10), "each segment of the program is one, at the least")
		Expect(usage.Reserved).To(BeNumerically(">", 1<<20), "a heap, at the least")
		Expect(p.Stop()).To(Succeed())
		_, err = p.Usage()
		Expect(err).To(MatchError(os.ErrProcessDone))
	})

	It("is counted with all that it has started, of which some may have ended", func() {
		p := helper("has-child")
		child := told(p, "child")
		alone, err := helper("waits").Usage()
		Expect(err).NotTo(HaveOccurred())
		both, err := p.Usage()
		Expect(err).NotTo(HaveOccurred())
		Expect(both.Processes).To(Equal(2))
		Expect(both.Descriptors).To(BeNumerically(">", alone.Descriptors))
		Expect(syscall.Kill(child, syscall.SIGKILL)).To(Succeed())
		Eventually(isGone).WithArguments(child).Should(BeTrue())
		one, err := p.Usage()
		Expect(err).NotTo(HaveOccurred())
		Expect(one.Processes).To(Equal(2), "nobody has waited for it")
		Expect(one.Descriptors).To(BeNumerically("<", both.Descriptors))
	})

	It("is its processor time, while it runs and after", func() {
		idle, busy := helper("waits"), helper("spins")
		Eventually(busy.CPU).Should(BeNumerically(">", 300*time.Millisecond))
		before := busy.CPU()
		Expect(busy.Kill()).To(Succeed())
		Expect(busy.CPU()).To(BeNumerically(">=", before-20*time.Millisecond), "in hundredths of a second, twice")
		told(idle, "pid")
		Expect(idle.CPU()).To(BeNumerically("<", 300*time.Millisecond))
	})

	It("is the processor time of what it has started, too", func() {
		p := shell(`(while :; do :; done) & wait`)
		Eventually(p.CPU).Should(BeNumerically(">", 300*time.Millisecond))
	})

	It("is its memory at its peak", func() {
		p := helper("remembers")
		told(p, "pid")
		resident, reserved := p.Peak()
		Expect(resident).To(BeNumerically(">=", 100<<20))
		Expect(reserved).To(BeNumerically(">=", resident))
		Expect(p.Stop()).To(Succeed())
		after, still := p.Peak()
		Expect(after).To(BeNumerically(">=", 100<<20))
		Expect(still).To(Equal(reserved))
	})

	It("is its memory at its peak, though nobody looked while it ran", func() {
		p := helper("remembers")
		told(p, "pid")
		Expect(p.Stop()).To(Succeed())
		resident, reserved := p.Peak()
		Expect(resident).To(Or(BeNumerically(">=", 100<<20), Equal(int64(-1))), "if it was more than this process has")
		Expect(reserved).To(Equal(int64(-1)))
	})

	It("is the time for which it is kept from running", func() {
		// More than there are processors for.
		const threads = 4
		p := shell(strings.Repeat("(while :; do :; done) & ", threads) + "wait")
		Expect(p.Starved()).To(BeNumerically(">=", 0))
		if _, err := os.Stat("/proc/self/schedstat"); err != nil {
			Skip("this kernel does not count it")
		}
		pinned := start(process.Spec{Words: []string{"taskset", "-c", firstProcessor(), "sh", "-c", strings.Repeat("(while :; do :; done) & ", threads) + "wait"}})
		Eventually(pinned.Starved).Should(BeNumerically(">", 100*time.Millisecond))
	})
})

// firstProcessor is one that this process may run on.
func firstProcessor() string {
	GinkgoHelper()
	self, err := procfs.Self()
	Expect(err).NotTo(HaveOccurred())
	status, err := self.NewStatus()
	Expect(err).NotTo(HaveOccurred())
	return fmt.Sprint(status.CpusAllowedList[0])
}

var _ = Describe("On Linux, a wait for a program", func() {
	const silence = 200 * time.Millisecond
	lasts := func(p *process.Process, mostComputed time.Duration) time.Duration {
		GinkgoHelper()
		w := p.Patience(patience.Config{Silence: patience.Always(silence), MostStarved: time.Second, MostComputed: mostComputed})
		defer w.Stop()
		watch := stopwatch()
		for <-w.C(); !w.Over(); <-w.C() {
		}
		return watch()
	}

	It("lasts longer while it computes, but not for ever", func() {
		busy := helper("spins")
		Eventually(busy.CPU).Should(BeNumerically(">", 100*time.Millisecond))
		// A system that bounds what a group of programs uses keeps it from running, and tells
		// nobody of that.
		Expect(lasts(busy, time.Second)).To(BeNumerically(">", 3*silence/2))
	})

	It("lasts as long as the silence, if it sleeps", func() {
		idle := helper("waits")
		told(idle, "pid")
		Expect(lasts(idle, time.Hour)).To(And(BeNumerically(">=", silence), BeNumerically("<", 20*time.Second)))
	})
})

// stopwatch returns how long it is since it was made.
func stopwatch() func() time.Duration {
	start := time.Now() //nolint:forbidigo // what is measured is real time
	return func() time.Duration { return time.Since(start) }
}
