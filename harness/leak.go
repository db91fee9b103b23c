package harness

import (
	"fmt"
	"strings"
)

// LeakKind is a kind of thing that a spec can leave behind.
type LeakKind uint8

// The kinds of leaks. Each fails a spec, unless it is allowed: see [Spec.Allow].
const (
	// DelayedCalls are those that are pending after two more iterations of the loop.
	DelayedCalls LeakKind = iota

	// Ports are those that listen.
	Ports

	// Connectors are those that are still connecting.
	Connectors

	// Connections are those that nobody is closing, or whose closing does not end.
	Connections

	// UnhandledFailures are failures of deferreds that no errback has handled.
	UnhandledFailures

	// LoggedErrors are records at level Error of the spec's log that were not flushed.
	LoggedErrors

	// Goroutines are those that were started after the Spec began, and have not ended.
	Goroutines

	// Panics are those of callbacks that the reactor has caught and logged. Each is
	// a logged error, too, and ends the [Await] that waits. If Panics are allowed, it does
	// not end it, and the spec can flush the error.
	Panics

	// StuckLoop is a reactor whose loop does not go on: a callback has not returned, or has
	// ended the loop's goroutine, or a trigger of its shutdown waits for ever.
	StuckLoop
)

var leakNames = [...]string{
	DelayedCalls: "delayed calls", Ports: "ports", Connectors: "connectors", Connections: "connections",
	UnhandledFailures: "unhandled failures", LoggedErrors: "logged errors", Goroutines: "goroutines",
	Panics: "panics", StuckLoop: "a stuck loop",
}

// String names the kind.
func (k LeakKind) String() string {
	if int(k) < len(leakNames) {
		return leakNames[k]
	}
	return fmt.Sprintf("LeakKind(%d)", uint8(k))
}

// Allow keeps leaks of a kind from failing the spec. They are logged with the reason,
// which must not be empty: the spec fails without one.
func (s *Spec) Allow(kind LeakKind, reason string) {
	if strings.TrimSpace(reason) == "" {
		s.framework.fail(&failure{message: fmt.Sprintf("Allow(%v) without a reason: say why this spec may leave them", kind)})
		return
	}
	s.allowed.Store(kind, reason)
}

// allows returns the reason why a kind of leak is allowed, or "".
func (s *Spec) allows(kind LeakKind) string {
	reason, _ := s.allowed.Load(kind)
	text, _ := reason.(string)
	return text
}

// leak is one thing that was left behind.
type leak struct {
	kind  LeakKind
	what  string // in one line
	more  string // in several; may be empty
	place string // as a part of a sentence; may be empty
}

// describeLeaks makes one text of all leaks.
func describeLeaks(leaks []leak) string {
	var b strings.Builder
	b.WriteString("The spec has left something behind:")
	for _, l := range leaks {
		fmt.Fprintf(&b, "\n  - %v: %s%s", l.kind, l.what, l.place)
		if more := strings.TrimSpace(l.more); more != "" {
			b.WriteString("\n      " + strings.ReplaceAll(more, "\n", "\n      "))
		}
	}
	b.WriteString("\nEnd it before the spec ends (DeferCleanup(harness.Async(...)) waits), or say why it may stay: " +
		"s.Allow(kind, reason).")
	return b.String()
}
