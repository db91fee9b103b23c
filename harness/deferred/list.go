package deferred

import (
	"fmt"
	"slices"
)

// Outcome is what a deferred came to: a value, or the failure if Err is not nil.
type Outcome[T any] struct {
	Value T
	Err   error
}

// ListOptions say when a [List] or [Dict] fires. With none of them, it fires when all
// its elements have, whatever they came to.
type ListOptions struct {
	// FireOnOneCallback has it fire at the first success. If all elements fail, it
	// fires as usual. Without elements it never fires: there is no first success to
	// come.
	FireOnOneCallback bool

	// FireOnOneErrback has it fail at the first failure, with a [*FirstError].
	FireOnOneErrback bool

	// ConsumeErrors makes the failures of the elements handled: an element that has
	// failed goes on with the zero value. Otherwise each keeps its failure, and
	// somebody has to handle it.
	ConsumeErrors bool
}

// ListResult is what a [List] fires with.
type ListResult[T any] struct {
	// Outcomes are those of all elements, in the order of the elements. They are nil
	// if one success was enough.
	Outcomes []Outcome[T]

	// First is the index of the success that was enough, under FireOnOneCallback,
	// and Value what it came to; else First is -1.
	First int
	Value T
}

// FirstError is the failure of a [List], [Gather] or [Dict] that failed at the first
// failure of an element.
type FirstError struct {
	Index int   // of the element; -1 in a Dict
	Key   any   // of the element, in a Dict
	Err   error // the failure of the element
}

// Error names the element and what is wrong.
func (e *FirstError) Error() string {
	if e.Key != nil {
		return fmt.Sprintf("the deferred of key %v failed first: %v", e.Key, e.Err)
	}
	return fmt.Sprintf("the deferred of index %d failed first: %v", e.Index, e.Err)
}

// Unwrap is the failure of the element.
func (e *FirstError) Unwrap() error { return e.Err }

// List returns a deferred of the results of many (Part 18): it fires when all the
// elements have, unless the options say otherwise. The elements' own functions that
// are there already run before, and those that are added later get the result or
// failure as if there were no list. The same deferred may be an element twice, and one
// whose result others have taken counts as if they had not.
//
// An empty list fires at once, and one that has a nil element fails with [ErrNil].
// Cancelling the list cancels every element, which as a rule has the list fire.
func List[T any](ds []*Deferred[T], o ListOptions) *Deferred[ListResult[T]] {
	return collect(ds, o, collection[T, ListResult[T]]{
		whole:  func(outcomes []Outcome[T]) ListResult[T] { return ListResult[T]{Outcomes: outcomes, First: -1} },
		first:  func(i int, v T) ListResult[T] { return ListResult[T]{First: i, Value: v} },
		failed: func(i int, err error) *FirstError { return &FirstError{Index: i, Err: err} },
	})
}

// Gather returns a deferred of the values of many, in their order; it fails at the
// first failure, with a [*FirstError]. For consumeErrors see [ListOptions]: failures
// after the first are not told then. For the rest it is as [List].
func Gather[T any](ds []*Deferred[T], consumeErrors bool) *Deferred[[]T] {
	list := List(ds, ListOptions{FireOnOneErrback: true, ConsumeErrors: consumeErrors})
	return Then(list, func(r ListResult[T]) *Deferred[[]T] {
		values := make([]T, len(r.Outcomes))
		for i, outcome := range r.Outcomes {
			values[i] = outcome.Value
		}
		return Succeed(values)
	})
}

// collection is how the outcomes of many become one result.
type collection[T, R any] struct {
	whole  func(outcomes []Outcome[T]) R
	first  func(i int, v T) R
	failed func(i int, err error) *FirstError
}

// group stands for many deferreds, to be waited for all at once.
type group[T any] struct {
	base
	elements []*Deferred[T]
}

// cancel is of [source].
func (g *group[T]) cancel() (many []source) {
	many = make([]source, len(g.elements))
	for i, d := range g.elements {
		many[i] = d
	}
	return many
}

func collect[T, R any](ds []*Deferred[T], o ListOptions, c collection[T, R]) *Deferred[R] {
	if i := slices.Index(ds, nil); i >= 0 {
		return Fail[R](fmt.Errorf("cannot wait for what is not there: %w", c.failed(i, ErrNil)))
	}
	outcomes := make([]Outcome[T], len(ds))
	if len(ds) == 0 {
		if o.FireOnOneCallback {
			return New[R]()
		}
		return Succeed(c.whole(outcomes))
	}

	ds = slices.Clone(ds)
	all := New[R]()
	all.called = true
	waiting := &wait{}
	waiting.begin(&all.base, &group[T]{elements: ds})
	finish := func(r R, err error) task {
		if all.waiting == nil {
			return nil // it has fired
		}
		waiting.end()
		all.value, all.err = r, err
		return all
	}

	missing := len(ds)
	for i, d := range ds {
		level := element[T](func(v T, err error) (consume bool, next task) {
			outcomes[i] = Outcome[T]{Value: v, Err: err}
			missing--
			var none R
			switch {
			case err == nil && o.FireOnOneCallback:
				next = finish(c.first(i, v), nil)
			case err != nil && o.FireOnOneErrback:
				next = finish(none, c.failed(i, err))
			case missing == 0:
				next = finish(c.whole(outcomes), nil)
			}
			return err != nil && o.ConsumeErrors, next
		})
		d.add(entry{level, level})
	}
	return all
}
