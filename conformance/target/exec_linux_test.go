package target_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// told is the number of a helper ("pid"), or of its child ("child"), once it has told it.
func told(instance *conformance.Instance, which string) int {
	GinkgoHelper()
	Eventually(log(instance)).Should(MatchRegexp(`(?m)^` + which + ` \d+\b.*\n`))
	return pidIn(log(instance)(), which)
}

var _ = Describe("On Linux, a command that serves", func() {
	It("is found to be ready without a single connection", func() {
		t := helper("counts", "{port} {poem}")
		for range 3 {
			Expect(fetch(started(t, withVerse).Addr)).To(Equal("client 1\n"))
		}
	})

	It("and is not told its file is connected to by its target once, and never again", func() {
		t := helper("counts", "{port}")
		Expect(fetch(started(t, withVerse).Addr)).To(Equal("client 2\n"))
		Expect(fetch(started(t, withVerse).Addr)).To(Equal("client 1\n"))
	})

	It("on every interface is reached on loopback", func() {
		instance := started(helper("everywhere", "{port} {poem}"), withVerse)
		Expect(instance.Addr).To(HavePrefix("127.0.0.1:"))
		Expect(fetch(instance.Addr)).To(Equal(string(verse.Bytes())))
	})

	Describe("on IPv6 only", func() {
		BeforeEach(func() {
			listener, err := net.Listen("tcp", "[::1]:0")
			if err != nil {
				Skip("this machine has no IPv6: " + err.Error())
			}
			Expect(listener.Close()).To(Succeed())
		})

		It("is reached there, if nobody told it where to listen", func() {
			instance := started(helper("ipv6", "{port} {poem}"), withVerse)
			Expect(instance.Addr).To(HavePrefix("[::1]:"))
			Expect(fetch(instance.Addr)).To(Equal(string(verse.Bytes())))
		})

		It("is reached there, if it listens at all addresses that are IPv6, and nobody told it where", func() {
			instance := started(helper("ipv6-only", "{port} {poem}"), withVerse)
			Expect(instance.Addr).To(HavePrefix("[::1]:"))
			Expect(fetch(instance.Addr)).To(Equal(string(verse.Bytes())))
		})

		It("is not ready before it listens where it was told", func() {
			instance := started(helper("ipv6-first", "{port} {poem} {host}"), withVerse)
			Expect(fetch(instance.Addr)).To(Equal(string(verse.Bytes())))
		})

		It("is not reached, if it was told otherwise", func() {
			instance := started(helper("ipv6", "{port} {poem} {host}"), withVerse)
			Expect(instance.Addr).To(HavePrefix("127.0.0.1:"))
			_, err := net.Dial("tcp", instance.Addr)
			Expect(err).To(MatchError(syscall.ECONNREFUSED))
		})
	})

	It("and goes into the background is refused, and does not stay there", func() {
		failed := notStarted(helper("daemon", "{port} {poem}"), withVerse)
		Expect(failed.Reason).To(ContainSubstring("start it in the foreground"))
		Eventually(isGone).WithArguments(pidIn(failed.Output, "child")).Should(BeTrue())
	})

	It("and goes into the background once it listens is refused as well", func() {
		failed := notStarted(helper("daemon-after-listening", "{port} {poem}"), withVerse)
		Expect(failed.Reason).To(ContainSubstring("start it in the foreground"))
	})

	It("takes what it has started with it when it is stopped, wherever that is", func() {
		for _, mode := range []string{"has-child", "has-child-elsewhere"} {
			instance := started(helper(mode, "{port} {poem}"), withVerse)
			child := told(instance, "child")
			Expect(instance.Stop()).To(Succeed())
			Eventually(isGone).WithArguments(child).Should(BeTrue(), mode)
		}
	})

	It("leaves nothing behind if its start is interrupted", func() {
		t := helper("never-listens", "{port} {poem}")
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		result := make(chan error, 1)
		go func() {
			_, err := t.Start(ctx, withVerse)
			result <- err
		}()
		Eventually(func() []int { return children(os.Getpid()) }).ShouldNot(BeEmpty())
		cancel()
		Eventually(result).Should(Receive(MatchError(context.Canceled)))
		Expect(children(os.Getpid())).To(BeEmpty())
	})

	It("has what it holds counted, with all that it has started", func() {
		instance := started(helper("has-child", "{port} {poem}"), withVerse)
		told(instance, "child")
		usage, err := instance.Usage()
		Expect(err).NotTo(HaveOccurred())
		Expect(usage.Processes).To(Equal(2))
		Expect(usage.Descriptors).To(BeNumerically(">=", 7), "three standard files each, and the listener")
		Expect(usage.Memory).To(And(BeNumerically(">", 128<<10), BeNumerically("<", 2<<30)), "in bytes")
		Expect(instance.Stop()).To(Succeed())
		Eventually(func() error { _, err := instance.Usage(); return err }).Should(MatchError(os.ErrProcessDone), "once all was waited for")
	})

	It("is counted while its clients are there", func() {
		instance := started(helper("mute", "{port} {poem}"), withVerse)
		descriptors := func() int {
			usage, err := instance.Usage()
			Expect(err).NotTo(HaveOccurred())
			return usage.Descriptors
		}
		before := descriptors()
		conn := dial(instance.Addr)
		Eventually(descriptors).Should(BeNumerically(">", before))
		Expect(conn.Close()).To(Succeed())
		Eventually(descriptors).Should(Equal(before))
	})

	It("holds its side of a connection, or does not", func() {
		instance := started(helper("mute", "{port} {poem}"), withVerse)
		conn := dial(instance.Addr)
		Expect(instance.Holds(conn.LocalAddr())).To(BeTrue())
		Expect(instance.Holds(listen().Addr())).To(BeFalse())
	})

	It("tells how busy it is", func() {
		computed, starved := started(helper("serves", "{port} {poem}"), withVerse).Busy()
		Expect(computed).To(BeNumerically(">", 0))
		Expect(starved).To(BeNumerically(">=", 0))
	})

	It("goes on while another target's is stopped", func() {
		one, two := helper("serves", "{port} {poem}"), helper("serves", "{port} {poem}")
		stays := started(two, withVerse)
		Expect(started(one, withVerse).Stop()).To(Succeed())
		Expect(one.Close()).To(Succeed())
		Expect(fetch(stays.Addr)).To(Equal(string(verse.Bytes())))
	})

	It("is signalled alone, if it listens", func() {
		instance := started(helper("has-child", "{port} {poem}"), withVerse)
		child := told(instance, "child")
		pointless, err := instance.Signals.SignalMain(syscall.SIGKILL)
		Expect(err).NotTo(HaveOccurred())
		Expect(pointless).To(BeEmpty())
		Expect(exit(instance)).To(beExit(-1, "signal: killed"))
		Expect(isGone(child)).To(BeFalse())
	})

	It("is not signalled, if it is a wrapper", func() {
		self, err := os.Executable()
		Expect(err).NotTo(HaveOccurred())
		GinkgoT().Setenv(helperMode, "serves")
		instance := started(command(`sh -c '"$@"; true' sh '`+self+`' {port} {poem}`), withVerse)
		pointless, err := instance.Signals.SignalMain(syscall.SIGKILL)
		Expect(err).NotTo(HaveOccurred())
		Expect(pointless).To(ContainSubstring("a wrapper"))
		Expect(fetch(instance.Addr)).To(Equal(string(verse.Bytes())))
	})
})

// children are the processes that a process has started and that have not ended.
func children(parent int) (pids []int) {
	names, _ := os.ReadDir("/proc")
	for _, name := range names {
		stat, err := os.ReadFile("/proc/" + name.Name() + "/stat")
		if err != nil {
			continue
		}
		var pid, of int
		var state string
		_, _ = fmt.Sscan(name.Name(), &pid)
		_, _ = fmt.Sscan(string(stat[bytes.LastIndexByte(stat, ')')+1:]), &state, &of)
		if of == parent && state != "Z" {
			pids = append(pids, pid)
		}
	}
	return pids
}
