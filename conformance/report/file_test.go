package report_test

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/report"
)

var _ = Describe("Writing a report to a file", func() {
	var dir, path string
	BeforeEach(func() {
		dir = GinkgoT().TempDir()
		path = filepath.Join(dir, "report")
	})

	// files returns the names in the directory, the hidden ones too.
	files := func() []string {
		GinkgoHelper()
		entries, err := os.ReadDir(dir)
		Expect(err).NotTo(HaveOccurred())
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	content := func() string {
		GinkgoHelper()
		data, err := os.ReadFile(path)
		Expect(err).NotTo(HaveOccurred())
		return string(data)
	}
	unwritable := func() *conformance.Report {
		r := conforming()
		r.Results[1].Level = 0 // which JSON cannot encode
		return r
	}

	It("makes a new file, and nothing else", func() {
		Expect(report.File{Format: "json", Path: path}.Write(of(conforming()), report.Options{})).To(Succeed())
		Expect(content()).To(Equal(toJSON(conforming(), report.Options{})))
		Expect(files()).To(ConsistOf("report"))
	})

	It("takes the place of an old file, with its permissions", func() {
		Expect(os.WriteFile(path, []byte("old"), 0o600)).To(Succeed())
		Expect(report.File{Format: "text", Path: path}.Write(of(conforming()), report.Options{})).To(Succeed())
		Expect(content()).To(HavePrefix("pass"))
		Expect(files()).To(ConsistOf("report"))
		info, err := os.Stat(path)
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o600)))
	})

	It("leaves an old file in place if the report cannot be written", func() {
		Expect(os.WriteFile(path, []byte("old"), 0o600)).To(Succeed())
		err := report.File{Format: "json", Path: path}.Write(of(unwritable()), report.Options{})
		Expect(err).To(MatchError(And(HavePrefix("report to "+path+": "), ContainSubstring("is not a level"))))
		Expect(content()).To(Equal("old"))
		Expect(files()).To(ConsistOf("report"))
	})

	It("leaves no file at all if the report cannot be written and there was none", func() {
		Expect(report.File{Format: "json", Path: path}.Write(of(unwritable()), report.Options{})).NotTo(Succeed())
		Expect(files()).To(BeEmpty())
	})

	It("writes behind a symbolic link", func() {
		link := filepath.Join(dir, "link")
		Expect(os.WriteFile(path, []byte("old"), 0o600)).To(Succeed())
		Expect(os.Symlink("report", link)).To(Succeed())
		Expect(report.File{Format: "text", Path: link}.Write(of(conforming()), report.Options{})).To(Succeed())
		Expect(content()).To(HavePrefix("pass"))
		Expect(os.Readlink(link)).To(Equal("report"))
	})

	DescribeTable("says where it failed",
		func(f func() report.File, words string) {
			Expect(f().Write(of(conforming()), report.Options{})).To(MatchError(ContainSubstring(words)))
		},
		Entry("a directory", func() report.File { return report.File{Format: "text", Path: dir} }, "is a directory"),
		Entry("no directory", func() report.File { return report.File{Format: "text", Path: path + "/a/b"} }, "no such file or directory"),
		Entry("an unknown format", func() report.File { return report.File{Format: "pdf", Path: path} }, "unknown report format"),
	)
})
