package netstring

import (
	"bytes"
	"fmt"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
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

// lengths: statement 6, lengths beyond the maximum.
func lengths() []conformance.Requirement {
	return []conformance.Requirement{{
		Slug: "rejects-longer-string", Source: source(6), Needs: []conformance.Need{conformance.NeedStrings}, // a transform server may have another maximum
		Statement: "A decoder MUST reject a string longer than its maximum, 99,999 bytes by default.",
		Check: func(c *conformance.Case) {
			longer := encoded(poems.Generated(oracle.DefaultLimit+1, "one byte too many, %"))
			expectAcceptedOne(c, longest(c))
			runAll(c, []trial{judged(cut.Whole(longer)), judged(cut.By(longer, 4096))})
		},
	}, {
		Slug: "rejects-overflowing-lengths", Source: source(6),
		Statement: "A decoder MUST reject lengths beyond its maximum without overflow, however many digits come.",
		Check: func(c *conformance.Case) {
			over := vectors(c, func(v oracle.Vector) bool {
				return v.Ruling().Reason == oracle.TooLong && len(v.Input) < 2000
			})
			expectAccepted(c, over)
			runAll(c, inCuts(c, over))
		},
	}, {
		Slug: "rejects-long-length-at-once", Source: source(6), Lasts: conformance.QuickMost,
		Statement: "A decoder MUST reject a length beyond its maximum from its digits alone, before the data.",
		Check: func(c *conformance.Case) {
			runAll(c, atOnce(c, func(_ oracle.Vector, r oracle.Ruling) bool { return r.Reason == oracle.TooLong }))
		},
	}, {
		Slug: "rejects-endless-length", Source: source(6), Lasts: conformance.QuickMost,
		Statement: "A decoder MUST reject a length of a million digits.",
		Check: func(c *conformance.Case) {
			expectAcceptedOne(c, longest(c))
			digits := append(bytes.Repeat([]byte("1"), endlessDigits), ':')
			for _, s := range []conformance.Stream{cut.Whole(digits), cut.By(digits, 4096)} {
				t := judged(s)
				t.stream.Open = true
				t.run(c)
			}
		},
	}, {
		Slug: "reserves-nothing", Source: source(6), Needs: []conformance.Need{conformance.NeedUsage}, Instance: conformance.Dedicated,
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
						fmt.Sprintf("%d MiB of %s more than with 5:hello,", (m.with-m.alone)/poems.MiB, m.what))
				}
			}
		},
	}, {
		Slug: "keeps-set-maximum", Source: source(6),
		Needs:     []conformance.Need{conformance.NeedStrings, conformance.NeedLimit},
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
	c.Precondition("a parser that accepts 5:hello,", func() { parsed = measured([]byte("5:hello,")).run(c) })
	return parsed
}
