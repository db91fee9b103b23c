package report_test

import (
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/report"
)

// stream writes a report as a run does: each result, then the summary.
func stream(t report.Text, r *conformance.Report) string {
	GinkgoHelper()
	var b strings.Builder
	t.W = &b
	for _, each := range r.Results {
		t.Result(each)
	}
	Expect(t.Summary(r)).To(Succeed())
	return b.String()
}

func lastLine(s string) string {
	all := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	return all[len(all)-1]
}

var _ = Describe("The text report", func() {
	DescribeTable("reads as its golden file does",
		func(golden string, t report.Text, r *conformance.Report) {
			expectGolden(golden, stream(t, r))
		},
		Entry("with every kind of result", "everything.txt", report.Text{}, everything()),
		Entry("in colour", "everything-color.txt", report.Text{Color: true}, everything()),
		Entry("quiet", "everything-quiet.txt", report.Text{Quiet: true}, everything()),
		Entry("verbose", "everything-verbose.txt", report.Text{Verbose: true}, everything()),
		Entry("with SHOULD counting", "everything-should.txt", report.Text{Level: conformance.Should}, everything()),
		Entry("when all is well", "conforming.txt", report.Text{}, conforming()),
		Entry("when all is well, quiet", "conforming-quiet.txt", report.Text{Quiet: true}, conforming()),
		Entry("when the target could not be run", "could-not-run.txt", report.Text{}, couldNotRun()),
		Entry("when it was interrupted", "interrupted.txt", report.Text{}, interrupted()),
	)

	It("differs from the plain text by its colours only", func() {
		colors := regexp.MustCompile("\x1b\\[[0-9;]+m")
		colored := stream(report.Text{Color: true}, everything())
		Expect(colors.MatchString(colored)).To(BeTrue())
		Expect(colors.ReplaceAllString(colored, "")).To(Equal(stream(report.Text{}, everything())))
		for line := range strings.Lines(colored) {
			Expect(strings.Count(line, "\x1b[0m")*2).To(Equal(strings.Count(line, "\x1b")), "a colour runs on: %q", line)
		}
	})

	It("lets no control character of a target through", func() {
		r := couldNotRun()
		r.Results = append(everything().Results, r.Results...)
		r.Target.Name = "bad\x1b[2J\nname"
		r.CouldNotRun = "\x1b]0;title\x07"
		for _, t := range []report.Text{{}, {Verbose: true}, {Quiet: true}} {
			text := stream(t, r)
			Expect(text).NotTo(MatchRegexp(`[^\n\t\PC]`))
			Expect(text).To(ContainSubstring(`bad\x1b[2J name`))
		}
	})

	It("tells in a line of its own why a case was skipped, even if the reason has many lines", func() {
		text := stream(report.Text{}, conforming())
		Expect(text).To(ContainSubstring("expected: a conn"))
		Expect(strings.Count(text, "say-where-it-listens")).To(Equal(1))
	})

	It("cuts a long line of output unless it is verbose", func() {
		r := failing("be-terse", conformance.Must)
		r.Output = strings.Repeat("x", 5000)
		Expect(stream(report.Text{}, reportOf(r))).To(ContainSubstring("\n        " + strings.Repeat("x", 300) + " ...\n"))
		Expect(stream(report.Text{Verbose: true}, reportOf(r))).To(ContainSubstring("\n        " + strings.Repeat("x", 5000) + "\n"))
	})

	It("leaves a command of several lines as it is, so that it can be copied", func() {
		r := failing("be-repeatable", conformance.Must)
		r.Repeat = "scansion check --exec 'a\nb'"
		Expect(stream(report.Text{}, reportOf(r))).To(ContainSubstring("        scansion check --exec 'a\nb'\n"))
	})

	It("returns the first error in writing, and writes nothing after it", func() {
		disk := &full{room: 1}
		t := report.Text{W: disk}
		r := conforming()
		for _, each := range r.Results {
			t.Result(each)
		}
		Expect(t.Summary(r)).To(MatchError(errFull))
		Expect(disk.room).To(Equal(-1))
	})

	It("is written whole by the same code", func() {
		var b strings.Builder
		Expect(report.WriteText(&b, of(everything()), report.Options{Level: conformance.Should})).To(Succeed())
		Expect(b.String()).To(Equal(stream(report.Text{Level: conformance.Should}, everything())))
		Expect(report.WriteText(&full{}, of(everything()), report.Options{})).To(MatchError(errFull))
	})
})

