package checks

import (
	"bytes"
	"fmt"

	"scansion/conformance"
	"scansion/conformance/cut"
	"scansion/conformance/oracle"
)

const (
	endlessDigits = 1_000_000

	// hugeClaim is a length that no decoder has room for, in bytes, and mostReserved the
	// most that one may take up when it reads it.
	hugeClaim    = 4_000_000_000
	mostReserved = 1 << 30
)

// netstringLengths: statement 6, lengths beyond the maximum.
func netstringLengths() []conformance.Requirement {
	return []conformance.Requirement{{
		ID: "rejects-longer-string", Source: netstrings(6), Needs: conformance.NeedStrings, // a transform server may have another maximum
		Statement: "A decoder MUST reject a string longer than its maximum, 99,999 bytes by default.",
		Check: func(c *conformance.Case) {
			longer := netstring(generated(oracle.DefaultLimit+1, "one byte too many, %")())
			controls(c, []oracle.Vector{{Control: longest(c)}})
			runAll(c, []trial{judged(cut.Whole(longer)), judged(cut.By(longer, 4096))})
		},
	}, {
		ID: "rejects-overflowing-lengths", Source: netstrings(6),
		Statement: "A decoder MUST reject lengths beyond its maximum without overflow, however many digits come.",
		Check: func(c *conformance.Case) {
			over := vectors(c, func(v oracle.Vector) bool {
				return v.Ruling().Reason == oracle.TooLong && len(v.Input) < 2000
			})
			controls(c, over)
			runAll(c, inCuts(c, over))
		},
	}, {
		ID: "rejects-long-length-at-once", Source: netstrings(6), Lasts: conformance.QuickMost,
		Statement: "A decoder MUST reject a length beyond its maximum from its digits alone, before the data.",
		Check: func(c *conformance.Case) {
			runAll(c, atOnce(c, func(_ oracle.Vector, r oracle.Ruling) bool { return r.Reason == oracle.TooLong }))
		},
	}, {
		ID: "rejects-endless-length", Source: netstrings(6), Lasts: conformance.QuickMost,
		Statement: "A decoder MUST reject a length of a million digits.",
		Check: func(c *conformance.Case) {
			controls(c, []oracle.Vector{{Control: longest(c)}})
			digits := append(bytes.Repeat([]byte("1"), endlessDigits), ':')
			for _, s := range []conformance.Stream{cut.Whole(digits), cut.By(digits, 4096)} {
				t := judged(s)
				t.stream.Open = true
				t.run(c)
			}
		},
	}, {
		ID: "reserves-nothing", Source: netstrings(6), Needs: conformance.NeedUsage, Alone: true,
		Statement: "A decoder MUST NOT reserve memory for a length beyond its maximum.",
		Check: func(c *conformance.Case) {
			good := plain(c)
			// In bytes, so that there is time to look while more comes.
			claim := measured(fmt.Appendf(nil, "%d:hello", hugeClaim)).run(c)
			for _, m := range []struct {
				what        string
				with, alone int64
			}{{"memory", claim.Resident, good.Resident}, {"address space", claim.Reserved, good.Reserved}} {
				if m.alone >= 0 && m.with-m.alone > mostReserved {
					c.Wrong(fmt.Sprintf("no memory taken for a length of %d", int64(hugeClaim)),
						fmt.Sprintf("%d MiB of %s more than with 5:hello,", (m.with-m.alone)/mib, m.what))
				}
			}
		},
	}, {
		ID: "keeps-set-maximum", Source: netstrings(6), Needs: conformance.NeedStrings,
		Statement: "A decoder MUST keep the maximum that it is given, where it can be given one.",
		Check: func(c *conformance.Case) {
			var trials []trial
			for _, v := range oracle.Vectors() {
				if v.Limit != oracle.DefaultLimit && v.Limit != 0 { // zero could stand for none, or the default
					t := uncut(c, v)
					t.stream.Limit = v.Limit
					trials = append(trials, t)
				}
			}
			runAll(c, trials)
		},
	}}
}

// longest is the name of the vector with the longest string.
func longest(c *conformance.Case) string {
	if c.Lacks(conformance.NeedStrings) != "" {
		return "request-of-limit"
	}
	return "limit-exactly"
}

// measured is a stream in bytes of which it is told what the parser takes for it.
func measured(stream []byte) trial {
	t := judged(cut.Bytes(stream))
	t.stream.Measured = true
	return t
}

// plain is what the parser made of a good stream, and took.
func plain(c *conformance.Case) (parsed conformance.Parsed) {
	c.Control("a parser that accepts 5:hello,", func() { parsed = measured([]byte("5:hello,")).run(c) })
	return parsed
}
