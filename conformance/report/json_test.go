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

// fromJSON reads a report of one target.
func fromJSON(text string) *conformance.Report {
	GinkgoHelper()
	all, err := report.ReadJSON(strings.NewReader(text))
	Expect(err).NotTo(HaveOccurred())
	Expect(all).To(HaveLen(1))
	return all[0]
}

func toJSON(r *conformance.Report, o report.Options) string {
	GinkgoHelper()
	var b strings.Builder
	Expect(report.JSON(&b, of(r), o)).To(Succeed())
	return b.String()
}

var _ = Describe("The JSON report", func() {
	It("reads as its golden file does", func() {
		expectGolden("everything.json", toJSON(everything(), report.Options{}))
	})

	DescribeTable("comes back as it went",
		func(r *conformance.Report) {
			Expect(fromJSON(toJSON(r, report.Options{Verbose: true}))).To(Equal(r))
		},
		Entry("when all is well", conforming()),
		Entry("when the target could not be run", couldNotRun()),
		Entry("when it was interrupted", interrupted()),
		Entry("with failures of all kinds", reportOf(long(), brokenCase(), knownToFail(failing("a", conformance.May)))),
	)

	It("has the transcripts of cases that passed only if it is verbose", func() {
		for _, r := range fromJSON(toJSON(everything(), report.Options{})).Results {
			Expect(r.Transcript == nil).To(Equal(r.Outcome == conformance.Pass || r.Why == conformance.Unsupported), r.ID)
		}
		for _, r := range fromJSON(toJSON(everything(), report.Options{Verbose: true})).Results {
			Expect(r.Transcript == nil).To(Equal(r.Why == conformance.Unsupported), r.ID)
		}
	})

	It("keeps bytes that are not UTF-8 as escapes, and other control characters as they are", func() {
		written := toJSON(reportOf(garbage()), report.Options{})
		Expect(json.Valid([]byte(written))).To(BeTrue())
		back := fromJSON(written)
		Expect(back.Results[0].Message).To(Equal(garbage().Message))
		Expect(back.Results[0].Output).To(ContainSubstring(`not UTF-8: \xff\xfe` + "\ttab\n"))
		transcript := back.Results[0].Transcript
		Expect(transcript[3].Last).To(Equal([]byte("\xff\n")), "what went over the wire is kept to the byte")
		Expect(transcript[len(transcript)-1].Text).To(Equal("a note with \x1b[2J and \\xff in it"))
	})

	It("leaves the report that it writes unchanged", func() {
		r := everything()
		toJSON(r, report.Options{})
		Expect(r).To(Equal(everything()))
	})

	It("is an object for one target, which tells the format and the role", func() {
		Expect(toJSON(conforming(), report.Options{})).To(HavePrefix("{\n  \"format\": 2,\n  \"scansion\": \"1.2.3\",\n  \"role\": \"poetry-server\","))
	})

	DescribeTable("is a list for a run over several targets, or none, and comes back as it went",
		func(reports ...*conformance.Report) {
			var b strings.Builder
			Expect(report.JSON(&b, reports, report.Options{Verbose: true})).To(Succeed())
			Expect(b.String()).To(HavePrefix("["))
			back, err := report.ReadJSON(strings.NewReader(b.String()))
			Expect(err).NotTo(HaveOccurred())
			Expect(back).To(HaveLen(len(reports)))
			for i := range reports {
				Expect(back[i]).To(Equal(reports[i]))
			}
		},
		Entry("none"),
		Entry("three", conforming(), couldNotRun(), interrupted()),
	)

	It("has a list of results even if there are none", func() {
		Expect(toJSON(reportOf(), report.Options{})).To(ContainSubstring(`"results": []`))
	})

	It("writes nothing of a report that it cannot encode", func() {
		var b strings.Builder
		bad := result("be-measurable", conformance.Must, conformance.Pass)
		bad.Seconds = math.NaN()
		Expect(report.JSON(&b, of(reportOf(bad)), report.Options{})).To(MatchError(ContainSubstring("encode the JSON report")))
		bad.Seconds, bad.Level = 0, 0
		Expect(report.JSON(&b, of(reportOf(bad)), report.Options{})).To(MatchError(ContainSubstring("is not a level")))
		Expect(b.String()).To(BeEmpty())
	})

	It("returns an error in writing", func() {
		Expect(report.JSON(&full{}, of(everything()), report.Options{})).To(MatchError(errFull))
	})

	It("can be read from a later version, with fields that are not known yet", func() {
		Expect(fromJSON(`{"format": 2, "scansion": "9", "mood": "good", "results": []}`).Version).To(Equal("9"))
	})

	DescribeTable("says what is wrong with anything else",
		func(text, words string) {
			_, err := report.ReadJSON(strings.NewReader(text))
			Expect(err).To(MatchError(And(HavePrefix("not a JSON report of scansion: "), ContainSubstring(words))))
		},
		Entry("empty", "", "unexpected end of JSON input"),
		Entry("XML", "<testsuites/>", "invalid character '<'"),
		Entry("a list of something else", "[1]", "cannot unmarshal number"),
		Entry("a list that does not end", `[{"format":2,"scansion":"1","results":[]}`, "unexpected end of JSON input"),
		Entry("one after the other", `{"format":2,"scansion":"1","results":[]}{}`, "invalid character '{' after top-level value"),
		Entry("somebody else's JSON", `{"results": []}`, `its "format" is not 2`),
		Entry("another format", `{"format": 1, "scansion": "1", "results": []}`, `its "format" is not 2`),
		Entry("no version", `{"format": 2, "results": []}`, `it has no "scansion"`),
		Entry("no results", `{"format": 2, "scansion": "1"}`, `it has no "results"`),
		Entry("a result without outcome", `{"format": 2, "scansion": "1", "results": [{"id": "a/b", "level": "MUST"}]}`,
			`result 1 lacks its "id", "level" or "outcome"`),
		Entry("an unknown outcome", `{"format": 2, "scansion": "1", "results": [{"id": "a/b", "level": "MUST", "outcome": "flaky"}]}`,
			`unknown outcome "flaky"`),
		Entry("an unknown level", `{"format": 2, "scansion": "1", "results": [{"id": "a/b", "level": "OUGHT", "outcome": "pass"}]}`,
			`unknown level "OUGHT"`),
	)
})
