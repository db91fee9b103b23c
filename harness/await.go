package harness

import (
	"context"
	"runtime/debug"

	"github.com/onsi/ginkgo/v2"

	"scansion/harness/deferred"
)

// Await calls f on the loop goroutine of the spec's reactor, and waits, while the loop
// runs, until the deferred that f returns has fired. It returns the result. If f
// returns nil, it does not wait. It is for the goroutine of any Ginkgo node, as often as the
// node likes, one at a time, and not for the loop: functions there return their
// deferreds, or wait for each other with [deferred.Inline].
//
// The spec fails, and Await does not return, if
//   - the deferred fails,
//   - an expectation fails, or there is a panic, in f or in any callback of the
//     reactor; Await does not wait any longer then,
//   - the time-out is over (see [Timeout]), or ctx is done, as at Ginkgo's own time-outs:
//     the failure says what was waited for, and the deferred is cancelled,
//   - on a fake reactor, nothing is left that could ever happen.
func Await[T any](ctx context.Context, f func(s *Spec) *deferred.Deferred[T]) T {
	ginkgo.GinkgoHelper()
	s, release := enter()
	defer release()
	result, failed := await(ctx, s, f)
	if failed != nil {
		s.framework.fail(failed)
	}
	return result
}

// Async makes the body of a Ginkgo node from f, which the node passes to [Await]. It is for
// It, BeforeEach, AfterAll and all others, and for DeferCleanup, which is how to clean
// up asynchronously: what was deferred last runs first, and each is waited for.
//
// An expectation that fails is shown with its line. If the deferred fails or the time is
// over, no line of the spec is on a stack, from which Ginkgo takes the line of a failure: it
// shows one in this package. The message says where the node stands and where the
// deferred was made. With [Await], Ginkgo shows the line that awaits.
func Async[T any](f func(s *Spec) *deferred.Deferred[T]) func(ctx ginkgo.SpecContext) {
	prepare()
	return func(ctx ginkgo.SpecContext) { // no helper: Ginkgo's own code would be the place of a failure
		Await(ctx, f)
	}
}

// Sync is [Async] for an f that has nothing to wait for.
func Sync(f func(s *Spec)) func(ctx ginkgo.SpecContext) {
	return Async(func(s *Spec) *deferred.Deferred[struct{}] {
		f(s)
		return nil
	})
}

// await is Await, except that it returns the failure.
func await[T any](ctx context.Context, s *Spec, f func(s *Spec) *deferred.Deferred[T]) (T, *failure) {
	w := newWait()
	result := new(T)
	failed := s.wait(ctx, w, func() {
		d := f(s)
		if d == nil {
			w.finish(nil)
			return
		}
		w.peek, w.cancel = d.Peek, d.Cancel
		d.AddBoth(func(value T, err error) (T, error) {
			if err != nil {
				w.view = d.Peek() // for where it was made
			}
			*result = value
			w.finish(err)
			return value, nil
		})
	})
	if failed != nil {
		var none T
		return none, failed // the loop may still set the result
	}
	return *result, nil
}

// wait is what a spec waits for. It belongs to the loop goroutine; when done is
// closed, to the one that waits.
type wait struct {
	done   chan struct{} // closed when it is over
	over   bool
	peek   func() deferred.View // at the deferred; nil before there is one
	cancel func()               // the deferred

	// How it went, when it is over.
	err      error
	view     deferred.View // of the deferred, if it has failed
	panicked *deferred.PanicError
	exited   bool // the function has ended its goroutine
}

func newWait() *wait { return &wait{done: make(chan struct{})} }

// finish says that it is over.
func (w *wait) finish(err error) {
	if !w.over {
		w.over = true
		w.err = err
		close(w.done)
	}
}

// run calls f. If f panics or ends its goroutine, w is over.
func (w *wait) run(f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if value := recover(); value != nil {
			w.panicked = &deferred.PanicError{Value: value, Stack: debug.Stack()}
		} else {
			w.exited = true
		}
		w.finish(nil)
	}()
	f()
	returned = true
}
