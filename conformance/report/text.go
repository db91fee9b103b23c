package report

import (
	"fmt"
	"io"
	"strings"

	"scansion/conformance"
)

// Text writes for people: Result for each result as it comes, then Summary. It
// is for one report, and its methods may not be called at the same time, which
// [conformance.Run] sees to for its Done.
type Text struct {
	W io.Writer

	Color   bool // with ANSI escapes, for a terminal
	Quiet   bool // only the failures and the summary
	Verbose bool // transcripts of passing and skipped cases too, and all of them whole

	// Level is the least level whose failures fail the run; the zero value is MUST.
	Level conformance.Level

	table bool  // something stands above the summary
	err   error // the first of a write, after which nothing more is written
}

// Result writes the line of one requirement. An error in writing is kept for
// Summary to return, so that this can serve as [conformance.Run]'s Done.
func (t *Text) Result(r conformance.Result) {
	if t.Quiet {
		return
	}
	stands := classify(r, orMust(t.Level))
	line := fmt.Sprintf("%s %-6v  %-56s %8.3fs", t.paint(stands, fmt.Sprintf("%-6v", stands)), r.Level, cleanLine(r.ID), r.Seconds)
	switch stands {
	case skipped, broken:
		line += "  " + reason(r)
	case unexpected:
		line += "  listed as a known failure, but passes"
	case known:
		line += "  listed as a known failure"
	case warned:
		line += fmt.Sprintf("  a %v, which does not fail this run", r.Level)
	case passed, failed:
	}
	t.table = true
	t.write(line + "\n" + t.detail(r, stands))
}

// reason returns why a case was skipped, short enough for the table.
func reason(r conformance.Result) string { return shorten(cleanLine(r.Message), 100) }

// detail returns what stands below the line of a case that did not fail.
func (t *Text) detail(r conformance.Result, stands status) string {
	if !t.Verbose || stands.failure() {
		return ""
	}
	var b strings.Builder
	if (stands == skipped || stands == broken) && reason(r) != r.Message {
		b.WriteString(indent(margin+margin, lines(clean(r.Message))))
	}
	if len(r.Transcript) > 0 {
		b.WriteString(excerpt(r.Transcript.String(), 0))
	}
	return b.String()
}

// Summary writes a block for each failure and the summary. It returns the first
// error in writing anything since the first result.
func (t *Text) Summary(report *conformance.Report) error {
	level := orMust(t.Level)
	if t.table {
		t.write("\n")
	}
	for _, r := range report.Results {
		if stands := classify(r, level); stands.failure() {
			t.write(t.paint(stands, fmt.Sprintf("%v %s%s", stands, cleanLine(r.ID), remark(r, stands))) +
				"\n\n" + block(r, t.Verbose) + "\n")
		}
	}
	t.write(counts(report) + "\n" + t.notes(report))
	words := "verdict: " + verdict(report, level) + "\n"
	switch report.Verdict(level) {
	case conformance.Conforms:
		words = t.paint(passed, words)
	case conformance.Fails, conformance.NotRun:
		words = t.paint(failed, words)
	case conformance.Unjudged, conformance.Unfinished:
		words = t.paint(warned, words)
	}
	t.write(words)
	return t.err
}

// remark says after the ID of a failure why it does not fail the run.
func remark(r conformance.Result, stands status) string {
	switch stands {
	case known:
		return ": listed as a known failure, so it does not fail this run"
	case warned:
		return fmt.Sprintf(": a %v, which does not fail this run", r.Level)
	default:
		return ""
	}
}

// notes returns the lines between the counts and the verdict.
func (t *Text) notes(report *conformance.Report) string {
	var b strings.Builder
	if ids := report.UnexpectedPasses(); len(ids) > 0 {
		b.WriteString("listed as known failures, but they pass; take them off the list:\n")
		for _, id := range ids {
			b.WriteString(margin + cleanLine(id) + "\n")
		}
	}
	if report.CouldNotRun != "" {
		b.WriteString("the target could not be run:\n" + indent(margin, lines(clean(report.CouldNotRun))))
		if len(lines(report.Output)) > 0 {
			b.WriteString(margin + "what it printed:\n" + excerpt(report.Output, pick(t.Verbose, 0, 2*outputLines)))
		}
	}
	if report.Interrupted {
		b.WriteString("interrupted: what was not judged by then counts as skipped\n")
	}
	heading := "not judged, through a fault of Scansion or of this machine, not of the target:\n"
	for _, r := range report.Results {
		if classify(r, orMust(t.Level)) != broken {
			continue
		}
		b.WriteString(heading + margin + cleanLine(r.ID) + "\n" + indent(margin+margin, lines(clean(r.Message))))
		if r.Repeat != "" {
			b.WriteString(margin + margin + "to repeat it alone: " + clean(r.Repeat) + "\n")
		}
		heading = ""
	}
	fmt.Fprintf(&b, "%s: %s (%s), judged in %.3fs by scansion %s\nseed: %d\n",
		cleanLine(report.Role), cleanLine(report.Target.Name), cleanLine(report.Target.Kind), report.Seconds, cleanLine(report.Version), report.Seed)
	return b.String()
}

// colors are the ANSI codes of the statuses.
var colors = map[status]string{
	passed: "32", unexpected: "36", failed: "1;31", warned: "33", known: "33", skipped: "2", broken: "35",
}

// paint colours a text as its status, up to the newline at its end if there is
// one, so that a colour does not run into the next line.
func (t *Text) paint(s status, text string) string {
	if !t.Color {
		return text
	}
	line, newline := strings.CutSuffix(text, "\n")
	return "\x1b[" + colors[s] + "m" + line + "\x1b[0m" + pick(newline, "\n", "")
}

// write writes in one piece, so that the lines of others do not come in between.
func (t *Text) write(s string) {
	if t.err != nil {
		return
	}
	if _, err := io.WriteString(t.W, s); err != nil {
		t.err = fmt.Errorf("write the text report: %w", err)
	}
}

// WriteText writes finished reports as Text does, without colour.
func WriteText(w io.Writer, reports []*conformance.Report, o Options) error {
	for i, report := range reports {
		t := Text{W: w, Verbose: o.Verbose, Level: o.Level}
		if i > 0 {
			t.write("\n")
		}
		for _, r := range report.Results {
			t.Result(r)
		}
		if err := t.Summary(report); err != nil {
			return err
		}
	}
	return nil
}
