package reactor

import (
	"fmt"

	"scansion/harness/deferred"
)

// DeferToThread calls f, which may block, on a goroutine of its own, and returns
// the deferred of its result, which fires on the loop. A panic of f is its failure,
// as a [*PanicError]. If the reactor stops first, the deferred never fires.
func DeferToThread[T any](r Reactor, f func() (T, error)) *deferred.Deferred[T] {
	if f == nil {
		return deferred.Fail[T](fmt.Errorf("DeferToThread without a function: %w", deferred.ErrNil))
	}
	d := deferred.New[T]()
	r.CallInThread(func() {
		done := deferred.Succeed(*new(T)).AddCallback(func(T) (T, error) { return f() })
		r.CallFromThread(func() { done.Chain(d) })
	})
	return d
}
