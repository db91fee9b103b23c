package process_test

import (
	"testing"

	"scansion/internal/process"
)

// BenchmarkProcess is what a look at a program costs, and a program that ends at once.
func BenchmarkProcess(b *testing.B) {
	p, err := process.Start(process.Spec{Words: []string{"sleep", "1000"}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = p.Stop() })
	b.Run("usage", func(b *testing.B) {
		for b.Loop() {
			if _, err := p.Usage(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("starved", func(b *testing.B) {
		for b.Loop() {
			p.Starved()
		}
	})
	b.Run("cpu", func(b *testing.B) {
		for b.Loop() {
			p.CPU()
		}
	})
	b.Run("peak", func(b *testing.B) {
		for b.Loop() {
			p.Peak()
		}
	})
	b.Run("run", func(b *testing.B) {
		for b.Loop() {
			p, err := process.Start(process.Spec{Words: []string{"true"}, PipeStdin: true})
			if err != nil {
				b.Fatal(err)
			}
			<-p.Exited()
			if err := p.Kill(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
