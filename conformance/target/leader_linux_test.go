package target_test

import (
	"os"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

var _ = Describe("On Linux, a program's first process", func() {
	setup := conformance.Setup{Fixture: verse}
	signal := func(instance conformance.Instance) (string, error) {
		GinkgoHelper()
		leader, ok := instance.(interface {
			SignalLeader(os.Signal) (string, error)
		})
		Expect(ok).To(BeTrue())
		return leader.SignalLeader(syscall.SIGKILL)
	}

	It("is signalled alone, if it listens", func() {
		instance := started(helper("has-child", "{port} {poem}"), setup)
		Eventually(instance.Output).Should(MatchRegexp(`(?m)^child \d+\b.*\n`))
		pointless, err := signal(instance)
		Expect(err).NotTo(HaveOccurred())
		Expect(pointless).To(BeEmpty())
		Eventually(instance.Exited()).Should(BeClosed())
		Expect(isGone(pidIn(instance.Output(), "child"))).To(BeFalse())
	})

	It("is not signalled, if it is a wrapper", func() {
		self, err := os.Executable()
		Expect(err).NotTo(HaveOccurred())
		GinkgoT().Setenv(helperMode, "serves")
		instance := started(command(`sh -c '"$@"; true' sh '`+self+`' {port} {poem}`), setup)
		pointless, err := signal(instance)
		Expect(err).NotTo(HaveOccurred())
		Expect(pointless).To(ContainSubstring("a wrapper"))
		Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
	})
})
