package property

import "slices"

// shrink returns one simpler value after the other, until ok is false. It is gopter's
// Shrink with a type.
type shrink[T any] func() (v T, ok bool)

// noShrink has no simpler values.
func noShrink[T any]() (v T, ok bool) { return v, false }

// fromSlice has those of a slice.
func fromSlice[T any](values []T) shrink[T] {
	return func() (v T, ok bool) {
		if len(values) == 0 {
			return v, false
		}
		v, values = values[0], values[1:]
		return v, true
	}
}

// convert has what f makes of others.
func convert[A, B any](simpler shrink[A], f func(A) B) shrink[B] {
	return func() (b B, ok bool) {
		a, ok := simpler()
		if !ok {
			return b, false
		}
		return f(a), true
	}
}

// concat has all of several, each made when it is its turn.
func concat[T any](rest []func() shrink[T]) shrink[T] {
	current := shrink[T](noShrink[T])
	return func() (v T, ok bool) {
		for {
			if v, ok = current(); ok || len(rest) == 0 {
				return v, ok
			}
			current, rest = rest[0](), rest[1:]
		}
	}
}

// shorter has slices without some of the values: all of them, each half, each quarter,
// and so on down to each single one.
func shorter[T any](values []T) shrink[[]T] {
	size, at := len(values), 0
	return func() (less []T, ok bool) {
		if at >= len(values) {
			size, at = size/2, 0
		}
		if size == 0 {
			return nil, false
		}
		less = slices.Concat(values[:at], values[min(at+size, len(values)):])
		at += size
		return less, true
	}
}
