package deferred

import (
	"errors"
	"runtime/debug"
	"slices"
)

// ErrCancelled is the failure of a deferred that was cancelled.
var ErrCancelled = errors.New("the deferred was cancelled")

// WithCanceller returns a deferred that is to be fired, as [New] does, and can be told
// that nobody waits any more: the first [Deferred.Cancel] calls cancel, which should
// stop what is being done and may fire d with what it likes. If it panics, that is the
// failure. A nil cancel is none.
func WithCanceller[T any](cancel func(d *Deferred[T])) *Deferred[T] {
	d := New[T]()
	d.canceller = cancel
	return d
}

// Cancel says that the result of d is of no interest any more, and sees to it that d
// fires.
//
// If d has been fired, Cancel does nothing. If d waits for another deferred, that one is
// cancelled, or the one that that one waits for, and so on; d itself is left alone. If
// d is still to be fired, its canceller is called, and if that does not fire it, or
// there is none, d fails with [ErrCancelled]. Where there is no canceller, one later
// firing is let pass, since who fires d cannot know.
func (d *Deferred[T]) Cancel() {
	var seen map[source]bool // of those that stand for many
	for todo := []source{d}; len(todo) > 0; {
		target := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for b := target.common(); b.waiting != nil; b = target.common() {
			target = b.waiting.inner
		}
		if seen[target] {
			continue
		}
		if many := target.cancel(); many != nil {
			if seen == nil {
				seen = map[source]bool{}
			}
			seen[target] = true // one of them may wait for it
			slices.Reverse(many)
			todo = append(todo, many...)
		}
	}
}

// cancel is of [source].
func (d *Deferred[T]) cancel() (many []source) {
	if d.called {
		return nil
	}
	if d.canceller == nil {
		d.ignoreNext = true
		d.ensureFired(ErrCancelled)
		return nil
	}
	canceller := d.canceller
	d.canceller = func(*Deferred[T]) {} // that was all that it does
	defer func() {
		if value := recover(); value != nil {
			d.ensureFired(&PanicError{Value: value, Stack: debug.Stack()})
			return
		}
		d.ensureFired(ErrCancelled)
	}()
	canceller(d)
	return nil
}

// ensureFired fires d with err. If it has been fired, a canceller's panic must not be lost.
func (d *Deferred[T]) ensureFired(err error) {
	if !d.called {
		var none T
		_ = d.fire(none, err) // the first time
	} else if _, isPanic := err.(*PanicError); isPanic { //nolint:errorlint // it is as made above
		reportAlone(err)
	}
}
