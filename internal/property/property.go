// Package property looks for a counterexample to a property: it tries the property on
// random values, and when one falsifies it, on simpler and simpler ones.
//
// It is a typed front of gopter, which does the trying and the shrinking by reflection.
// A [Gen] makes values and simpler ones of them, and those made of others, by [SliceOf],
// [Struct] and [Derive], shrink as their parts do. A property is a function with
// expectations of Gomega's, and [Falsify] tries it. Everything follows from a seed.
//
//	found := property.Falsify(property.Config{Seed: seed}, property.SliceOf(property.Byte()),
//		func(g gomega.Gomega, data []byte) {
//			g.Expect(decode(encode(data))).To(gomega.Equal(data))
//		})
//
// In specs, propertytest.Check does that with the seed of the run.
package property

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"
	"github.com/onsi/gomega"
)

// What a [Config] says where it says nothing.
const (
	defaultTries     = 100
	defaultMaxLength = 100
)

// maxShrinks is how often a counterexample is made simpler: each makes it smaller,
// so that there is an end anyway.
const maxShrinks = 100_000

// Config is what a search can be told. The zero value works.
type Config struct {
	Seed      int64 // what all values follow from
	Tries     int   // how many values are tried; zero is 100
	MaxLength int   // of slices; zero is 100
}

// Counterexample is a value that falsifies a property.
type Counterexample[T any] struct {
	// Value is the simplest that was found, and First the one that it was made of.
	Value, First T

	// Failure is what the expectation says that Value does not meet, or a panic with its
	// stack.
	Failure string

	// Seed repeats the search.
	Seed int64
}

// String tells all of it.
func (c *Counterexample[T]) String() string {
	return fmt.Sprintf("falsified by %s\n(at first by %s; the seed is %d)\n%s", show(c.Value), show(c.First), c.Seed, c.Failure)
}

// GomegaString has Gomega print the counterexample as it is.
func (c *Counterexample[T]) GomegaString() string { return c.String() }

// show is a value in one line, bytes as a text in quotes.
func show(v any) string {
	switch v := v.(type) {
	case []byte, string:
		return fmt.Sprintf("%q", v)
	case fmt.Stringer:
		return v.String()
	default:
		return fmt.Sprintf("%+v", v)
	}
}

// Falsify tries a property on values of a generator, and returns nil or the simplest
// counterexample that it has found. The property is tried on one value at a time, on
// this goroutine; it must not change the value, and must expect through its g: the global
// Expect would fail the spec before anything is made simpler. A panic, too, falsifies.
func Falsify[T any](config Config, gen Gen[T], property func(g gomega.Gomega, v T)) *Counterexample[T] {
	parameters := gopter.DefaultTestParametersWithSeed(config.Seed)
	parameters.MaxShrinkCount = maxShrinks
	parameters.MinSuccessfulTests = cmp.Or(config.Tries, defaultTries)
	parameters.MaxSize = cmp.Or(config.MaxLength, defaultMaxLength) + 1 // which gopter does not reach
	condition := func(v box[T]) string { return failureOf(func(g gomega.Gomega) { property(g, v.value) }) }
	result := prop.ForAll(condition, gen.reflected()).Check(parameters)
	if result.Passed() {
		return nil
	}
	if len(result.Args) == 0 {
		panic(fmt.Sprintf("property: the generator does not work: %v\n%s", result.Error, result.ErrorStack))
	}
	arg := result.Args[0]
	found := &Counterexample[T]{Value: arg.Arg.(box[T]).value, First: arg.OrigArg.(box[T]).value, Seed: config.Seed}
	if len(result.Labels) > 0 {
		found.Failure = result.Labels[0]
	}
	return found
}

// unmet is what an expectation inside a property panics with.
type unmet struct{ message string }

// failureOf runs expectations and returns "", or what the first says that is not met.
func failureOf(f func(g gomega.Gomega)) (failure string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case unmet:
			failure = r.message
		default:
			failure = fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	f(gomega.NewGomega(func(message string, _ ...int) { panic(unmet{message}) }))
	return ""
}
