package report_test

import (
	"encoding/xml"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/reporters"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/report"
)

// toJUnit writes a report and parses it back. It returns its only suite, having
// held the counts against the cases.
func toJUnit(r *conformance.Report, o report.Options) reporters.JUnitTestSuite {
	GinkgoHelper()
	var b strings.Builder
	Expect(report.JUnit(&b, of(r), o)).To(Succeed())
	var all reporters.JUnitTestSuites
	Expect(xml.Unmarshal([]byte(b.String()), &all)).To(Succeed())
	Expect(all.TestSuites).To(HaveLen(1))
	suite := all.TestSuites[0]

	failures, errors, skipped := 0, 0, 0
	for _, c := range suite.TestCases {
		if c.Failure != nil {
			failures++
		}
		if c.Error != nil {
			errors++
		}
		if c.Skipped != nil {
			skipped++
		}
	}
	Expect([]int{suite.Tests, suite.Failures, suite.Errors, suite.Skipped}).
		To(Equal([]int{len(suite.TestCases), failures, errors, skipped}))
	Expect([]int{all.Tests, all.Failures, all.Errors, all.Disabled}).
		To(Equal([]int{len(suite.TestCases), failures, errors, skipped}))
	return suite
}

func caseNamed(suite reporters.JUnitTestSuite, name string) reporters.JUnitTestCase {
	GinkgoHelper()
	for _, c := range suite.TestCases {
		if c.Name == name {
			return c
		}
	}
	Fail("no case " + name)
	return reporters.JUnitTestCase{}
}

