package report_test

import (
	"os"
	"path/filepath"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/report"
)

var _ = Describe("Writing a report to what is no regular file", func() {
	It("writes into a pipe instead of replacing it", func() {
		path := filepath.Join(GinkgoT().TempDir(), "pipe")
		Expect(syscall.Mkfifo(path, 0o600)).To(Succeed())
		read := make(chan string, 1)
		go func() {
			data, _ := os.ReadFile(path) // what is wrong with it shows below
			read <- string(data)
		}()
		Expect(report.File{Format: "text", Path: path}.Write(of(conforming()), report.Options{})).To(Succeed())
		Eventually(read).Should(Receive(HavePrefix("pass")))
		info, err := os.Lstat(path)
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode().Type()).To(Equal(os.ModeNamedPipe))
	})

	It("reports a full disk", func() {
		err := report.File{Format: "text", Path: "/dev/full"}.Write(of(conforming()), report.Options{})
		Expect(err).To(MatchError(syscall.ENOSPC))
		Expect(err).To(MatchError(HavePrefix("report to /dev/full: write the text report: ")))
	})
})
