package deferred

import (
	"errors"
	"fmt"
)

// What [Deferred.Result] has to do with errors.
var (
	// ErrPending is what errors.Is finds in an error that stands for a deferred
	// whose result is still to come.
	ErrPending = errors.New("the deferred has no result yet")

	// ErrWaitsForItself is the failure of a deferred that was to wait for itself,
	// or for one that, at any remove, waits for it: nothing would ever come.
	ErrWaitsForItself = errors.New("a deferred cannot wait for itself")
)

// pending stands for d. (A struct of one pointer fits into an interface as it is.)
type pending[T any] struct{ d *Deferred[T] }

func (pending[T]) Error() string {
	return fmt.Sprintf("%v: this error is for the callbacks of a %T to return, as it is", ErrPending, (*Deferred[T])(nil))
}

func (pending[T]) Is(target error) bool { return target == ErrPending }

// Result returns the result or failure of d, if it is there and all functions of the
// chain have run, and takes it: functions that are added later get the zero value, and
// if it was a failure, whoever called Result answers for it.
//
// Otherwise the error is one that stands for d itself, and matches [ErrPending]. It
// can do one thing: returned from a callback of another deferred of the same type,
// or from the function of [Maybe], [Then] or [Inline], it has that deferred wait for d
// (Part 13). So
//
//	return page.Result()
//
// does the right thing whether the page is there or not. The deferred that waits is
// paused until d has run all the functions that it has at that time, then takes d's
// result and goes on with it.
//
// Several deferreds may wait for the same one: all get what d had, as long as no
// function of d's own chain comes between them.
func (d *Deferred[T]) Result() (T, error) {
	if !d.ready() {
		var none T
		return none, pending[T]{d}
	}
	return d.hand()
}

// ready tells whether there is a result at the end of the chain.
func (d *Deferred[T]) ready() bool { return d.free() && d.queue.empty() }

// hand gives the result away. What others have taken stays, so that it can be given
// to several; present hides it from the chain.
func (d *Deferred[T]) hand() (T, error) {
	d.handled()
	d.taken = true
	return d.value, d.err
}

// taker is a level of a chain that takes the result away, for a type that its deferred
// does not know.
type taker[T any] interface {
	// take gets the result or failure, and says who goes on with it.
	take(v T, err error) (next task)
}

// observer is a level of a chain that is told the result or failure, and leaves it
// where it is, unless it consumes it. It says who goes on first.
type observer[T any] func(v T, err error) (consume bool, next task)

// observe passes an observer, who may see what others have taken.
func (d *Deferred[T]) observe(f observer[T]) task {
	consume, next := f(d.value, d.err)
	if consume {
		d.handled()
		var none T
		d.value, d.err, d.taken = none, nil, false
	}
	return next
}

// wait is the fact that outer waits for inner.
type wait struct {
	outer      *base
	inner      source
	prev, next *wait // others that wait for the same
}

// source is what can be waited for.
type source interface {
	common() *base

	// cancel cancels what waits for nothing else. What stands for many returns them
	// instead, in their order.
	cancel() (many []source)
}

func (b *base) common() *base { return b }

// begin enters the fact.
func (w *wait) begin(outer *base, inner source) {
	w.outer, w.inner = outer, inner
	outer.waiting = w
	b := inner.common()
	w.next = b.waiters
	if w.next != nil {
		w.next.prev = w
	}
	b.waiters = w
}

// end deletes it.
func (w *wait) end() {
	w.outer.waiting = nil
	if w.next != nil {
		w.next.prev = w.prev
	}
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		w.inner.common().waiters = w.next
	}
	w.prev, w.next = nil, nil
}

// handover has one deferred wait for another of the same type.
type handover[T any] struct {
	wait
	outer *Deferred[T]
}

func (h *handover[T]) take(v T, err error) task {
	h.end()
	h.outer.value, h.outer.err = v, err
	return h.outer
}

// waitFor has d, which holds no result, go on with that of inner.
func (d *Deferred[T]) waitFor(inner *Deferred[T]) {
	if inner.ready() {
		d.value, d.err = inner.hand()
		return
	}
	if d.err = checkCircle(&d.base, &inner.base); d.err != nil {
		return
	}
	h := &handover[T]{outer: d}
	h.begin(&d.base, inner)
	inner.queue.push(entry{h, h}) // it is not free: whatever is in the way will run it
}

// circular tells whether inner waits for outer, at any remove, and in how many steps it
// saw that. One can see it from either end: going down from inner to what it waits for,
// or up from outer to those that wait for it. One of the ways is usually short, whichever
// end a long chain is built from; so this goes both ways at once, and stops at the end
// of the shorter.
func circular(outer, inner *base) (found bool, steps int) {
	for down, up := inner, outer; ; steps++ {
		if down == outer || up == inner {
			return true, steps
		}
		if down.waiting == nil {
			return false, steps
		}
		down = down.waiting.inner.common()
		if up = up.climb(outer); up == nil {
			return false, steps
		}
	}
}

// checkCircle is the error of having outer wait for inner where that would make a circle.
func checkCircle(outer, inner *base) error {
	switch found, _ := circular(outer, inner); {
	case outer == inner:
		return fmt.Errorf("%w: a function of its chain returned its own Result", ErrWaitsForItself)
	case found:
		return fmt.Errorf("%w: the deferred that it was to wait for waits for it", ErrWaitsForItself)
	default:
		return nil
	}
}

// climb is the next after b of the deferreds that wait for root, at any remove: each
// comes before those that wait for it. After the last it is nil.
func (b *base) climb(root *base) *base {
	if b.waiters != nil {
		return b.waiters.outer
	}
	for ; b != root; b = b.waiting.inner.common() {
		if b.waiting.next != nil {
			return b.waiting.next.outer
		}
	}
	return nil
}