var _ = Describe("The JUnit report", func() {
	It("reads as its golden file does", func() {
		var b strings.Builder
		Expect(report.JUnit(&b, of(everything()), report.Options{})).To(Succeed())
		expectGolden("everything.xml", b.String())
	})

	It("counts failures, errors and skips", func() {
		suite := toJUnit(everything(), report.Options{})
		Expect([]int{suite.Tests, suite.Failures, suite.Errors, suite.Skipped}).To(Equal([]int{10, 3, 1, 3}))
		suite = toJUnit(everything(), report.Options{Level: conformance.Should})
		Expect([]int{suite.Tests, suite.Failures, suite.Errors, suite.Skipped}).To(Equal([]int{10, 4, 1, 2}))
	})

	It("says everything about a failure", func() {
		c := caseNamed(toJUnit(everything(), report.Options{}), "poetry-server/serve-many-clients")
		Expect(c.Classname).To(Equal("poetry-server"))
		Expect(c.Failure.Message).To(Equal(long().Message))
		Expect(c.Failure.Description).To(And(
			ContainSubstring(long().Statement), ContainSubstring(long().Source), ContainSubstring(long().Repeat),
			ContainSubstring("client#1  connected"), ContainSubstring("client#34 connected"),
			ContainSubstring("client 1 is served"), ContainSubstring("client 34 is served"),
		))
	})

	It("does not fail for what does not fail the run, but says what it is", func() {
		suite := toJUnit(everything(), report.Options{})
		warned := caseNamed(suite, "poetry-server/say-where-it-listens")
		Expect(warned.Failure).To(BeNil())
		Expect(warned.Skipped.Message).To(HavePrefix("SHOULD not met: expected: the 28 bytes"))
		Expect(warned.SystemOut).To(ContainSubstring("To repeat this case alone"))
		known := caseNamed(suite, "poetry-server/refuse-a-missing-poem")
		Expect(known.Skipped.Message).To(HavePrefix("known failure: expected: the 28 bytes"))
		unexpected := caseNamed(suite, "poetry-server/reuse-its-port")
		Expect(unexpected.Skipped).To(BeNil())
		Expect(unexpected.SystemOut).To(ContainSubstring("take it off the list"))
	})

	It("gives the reason of a skip", func() {
		c := caseNamed(toJUnit(everything(), report.Options{}), "poetry-server/end-when-told")
		Expect(c.Skipped.Message).To(HavePrefix("needs a process"))
	})

	It("takes a broken check for an error", func() {
		c := caseNamed(toJUnit(everything(), report.Options{}), "poetry-server/be-checked-by-a-sound-check")
		Expect(c.Error.Message).To(ContainSubstring("a fault of Scansion"))
		Expect(c.Error.Type).To(Equal("broken"))
	})

	It("has an error if the target could not be run", func() {
		suite := toJUnit(couldNotRun(), report.Options{})
		Expect([]int{suite.Tests, suite.Failures, suite.Errors, suite.Skipped}).To(Equal([]int{3, 0, 1, 2}))
		c := caseNamed(suite, "target starts")
		Expect(c.Classname).To(Equal("poetry-server"))
		Expect(c.Error.Message).To(Equal("the target could not be run: it ended before it listened: exit status 1"))
		Expect(c.Error.Description).To(ContainSubstring(`\x1b[31mNameError`))
	})

	It("has an error if the target could not be run and nothing was to be judged", func() {
		r := couldNotRun()
		r.Results = nil
		Expect(caseNamed(toJUnit(r, report.Options{}), "target starts").Classname).To(Equal("poetry-server"))
	})

	It("has an error if the run was interrupted", func() {
		suite := toJUnit(interrupted(), report.Options{})
		Expect([]int{suite.Tests, suite.Failures, suite.Errors, suite.Skipped}).To(Equal([]int{3, 0, 1, 1}))
		Expect(caseNamed(suite, "run completes").Error.Type).To(Equal("interrupted"))
	})

	It("survives whatever a target prints", func() {
		c := caseNamed(toJUnit(reportOf(garbage()), report.Options{}), "poetry-server/survive-binary-garbage")
		Expect(c.Failure.Message).To(Equal("expected: nothing\nseen:     \\x1b[2J\\x00]]><b>&amp;</b>"))
		Expect(c.Failure.Description).To(And(
			ContainSubstring(`\x1b[31mred\x07\x0d`), ContainSubstring(`\xff\xfe`), ContainSubstring(`\ufffe`),
		))
		Expect(c.Failure.Description).NotTo(ContainSubstring("\ufffd"))
	})

	It("has the transcripts of the other cases if it is verbose", func() {
		const name = "poetry-server/send-exactly-its-poem"
		Expect(caseNamed(toJUnit(everything(), report.Options{}), name).SystemOut).To(BeEmpty())
		Expect(caseNamed(toJUnit(everything(), report.Options{Verbose: true}), name).SystemOut).To(ContainSubstring("A lamp is"))
	})

	It("keeps the message attribute short", func() {
		r := failing("be-terse", conformance.Must)
		r.Message = strings.Repeat("Expected\n    <string>: "+strings.Repeat("x", 200)+"\n", 10)
		c := caseNamed(toJUnit(reportOf(r), report.Options{}), r.ID)
		Expect(len(c.Failure.Message)).To(BeNumerically("<", 320))
		Expect(c.Failure.Description).To(ContainSubstring(strings.Repeat("x", 200)))
	})

	It("has a suite for each target, and counts them all", func() {
		var b strings.Builder
		Expect(report.JUnit(&b, []*conformance.Report{everything(), interrupted()}, report.Options{})).To(Succeed())
		var all reporters.JUnitTestSuites
		Expect(xml.Unmarshal([]byte(b.String()), &all)).To(Succeed())
		Expect(all.TestSuites).To(HaveLen(2))
		Expect([]int{all.Tests, all.Failures, all.Errors, all.Disabled}).To(Equal([]int{10 + 3, 3, 1 + 1, 3 + 1}))
		Expect(all.Time).To(BeNumerically("~", 2*1.618, 1e-9))
	})

	It("returns an error in writing", func() {
		Expect(report.JUnit(&full{}, of(everything()), report.Options{})).To(MatchError(errFull))
	})
})
