package report

import (
	"fmt"
	"strings"

	"scansion/conformance"
)

const (
	margin = "    "

	transcriptLines = 20  // of a transcript that is not shown whole
	outputLines     = 10  // of a target's output that is not shown whole
	lineLength      = 300 // of the lines in both
)

// block returns everything that helps to understand one result and to repeat it.
// Unless it is to be whole, only the end of a long transcript or output is in it.
func block(r conformance.Result, whole bool) string {
	var parts []string
	if r.Statement != "" {
		parts = append(parts, indent(margin, lines(clean(r.Statement)))+margin+"("+cleanLine(r.Source)+")\n")
	}
	if message := lines(clean(r.Message)); message != nil {
		parts = append(parts, indent(margin, message))
	}
	if len(r.Transcript) > 0 {
		parts = append(parts, margin+"What went over the wire, -> to the target and <- from it:\n"+
			excerpt(r.Transcript.String(), pick(whole, 0, transcriptLines)))
	}
	if len(lines(r.Output)) > 0 {
		parts = append(parts, margin+"What the target itself printed:\n"+
			excerpt(r.Output, pick(whole, 0, outputLines)))
	}
	if r.Repeat != "" {
		// Further lines of a command keep to the left, for a margin in a quoted
		// argument would change the command.
		parts = append(parts, margin+"To repeat this case alone:\n"+margin+margin+clean(r.Repeat)+"\n")
	}
	return strings.Join(parts, "\n")
}

// excerpt returns the last lines of a text, indented, and how many are left out;
// all of it if most is zero.
func excerpt(text string, most int) string {
	all := lines(clean(text))
	if most == 0 {
		return indent(margin+margin, all)
	}
	shown := all[max(0, len(all)-most):]
	short := make([]string, 0, len(shown)+1)
	if left := len(all) - len(shown); left > 0 {
		short = append(short, fmt.Sprintf("[%s left out: --verbose shows all]", count(left, "earlier line")))
	}
	for _, line := range shown {
		short = append(short, shorten(line, lineLength))
	}
	return indent(margin+margin, short)
}

// pick is the one value or the other.
func pick[T any](yes bool, one, other T) T {
	if yes {
		return one
	}
	return other
}

// count says how many there are of something: "1 line", "2 lines".
func count(n int, noun string) string {
	return fmt.Sprintf("%d %s%s", n, noun, pick(n == 1, "", "s"))
}
