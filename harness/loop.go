package harness

import (
	"context"
	"time"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// loop is a reactor and what drives it. Its methods are for the goroutine of the spec.
type loop interface {
	reactor() reactor.Reactor

	// wait calls start on the loop and lets the loop run, until w is over or for
	// another reason, which may have a cause.
	wait(ctx context.Context, w *wait, limit time.Duration, start func(), panics <-chan *deferred.PanicError) (end, error)

	// call calls f on the loop, and tells whether it has returned. If it has not, it may be
	// running still, and what it writes must not be read. If the loop has ended, f is
	// called nevertheless.
	call(f func()) bool

	// attempt is call for an f of the user's, which may block. If it does, so does the
	// loop from then on, and nothing else can be done with it.
	attempt(f func()) bool

	// outstanding is what the reactor has been asked for and is not over; for the loop.
	outstanding() []reactor.Outstanding

	// turn has the loop run for two iterations in which no time passes, and tells
	// whether it has.
	turn() bool

	// until lets the loop run until there is what is asked for on the loop, or
	// for a while. It tells which.
	until(there func() bool, atMost time.Duration) bool

	// stop stops the reactor, and returns what is wrong with it, or "".
	stop() string
}

// end is why a loop does not wait any longer.
type end uint8

const (
	isOver      end = iota // what was waited for
	hasPanicked            // a callback
	hasStopped             // the reactor
	hasExited              // a callback has ended the loop's goroutine
	isBlocked              // a callback has not returned for long
	isCancelled            // the context
	isLate
	isStuck // nothing can ever happen
)
