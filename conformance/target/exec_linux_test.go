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
	"scansion/conformance/target"
)

// isGone reports whether a process has ended. One that nobody has waited for, as
// where the first process of a container does not, has ended too.
func isGone(pid int) bool {
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return os.IsNotExist(err)
	}
	after := stat[bytes.LastIndexByte(stat, ')')+1:]
	return bytes.HasPrefix(after, []byte(" Z")) || bytes.HasPrefix(after, []byte(" X"))
}

var _ = Describe("On Linux, a program", func() {
	setup := conformance.Setup{Fixture: verse}
	told := func(instance conformance.Instance, which string) int {
		GinkgoHelper()
		Eventually(instance.Output).Should(MatchRegexp(`(?m)^` + which + ` \d+\b.*\n`))
		return pidIn(instance.Output(), which)
	}

	It("is found to be ready without a single connection", func() {
		t := helper("counts", "{port} {poem}")
		for range 3 {
			Expect(fetch(started(t, setup).Addr())).To(Equal("client 1\n"))
		}
	})

	It("without {poem} is connected to by its target once, and never again", func() {
		t := helper("counts", "{port}")
		Expect(fetch(started(t, setup).Addr())).To(Equal("client 2\n"))
		Expect(fetch(started(t, setup).Addr())).To(Equal("client 1\n"))
	})

	It("that listens on every interface is reached on loopback", func() {
		instance := started(helper("everywhere", "{port} {poem}"), setup)
		Expect(instance.Addr()).To(HavePrefix("127.0.0.1:"))
		Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
	})

	Describe("that listens on IPv6 only", func() {
		BeforeEach(func() {
			listener, err := net.Listen("tcp", "[::1]:0")
			if err != nil {
				Skip("this machine has no IPv6: " + err.Error())
			}
			Expect(listener.Close()).To(Succeed())
		})

		It("is reached there, if nobody told it where to listen", func() {
			instance := started(helper("ipv6", "{port} {poem}"), setup)
			Expect(instance.Addr()).To(HavePrefix("[::1]:"))
			Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
		})

		It("is reached there, if it listens at all addresses that are IPv6, and nobody told it where", func() {
			instance := started(helper("ipv6-only", "{port} {poem}"), setup)
			Expect(instance.Addr()).To(HavePrefix("[::1]:"))
			Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
		})

		It("is not ready before it listens where it was told", func() {
			instance := started(helper("ipv6-first", "{port} {poem} {host}"), setup)
			Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
		})

		It("is not reached, if it was told otherwise", func() {
			instance := started(helper("ipv6", "{port} {poem} {host}"), setup)
			Expect(instance.Addr()).To(HavePrefix("127.0.0.1:"))
			_, err := net.Dial("tcp", instance.Addr())
			Expect(err).To(MatchError(syscall.ECONNREFUSED))
		})
	})

	It("that goes into the background is refused, and does not stay there", func() {
		failed := notStarted(helper("daemon", "{port} {poem}"), setup)
		Expect(failed.Reason).To(ContainSubstring("start it in the foreground"))
		Eventually(isGone).WithArguments(pidIn(failed.Output, "child")).Should(BeTrue())
	})

	It("that goes into the background once it listens is refused as well", func() {
		failed := notStarted(helper("daemon-after-listening", "{port} {poem}"), setup)
		Expect(failed.Reason).To(ContainSubstring("start it in the foreground"))
	})

	It("takes what it has started with it when it is stopped", func() {
		instance := started(helper("has-child", "{port} {poem}"), setup)
		pids := []int{told(instance, "pid"), told(instance, "child")}
		Expect(instance.Stop()).To(Succeed())
		for _, pid := range pids {
			Eventually(isGone).WithArguments(pid).Should(BeTrue())
		}
	})

	It("has ended when it has, though something that it started holds its outputs", func() {
		instance := started(helper("has-child", "{port} {poem}"), setup)
		child := told(instance, "child")
		Expect(syscall.Kill(told(instance, "pid"), syscall.SIGKILL)).To(Succeed())
		Eventually(instance.Exited()).Should(BeClosed())
		Expect(instance.Exit().How).To(Equal("signal: killed"))
		Expect(isGone(child)).To(BeFalse())
		Expect(instance.Stop()).To(Succeed())
		Eventually(isGone).WithArguments(child).Should(BeTrue())
	})

	It("that has its number from one that ended long ago is not taken for it", func() {
		instance := started(helper("serves", "{port} {poem}"), setup)
		pid := told(instance, "pid")
		target.KillGroup(pid, "SCANSION_RUN=another's")
		Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
		_, port, err := net.SplitHostPort(instance.Addr())
		Expect(err).NotTo(HaveOccurred())
		target.KillGroup(pid, "SCANSION_PORT="+port)
		Eventually(instance.Exited()).Should(BeClosed())
		Expect(instance.Exit().How).To(Equal("signal: killed"))
	})

	It("leaves nothing behind once its target is closed, not even in another session", func() {
		t := helper("has-child-elsewhere", "{port} {poem}")
		instance := started(t, setup)
		pids := []int{told(instance, "pid"), told(instance, "child")}
		Expect(instance.Stop()).To(Succeed())
		Eventually(isGone).WithArguments(pids[0]).Should(BeTrue())
		Expect(t.Close()).To(Succeed())
		Eventually(isGone).WithArguments(pids[1]).Should(BeTrue())
	})

	It("leaves nothing behind if its start is interrupted", func() {
		t := helper("never-listens", "{port} {poem}")
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		result := make(chan error, 1)
		go func() {
			_, err := t.Start(ctx, setup)
			result <- err
		}()
		Eventually(func() []int { return children(os.Getpid()) }).ShouldNot(BeEmpty())
		cancel()
		Eventually(result).Should(Receive(MatchError(context.Canceled)))
		Expect(children(os.Getpid())).To(BeEmpty())
	})

	It("has what it holds counted, with all that it has started", func() {
		t := helper("serves", "{port} {poem}")
		Expect(t.Lacks(conformance.NeedUsage)).To(BeEmpty())
		alone := started(t, setup)
		usage, err := alone.Usage()
		Expect(err).NotTo(HaveOccurred())
		Expect(usage.Processes).To(Equal(1))
		Expect(usage.Descriptors).To(BeNumerically(">=", 4), "three standard files and the listener")
		Expect(usage.Threads).To(BeNumerically(">=", 1))
		Expect(usage.Memory).To(BeNumerically(">", 64<<10))
		Expect(usage.Memory).To(BeNumerically("<", 1<<30), "in bytes")
		Expect(usage.Mappings).To(BeNumerically(">", 10), "each segment of the program is one, at the least")
		Expect(usage.Reserved).To(BeNumerically(">", 1<<20), "a heap, at the least")

		instance := started(helper("has-child", "{port} {poem}"), setup)
		told(instance, "child")
		usage, err = instance.Usage()
		Expect(err).NotTo(HaveOccurred())
		Expect(usage.Processes).To(Equal(2))
		Expect(usage.Memory).To(BeNumerically(">", 128<<10))

		Expect(alone.Stop()).To(Succeed())
		_, err = alone.Usage()
		Expect(err).To(MatchError(os.ErrProcessDone))
	})

	It("is counted while its clients are there", func() {
		instance := started(helper("mute", "{port} {poem}"), setup)
		before, err := instance.Usage()
		Expect(err).NotTo(HaveOccurred())
		conn := dial(instance.Addr())
		descriptors := func() int {
			usage, err := instance.Usage()
			Expect(err).NotTo(HaveOccurred())
			return usage.Descriptors
		}
		Eventually(descriptors).Should(BeNumerically(">", before.Descriptors))
		Expect(conn.Close()).To(Succeed())
		Eventually(descriptors).Should(Equal(before.Descriptors))
	})

	It("may be told to stop while another target's goes on", func() {
		one, two := helper("serves", "{port} {poem}"), helper("serves", "{port} {poem}")
		stays := started(two, setup)
		Expect(started(one, setup).Stop()).To(Succeed())
		Expect(one.Close()).To(Succeed())
		Expect(fetch(stays.Addr())).To(Equal(string(verse.Bytes())))
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
		fmt.Sscan(name.Name(), &pid)
		fmt.Sscan(string(stat[bytes.LastIndexByte(stat, ')')+1:]), &state, &of)
		if of == parent && state != "Z" {
			pids = append(pids, pid)
		}
	}
	return pids
}

var _ = Describe("On Linux, ports", func() {
	It("are not those of connections that linger", func() {
		port, release, err := target.FreePort()
		Expect(err).NotTo(HaveOccurred())
		defer release()
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		Expect(err).NotTo(HaveOccurred(), "it is free")
		Expect(listener.Close()).To(Succeed())
	})
})
