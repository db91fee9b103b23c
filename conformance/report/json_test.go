package report_test

import (
	"encoding/json"
	"math"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/report"
)

func toJSON(r *conformance.Report, o report.Options) string {
	GinkgoHelper()
	var b strings.Builder
	Expect(report.JSON(&b, r, o)).To(Succeed())
	return b.String()
}

var _ = Describe("The JSON report", func() {
	It("reads as its golden file does", func() {
		expectGolden("everything.json", toJSON(everything(), report.Options{}))
	})

	DescribeTable("comes back as it went",
		func(r *conformance.Report) {
			back, err := report.ReadJSON(strings.NewReader(toJSON(r, report.Options{Verbose: true})))
			Expect(err).NotTo(HaveOccurred())
			Expect(back).To(Equal(r))
		},
		Entry("when all is well", conforming()),
		Entry("when the target could not be run", couldNotRun()),
		Entry("when it was interrupted", interrupted()),
		Entry("with failures of all kinds", reportOf(long(), brokenCase(), knownToFail(failing("a", conformance.May)))),
	)

	It("has the transcripts of cases that passed only if it is verbose", func() {
		brief, err := report.ReadJSON(strings.NewReader(toJSON(everything(), report.Options{})))
		Expect(err).NotTo(HaveOccurred())
		for i, r := range brief.Results {
			if r.Outcome == conformance.Pass {
				Expect(r.Transcript).To(BeEmpty())
			} else {
				Expect(r.Transcript).To(Equal(everything().Results[i].Transcript))
			}
		}
	})

	It("keeps bytes that are not UTF-8 as escapes, and other control characters as they are", func() {
		written := toJSON(reportOf(garbage()), report.Options{})
		Expect(json.Valid([]byte(written))).To(BeTrue())
		back, err := report.ReadJSON(strings.NewReader(written))
		Expect(err).NotTo(HaveOccurred())
		Expect(back.Results[0].Message).To(Equal(garbage().Message))
		Expect(back.Results[0].Output).To(ContainSubstring(`not UTF-8: \xff\xfe` + "\ttab\n"))
	})

	It("leaves the report that it writes unchanged", func() {
		r := everything()
		toJSON(r, report.Options{})
		Expect(r).To(Equal(everything()))
	})

	It("has a list of results even if there are none", func() {
		Expect(toJSON(reportOf(), report.Options{})).To(ContainSubstring(`"results": []`))
	})

	It("writes nothing of a report that it cannot encode", func() {
		var b strings.Builder
		bad := result("be-measurable", conformance.Must, conformance.Pass)
		bad.Seconds = math.NaN()
		Expect(report.JSON(&b, reportOf(bad), report.Options{})).To(MatchError(ContainSubstring("encode the JSON report")))
		bad.Seconds, bad.Level = 0, 0
		Expect(report.JSON(&b, reportOf(bad), report.Options{})).To(MatchError(ContainSubstring("is not a level")))
		Expect(b.String()).To(BeEmpty())
	})

	It("returns an error in writing", func() {
		Expect(report.JSON(&full{}, everything(), report.Options{})).To(MatchError(errFull))
	})

	It("can be read from a later version, with fields that are not known yet", func() {
		r, err := report.ReadJSON(strings.NewReader(`{"scansion": "9", "mood": "good", "results": []}`))
		Expect(err).NotTo(HaveOccurred())
		Expect(r.Version).To(Equal("9"))
	})

	DescribeTable("says what is wrong with anything else",
		func(text, words string) {
			_, err := report.ReadJSON(strings.NewReader(text))
			Expect(err).To(MatchError(And(HavePrefix("not a JSON report of scansion: "), ContainSubstring(words))))
		},
		Entry("empty", "", "unexpected end of JSON input"),
		Entry("XML", "<testsuites/>", "invalid character '<'"),
		Entry("a list", "[]", "cannot unmarshal array"),
		Entry("two reports", `{"scansion":"1","results":[]}{}`, "invalid character '{' after top-level value"),
		Entry("somebody else's JSON", `{"results": []}`, `it has no "scansion"`),
		Entry("no results", `{"scansion": "1"}`, `it has no "results"`),
		Entry("a result without outcome", `{"scansion": "1", "results": [{"id": "a/b", "level": "MUST"}]}`,
			`result 1 lacks its "id", "level" or "outcome"`),
		Entry("an unknown outcome", `{"scansion": "1", "results": [{"id": "a/b", "level": "MUST", "outcome": "flaky"}]}`,
			`unknown outcome "flaky"`),
		Entry("an unknown level", `{"scansion": "1", "results": [{"id": "a/b", "level": "OUGHT", "outcome": "pass"}]}`,
			`unknown level "OUGHT"`),
	)
})
