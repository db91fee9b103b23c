package deferred

import (
	"errors"
	"fmt"

	"scansion/internal/stack"
)

// What goes wrong when a deferred is fired.
var (
	// ErrAlreadyCalled is what Callback and Errback return for a deferred that
	// has been fired before.
	ErrAlreadyCalled = errors.New("the deferred has been fired already")

	// ErrNilFailure is the failure of a deferred that was to fail without an
	// error.
	ErrNilFailure = errors.New("a deferred failed with a nil error")
)

// Deferred is a result of type T that is not there yet, or the failure to get it:
// Parts 13 and 14. It holds a chain of functions, level by level, through which
// the result passes when it comes. Make it with [New] and do not copy it.
//
// All its methods, and all functions of this package that take it, are for one
// goroutine: that of the reactor's loop. On their way to the loop, deferreds may be
// made and fired by another goroutine, as long as only one at a time knows them.
type Deferred[T any] struct {
	base
	value     T
	canceller func(d *Deferred[T])
}

// base is what does not depend on the type of the result.
type base struct {
	queue      queue
	err        error
	waiting    *wait // for another deferred
	waiters    *wait // of others for this one; in no order
	history    *history
	paused     int32
	called     bool // nobody may fire it any more
	running    bool // a function of the chain runs, which may be one of another type
	taken      bool // others have the result: see [Deferred.take]
	ignoreNext bool // Cancel has fired it, and the firing that comes later is no error
}

// New returns a deferred that is to be fired. Who makes it fires it (Part 13): the
// others get it to add callbacks, and perhaps to cancel it.
func New[T any]() *Deferred[T] {
	d := new(Deferred[T])
	if debugging.Load() {
		d.history = &history{made: stack.Callers()}
	}
	return d
}

// Succeed returns a deferred that has been fired with v (Part 14).
func Succeed[T any](v T) *Deferred[T] {
	d := New[T]()
	_ = d.fire(v, nil) // the first time
	return d
}

// Fail returns a deferred that has failed with err (Part 14).
func Fail[T any](err error) *Deferred[T] {
	d := New[T]()
	_ = d.Errback(err) // the first time
	return d
}

// Callback fires d with its result. The functions of the chain are called before it
// returns, unless d is paused. It returns [ErrAlreadyCalled] if d has been fired, also
// from within a callback of d. The first firing after [Deferred.Cancel] may be let
// pass.
func (d *Deferred[T]) Callback(v T) error {
	return d.fire(v, nil)
}

// Errback fires d with a failure, as [Deferred.Callback] does with a result. In place
// of an err that is nil, which would be no failure, d gets [ErrNilFailure].
func (d *Deferred[T]) Errback(err error) error {
	if err == nil {
		err = ErrNilFailure
	}
	var none T
	return d.fire(none, err)
}

// Fired tells whether it is too late to fire d: it has been fired or cancelled, or
// it belongs to a function of this package that fires it. Its result may still have
// to come, if it is paused or waits for another deferred.
func (d *Deferred[T]) Fired() bool { return d.called }

func (d *Deferred[T]) fire(v T, err error) error {
	proceed, refusal := d.begin()
	if proceed {
		d.value, d.err = v, err
		d.resume()
	}
	return refusal
}

// begin has d count as fired. It tells whether the firing is to proceed.
func (b *base) begin() (proceed bool, refusal error) {
	if b.called {
		if b.ignoreNext {
			b.ignoreNext = false
			return false, nil
		}
		return false, fmt.Errorf("cannot fire a deferred twice: %w", ErrAlreadyCalled)
	}
	b.called = true
	if debugging.Load() {
		b.ensureHistory().fired = stack.Callers()
	}
	return true, nil
}

// Pause has d call nothing more until [Deferred.Unpause] has been called as often as
// Pause. It may be fired meanwhile.
func (d *Deferred[T]) Pause() { d.paused++ }

// Unpause takes back one [Deferred.Pause]; what has come meanwhile goes on at once
// if it was the last. It panics if there is none to take back.
func (d *Deferred[T]) Unpause() {
	if d.paused == 0 {
		panic("deferred: Unpause without Pause: each Unpause takes back one Pause")
	}
	d.paused--
	d.resume()
}
