package property_test

import (
	"math/rand"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/internal/property"
	"scansion/internal/property/propertytest"
)

// pair has two fields that are made, and one that is not.
type pair struct {
	few    []byte
	number int
	unset  string
}

func pairs() property.Gen[pair] {
	return property.Struct(
		property.Of(func(p *pair) *[]byte { return &p.few }, property.SliceOf(property.Byte())),
		property.Of(func(p *pair) *int { return &p.number }, property.IntRange(-5, 1000)),
	)
}

// simplest is the counterexample that is found to a property which has one.
func simplest[T any](gen property.Gen[T], holds func(v T) bool) T {
	GinkgoHelper()
	found := property.Falsify(property.Config{Seed: GinkgoRandomSeed()}, gen, func(g Gomega, v T) { g.Expect(holds(v)).To(BeTrue()) })
	Expect(found).NotTo(BeNil())
	return found.Value
}

var _ = Describe("A property", func() {
	It("that holds has no counterexample, and is tried on as many values as asked for", func() {
		tried := 0
		Expect(property.Falsify(property.Config{Tries: 30}, pairs(), func(g Gomega, p pair) {
			tried++
			g.Expect(p.unset).To(BeEmpty())
			g.Expect(p.number).To(And(BeNumerically(">=", -5), BeNumerically("<=", 1000)))
		})).To(BeNil())
		Expect(tried).To(Equal(30))
	})

	It("is tried on slices of all lengths", func() {
		lengths := map[int]bool{}
		Expect(property.Falsify(property.Config{Tries: 1000, MaxLength: 9, Seed: GinkgoRandomSeed()}, property.SliceOf(property.Bool()), func(_ Gomega, v []bool) {
			lengths[len(v)] = true
		})).To(BeNil())
		for n := range 10 {
			Expect(lengths).To(HaveKey(n))
		}
		Expect(lengths).To(HaveLen(10))
	})

	It("has a counterexample that is as simple as can be", func() {
		Expect(simplest(property.IntRange(-5, 1000), func(n int) bool { return n < 17 })).To(Equal(17))
		Expect(simplest(property.SliceOf(property.Byte()), func(b []byte) bool { return len(b) < 3 })).To(Equal([]byte{0, 0, 0}))
		Expect(simplest(property.SliceOf(property.Byte()), func([]byte) bool { return false })).To(BeEmpty())
		Expect(simplest(property.SliceOf(property.Byte()), func(b []byte) bool { return !slices.ContainsFunc(b, func(c byte) bool { return c > 99 }) })).
			To(Equal([]byte{100}))
		Expect(simplest(property.Element("red", "green", "blue"), func(color string) bool { return color == "red" })).To(Equal("green"))
		Expect(simplest(pairs(), func(p pair) bool { return len(p.few) < 2 || p.number < 100 })).
			To(Equal(pair{few: []byte{0, 0}, number: 100}))
		Expect(simplest(property.Func(func(random *rand.Rand) int { return random.Intn(100) }, nil), func(n int) bool { return n == 0 })).
			To(BeNumerically(">", 0), "it is not made simpler where nobody knows how")
	})

	It("tells its counterexample, what is not met, and the seed", func() {
		for seed := range int64(20) {
			found := property.Falsify(property.Config{Seed: seed}, property.SliceOf(property.Byte()), func(g Gomega, b []byte) {
				g.Expect(len(b)).To(BeNumerically("<", 2), "a short one")
			})
			Expect(found.Failure).To(And(HavePrefix("a short one\n"), ContainSubstring("to be <")))
			Expect(len(found.First)).To(BeNumerically(">=", len(found.Value)))
			Expect(found.String()).To(MatchRegexp(`^falsified by "\\x00\\x00"\n\(at first by ".*"; the seed is %d\)\na short one\n`, seed))
		}
	})

	It("is falsified by a panic, which is made simpler too", func() {
		found := property.Falsify(property.Config{}, property.IntRange(0, 1000), func(_ Gomega, n int) {
			if n > 9 {
				panic("too many")
			}
		})
		Expect(found.Value).To(Equal(10))
		Expect(found.Failure).To(And(HavePrefix("panic: too many\n"), ContainSubstring("property_test.go:")))
	})

	It("is tried on the same values with the same seed", func() {
		values := func(seed int64) (all []pair) {
			Expect(property.Falsify(property.Config{Seed: seed}, pairs(), func(_ Gomega, p pair) { all = append(all, p) })).To(BeNil())
			return all
		}
		Expect(values(7)).To(Equal(values(7)))
		Expect(values(7)).NotTo(Equal(values(8)))
	})

	It("fails a spec with its counterexample", func() {
		failure := InterceptGomegaFailure(func() {
			Expect(property.Falsify(property.Config{}, property.IntRange(0, 9), func(g Gomega, n int) { g.Expect(n).To(Equal(0)) })).To(BeNil())
		})
		Expect(failure).To(MatchError(ContainSubstring("falsified by 1\n")))
		propertytest.Check(property.Config{}, pairs(), func(g Gomega, p pair) { g.Expect(p.number).To(BeNumerically("<=", 1000)) })
	})

	It("says what is wrong with a generator", func() {
		Expect(func() { property.IntRange(1, 0) }).To(PanicWith(ContainSubstring("IntRange(1, 0) is empty")))
		broken := property.Func(func(*rand.Rand) int { panic("no idea") }, nil)
		Expect(func() { property.Falsify(property.Config{}, broken, func(Gomega, int) {}) }).
			To(PanicWith(And(ContainSubstring("the generator does not work"), ContainSubstring("no idea"))))
	})
})
