package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

var _ = Describe("A target that leaves its process group, its session and its environment", Label("programs"), func() {
	It("does not outlive the command", func() {
		if _, err := exec.LookPath("setsid"); err != nil {
			Skip("setsid is not installed: " + err.Error())
		}
		note := filepath.Join(GinkgoT().TempDir(), "pid")
		session := start("check", "poetry-server", "--exec",
			"sh -c 'setsid env -i sh -c \"echo \\$\\$ >"+note+"; exec sleep 1000\" & until [ -s "+note+" ]; do sleep 0.05; done; "+
				"exec "+scansion+" serve fastpoetry --iface {host} --port {port} {poem}'",
			"--run", "sends-exact-poem")
		Eventually(session).Should(gexec.Exit(0))
		text, err := os.ReadFile(note)
		Expect(err).NotTo(HaveOccurred())
		pid, err := strconv.Atoi(string(text[:len(text)-1]))
		Expect(err).NotTo(HaveOccurred())
		Expect(syscall.Kill(pid, 0)).To(MatchError(syscall.ESRCH))
	})
})
