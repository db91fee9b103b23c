package deferred_test

import (
	"strconv"
	"testing"
	"time"

	"scansion/harness/deferred"
)

// increment is a callback that does next to nothing.
func increment(n int) (int, error) { return n + 1, nil }

// bare is the least that would do in place of a deferred: closures in a slice.
type bare struct{ callbacks []func(int) (int, error) }

// escaped keeps a bare where a deferred is too: for something that never leaves
// its function the compiler would need no memory at all.
var escaped *bare

// closures calls a chain of n callbacks with a bare slice.
func closures(n int) (result int, err error) {
	b := &bare{}
	escaped = b
	for range n {
		b.callbacks = append(b.callbacks, increment)
	}
	for _, f := range b.callbacks {
		if result, err = f(result); err != nil {
			return 0, err
		}
	}
	return result, nil
}

// chained calls a chain of n callbacks with a deferred.
func chained(n int) (int, error) {
	d := deferred.New[int]()
	for range n - 1 {
		d.AddCallback(increment)
	}
	d.AddCallback(last)
	return result, d.Callback(0)
}

// result is what last has returned.
var result int

// last is increment, and leaves its result.
func last(n int) (int, error) {
	result = n + 1
	return result, nil
}

// BenchmarkCallbacks makes, fills and fires chains of callbacks, ours and bare ones by
// turns; "x-bare" is how many times as long ours take.
//
//	go test -run '^$' -bench Callbacks ./harness/deferred
func BenchmarkCallbacks(b *testing.B) {
	for _, n := range []int{1, 10, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			run := func(f func(int) (int, error)) time.Duration {
				begin := b.Elapsed()
				for range 100 {
					if result, err := f(n); result != n || err != nil {
						b.Fatal(result, err)
					}
				}
				return b.Elapsed() - begin
			}
			var ours, theirs time.Duration
			for range b.N {
				theirs += run(closures)
				ours += run(chained)
			}
			callbacks := float64(b.N * 100 * n)
			b.ReportMetric(0, "ns/op") // of both together: no use
			b.ReportMetric(float64(ours)/callbacks, "ns/callback")
			b.ReportMetric(float64(theirs)/callbacks, "ns/bare")
			b.ReportMetric(float64(ours)/float64(theirs), "x-bare")
			b.ReportMetric(allocations(n), "allocs/chain")
			b.ReportMetric(perCallback(n), "allocs/callback")
		})
	}
}

// allocations is how many a chain of n callbacks makes.
func allocations(n int) float64 {
	return testing.AllocsPerRun(100, func() { _, _ = chained(n) })
}

// perCallback is how many allocations each of n callbacks after the first makes.
func perCallback(n int) float64 {
	return (allocations(1+n) - allocations(1)) / float64(n)
}
