package fuzz_test

import (
	"cmp"
	"math/rand"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/fuzz"
)

// weight is what becomes less with every step, the first place first.
func weight(c fuzz.Case) (w [4]int) {
	w[0], w[1] = len(c.Bytes), len(c.Cuts)
	for _, b := range c.Bytes {
		switch {
		case b == 'a':
		case b == ':' || b == ',':
			w[2]++
		case '0' <= b && b <= '9':
			w[2] += 2 + int(b-'0')
		default:
			w[2] += 12
		}
	}
	for _, at := range c.Cuts {
		w[3] += at
	}
	return w
}

// whole tells whether a case's cuts ascend inside its stream.
func whole(c fuzz.Case) bool {
	last := 0
	for _, at := range c.Cuts {
		if at <= last || at >= len(c.Bytes) {
			return false
		}
		last = at
	}
	return true
}

var _ = Describe("Shrinking a case", func() {
	It("makes every case simpler with every step, so that it ends", func() {
		rng := rand.New(rand.NewSource(GinkgoRandomSeed()))
		steps := 0
		for range 300 {
			c := fuzz.Generate(rng)
			if len(c.Bytes) > 1000 {
				continue
			}
			before, text := weight(c), c.String()
			for _, smaller := range fuzz.Smaller(c) {
				steps++
				after := weight(smaller)
				simpler := 0
				for i := 0; i < len(before) && simpler == 0; i++ {
					simpler = cmp.Compare(after[i], before[i])
				}
				if simpler >= 0 || !whole(smaller) {
					Fail(c.String() + " became " + smaller.String())
				}
			}
			Expect(c.String()).To(Equal(text), "the case itself is as it was")
		}
		Expect(steps).To(BeNumerically(">", 10_000))
	})

	// yields are the cases one step from one.
	yields := func(c fuzz.Case) (all []string) {
		for _, smaller := range fuzz.Smaller(c) {
			all = append(all, smaller.String())
		}
		return all
	}

	It("drops whole netstrings, shortens data with its length, simplifies, and moves cuts", func() {
		all := yields(fuzz.Case{Bytes: []byte("3:xyz,10:0123456789,1:b,"), Cuts: []int{2, 7}})
		Expect(all[0]).To(Equal(`24 bytes "3:xyz,10:0123456789,1:b,"`), "no cuts")
		Expect(all[1]).To(Equal("0 bytes"))
		for _, shown := range []string{
			`10 bytes "3:"|"xyz,"|"1:b,"`, // a netstring less
			`20 bytes "3:"|"xyz,1"|"0:0123456789,"`,
			`21 bytes "0:"|",1"|"0:0123456789,1:b,"`, // without its data
			`13 bytes "3:"|"xyz,0"|":,1:b,"`,
			`22 bytes "3:"|"xyz,9"|":123456789,1:b,"`, // a byte less of it, the first
			`18 bytes "3:"|"xyz,5"|":01234,1:b,"`,     // the last half less of it
			`23 bytes "3:"|"xyz,1"|"0:0123456789,1:b"`,
			`24 bytes "3:xyz,1"|"0:0123456789,1:b,"`,    // a cut less
			`24 bytes "3:"|"xyz,1"|"0:0123456789,1:a,"`, // simpler bytes
			`24 bytes "2:"|"xyz,1"|"0:0123456789,1:b,"`,
			`24 bytes "3"|":xyz,1"|"0:0123456789,1:b,"`, // an earlier cut
		} {
			Expect(all).To(ContainElement(Equal(shown)))
		}
	})

	It("shortens data behind lengths that are malformed, or too great", func() {
		Expect(yields(fuzz.Case{Bytes: []byte("007:abcdefg,")})).To(ContainElement(Equal(`5 bytes "000:,"`)))
		Expect(yields(fuzz.Case{Bytes: []byte("+2:ab,")})).To(ContainElement(Equal(`4 bytes "+0:,"`)))
		Expect(yields(fuzz.Case{Bytes: []byte("18446744073709551618:ab,")})).To(ContainElement(Equal(`23 bytes "18446744073709551617:b,"`)))
	})

	It("has nothing to offer for an empty stream", func() {
		Expect(yields(fuzz.Case{})).To(BeEmpty())
	})

	It("takes apart long streams in few steps", func() {
		c := fuzz.Case{Bytes: make([]byte, 100_000)}
		Expect(len(fuzz.Smaller(c))).To(And(BeNumerically(">", 1000), BeNumerically("<", 10_000)))
	})
})
