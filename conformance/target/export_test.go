package target

import (
	"time"

	"golang.org/x/sync/semaphore"

	"scansion/conformance"
	"scansion/internal/process"
)

// ReadyWithin shortens how long the programs of a target may take to listen, for
// specs about programs that never do.
func (e *Exec) ReadyWithin(d time.Duration) { e.ready = d }

// Untried is a parser behind a command of which nobody has made sure that it can be run,
// for specs about parsers that say nothing.
func Untried(role conformance.Role, line string) (conformance.Parser, error) {
	parsed, err := parseCommand(role, line)
	p := &parserExec{command: parsed, mark: process.NewMark(), slots: semaphore.NewWeighted(1)}
	return p.parse, err
}
