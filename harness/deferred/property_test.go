package deferred_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/commands"
	"github.com/leanovate/gopter/gen"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
)

// script is the state of gopter's machine: what has been done so far.
type script []step

// told is what one sees when a script is played on a system.
func (s script) told(on system) []string {
	p := play{system: on}
	for number, step := range s {
		p.do(number, step)
	}
	return p.log
}

// run is gopter's system under test: a play that goes on.
type run struct {
	play
	steps int
}

// Run is of [commands.Command].
func (s step) Run(system commands.SystemUnderTest) commands.Result {
	r := system.(*run)
	r.do(r.steps, s)
	r.steps++
	return r.log
}

// NextState is of [commands.Command].
func (s step) NextState(state commands.State) commands.State {
	return append(slices.Clip(state.(script)), s)
}

// PreCondition is of [commands.Command]: every step can be done at any time, or else
// gopter would take a script with gaps for a counterexample.
func (s step) PreCondition(commands.State) bool { return true }

// PostCondition is of [commands.Command].
func (s step) PostCondition(state commands.State, result commands.Result) *gopter.PropResult {
	failure := holds(func(expect func(any, ...any) types.Assertion) {
		expect(result).To(Equal(state.(script).told(newModelSystem())), "what the real one tells, and the model")
	})
	if failure != "" {
		return &gopter.PropResult{Status: gopter.PropFalse, Labels: []string{failure}}
	}
	return &gopter.PropResult{Status: gopter.PropTrue}
}

// broken is what an expectation inside a property panics with.
type broken struct{ message string }

// holds runs expectations and returns "", or what the first that does not hold
// says: gopter shrinks what fails, but not what panics.
func holds(f func(expect func(any, ...any) types.Assertion)) (failure string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case broken:
			failure = r.message
		default:
			panic(r)
		}
	}()
	f(NewGomega(func(message string, _ ...int) { panic(broken{message}) }).Expect)
	return ""
}

// anyStep makes steps; half of them add functions.
func anyStep(parameters *gopter.GenParameters) *gopter.GenResult {
	random := parameters.Rng
	s := step{
		deed: deed(random.Intn(int(deeds))), on: random.Intn(howMany), to: random.Intn(howMany),
		kind: levelKind(random.Intn(int(levelKinds))), answer: answer(random.Intn(int(answers))),
		inside: deed(random.Intn(int(deeds))),
	}
	if random.Intn(2) == 0 {
		s.deed = add
	}
	return gopter.NewGenResult(s, simpler)
}

// simpler makes simpler ones of a step.
func simpler(v any) gopter.Shrink {
	s := v.(step)
	var all []step
	try := func(better step) {
		if better != s {
			all = append(all, better)
		}
	}
	with := func(change func(s *step)) {
		changed := s
		change(&changed)
		try(changed)
	}
	with(func(s *step) { *s = step{deed: s.deed, on: s.on} })
	with(func(s *step) { s.on = 0 })
	with(func(s *step) { s.to = 0 })
	with(func(s *step) { s.kind = 0 })
	with(func(s *step) { s.inside = 0 })
	with(func(s *step) { s.answer = 0 })
	return func() (any, bool) {
		if len(all) == 0 {
			return nil, false
		}
		next := all[0]
		all = all[1:]
		return next, true
	}
}

// falsified plays random scripts on real systems, and returns "", or the smallest
// script that it found which does not go as on the model. The scripts follow from the
// seed of the Ginkgo run.
func falsified[S interface {
	system
	destroy()
}](scripts int, newSystem func() S) string {
	parameters := gopter.DefaultTestParametersWithSeed(GinkgoRandomSeed())
	parameters.MinSuccessfulTests = scripts
	parameters.MaxSize = 40
	result := commands.Prop(&commands.ProtoCommands{
		NewSystemUnderTestFunc: func(commands.State) commands.SystemUnderTest {
			return &run{play: play{system: newSystem()}}
		},
		DestroySystemUnderTestFunc: func(r commands.SystemUnderTest) {
			r.(*run).over = true
			r.(*run).system.(S).destroy()
		},
		InitialStateGen: gen.Const(script{}),
		GenCommandFunc:  func(commands.State) gopter.Gen { return anyStep },
	}).Check(parameters)
	if result.Passed() {
		return ""
	}
	var b strings.Builder
	gopter.NewFormatedReporter(false, 160, &b).ReportTestResult("scripts", result)
	fmt.Fprintf(&b, "the same scripts again: go test ./harness/deferred -ginkgo.seed=%d", GinkgoRandomSeed())
	return b.String()
}

// forgetful is a real system with a fault: it forgets errbacks.
type forgetful struct{ *realSystem }

func (f forgetful) Add(on int, kind levelKind, function levelFunc) {
	if kind != errbackOnly {
		f.realSystem.Add(on, kind, function)
	}
}

var _ = Describe("Whatever is done, in whatever order", func() {
	It("A1 to A12: deferreds do what the model does", func() {
		Expect(falsified(1500, newRealSystem)).To(BeEmpty())
	})

	DescribeTable("A1 to A12: deferreds do what the model does, in scripts that were counterexamples once",
		func(steps ...step) {
			r := newRealSystem()
			Expect(script(steps).told(r)).To(Equal(script(steps).told(newModelSystem())))
		},
		Entry("two that fire each other, after a cancelling",
			step{deed: chain, on: 0, to: 1}, step{deed: chain, on: 1, to: 0},
			step{deed: add, on: 0}, step{deed: add, on: 1}, step{deed: cancel, on: 0}),
	)

	It("would be seen not to, in a short script, with the seed that repeats it", func() {
		report := falsified(1500, func() forgetful { return forgetful{newRealSystem()} })
		Expect(report).To(MatchRegexp(`ARG_0: initialState=\[\] sequential=\[` +
			`(add\(\d, errback: look\(0\), keep\) (cancel|fail)\(\d\)|(cancel|fail)\(\d\) add\(\d, errback: look\(0\), keep\))\]`))
		Expect(report).To(ContainSubstring("what the real one tells, and the model"))
		Expect(report).To(ContainSubstring("-ginkgo.seed="))
	})
})
