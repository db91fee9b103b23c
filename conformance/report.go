package conformance

import (
	"fmt"
	"time"
)

// Outcome is how a case ended.
type Outcome int

// The outcomes.
const (
	Skip Outcome = iota // no verdict; Result.Message says why
	Pass
	Fail
)

var outcomeNames = map[Outcome]string{Skip: "skip", Pass: "pass", Fail: "fail"}

// String returns "pass", "fail" or "skip".
func (o Outcome) String() string { return outcomeNames[o] }

// MarshalText gives the outcome its place in JSON, as String does.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (o *Outcome) UnmarshalText(text []byte) error {
	for outcome, name := range outcomeNames {
		if name == string(text) {
			*o = outcome
			return nil
		}
	}
	return fmt.Errorf("unknown outcome %q: use pass, fail or skip", text)
}

// Why is why there is no verdict.
type Why string

// Why a case was skipped.
const (
	Unsupported  Why = "unsupported"  // the target, as it was started, has not what the check needs
	Inconclusive Why = "inconclusive" // what was seen does not tell
	Filtered     Why = "filtered"     // the run was told to leave it out
	Interrupted  Why = "interrupted"  // the run was ended
	Broken       Why = "broken"       // a fault of Scansion or of this machine
)

// interrupted is the reason of a skip where the run was ended.
const interrupted = "interrupted"

func skipped(why Why, message string) Result {
	return Result{Outcome: Skip, Why: why, Message: message}
}

// Result is the verdict on one requirement.
type Result struct {
	ID        string  `json:"id"`
	Level     Level   `json:"level"`
	Statement string  `json:"statement"`
	Source    string  `json:"source"`
	Outcome   Outcome `json:"outcome"`

	// KnownFailure: the run's configuration says that this fails.
	KnownFailure bool `json:"known_failure"`

	Why Why `json:"why,omitempty"` // of a skip

	Seconds    float64    `json:"seconds"`
	Message    string     `json:"message"`              // of a failure or a skip
	Transcript Transcript `json:"transcript,omitempty"` // what went over the wire
	Output     string     `json:"output,omitempty"`     // what the target last wrote, of a failure
	Repeat     string     `json:"repeat"`               // the command that judges this alone

	late bool // the case's time was over before there was a verdict
}

// TargetInfo says in a report what was judged.
type TargetInfo struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// ReportFormat is the number of the form that reports have in JSON. It changes when a
// reader has to.
const ReportFormat = 2

// Report is what came of a run of one target.
type Report struct {
	Format  int        `json:"format"` // [ReportFormat]
	Version string     `json:"scansion"`
	Role    string     `json:"role"`
	Seed    uint64     `json:"seed"`
	Target  TargetInfo `json:"target"`
	Started time.Time  `json:"started"`
	Seconds float64    `json:"seconds"`
	Results []Result   `json:"results"` // in the order of the catalogue

	// CouldNotRun says why the target could not be run, if so; Interrupted, that
	// the run was ended before it was complete. All that was not judged is skipped.
	CouldNotRun string `json:"could_not_run,omitempty"`
	Output      string `json:"output,omitempty"` // of a target that could not be run
	Interrupted bool   `json:"interrupted,omitempty"`
}

// Verdict is what a report comes to.
type Verdict int

// The verdicts, the gravest last.
const (
	Conforms Verdict = iota
	Unjudged         // something went wrong on our side
	Unfinished
	Fails
	NotRun // the target could not be run, or no MUST of it could be judged
)

// Verdict weighs the results: failures below the level, and known ones, do not
// count. Where all goes well, some MUST must have been judged, if there is one.
func (r *Report) Verdict(level Level) Verdict {
	verdict := Conforms
	if r.Interrupted {
		verdict = Unfinished
	}
	for _, result := range r.Results {
		switch {
		case result.Outcome == Fail && result.Level >= level && !result.KnownFailure:
			verdict = max(verdict, Fails)
		case result.Why == Broken:
			verdict = max(verdict, Unjudged)
		}
	}
	if r.CouldNotRun != "" || (verdict == Conforms && r.noMustJudged()) {
		verdict = NotRun
	}
	return verdict
}

// noMustJudged reports whether there are MUSTs, and all were skipped.
func (r *Report) noMustJudged() bool {
	skipped := r.Count(Must, Skip)
	return skipped > 0 && r.Count(Must, Pass)+r.Count(Must, Fail) == 0
}

// UnexpectedPasses returns the known failures that passed: entries to be removed from
// the configuration.
func (r *Report) UnexpectedPasses() []string {
	var ids []string
	for _, result := range r.Results {
		if result.KnownFailure && result.Outcome == Pass {
			ids = append(ids, result.ID)
		}
	}
	return ids
}

// Count returns how many results of a level have an outcome.
func (r *Report) Count(level Level, outcome Outcome) int {
	n := 0
	for _, result := range r.Results {
		if result.Level == level && result.Outcome == outcome {
			n++
		}
	}
	return n
}
