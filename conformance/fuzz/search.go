package fuzz

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/leanovate/gopter"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
)

// Search tries a property on cases. The zero value tries a thousand of those of the
// zero grammar. The same search tries the same cases.
type Search struct {
	Grammar Grammar
	Seed    int64
	Runs    int // cases to try; 0: 1,000
	Tries   int // cases to try, at the most, to make a counterexample smaller; 0: 10,000
}

// Counterexample is a case on which a property does not hold.
type Counterexample struct {
	Case Case  // as small as it could be made
	Err  error // what is wrong with it

	Original Case  // as generated
	First    error // what is wrong with that
	Run      int   // its number, from 1; 0 if it was not searched for
	Tries    int   // cases that were tried to make it smaller
}

// String tells the counterexample in lines for people.
func (x *Counterexample) String() string {
	text := fmt.Sprintf("%v\n%v", x.Case, x.Err)
	if len(x.Case.Bytes) < len(x.Original.Bytes) {
		text += fmt.Sprintf("\nfirst found, in case %d, with %v", x.Run, x.Original)
	}
	return text
}

// Falsify tries a property on one case after the other. At the first for which it
// returns an error, or panics, it makes the case smaller, for as long as there is an
// error, and returns what is left; or nil, if there was none.
func (s Search) Falsify(property func(Case) error) *Counterexample {
	if s.Runs == 0 {
		s.Runs = 1000
	}
	if s.Tries == 0 {
		s.Tries = 10_000
	}
	var found *Counterexample
	run := 0
	generate := s.Grammar.Gen()
	test := gopter.Prop(func(p *gopter.GenParameters) *gopter.PropResult {
		run++
		c, _ := generate(p).Result.(Case)
		err := safely(property, c)
		if err == nil {
			return &gopter.PropResult{Status: gopter.PropTrue}
		}
		found = Minimize(c, err, property, s.Tries)
		found.Run = run
		return &gopter.PropResult{Status: gopter.PropFalse}
	})
	parameters := gopter.DefaultTestParametersWithSeed(s.Seed)
	parameters.MinSuccessfulTests = s.Runs
	test.Check(parameters)
	return found
}

// Minimize makes a case smaller for which a property has returned err, in steps, for
// as long as it returns an error, and one of the same kind if errors have a method
// Kind, as those of the oracle have. It tries so many cases at the most.
func Minimize(c Case, err error, property func(Case) error, most int) *Counterexample {
	x := &Counterexample{Case: c, Err: err, Original: c, First: err}
	for x.shrink(property, most) {
	}
	return x
}

// shrink makes the case smaller by a step, or returns false.
func (x *Counterexample) shrink(property func(Case) error, most int) bool {
	for smaller := range Smaller(x.Case) {
		if x.Tries == most {
			return false
		}
		x.Tries++
		if err := safely(property, smaller); err != nil && kind(err) == kind(x.First) {
			x.Case, x.Err = smaller, err
			return true
		}
	}
	return false
}

// kind is what kind of error it is, or "" if it does not say.
func kind(err error) string {
	if k := (interface{ Kind() string })(nil); errors.As(err, &k) {
		return k.Kind()
	}
	return ""
}

// failed is what an expectation of Expecting panics with.
type failed struct{ error }

// safely makes an error of a panic: what makes a property panic can be made smaller,
// too.
func safely(property func(Case) error, c Case) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failed:
			err = r.error
		default:
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return property(c)
}

// Expecting makes a property of Gomega's expectations, which must be those of the
// function that f is given: the first that does not hold is the error.
func Expecting(f func(c Case, expect func(actual any, extra ...any) types.Assertion)) func(Case) error {
	g := gomega.NewGomega(func(message string, _ ...int) { panic(failed{errors.New(message)}) })
	return func(c Case) error {
		f(c, func(actual any, extra ...any) types.Assertion { return g.Expect(actual, extra...) })
		return nil
	}
}
