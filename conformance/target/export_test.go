package target

import (
	"time"

	"golang.org/x/sync/semaphore"

	"scansion/conformance"
)

// ReadyWithin shortens how long the programs of a target may take to listen, for
// specs about programs that never do.
func (e *Exec) ReadyWithin(d time.Duration) { e.ready = d }

// FreePort is how targets get their ports.
func FreePort() (port int, release func(), err error) { return freePort(host) }

// ClaimPort keeps a port from other judges, unless one of them has it.
func ClaimPort(port int) (release func(), ok bool) { return claimPort(port) }

// SilentWithin shortens how long a server may be silent while its poem is learnt,
// for specs about servers that never say anything.
func (a *Addr) SilentWithin(d time.Duration) { a.silent = d }

// Untried is a parser behind a command of which nobody has made sure that it can be run,
// for specs about parsers that say nothing.
func Untried(line string) (conformance.Parser, error) {
	parsed, err := parseCommand(parser, line)
	return &parserExec{command: parsed, mark: newMark(), slots: semaphore.NewWeighted(1)}, err
}
