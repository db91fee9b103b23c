package fuzz_test

import (
	"math/rand"
	"testing"

	"scansion/conformance/fuzz"
	"scansion/conformance/oracle"
)

// What a case costs before a decoder sees it: the judge is to try 20,000 a second.
func BenchmarkCase(b *testing.B) {
	rng := rand.New(rand.NewSource(1))
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		size := 0
		for b.Loop() {
			size += len(fuzz.Generate(rng).Bytes)
		}
		b.ReportMetric(float64(size)/float64(b.N), "bytes/case")
	})
	b.Run("generated, cut and judged", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := fuzz.Generate(rng)
			r := oracle.Judge(c.Bytes, oracle.DefaultLimit)
			if chunks := c.Stream().Chunks; len(chunks) == 0 && len(r.Strings) > 0 {
				b.Fatal("strings from nothing")
			}
		}
	})
}
