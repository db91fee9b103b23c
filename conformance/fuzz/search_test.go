package fuzz_test

import (
	"errors"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"scansion/conformance/cut"
	"scansion/conformance/fuzz"
	"scansion/conformance/oracle"
)

var _ = Describe("A search", func() {
	// conforms is the property that a decoder has.
	conforms := func(d decoder) func(fuzz.Case) error {
		return func(c fuzz.Case) error { return oracle.Judge(c.Bytes, d.limit).Fits(d.parse(c.Stream())) }
	}

	It("finds nothing wrong with a decoder that conforms", func() {
		for _, limit := range []int{oracle.DefaultLimit, 20} {
			s := fuzz.Search{Grammar: fuzz.Grammar{Limit: limit}, Seed: GinkgoRandomSeed(), Runs: 5000}
			Expect(s.Falsify(conforms(decoder{limit: limit}))).To(BeNil())
		}
	})

	DescribeTable("finds a fault, and the smallest stream that shows it",
		func(d decoder, smallest string) {
			if d.limit == 0 {
				d.limit = oracle.DefaultLimit
			}
			for seed := range int64(8) {
				s := fuzz.Search{Grammar: fuzz.Grammar{Limit: d.limit}, Seed: seed, Runs: 20_000}
				x := s.Falsify(conforms(d))
				Expect(x).NotTo(BeNil(), "with seed %d", s.Seed)
				again := fuzz.Minimize(x.Case, x.Err, conforms(d), 10_000)
				Expect(again.Case).To(Equal(x.Case), "it cannot be made smaller")
				Expect(x.Tries).To(BeNumerically("<", 10_000))
				shown, _, _ := strings.Cut(x.Case.String(), " (")
				Expect(shown).To(MatchRegexp("^("+smallest+")$"), "with seed %d: %v", s.Seed, x)
			}
		},
		Entry("leading zeros", decoder{leadingZeros: true}, `4 bytes "00:,"`),
		Entry("a plus sign", decoder{plus: true}, `4 bytes "\+0:,"|2 bytes "\+0"`),
		Entry("line ends between", decoder{newlines: true}, `1 byte "\\n"|2 bytes "\\n0"|4 bytes "\\n0:,"`),
		Entry("any byte for a comma", decoder{anyComma: true}, `3 bytes "0:a"`),
		Entry("delivering before the comma", decoder{early: true}, `2 bytes "0:"|3 bytes "0:"\|","|6 bytes "0:"\|",0:,"|7 bytes "0:,1:a,"`),
		Entry("lengths of 16 bits", decoder{bits: 16}, `7 bytes "100000:"|\d+ bytes "[1-9].*:,"`),
		Entry("the limit rejected", decoder{limit: 20, atMostLimit: true}, `24 bytes "20:" "a"\*20 ","`),
		Entry("digits forgotten", decoder{forgetsDigits: true}, `3 bytes "0"\|":,"`),
		Entry("empty strings dropped", decoder{dropsEmpty: true}, `3 bytes "0:,"|7 bytes "0:,1:a,"`),
		Entry("data cut at a NUL", decoder{stopsAtNUL: true}, `4 bytes "1:\\x00,"`),
		Entry("going on after a fault", decoder{goesOn: true}, `1 byte ","|2 bytes ",."|4 bytes ",0:,"`),
		Entry("a string a read", decoder{needsReads: true}, `6 bytes "0:(,|"\|",)0:,"|5 bytes "0:,aa"`),
		Entry("characters counted", decoder{countsRunes: true}, `5 bytes "[12]:\\u[0-9a-f]{4},"`),
		Entry("looking at a length after its ':'", decoder{slowToReject: true}, `3 bytes "000"`),
		Entry("a panic", decoder{panicsAtColons: true}, `4 bytes "1::,"`),
	)

	It("is the same for the same seed", func() {
		d := decoder{limit: oracle.DefaultLimit, early: true}
		s := fuzz.Search{Seed: GinkgoRandomSeed()}
		one, two := s.Falsify(conforms(d)), s.Falsify(conforms(d))
		Expect(one).To(Equal(two))
		s.Seed++
		Expect(s.Falsify(conforms(d)).Original.Bytes).NotTo(Equal(one.Original.Bytes))
	})

	It("tells what it found, and where", func() {
		x := &fuzz.Counterexample{
			Case: fuzz.Case{Bytes: []byte("00:,")}, Err: errors.New("accepted"),
			Original: fuzz.Case{Bytes: []byte("007:abcdefg,"), Cuts: []int{3}}, First: errors.New("late"), Run: 12,
		}
		Expect(x.String()).To(Equal(`4 bytes "00:," (30 30 3a 2c)
accepted
first found, in case 12, with 12 bytes "007"|":abcdefg," (30 30 37|3a 61 62 63 64 65 66 67 2c)`))
		x.Original = x.Case
		Expect(x.String()).To(Equal("4 bytes \"00:,\" (30 30 3a 2c)\naccepted"))
	})

	It("stays with the kind of fault that it found", func() {
		d := decoder{limit: oracle.DefaultLimit, leadingZeros: true}
		c := fuzz.Case{Bytes: []byte("1:x,007:abcdefg,")}
		x := fuzz.Minimize(c, conforms(d)(c), conforms(d), 1000)
		Expect(string(x.Case.Bytes)).To(Equal("00:,"))
		Expect(x.Err).To(MatchError(HavePrefix("delivered a string after the fault")))
		c.Bytes = []byte("1:x,007")
		x = fuzz.Minimize(c, conforms(d)(c), conforms(d), 1000)
		Expect(string(x.Case.Bytes)).To(Equal("000"))
		Expect(x.Err).To(MatchError(HavePrefix("incomplete, where the stream is rejected")))
	})

	It("tries as many cases as it was told", func() {
		n := 0
		Expect(fuzz.Search{Runs: 17}.Falsify(func(fuzz.Case) error { n++; return nil })).To(BeNil())
		Expect(n).To(Equal(17))
	})

	It("shrinks in as many tries as it was told", func() {
		n := 0
		x := fuzz.Search{Tries: 3}.Falsify(func(fuzz.Case) error { n++; return errors.New("wrong") })
		Expect(x).NotTo(BeNil())
		Expect(n).To(BeNumerically("<=", x.Run+3))
		Expect(x.Tries).To(BeNumerically("<=", 3))
	})

	It("takes what Gomega expects for a property, and shrinks that too", func() {
		x := fuzz.Search{}.Falsify(fuzz.Expecting(func(c fuzz.Case, expect func(any, ...any) types.Assertion) {
			expect(len(c.Bytes)).To(BeNumerically("<", 3), "too long")
		}))
		Expect(x.Case.Bytes).To(Equal([]byte("aaa")))
		Expect(x.Case.Cuts).To(BeEmpty())
		Expect(x.Err).To(MatchError(And(ContainSubstring("too long"), ContainSubstring("to be <"))))
	})

	It("shrinks what a panic shows", func() {
		x := fuzz.Search{}.Falsify(func(c fuzz.Case) error {
			if len(c.Cuts) > 1 {
				panic("two cuts")
			}
			return nil
		})
		Expect(cut.At(x.Case.Bytes, x.Case.Cuts...).Chunks).To(Equal([][]byte{[]byte("a"), []byte("a"), []byte("a")}))
		Expect(x.Err).To(MatchError(ContainSubstring("panic: two cuts")))
	})
})
