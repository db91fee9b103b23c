package fuzz_test

import (
	"math/rand"
	"testing"

	"github.com/leanovate/gopter"

	"scansion/conformance/fuzz"
	"scansion/conformance/oracle"
)

// What a case costs before a decoder sees it: the judge is to try 20,000 a second.
func BenchmarkCase(b *testing.B) {
	generate := fuzz.Grammar{}.Gen()
	p := gopter.DefaultGenParameters()
	p.Rng = rand.New(rand.NewSource(1))
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		size := 0
		for b.Loop() {
			c, _ := generate(p).Result.(fuzz.Case)
			size += len(c.Bytes)
		}
		b.ReportMetric(float64(size)/float64(b.N), "bytes/case")
	})
	b.Run("generated, cut and judged", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c, _ := generate(p).Result.(fuzz.Case)
			r := oracle.Judge(c.Bytes, oracle.DefaultLimit)
			if chunks := c.Stream().Chunks; len(chunks) == 0 && len(r.Strings) > 0 {
				b.Fatal("strings from nothing")
			}
		}
	})
	b.Run("searched", func(b *testing.B) {
		b.ReportAllocs()
		fuzz.Search{Seed: 1, Runs: b.N}.Falsify(func(c fuzz.Case) error {
			oracle.Judge(c.Bytes, oracle.DefaultLimit)
			return nil
		})
	})
}
