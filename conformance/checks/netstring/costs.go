package netstring

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"time"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
	"scansion/conformance/cut"
	"scansion/conformance/oracle"
)

const (
	// A parser's time is judged by how it grows when the stream is timesLonger: it would
	// be 8 times as long if it were linear, and 64 times if it were quadratic. Up to
	// fairGrowth no more is asked; beyond mostGrowth, in the best of growthTries, it is
	// not linear. By so much as jitter is a process's time now more, now less.
	timesLonger = 8
	fairGrowth  = 12
	mostGrowth  = 20
	growthTries = 3
	jitter      = 10 * time.Millisecond

	// mostRead is the most that event loops read at once.
	mostRead = 64 * poems.KiB
)

// A parser's memory is judged by how much more it takes for a long input than for a short
// one: three quarters of what is between them, and more, is too much. Runtimes that
// collect what is not used do so late, so that it is too much only where it is so with
// both pairs.
var inputs = []struct{ short, long int }{{4 * poems.MiB, 36 * poems.MiB}, {32 * poems.MiB, 160 * poems.MiB}}

// costs: statement 8, time and memory.
func costs() []conformance.Requirement {
	return []conformance.Requirement{
		linear("linear-time-for-bytes", conformance.Must, "a long string that comes byte by byte", func(n int) conformance.Stream {
			return cut.Bytes(encoded(bytes.Repeat([]byte("b"), n*(oracle.DefaultLimit/timesLonger))))
		}),
		linear("linear-time-for-blocks", conformance.Must, "many strings that come in blocks", func(n int) conformance.Stream {
			return cut.By(bytes.Repeat([]byte("2:bl,"), n*20_000), 4096)
		}),
		linear("linear-time-for-strings", conformance.Must, "many strings that come in reads of 64 KiB", func(n int) conformance.Stream {
			return cut.By(bytes.Repeat([]byte("1:s,"), n*25_000), mostRead)
		}),
		linear("linear-time-for-one-read", conformance.Should, "many strings that come in one read, longer than those of a socket", func(n int) conformance.Stream {
			return cut.Whole(bytes.Repeat([]byte("1:s,"), n*25_000))
		}),
		{
			Slug: "bounded-memory", Source: source(8), Instance: conformance.Dedicated,
			Needs:     []conformance.Need{conformance.NeedUsage, conformance.NeedFlow},
			Statement: "Memory MUST be bounded by the maximum plus a constant, however many digits come.",
			Check:     boundedMemory,
		},
	}
}

// boundedMemory feeds digits only, and no strings: what a parser has delivered is memory
// that runtimes collect, some of them very late.
func boundedMemory(c *conformance.Case) {
	plain(c)
	for i, size := range inputs {
		short, long := takes(c, manyDigits(size.short)), takes(c, manyDigits(size.long))
		c.Note("%d MiB of memory for %d MiB, %d MiB for %d MiB", short/poems.MiB, size.short/poems.MiB, long/poems.MiB, size.long/poems.MiB)
		if short < 0 || long-short <= int64(size.long-size.short)*3/4 {
			return
		}
		if i == len(inputs)-1 {
			c.Wrong(fmt.Sprintf("as much memory for %d MiB of digits as for %d MiB", size.long/poems.MiB, size.short/poems.MiB),
				fmt.Sprintf("%d MiB more", (long-short)/poems.MiB))
		}
	}
}

// manyDigits is a length of so many digits.
func manyDigits(size int) trial {
	block := bytes.Repeat([]byte("1"), 64*poems.KiB)
	return trial{
		stream: conformance.Stream{Chunks: slices.Repeat([][]byte{block}, size/len(block))},
		ruling: oracle.Judge(block, oracle.DefaultLimit),
		why:    "A length of so many digits is beyond any maximum.",
	}
}

// takes is the memory that the parser takes for a stream, or -1.
func takes(c *conformance.Case, t trial) int64 {
	t.stream.Measured = true
	return t.run(c).Resident
}

// linear is the requirement that the time for streams of a kind is linear. Make returns
// one that is n times as long as the first.
func linear(slug string, level conformance.Level, what string, make func(n int) conformance.Stream) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: level, Source: source(8), Needs: []conformance.Need{conformance.NeedStrings},
		Kernel:    "Only a real machine takes processor time for what a program computes.",
		Statement: "Time " + level.String() + " be linear in the input, for " + what + ".",
		Check: func(c *conformance.Case) {
			streams := []conformance.Stream{{}, make(1), make(timesLonger)}
			best := []time.Duration{math.MaxInt64, math.MaxInt64, math.MaxInt64}
			var one, more time.Duration
			for try := range growthTries {
				for i, s := range streams {
					best[i] = min(best[i], timed(c, s))
				}
				one, more = max(0, best[1]-best[0]), best[2]-best[0]
				c.Note("%v for the short stream, %v for the long one", one, more)
				// Once is not enough: the time of a start, which is subtracted, varies by more than
				// that of a short stream.
				if try > 0 && more <= fairGrowth*(one+jitter) {
					return
				}
			}
			if more > mostGrowth*(one+jitter) {
				c.Wrong(fmt.Sprintf("about %d times the time for %d times the input", timesLonger, timesLonger),
					fmt.Sprintf("%v for the long one, %v for the short one, in the best of %d tries",
						more.Round(time.Millisecond), one.Round(time.Millisecond), growthTries))
			}
		},
	}
}

// timed is the processor time that the parser takes for a good stream, its start
// included.
func timed(c *conformance.Case, s conformance.Stream) time.Duration {
	t := judged(s)
	t.stream.Measured = true
	parsed := c.Parse(t.stream)
	if parsed.Verdict == conformance.Hung {
		c.Wrong("a verdict on "+s.String(), parsed.How)
	}
	if err := t.ruling.Fits(parsed); err != nil {
		c.Inconclusive("a precondition does not hold (a parser that accepts %v): %v", s, err)
	}
	if parsed.CPU < 0 {
		c.Unsupported("the time that this target takes cannot be told")
	}
	return parsed.CPU
}
