package report_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/report"
)

var _ = Describe("The formats", func() {
	DescribeTable("are found by name",
		func(name, start string) {
			write, err := report.Lookup(name)
			Expect(err).NotTo(HaveOccurred())
			var b strings.Builder
			Expect(write(&b, of(conforming()), report.Options{})).To(Succeed())
			Expect(b.String()).To(HavePrefix(start))
			Expect(report.Formats()).To(ContainElement(name))
		},
		Entry(nil, "text", "pass   MUST"),
		Entry(nil, "json", "{\n  \"format\": 2"),
		Entry(nil, "junit", "<?xml"),
	)

	It("are named to who asks for another", func() {
		_, err := report.Lookup("pdf\n")
		Expect(err).To(MatchError(`unknown report format "pdf\n": use json, junit or text`))
	})
})

var _ = Describe("FORMAT=FILE", func() {
	It("is a format and a file", func() {
		Expect(report.ParseFile("junit=out/a=b.xml")).To(Equal(report.File{Format: "junit", Path: "out/a=b.xml"}))
	})

	DescribeTable("is refused if malformed",
		func(s, words string) {
			_, err := report.ParseFile(s)
			Expect(err).To(MatchError(ContainSubstring(words)))
			Expect(err.Error()).NotTo(ContainSubstring("\n"))
		},
		Entry("empty", "", `malformed report "": use FORMAT=FILE`),
		Entry("no file", "json", `malformed report "json": use FORMAT=FILE`),
		Entry("an empty file", "json=", `malformed report "json="`),
		Entry("no format", "=out.json", `malformed report "=out.json"`),
		Entry("an unknown format", "pdf=out.pdf", `unknown report format "pdf": use json, junit or text`),
	)
})
