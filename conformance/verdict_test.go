package conformance_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

var _ = Describe("A report", func() {
	const (
		must   = conformance.Must
		should = conformance.Should
		may    = conformance.May
	)
	ended := func(level conformance.Level, outcome conformance.Outcome) conformance.Result {
		return conformance.Result{ID: "fake/" + level.String() + "-" + outcome.String(), Level: level, Outcome: outcome}
	}
	pass := func(level conformance.Level) conformance.Result { return ended(level, conformance.Pass) }
	fail := func(level conformance.Level) conformance.Result { return ended(level, conformance.Fail) }
	skip := func(level conformance.Level) conformance.Result { return ended(level, conformance.Skip) }
	known := func(r conformance.Result) conformance.Result { r.KnownFailure = true; return r }
	broken := func(r conformance.Result) conformance.Result { r.Why = conformance.Broken; return r }
	of := func(results ...conformance.Result) conformance.Report { return conformance.Report{Results: results} }
	interrupted := func(r conformance.Report) conformance.Report { r.Interrupted = true; return r }
	notRun := func(r conformance.Report) conformance.Report { r.CouldNotRun = "command not found"; return r }

	DescribeTable("comes to a verdict",
		func(level conformance.Level, r conformance.Report, verdict conformance.Verdict) {
			Expect(r.Verdict(level)).To(Equal(verdict))
		},
		Entry("that conforms, if nothing was judged", must, of(), conformance.Conforms),
		Entry("that conforms, if all pass", must, of(pass(must), pass(should)), conformance.Conforms),
		Entry("that conforms, in spite of skips", must, of(pass(must), skip(must)), conformance.Conforms),
		Entry("that fails, if a MUST fails", must, of(pass(must), fail(must)), conformance.Fails),
		Entry("that fails, whatever the order", must, of(fail(must), pass(must)), conformance.Fails),
		Entry("that conforms, if only a SHOULD fails", must, of(fail(should), fail(may)), conformance.Conforms),
		Entry("that fails, if a SHOULD fails that counts", should, of(fail(should)), conformance.Fails),
		Entry("that fails, if a MUST fails where SHOULDs count", should, of(fail(must)), conformance.Fails),
		Entry("that conforms, if a MAY fails where SHOULDs count", should, of(fail(may)), conformance.Conforms),
		Entry("that fails, if a MAY fails and all count", may, of(fail(may)), conformance.Fails),
		Entry("that conforms, if what fails is known to", must, of(known(fail(must))), conformance.Conforms),
		Entry("that fails, if something else fails beside what is known to", must, of(known(fail(must)), fail(must)), conformance.Fails),
		Entry("that is ours to mend, if a check broke", must, of(pass(must), broken(skip(may))), conformance.Unjudged),
		Entry("that fails, if a check broke and another fails", must, of(broken(skip(must)), fail(must)), conformance.Fails),
		Entry("that is unfinished, if it was interrupted", must, interrupted(of(pass(must), skip(must))), conformance.Unfinished),
		Entry("that is unfinished, if it was interrupted and a check broke", must, interrupted(of(broken(skip(must)))), conformance.Unfinished),
		Entry("that fails, if it was interrupted after a failure", must, interrupted(of(fail(must))), conformance.Fails),
		Entry("that there was no run, if the target could not be run", must, notRun(of(skip(must))), conformance.NotRun),
		Entry("that there was no run, whatever else", must, notRun(interrupted(of(fail(must), broken(skip(must))))), conformance.NotRun),
	)

	It("names the known failures that pass, and only those", func() {
		r := of(known(pass(must)), known(fail(should)), known(skip(may)), pass(should), known(pass(may)))
		Expect(r.UnexpectedPasses()).To(Equal([]string{"fake/MUST-pass", "fake/MAY-pass"}))
		r = of(pass(must))
		Expect(r.UnexpectedPasses()).To(BeEmpty())
	})

	It("counts the results of a level by outcome", func() {
		r := of(pass(must), pass(must), fail(must), pass(should), known(fail(must)))
		Expect(r.Count(must, conformance.Pass)).To(Equal(2))
		Expect(r.Count(must, conformance.Fail)).To(Equal(2))
		Expect(r.Count(should, conformance.Fail)).To(BeZero())
	})
})

var _ = Describe("A start error", func() {
	DescribeTable("ends with the program's last words",
		func(output, text string) {
			Expect(&conformance.StartError{Reason: "it ended", Output: output}).To(MatchError(text))
		},
		Entry("if it had any", "loading\nno such file\n", "it ended; its last words: no such file"),
		Entry("without the blanks around them", "first\n  second \r\n\n \n", "it ended; its last words: second"),
		Entry("in one line", "only", "it ended; its last words: only"),
		Entry("unless it said nothing", "", "it ended"),
		Entry("unless it wrote blanks only", " \n\t\n", "it ended"),
	)
})
