package harness

import (
	"errors"
	"fmt"
	"reflect"

	"scansion/harness/deferred"
)

// ErrNoFailure is the failure of [AssertFailure] if there is none.
var ErrNoFailure = errors.New("the deferred was expected to fail")

// AssertFailure expects d to fail with an error that matches target, as [errors.Is] sees
// it, now or later. The deferred that it returns fires with that error, so that more can
// be asked of it. If d does not fail, or with another error, so does that deferred.
func AssertFailure[T any](d *deferred.Deferred[T], target error) *deferred.Deferred[error] {
	return assertFailure(d, fmt.Sprintf("with %q", target), func(err error) (error, bool) {
		return err, errors.Is(err, target)
	})
}

// AssertFailureAs is [AssertFailure] for an error of a type, as [errors.As] sees it. For
// any error at all, that is AssertFailureAs[error].
func AssertFailureAs[E error, T any](d *deferred.Deferred[T]) *deferred.Deferred[E] {
	return assertFailure(d, fmt.Sprintf("with a %v", reflect.TypeFor[E]()), errors.AsType[E])
}

func assertFailure[E error, T any](d *deferred.Deferred[T], how string, match func(err error) (E, bool)) *deferred.Deferred[E] {
	return deferred.ThenBoth(d, func(v T, err error) *deferred.Deferred[E] {
		if err == nil {
			return deferred.Fail[E](fmt.Errorf("%w %s, and has a result: %#v", ErrNoFailure, how, v))
		}
		if found, ok := match(err); ok {
			return deferred.Succeed(found)
		}
		return deferred.Fail[E](fmt.Errorf("the deferred was expected to fail %s, and failed with another error: %w", how, err))
	})
}
