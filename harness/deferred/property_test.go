package deferred_test

import (
	"math/rand"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/internal/property"
	"scansion/internal/property/propertytest"
)

// script is a list of deeds. Every one can be done at any time, so that a script with
// gaps is one, too.
type script []step

// told is what one sees when a script is played on a system, after each step.
func (s script) told(on system) []string {
	p := play{system: on}
	for number, step := range s {
		p.do(number, step)
	}
	p.over = true
	return p.log
}

// steps makes steps; half of them add functions.
func steps() property.Gen[step] {
	return property.Func(func(random *rand.Rand) step {
		s := step{
			deed: deed(random.Intn(int(deeds))), on: random.Intn(howMany), to: random.Intn(howMany),
			kind: levelKind(random.Intn(int(levelKinds))), answer: answer(random.Intn(int(answers))),
			inside: deed(random.Intn(int(deeds))),
		}
		if random.Intn(2) == 0 {
			s.deed = add
		}
		return s
	}, simpler)
}

// simpler makes simpler ones of a step.
func simpler(s step) []step {
	var all []step
	with := func(change func(s *step)) {
		changed := s
		change(&changed)
		if changed != s {
			all = append(all, changed)
		}
	}
	with(func(s *step) { *s = step{deed: s.deed, on: s.on} })
	with(func(s *step) { s.on = 0 })
	with(func(s *step) { s.to = 0 })
	with(func(s *step) { s.kind = 0 })
	with(func(s *step) { s.inside = 0 })
	with(func(s *step) { s.answer = 0 })
	return all
}

// playing makes the property that scripts go on a system as they do on the model.
func playing[S interface {
	system
	destroy()
}](newSystem func() S) func(g Gomega, steps []step) {
	return func(g Gomega, steps []step) {
		played := newSystem()
		defer played.destroy()
		g.Expect(script(steps).told(played)).To(Equal(script(steps).told(newModelSystem())), "what the real one tells, and the model")
	}
}

// longest is how long scripts are, and scripts how many are played.
const (
	longest = 40
	scripts = 1500
)

// forgetful is a real system with a fault: it forgets errbacks.
type forgetful struct{ *realSystem }

func (f forgetful) Add(on int, kind levelKind, function levelFunc) {
	if kind != errbackOnly {
		f.realSystem.Add(on, kind, function)
	}
}

var _ = Describe("Whatever is done, in whatever order", func() {
	It("A1 to A12: deferreds do what the model does", func() {
		propertytest.Check(property.Config{Tries: scripts, MaxLength: longest}, property.SliceOf(steps()), playing(newRealSystem))
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

	It("would be seen not to, in a short script", func() {
		found := property.Falsify(property.Config{Seed: GinkgoRandomSeed(), Tries: scripts, MaxLength: longest},
			property.SliceOf(steps()), playing(func() forgetful { return forgetful{newRealSystem()} }))
		Expect(len(found.Value)).To(BeNumerically("<=", 4), found.String())
		Expect(found.String()).To(ContainSubstring("errback: look(0), keep)"))
		Expect(found.Failure).To(ContainSubstring("what the real one tells, and the model"))
	})
})
