package deferred

import "runtime/debug"

// Then returns the deferred of what f makes of d's result: methods cannot change the
// type of a result, so this is AddCallback for an f that does. A failure of d passes
// f, and is then one of the new deferred. f is called when d has run all the functions
// that it has at this time, and may return what [Deferred.Result] returned.
//
// The new deferred waits for d, as in [Deferred.Result]: it has taken d's result from
// functions that are added to d later, and cancelling it cancels d.
func Then[T, U any](d *Deferred[T], f func(v T) (U, error)) *Deferred[U] {
	return ThenBoth(d, func(v T, err error) (U, error) {
		if err != nil {
			var none U
			return none, err
		}
		return f(v)
	})
}

// ThenBoth is [Then] for an f that gets the failure of d as well, with the zero
// value.
func ThenBoth[T, U any](d *Deferred[T], f func(v T, err error) (U, error)) *Deferred[U] {
	outer := New[U]()
	outer.called = true
	t := &conversion[T, U]{f: f, outer: outer}
	t.begin(&outer.base, d)
	d.add(entry{t, t})
	return outer
}

// conversion has one deferred wait for another, and a function between them.
type conversion[T, U any] struct {
	wait
	f     func(T, error) (U, error)
	outer *Deferred[U]
	value T
	err   error
}

func (t *conversion[T, U]) take(v T, err error) task {
	t.end()
	t.outer.running = true
	t.value, t.err = v, err
	return t
}

// run is of [task]: f runs in the name of the outer deferred.
func (t *conversion[T, U]) run() (next task, again bool) {
	if f := t.f; f != nil {
		t.f = nil
		v, err := f(t.value, t.err)
		t.outer.running = false
		t.outer.accept(v, err)
	}
	return t.outer, false
}

// fail is of [task].
func (t *conversion[T, U]) fail(err error) { t.outer.fail(err) }

// Maybe calls f, which may or may not have its result at once, and returns a deferred
// of it in any case (Part 14). If f returns a result, an error, or panics, that is
// what the deferred has been fired with. If f returns what [Deferred.Result] of a
// deferred returned that is still to come, Maybe returns that deferred.
func Maybe[T any](f func() (T, error)) *Deferred[T] {
	v, err := guarded(f)
	if p, ok := err.(pending[T]); ok { //nolint:errorlint // wrapped, it is an error like any other
		return p.d
	}
	if err != nil {
		return Fail[T](err)
	}
	return Succeed(v)
}

// guarded calls f, and returns its panic as an error.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return f()
}
