package report

import (
	"fmt"
	"strings"

	"scansion/conformance"
)

var levels = []conformance.Level{conformance.Must, conformance.Should, conformance.May}

// counts returns the line of the summary that counts results by level and
// outcome. A level that no requirement has is left out.
func counts(report *conformance.Report) string {
	var parts []string
	for _, level := range levels {
		t := tallyOf(report, func(l conformance.Level) bool { return l == level })
		if t.total == 0 {
			continue
		}
		known := ""
		if t.known > 0 {
			known = fmt.Sprintf(" (%d known)", t.known)
		}
		parts = append(parts, fmt.Sprintf("%v %d passed, %d failed%s, %d skipped",
			level, t.passed, report.Count(level, conformance.Fail), known, t.skipped))
	}
	if len(parts) == 0 {
		return "no requirement was to be judged"
	}
	return strings.Join(parts, " · ")
}

// tally counts results.
type tally struct {
	total, passed, skipped int
	known                  int // failures that the configuration names
	failed                 map[conformance.Level]int
}

func tallyOf(report *conformance.Report, counted func(conformance.Level) bool) tally {
	t := tally{failed: map[conformance.Level]int{}}
	for _, r := range report.Results {
		if !counted(r.Level) {
			continue
		}
		t.total++
		switch {
		case r.Outcome == conformance.Pass:
			t.passed++
		case r.Outcome == conformance.Skip:
			t.skipped++
		case r.KnownFailure:
			t.known++
		default:
			t.failed[r.Level]++
		}
	}
	return t
}

// verdict returns in words what the report comes to. It claims no more than was
// seen: what was skipped did not hold, it was not judged.
func verdict(report *conformance.Report, level conformance.Level) string {
	t := tallyOf(report, func(l conformance.Level) bool { return l >= level })
	switch report.Verdict(level) {
	case conformance.NotRun:
		if report.CouldNotRun == "" {
			return fmt.Sprintf("no MUST could be judged (%d skipped)", report.Count(conformance.Must, conformance.Skip))
		}
		return "none, for the target could not be run"
	case conformance.Fails:
		interrupted := pick(report.Interrupted, ", for the run was interrupted", "")
		return "does not conform (" + t.failures() + ")" + t.exceptions("; besides, ") + interrupted
	case conformance.Unfinished:
		return "none, for the run was interrupted; so far no " + names(level, "or") + " fails" + t.exceptions(" but for ")
	case conformance.Unjudged:
		return "none, for Scansion or this machine is at fault (see above); apart from that no " +
			names(level, "or") + " fails" + t.exceptions(" but for ")
	case conformance.Conforms:
		return conforms(t, level)
	}
	return "unknown"
}

// conforms words the verdict on a report in which nothing that counts fails.
func conforms(t tally, level conformance.Level) string {
	switch {
	case t.total == 0:
		return "no " + names(level, "or") + " was to be judged"
	case t.skipped == t.total:
		return fmt.Sprintf("no %s could be judged (%d skipped)", names(level, "or"), t.total)
	case t.passed == t.total:
		return fmt.Sprintf("conforms (every %s holds: %d of %d)", names(level, "and"), t.passed, t.total)
	default:
		return "no " + names(level, "or") + " fails" + t.exceptions(" but for ")
	}
}

// failures says what fails the run: "1 MUST fails", "1 MUST and 2 SHOULD fail".
func (t tally) failures() string {
	var parts []string
	all := 0
	for _, level := range levels {
		if n := t.failed[level]; n > 0 {
			all += n
			parts = append(parts, fmt.Sprintf("%d %v", n, level))
		}
	}
	return join(parts, "and") + pick(all == 1, " fails", " fail")
}

// exceptions says what neither passed nor fails the run, each kind after its
// words: "1 known failure; 3 of 31 not judged".
func (t tally) exceptions(beforeKnown string) string {
	s := ""
	if t.known > 0 {
		s += beforeKnown + count(t.known, "known failure")
	}
	if t.skipped > 0 {
		s += fmt.Sprintf("; %d of %d not judged", t.skipped, t.total)
	}
	return s
}

// names lists the levels that count: "MUST", "MUST or SHOULD".
func names(least conformance.Level, conjunction string) string {
	var parts []string
	for _, level := range levels {
		if level >= least {
			parts = append(parts, level.String())
		}
	}
	return join(parts, conjunction)
}

// join lists words as a sentence does: "a", "a or b", "a, b or c".
func join(words []string, conjunction string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
