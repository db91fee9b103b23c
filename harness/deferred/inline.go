package deferred

import (
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
)

// ErrNotInCoroutine is what [Await] returns where there is nothing that could wait.
var ErrNotInCoroutine = errors.New("await is for the function of Inline, while it runs")

// Coroutine is what the function of [Inline] needs to wait.
type Coroutine struct {
	outer   *base // of the deferred of the function's result
	self    task
	running bool // or else it waits, or has returned
	yield   func(struct{}) bool
}

// Inline runs f as a coroutine, and returns the deferred of its result (Part 17). In
// f, [Await] stands where a chain of callbacks would go on with the next level. f
// takes turns with the rest of the loop: while it runs, nothing else does, and
// so it needs no locks. It runs at once up to the first wait for something that is
// not there, and then goes on whenever that comes. An error or a panic of f is the
// failure of the deferred.
//
// Cancelling the deferred cancels the one that f waits for. f gets that failure from
// Await and may handle it and go on.
//
// f runs on a goroutine of its own, which stays until f returns: where f waits for a
// deferred that never fires, that is for ever, or until somebody cancels.
func Inline[T any](f func(c *Coroutine) (T, error)) *Deferred[T] {
	if f == nil {
		return failNil[T]("Inline")
	}
	r := &routine[T]{result: New[T]()}
	r.result.called, r.result.running = true, true
	r.outer, r.self = &r.result.base, r
	r.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		r.yield = yield
		r.call(f)
	})
	drive(r)
	return r.result
}

// Await returns the result or failure of d, when it comes, to the function of [Inline]
// that c was given to. It takes it as [Then] does; what is there already comes straight
// back. Elsewhere it returns [ErrNotInCoroutine], for a deferred that itself waits for
// that function [ErrWaitsForItself], and for none [ErrNil].
func Await[U any](c *Coroutine, d *Deferred[U]) (v U, err error) {
	if !c.running {
		return v, ErrNotInCoroutine
	}
	if d == nil {
		return v, fmt.Errorf("cannot wait for no deferred: %w", ErrNil)
	}
	if d.ready() {
		return d.take()
	}
	if err = checkCircle(c.outer, &d.base); err != nil {
		return v, err
	}
	a := &awaiting[U]{c: c}
	a.begin(c.outer, d)
	d.queue.push(entry{a, a}) // it is not free: whatever is in the way will run it
	c.outer.running = false
	c.running = false
	c.yield(struct{}{})
	c.running = true
	return a.value, a.err
}

// awaiting has a coroutine wait for a deferred.
type awaiting[U any] struct {
	wait
	c     *Coroutine
	value U
	err   error
}

func (a *awaiting[U]) take(v U, err error) task {
	a.end()
	a.c.outer.running = true
	a.value, a.err = v, err
	return a.c.self
}

// routine is a Coroutine and what depends on the type of its result.
type routine[T any] struct {
	Coroutine
	result *Deferred[T]
	next   func() (struct{}, bool)
	done   bool
	value  T
	err    error
}

// call is the life of the coroutine's goroutine.
func (r *routine[T]) call(f func(c *Coroutine) (T, error)) {
	defer func() {
		r.running, r.done = false, true
		if value := recover(); value != nil { // here, where its stack is
			r.err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	r.running = true
	r.value, r.err = f(&r.Coroutine)
}

// run is of [task]: it has the coroutine go on to its next wait, or to its end.
func (r *routine[T]) run() (next task, again bool) {
	if !r.done {
		r.next()
	}
	if !r.done {
		return nil, false
	}
	r.result.running = false
	r.result.accept(r.value, r.err)
	return r.result, false
}

// fail is of [task]: the function has ended its goroutine.
func (r *routine[T]) fail(err error) { r.done, r.err = true, err }
