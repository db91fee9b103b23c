package deferred

import (
	"errors"
	"fmt"
)

// What is wrong with a deferred that is to be waited for.
var (
	// ErrWaitsForItself is the failure of a deferred that was to wait for itself,
	// or for one that, at any remove, waits for it: nothing would ever come.
	ErrWaitsForItself = errors.New("a deferred cannot wait for itself")

	// ErrNil is the failure of a deferred that was to have come from a function, or to
	// wait for another deferred, where there was none.
	ErrNil = errors.New("there is nil where a function or a deferred has to be")
)

// ready tells whether there is a result at the end of the chain.
func (b *base) ready() bool { return b.free() && b.queue.empty() }

// take gives the result to a deferred that waits. It stays, so that several can take it;
// present and Peek hide it.
func (d *Deferred[T]) take() (T, error) {
	d.handled()
	d.taken = true
	return d.value, d.err
}

// waiter is a level of a chain that takes the result, for a type that its deferred
// does not know.
type waiter[T any] interface {
	// take gets the result or failure, and says who goes on with it.
	take(v T, err error) (next task)
}

// element is a level of a chain that tells a list the result or failure, and leaves it
// where it is, unless the list consumes it. It says who goes on first.
type element[T any] func(v T, err error) (consume bool, next task)

// collect passes a level of a list, which sees what others have taken.
func (d *Deferred[T]) collect(f element[T]) task {
	consume, next := f(d.value, d.err)
	if consume {
		d.handled()
		var none T
		d.accept(none, nil)
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
	if inner == nil {
		d.err = fmt.Errorf("the function of Then has returned no deferred: %w", ErrNil)
		return
	}
	if inner.ready() {
		d.value, d.err = inner.take()
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
		if up = up.nextWaiter(outer); up == nil {
			return false, steps
		}
	}
}

// checkCircle is the error of having outer wait for inner where that would make a circle.
func checkCircle(outer, inner *base) error {
	switch found, _ := circular(outer, inner); {
	case outer == inner:
		return fmt.Errorf("%w: the function of Then returned its own", ErrWaitsForItself)
	case found:
		return fmt.Errorf("%w: the deferred that it was to wait for waits for it", ErrWaitsForItself)
	default:
		return nil
	}
}

// nextWaiter is the next after b of the deferreds that wait for root, at any remove: each
// comes before those that wait for it. After the last it is nil.
func (b *base) nextWaiter(root *base) *base {
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
