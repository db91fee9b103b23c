package reactor

import (
	"errors"
	"time"
)

// What a [DelayedCall] says when it is too late to change it.
var (
	ErrAlreadyCalled    = errors.New("the delayed call has already run")
	ErrAlreadyCancelled = errors.New("the delayed call has already been cancelled")
)

// Clock is time as a value: code that asks for a Clock runs on real time and on
// a test's time alike. Its methods are for the loop goroutine, except Now, which
// any goroutine may call.
type Clock interface {
	// Now is the present time.
	Now() time.Time

	// CallLater has f called once on the loop, d from now; a d of zero or less
	// means in the next iteration. Calls run in the order of their times, and
	// those of one time in the order in which they were made.
	CallLater(d time.Duration, f func()) DelayedCall
}

// DelayedCall is a call that [Clock.CallLater] has promised. Its methods are for
// the loop goroutine.
//
// Cancel, Reset and Delay return [ErrAlreadyCalled] once the call has begun, also
// from within it, and [ErrAlreadyCancelled] after Cancel. A call whose time is
// changed queues behind all other calls of its new time.
type DelayedCall interface {
	// Cancel forgets the call.
	Cancel() error

	// Reset moves the call to d from now.
	Reset(d time.Duration) error

	// Delay moves the call by d from the time it was due at; a negative d brings
	// it forward.
	Delay(d time.Duration) error

	// Active tells whether the call is still to come. It is not active during
	// its own run.
	Active() bool

	// Time is when the call is due, or was.
	Time() time.Time
}
