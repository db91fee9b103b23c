package report

import "scansion/conformance"

// status is what a result means for the run: its outcome, seen with the level
// that the run asks for and by what is known already.
type status int

const (
	passed     status = iota
	unexpected        // passed, though it is listed as a known failure
	failed            // and fails the run
	warned            // failed, below the level that fails the run
	known             // failed, as the configuration says it does
	skipped
	broken // could not be judged through a fault of ours
)

// statusWords are what the table of the text and the status attribute of JUnit
// call the statuses.
var statusWords = map[status]string{
	passed: "pass", unexpected: "pass", failed: "FAIL", warned: "warn", known: "known",
	skipped: "skip", broken: "broken",
}

func (s status) String() string { return statusWords[s] }

// failure reports whether the target did not do what was required, whatever
// comes of that.
func (s status) failure() bool { return s == failed || s == warned || s == known }

// classify tells how a result stands. Its order is that of [conformance.Report.Verdict].
func classify(r conformance.Result, level conformance.Level) status {
	switch {
	case r.Outcome == conformance.Fail && r.Level >= level && !r.KnownFailure:
		return failed
	case r.Why == conformance.Broken:
		return broken
	case r.Outcome == conformance.Fail && r.KnownFailure:
		return known
	case r.Outcome == conformance.Fail:
		return warned
	case r.Outcome == conformance.Pass && r.KnownFailure:
		return unexpected
	case r.Outcome == conformance.Pass:
		return passed
	default:
		return skipped
	}
}

// orMust returns the level, or MUST for the zero value, to which every failure
// would count.
func orMust(level conformance.Level) conformance.Level {
	if level == 0 {
		return conformance.Must
	}
	return level
}
