// Package cut knows the ways to cut a stream of bytes into reads, on which what a
// parser makes of it must not depend (3.3).
//
// The chunks are views into the stream, which must not change while they are used.
// An empty stream has no chunks, and no chunk is empty. Every cut costs one
// allocation, and none of the streams that a sequence yields is used again for the next.
package cut

import (
	"iter"
	"math/rand/v2"

	"scansion/conformance"
)

// Whole is the stream in one chunk.
func Whole(stream []byte) conformance.Stream { return At(stream) }

// At is the stream cut at offsets, which ascend. Those that cut off nothing, as they
// are not inside the stream or come twice, are left out.
func At(stream []byte, offsets ...int) conformance.Stream {
	if len(stream) == 0 {
		return conformance.Stream{}
	}
	chunks := make([][]byte, 0, len(offsets)+1)
	from := 0
	for _, to := range offsets {
		if from < to && to < len(stream) {
			chunks = append(chunks, stream[from:to:to])
			from = to
		}
	}
	return conformance.Stream{Chunks: append(chunks, stream[from:len(stream):len(stream)])}
}

// By is the stream in chunks of n bytes, of which the last may have fewer.
func By(stream []byte, n int) conformance.Stream {
	n = max(n, 1)
	chunks := make([][]byte, 0, (len(stream)+n-1)/n)
	for from := 0; from < len(stream); from += n {
		to := min(from+n, len(stream))
		chunks = append(chunks, stream[from:to:to])
	}
	return conformance.Stream{Chunks: chunks}
}

// Bytes is the stream in chunks of a byte.
func Bytes(stream []byte) conformance.Stream { return By(stream, 1) }

// Every yields the stream cut at each offset inside it: two chunks a time, as often
// as it has bytes less one.
func Every(stream []byte) iter.Seq[conformance.Stream] {
	return func(yield func(conformance.Stream) bool) {
		for i := 1; i < len(stream); i++ {
			if !yield(At(stream, i)) {
				return
			}
		}
	}
}

// Pairs yields the stream cut at each pair of offsets inside it: three chunks a time.
// There are half as many as the square of its length, so it is for short ones.
func Pairs(stream []byte) iter.Seq[conformance.Stream] {
	return func(yield func(conformance.Stream) bool) {
		for i := 1; i < len(stream); i++ {
			for j := i + 1; j < len(stream); j++ {
				if !yield(At(stream, i, j)) {
					return
				}
			}
		}
	}
}

// Random is the stream in chunks whose sizes are random, about mean bytes each.
func Random(stream []byte, rng *rand.Rand, mean int) conformance.Stream {
	mean = max(mean, 1)
	chunks := make([][]byte, 0, len(stream)/mean+1)
	for from := 0; from < len(stream); {
		to := min(from+1+rng.IntN(2*mean-1), len(stream))
		chunks = append(chunks, stream[from:to:to])
		from = to
	}
	return conformance.Stream{Chunks: chunks}
}
