package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// loop is a reactor and what drives it. Its methods are for the goroutine of the spec.
type loop interface {
	reactor() reactor.Reactor

	// wait calls start on the loop and runs the loop until w is over. It returns nil then.
	// Otherwise it returns why it waits no longer: the *deferred.PanicError of a callback,
	// or an error that continues a sentence about the node.
	wait(ctx context.Context, w *wait, limit time.Duration, start func(), panics <-chan *deferred.PanicError) error

	// call calls f on the loop, and reports whether it has returned. If it has not, it may
	// still run, and what it writes must not be read. If the loop has ended, f is called
	// on the goroutine of the spec.
	call(f func()) bool

	// attempt is call for an f of the user's, which may block. If it does, so does the
	// loop.
	attempt(f func()) bool

	// outstanding returns what the reactor was asked for and is not over; for the loop.
	outstanding() []reactor.Outstanding

	// iterate runs two iterations of the loop in which no time passes, and reports whether
	// it could.
	iterate() bool

	// until runs the loop until done returns true, which is called on the loop, or for at
	// most a while of real time. It reports which.
	until(done func() bool, atMost time.Duration) bool

	// stop stops the reactor.
	stop() error
}

// Why a loop waits no longer, apart from time-outs and contexts.
var (
	errReactorStopped = errors.New("is waiting, but the reactor has stopped")
	errLoopExited     = errors.New("is waiting, but a callback" + endedLoop)
	errLoopBusy       = errors.New("cannot begin")
	errNothingLeft    = errors.New("waits for what can never happen: nothing is left that could")
)

var errDoesNotStop = errors.New("the reactor does not stop")

// endedLoop is the end of a sentence about a function that called runtime.Goexit.
const endedLoop = " has ended the loop's goroutine, as t.FailNow does, and with it the reactor: " +
	"on the loop, use t.Error, or fail the deferred"

// closedWithin reports whether a channel is closed within a while.
func closedWithin(d time.Duration, c <-chan struct{}) bool {
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-c:
		return true
	case <-late.C:
		return false
	}
}

func errTimedOut(limit time.Duration) error {
	return fmt.Errorf("is still running after %v", limit)
}

func errCancelled(ctx context.Context) error {
	return fmt.Errorf("is still running when its context ends (%w)", context.Cause(ctx))
}
