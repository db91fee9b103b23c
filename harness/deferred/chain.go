package deferred

import "fmt"

// Chain has d fire next with its result or failure, when d has run all the functions
// that it has at this time. It takes the result, as [Then] does: functions that are added
// to d later, also by those of next, run when those of next have, and get the zero value.
// If next has been fired already, that is a failure of d, which matches [ErrAlreadyCalled].
//
// Cancelling next does not cancel d.
func (d *Deferred[T]) Chain(next *Deferred[T]) *Deferred[T] {
	if next == nil {
		panic("deferred: Chain to a nil deferred")
	}
	return d.add(entry{chained[T]{next}, chained[T]{next}})
}

// chained is a level that fires another deferred. (A struct of one pointer fits into an
// interface as it is.)
type chained[T any] struct{ next *Deferred[T] }

// fireNext passes a level of Chain.
func (d *Deferred[T]) fireNext(next *Deferred[T]) task {
	proceed, refusal := next.begin()
	if refusal != nil {
		refusal = fmt.Errorf("cannot chain: %w", refusal)
		if _, err := d.take(); err != nil {
			refusal = fmt.Errorf("%w; the failure was: %w", refusal, err)
		}
		var none T
		d.accept(none, refusal)
		return nil
	}
	v, err := d.take()
	if !proceed {
		return nil
	}
	next.value, next.err = v, err
	return next
}
