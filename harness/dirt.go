package harness

import (
	"fmt"
	"strings"
)

// Dirt is a kind of thing that a careless spec leaves behind.
type Dirt uint8

// The kinds of dirt. Each fails a spec, unless it is allowed: see [Spec.Allow].
const (
	// DelayedCalls are those that are to come after two more iterations of the loop.
	DelayedCalls Dirt = iota

	// Ports are those that listen.
	Ports

	// Connectors are those that are still connecting.
	Connectors

	// Connections are those that nobody is closing, or whose closing does not end.
	Connections

	// UnhandledFailures are those of deferreds.
	UnhandledFailures

	// LoggedErrors are records at level Error of the spec's log that were not flushed.
	LoggedErrors

	// Goroutines are those that were not there when the Spec began.
	Goroutines

	// Panics are those of callbacks that the reactor has caught and logged. Each is
	// a logged error, too; what is more, it ends the [Await] that is under way. If
	// Panics are allowed, it does not, and the spec can flush the error.
	Panics

	// StuckLoop is a reactor that does not do what it is told: a callback has not
	// returned, or has ended the loop's goroutine, or a trigger of its shutdown waits for
	// ever.
	StuckLoop
)

var dirtNames = [...]string{
	DelayedCalls: "delayed calls", Ports: "ports", Connectors: "connectors", Connections: "connections",
	UnhandledFailures: "unhandled failures", LoggedErrors: "logged errors", Goroutines: "goroutines",
	Panics: "panics", StuckLoop: "a stuck loop",
}

// String names the kind.
func (d Dirt) String() string {
	if int(d) < len(dirtNames) {
		return dirtNames[d]
	}
	return fmt.Sprintf("Dirt(%d)", uint8(d))
}

// Allow has the spec not fail because of a kind of dirt. What there is of it goes to
// the log, with the reason, which must not be empty: the spec fails without one.
func (s *Spec) Allow(dirt Dirt, reason string) {
	if strings.TrimSpace(reason) == "" {
		s.host.raise(&verdict{message: fmt.Sprintf("Allow(%v) without a reason: say why this spec may leave them", dirt)})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed[dirt] = reason
}

func (s *Spec) allows(dirt Dirt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.allowed[dirt] != ""
}

// finding is one piece of dirt.
type finding struct {
	dirt  Dirt
	what  string // in one line
	more  string // in several; may be empty
	place string // as a part of a sentence; may be empty
}

// accuse makes one text of all findings.
func accuse(findings []finding) string {
	var b strings.Builder
	b.WriteString("The spec has left something behind:")
	for _, f := range findings {
		fmt.Fprintf(&b, "\n  - %v: %s%s", f.dirt, f.what, f.place)
		if more := strings.TrimSpace(f.more); more != "" {
			b.WriteString("\n      " + strings.ReplaceAll(more, "\n", "\n      "))
		}
	}
	b.WriteString("\nEnd it before the spec ends (DeferCleanup(harness.Async(...)) waits), or say why it may stay: " +
		"s.Allow(kind, reason).")
	return b.String()
}
