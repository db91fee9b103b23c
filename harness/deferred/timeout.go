package deferred

import (
	"errors"
	"fmt"
	"time"
)

// ErrTimedOut is the failure of a deferred whose time was over.
var ErrTimedOut = errors.New("the deferred has timed out")

// scheduler is time as [Timeout] needs it.
type scheduler[C canceller] interface {
	CallLater(d time.Duration, f func()) C
}

// canceller is the promise of a call that can be taken back.
type canceller interface {
	Cancel() error
	Active() bool
}

// Timeout cancels d, see [Deferred.Cancel], unless its result comes sooner than after
// from now, and returns d. If that leads to [ErrCancelled], the failure for the functions
// that are added to d later is [ErrTimedOut]; a canceller that fires d with something
// else is respected.
//
// The clock is that of a reactor, or any that has a method CallLater which returns
// something with methods Cancel and Active.
func Timeout[T any, C canceller](d *Deferred[T], after time.Duration, clock scheduler[C]) *Deferred[T] {
	timedOut := false
	call := clock.CallLater(after, func() {
		timedOut = true
		d.Cancel()
	})
	return d.AddBoth(func(v T, err error) (T, error) {
		if call.Active() {
			_ = call.Cancel() // it is active
		}
		if timedOut && errors.Is(err, ErrCancelled) {
			err = fmt.Errorf("%w: there was no result within %v", ErrTimedOut, after)
		}
		return v, err
	})
}