var _ = Describe("The text report of a run over several targets", func() {
	It("is that of each, with an empty line between", func() {
		var b strings.Builder
		Expect(report.WriteText(&b, []*conformance.Report{conforming(), interrupted()}, report.Options{})).To(Succeed())
		Expect(b.String()).To(Equal(stream(report.Text{}, conforming()) + "\n" + stream(report.Text{}, interrupted())))
	})
})

var _ = Describe("The verdict in words", func() {
	const (
		must   = conformance.Must
		should = conformance.Should
		may    = conformance.May
	)
	pass := func(l conformance.Level) conformance.Result { return result("pass", l, conformance.Pass) }
	fail := func(l conformance.Level) conformance.Result { return failing("fail", l) }
	skip := func(l conformance.Level) conformance.Result {
		return skipping("skip", l, conformance.Inconclusive, "cannot tell")
	}
	known := func(l conformance.Level) conformance.Result { return knownToFail(failing("known", l)) }
	stopped := func(r *conformance.Report) *conformance.Report { r.Interrupted = true; return r }

	DescribeTable("claims no more than was seen",
		func(level conformance.Level, r *conformance.Report, words string) {
			Expect(lastLine(stream(report.Text{Level: level}, r))).To(Equal("verdict: " + words))
		},
		Entry("all well", must, reportOf(pass(must), pass(must)), "conforms (every MUST holds: 2 of 2)"),
		Entry("a SHOULD fails", must, reportOf(pass(must), fail(should)), "conforms (every MUST holds: 1 of 1)"),
		Entry("a SHOULD fails that counts", should, reportOf(pass(must), fail(should)), "does not conform (1 SHOULD fails)"),
		Entry("all levels count", may, reportOf(pass(must), pass(should), pass(may)),
			"conforms (every MUST, SHOULD and MAY holds: 3 of 3)"),
		Entry("some skipped", must, reportOf(pass(must), skip(must), skip(may)), "no MUST fails; 1 of 2 not judged"),
		Entry("none at the level", must, reportOf(pass(may)), "no MUST was to be judged"),
		Entry("nothing at all", should, reportOf(), "no MUST or SHOULD was to be judged"),
		Entry("known", must, reportOf(pass(must), known(must)), "no MUST fails but for 1 known failure"),
		Entry("known and skipped", should, reportOf(pass(must), known(must), known(should), skip(must)),
			"no MUST or SHOULD fails but for 2 known failures; 1 of 4 not judged"),
		Entry("failing", must, reportOf(fail(must), fail(must), fail(should), pass(must)), "does not conform (2 MUST fail)"),
		Entry("failing in many ways", may, reportOf(fail(must), fail(should), fail(may), known(may), skip(must)),
			"does not conform (1 MUST, 1 SHOULD and 1 MAY fail); besides, 1 known failure; 1 of 5 not judged"),
		Entry("interrupted", must, stopped(reportOf(pass(must), skip(must))),
			"none, for the run was interrupted; so far no MUST fails; 1 of 2 not judged"),
		Entry("interrupted after a failure", must, stopped(reportOf(fail(must), skip(must))),
			"does not conform (1 MUST fails); 1 of 2 not judged, for the run was interrupted"),
		Entry("broken", must, reportOf(pass(must), brokenCase()),
			"none, for Scansion or this machine is at fault (see above); apart from that no MUST fails; 1 of 2 not judged"),
		Entry("not run", must, couldNotRun(), "none, for the target could not be run"),
	)

	It("says that nothing could be judged if all that counts was skipped", func() {
		Expect(lastLine(stream(report.Text{}, reportOf(skip(must), skip(must), pass(may))))).To(HaveSuffix("no MUST could be judged (2 skipped)"))
	})
})
