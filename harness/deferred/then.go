package deferred

import (
	"fmt"
	"runtime/debug"
)

// Then has f called with the result of d, and returns a deferred that waits for the one
// that f returns: this is how a callback returns a deferred (Part 13), or one of another
// type. An f that has its result at once returns [Succeed] or [Fail] of it. A failure of d
// passes f, and is then one of the deferred that Then returns; so is a panic of f.
//
// That deferred waits for d first: for all the functions that d has at this time. It
// takes d's result, and then that of the deferred that f returned. Functions that
// are added to either of these later get the zero value, and need not care for a failure.
// Cancelling it cancels the one that it waits for at that time.
//
// Several may wait for the same deferred: all get what it had, as long as no function
// of its own chain comes between them.
func Then[T, U any](d *Deferred[T], f func(v T) *Deferred[U]) *Deferred[U] {
	if f == nil {
		return failNil[U]("Then")
	}
	return ThenBoth(d, func(v T, err error) *Deferred[U] {
		if err != nil {
			return Fail[U](err)
		}
		return f(v)
	})
}

// ThenBoth is [Then] for an f that gets the failure of d as well, with the zero
// value.
func ThenBoth[T, U any](d *Deferred[T], f func(v T, err error) *Deferred[U]) *Deferred[U] {
	if f == nil {
		return failNil[U]("ThenBoth")
	}
	outer := New[U]()
	outer.called = true
	t := &continuation[T, U]{f: f, outer: outer}
	t.begin(&outer.base, d)
	d.add(entry{t, t})
	return outer
}

// failNil is what becomes of a call without a function.
func failNil[T any](call string) *Deferred[T] {
	return Fail[T](fmt.Errorf("%s without a function: %w", call, ErrNil))
}

// continuation has one deferred wait for another, and then for what a function makes of
// that one's result.
type continuation[T, U any] struct {
	wait
	f     func(T, error) *Deferred[U]
	outer *Deferred[U]
	value T
	err   error
}

func (t *continuation[T, U]) take(v T, err error) task {
	t.end()
	t.outer.running = true
	t.value, t.err = v, err
	return t
}

// run is of [task]: f runs in the name of the outer deferred.
func (t *continuation[T, U]) run() (next task, again bool) {
	if f := t.f; f != nil {
		t.f = nil
		inner := f(t.value, t.err)
		t.outer.waitFor(inner)
		t.outer.running = false // after that: it is not ready while it may be inner
	}
	return t.outer, false
}

// fail is of [task].
func (t *continuation[T, U]) fail(err error) { t.outer.fail(err) }

// Maybe calls f, which may or may not have its result at once, and returns the deferred
// that f returns, as it is (Part 14). A panic of f is a deferred that has failed.
func Maybe[T any](f func() *Deferred[T]) (d *Deferred[T]) {
	if f == nil {
		return failNil[T]("Maybe")
	}
	defer func() {
		if value := recover(); value != nil {
			d = Fail[T](&PanicError{Value: value, Stack: debug.Stack()})
		}
	}()
	if d = f(); d == nil {
		return Fail[T](fmt.Errorf("the function of Maybe has returned no deferred: %w", ErrNil))
	}
	return d
}
