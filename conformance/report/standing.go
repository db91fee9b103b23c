package report

import "scansion/conformance"

// standing is what a result means for the run: its outcome, weighed by the level
// that the run asks for and by what is known already.
type standing int

const (
	passed standing = iota
	healed          // passed, though it is listed as a known failure
	failed          // and fails the run
	warned          // failed, below the level that fails the run
	known           // failed, as the configuration says it does
	skipped
	broken // could not be judged through a fault of ours
)

// standingWords are what the table of the text and the status attribute of JUnit
// call the standings.
var standingWords = map[standing]string{
	passed: "pass", healed: "pass", failed: "FAIL", warned: "warn", known: "known",
	skipped: "skip", broken: "broken",
}

func (s standing) String() string { return standingWords[s] }

// failure reports whether the target did not do what was required, whatever
// comes of that.
func (s standing) failure() bool { return s == failed || s == warned || s == known }

// weigh tells how a result stands. Its order is that of [conformance.Report.Verdict].
func weigh(r conformance.Result, level conformance.Level) standing {
	switch {
	case r.Outcome == conformance.Fail && r.Level >= level && !r.KnownFailure:
		return failed
	case r.Broken:
		return broken
	case r.Outcome == conformance.Fail && r.KnownFailure:
		return known
	case r.Outcome == conformance.Fail:
		return warned
	case r.Outcome == conformance.Pass && r.KnownFailure:
		return healed
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
