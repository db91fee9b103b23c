package property

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"

	"github.com/leanovate/gopter"
)

// Gen makes random values of type T, and simpler ones of a value. Make it with the
// functions of this package.
type Gen[T any] struct {
	draw    func(random *rand.Rand, maxLength int) T
	simpler func(v T) shrink[T]
}

// Func is the generator that draws values with draw, and tries in place of v those of
// simpler(v), the simplest first. These must not lead back to v. A nil simpler has none.
func Func[T any](draw func(random *rand.Rand) T, simpler func(v T) []T) Gen[T] {
	return Gen[T]{
		draw: func(random *rand.Rand, _ int) T { return draw(random) },
		simpler: func(v T) shrink[T] {
			if simpler == nil {
				return noShrink[T]
			}
			return fromSlice(simpler(v))
		},
	}
}

// IntRange makes the numbers from least to most, the least being the simplest. It
// panics if there are none.
func IntRange(least, most int) Gen[int] {
	if most < least {
		panic(fmt.Sprintf("property: IntRange(%d, %d) is empty", least, most))
	}
	return Func(
		func(random *rand.Rand) int { return least + random.Intn(most-least+1) },
		func(n int) (simpler []int) {
			for less := n - least; less > 0; less /= 2 {
				simpler = append(simpler, n-less)
			}
			return simpler
		})
}

// Byte makes all bytes, zero being the simplest.
func Byte() Gen[byte] {
	return Derive(IntRange(0, 255), func(n int) byte { return byte(n) }, func(b byte) int { return int(b) })
}

// Bool makes false, which is the simpler one, and true.
func Bool() Gen[bool] { return Element(false, true) }

// Element makes the values given, the first being the simplest. A value that is given
// more than once is drawn more often. It panics if there are none.
func Element[T comparable](values ...T) Gen[T] {
	return Derive(IntRange(0, len(values)-1), func(i int) T { return values[i] }, func(v T) int { return slices.Index(values, v) })
}

// SliceOf makes slices of values of a generator, up to [Config].MaxLength long. The
// shorter one is the simpler, and of two that are as long the one with simpler elements.
func SliceOf[T any](gen Gen[T]) Gen[[]T] {
	return Gen[[]T]{
		draw: func(random *rand.Rand, maxLength int) []T {
			values := make([]T, random.Intn(maxLength+1))
			for i := range values {
				values[i] = gen.draw(random, maxLength)
			}
			return values
		},
		simpler: func(values []T) shrink[[]T] {
			kinds := []func() shrink[[]T]{func() shrink[[]T] { return shorter(values) }}
			for i, v := range values {
				kinds = append(kinds, func() shrink[[]T] {
					return convert(gen.simpler(v), func(simpler T) []T {
						changed := slices.Clone(values)
						changed[i] = simpler
						return changed
					})
				})
			}
			return concat(kinds)
		},
	}
}

// Derive makes values of those of another generator. So that they shrink as those do,
// from has to be the inverse of to.
func Derive[A, B any](gen Gen[A], to func(A) B, from func(B) A) Gen[B] {
	return Gen[B]{
		draw:    func(random *rand.Rand, maxLength int) B { return to(gen.draw(random, maxLength)) },
		simpler: func(b B) shrink[B] { return convert(gen.simpler(from(b)), to) },
	}
}

// Field is a part of an S, for [Struct].
type Field[S any] struct {
	set     func(s *S, random *rand.Rand, maxLength int)
	simpler func(s S) shrink[S]
}

// Of makes a field: where it is in an S, and what makes its values.
func Of[S, T any](at func(s *S) *T, gen Gen[T]) Field[S] {
	return Field[S]{
		set: func(s *S, random *rand.Rand, maxLength int) { *at(s) = gen.draw(random, maxLength) },
		simpler: func(s S) shrink[S] {
			return convert(gen.simpler(*at(&s)), func(simpler T) S {
				changed := s
				*at(&changed) = simpler
				return changed
			})
		},
	}
}

// Struct makes structs, field by field; fields that are not given are zero. A property of
// several things is one of a struct.
func Struct[S any](fields ...Field[S]) Gen[S] {
	return Gen[S]{
		draw: func(random *rand.Rand, maxLength int) S {
			var s S
			for _, field := range fields {
				field.set(&s, random, maxLength)
			}
			return s
		},
		simpler: func(s S) shrink[S] {
			var kinds []func() shrink[S]
			for _, field := range fields {
				kinds = append(kinds, func() shrink[S] { return field.simpler(s) })
			}
			return concat(kinds)
		},
	}
}

// box keeps a value from gopter, for which a nil is no value and an interface not
// a type.
type box[T any] struct{ value T }

// reflected is the generator as gopter has it.
func (g Gen[T]) reflected() gopter.Gen {
	return func(parameters *gopter.GenParameters) *gopter.GenResult {
		return &gopter.GenResult{
			Result:     box[T]{g.draw(parameters.Rng, parameters.MaxSize)},
			ResultType: reflect.TypeFor[box[T]](),
			Shrinker: func(v any) gopter.Shrink {
				next := g.simpler(v.(box[T]).value)
				return func() (any, bool) {
					simpler, ok := next()
					return box[T]{simpler}, ok
				}
			},
		}
	}
}
