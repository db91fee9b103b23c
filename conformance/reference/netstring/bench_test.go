package netstring_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	markdingo "github.com/markdingo/netstring"

	"scansion/conformance/reference/netstring"
)

// streamSize is about how long the benchmarked stream is: it stays in a second-level
// cache, but not in the first.
const streamSize = 512 << 10

// stopwatch has how long something took that is done again and again: in all, and at
// its best, for the machine may be busy.
type stopwatch struct{ total, best time.Duration }

func (s *stopwatch) time(b *testing.B, f func()) {
	b.Helper()
	begin := b.Elapsed()
	f()
	took := b.Elapsed() - begin
	s.total += took
	if s.best == 0 || took < s.best {
		s.best = took
	}
}

// used keeps the compiler from leaving out what is benchmarked.
var used int

// BenchmarkDecode decodes a stream of strings of one length, in chunks, four ways by
// turns: with a Decoder, with a Reader, with the module markdingo/netstring, which has
// only a reader, and not at all: the stream is copied to another place. The metrics are
// of the best turn of each, unless they say otherwise:
//
//	ns/string           of the Decoder
//	ns/string-read      of the Reader
//	x-copy              how many times as long the Decoder takes as copy
//	GB/s-copy           how fast copy is
//	x-markdingo         how many times as long markdingo/netstring takes as the Decoder
//	x-markdingo-read    the same with the Reader
//	x-markdingo-in-all  the same with the Decoder, by all turns instead of the best:
//	                    with the garbage collections, which a busy machine draws out
//
// In "mixed", no two lengths in a row are the same.
//
//	go test -run '^$' -bench . ./conformance/reference/netstring
func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name    string
		lengths []int
	}{
		{"64B", []int{64}},
		{"1KB", []int{1 << 10}},
		{"64KB", []int{64 << 10}},
		{"mixed", []int{3, 64, 0, 200, 17, 81, 9, 120, 64, 5}}, // 56 on average
	} {
		var stream []byte
		n := 0 // strings
		for ; len(stream) < streamSize; n++ {
			stream = netstring.Append(stream, strings.Repeat("x", c.lengths[n%len(c.lengths)]))
		}
		for _, size := range []int{4 << 10, 64 << 10} {
			b.Run(fmt.Sprintf("%s/in-%dKB", c.name, size>>10), func(b *testing.B) {
				benchmarkDecode(b, stream, n, size)
			})
		}
	}
}

func benchmarkDecode(b *testing.B, stream []byte, n, size int) {
	b.Helper()
	var pieces [][]byte
	for rest := stream; len(rest) > 0; {
		piece := rest[:min(size, len(rest))]
		pieces, rest = append(pieces, piece), rest[len(piece):]
	}
	copied := make([]byte, len(stream))
	var d netstring.Decoder
	found := 0
	pushed := func() {
		found = 0
		for _, piece := range pieces {
			d.Feed(piece)
			for d.Next() {
				used += len(d.Bytes())
				found++
			}
		}
	}
	var push, pull, theirs, bare stopwatch
	for b.Loop() {
		bare.time(b, func() {
			n := 0
			for _, piece := range pieces {
				n += copy(copied[n:], piece)
			}
		})
		push.time(b, pushed)
		if err := d.Err(); err != nil || found != n {
			b.Fatalf("the decoder has found %d strings of %d: %v", found, n, err)
		}
		pull.time(b, func() {
			r := netstring.NewReader(bytes.NewReader(stream))
			found = count(b, r.Next)
		})
		if found != n {
			b.Fatalf("the reader has found %d strings of %d", found, n)
		}
		theirs.time(b, func() { found = count(b, markdingo.NewDecoder(bytes.NewReader(stream)).Decode) })
		if found != n {
			b.Fatalf("markdingo/netstring has found %d strings of %d", found, n)
		}
	}
	b.ReportMetric(0, "ns/op") // of all together: no use
	b.ReportMetric(float64(push.best)/float64(n), "ns/string")
	b.ReportMetric(float64(pull.best)/float64(n), "ns/string-read")
	b.ReportMetric(float64(push.best)/float64(bare.best), "x-copy")
	b.ReportMetric(float64(len(stream))/float64(bare.best), "GB/s-copy")
	b.ReportMetric(float64(theirs.best)/float64(push.best), "x-markdingo")
	b.ReportMetric(float64(theirs.best)/float64(pull.best), "x-markdingo-read")
	b.ReportMetric(float64(theirs.total)/float64(push.total), "x-markdingo-in-all")
	b.ReportMetric(testing.AllocsPerRun(10, pushed)/float64(n), "allocs/string")
}

// count counts the strings that next returns before [io.EOF].
func count(b *testing.B, next func() ([]byte, error)) (n int) {
	b.Helper()
	for {
		data, err := next()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			b.Fatal(err)
		}
		used += len(data)
		n++
	}
}

// BenchmarkSingleBytes feeds a decoder strings of 12,499 and of 99,999 bytes, byte by
// byte; "x-linear" is how many times as long a byte of the long one takes.
func BenchmarkSingleBytes(b *testing.B) {
	lengths := []int{12_499, 99_999}
	var times [2]stopwatch
	for b.Loop() {
		for i, length := range lengths {
			stream := netstring.Append(nil, strings.Repeat("x", length))
			var d netstring.Decoder // one that has no buffer yet
			times[i].time(b, func() {
				for i := range stream {
					d.Feed(stream[i : i+1])
					for d.Next() {
						used += len(d.Bytes())
					}
				}
			})
		}
	}
	perByte := func(i int) float64 { return float64(times[i].best) / float64(lengths[i]) }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(perByte(1), "ns/byte")
	b.ReportMetric(perByte(1)/perByte(0), "x-linear")
}
