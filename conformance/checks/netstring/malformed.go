package netstring

import (
	"bytes"
	"slices"

	"scansion/conformance"
	"scansion/conformance/cut"
	"scansion/conformance/oracle"
)

// malformedStreams: statement 5, malformed streams.
func malformedStreams() []conformance.Requirement {
	return []conformance.Requirement{
		rejects("rejects-empty-length", "an empty length", func(v oracle.Vector, r oracle.Ruling) bool {
			return r.Reason == oracle.NoLength && v.Input[r.Fault] == ':'
		}),
		rejects("rejects-leading-zero", "a leading zero", func(_ oracle.Vector, r oracle.Ruling) bool {
			return r.Reason == oracle.LeadingZero
		}),
		rejects("rejects-sign", "a sign before the length", func(v oracle.Vector, r oracle.Ruling) bool {
			return inLength(v, r) && isSign(v.Input[r.Fault])
		}),
		rejects("rejects-white-space", "white space before, in or after the length, or between netstrings", func(v oracle.Vector, r oracle.Ruling) bool {
			return inLength(v, r) && isSpace(v.Input[r.Fault])
		}),
		rejects("rejects-other-characters", "any other character that is no digit in the length", func(v oracle.Vector, r oracle.Ruling) bool {
			return inLength(v, r) && !isSpace(v.Input[r.Fault]) && !isSign(v.Input[r.Fault]) && v.Input[r.Fault] != ':'
		}),
		rejects("rejects-missing-colon", "a missing \":\" after the length", func(v oracle.Vector, r oracle.Ruling) bool {
			return r.Reason == oracle.NoColon && !inLength(v, r)
		}),
		rejects("rejects-missing-comma", "a missing \",\" after the data", func(_ oracle.Vector, r oracle.Ruling) bool {
			return r.Reason == oracle.NoComma
		}),
		{
			Slug: "delivers-strings-before-fault", Source: source(5),
			Statement: "Of a malformed stream, the strings before the fault MUST be delivered, and none after it.",
			Needs:     []conformance.Need{conformance.NeedStrings},
			Check: func(c *conformance.Case) {
				faulty := vectors(c, func(v oracle.Vector) bool {
					return v.Verdict == conformance.Rejected && len(v.Strings) > 0
				})
				expectAccepted(c, faulty)
				trials := whole(c, faulty)
				for _, v := range faulty {
					trials = append(trials, cutAs(c, v, cut.Bytes(v.Input)), cutAs(c, v, cut.At(v.Input, v.Ruling().Rest)))
				}
				runAll(c, trials)
			},
		},
		{
			Slug: "rejects-at-once", Source: source(5), Lasts: conformance.QuickMost,
			Statement: "On a stream that stays open, a fault MUST be rejected at the faulty byte, or one byte later at most.",
			Check: func(c *conformance.Case) {
				runAll(c, atOnce(c, func(v oracle.Vector, r oracle.Ruling) bool { return r.Reason != oracle.TooLong }))
			},
		},
	}
}

// rejects is the requirement that a kind of malformed stream is rejected, in every cut.
func rejects(slug, what string, is func(oracle.Vector, oracle.Ruling) bool) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Source: source(5), Statement: "A decoder MUST reject " + what + ".",
		Check: func(c *conformance.Case) {
			faulty := vectors(c, func(v oracle.Vector) bool {
				return v.Statement == "3.5" && v.Verdict == conformance.Rejected && is(v, v.Ruling())
			})
			expectAccepted(c, faulty)
			runAll(c, inCuts(c, faulty))
		},
	}
}

// inCuts is vectors whole, then in bytes, then cut in two somewhere.
func inCuts(c *conformance.Case, of []oracle.Vector) []trial {
	short := slices.DeleteFunc(slices.Clone(of), func(v oracle.Vector) bool { return len(v.Input) > cutOnceUpTo })
	return slices.Concat(whole(c, of), inBytes(c, of), shuffled(c, inEvery(c, short, cut.Every)))
}

// atOnce is malformed vectors up to where they must have been rejected, with nothing
// behind, each in one read and in bytes.
func atOnce(c *conformance.Case, is func(oracle.Vector, oracle.Ruling) bool) []trial {
	faulty := vectors(c, func(v oracle.Vector) bool {
		r := v.Ruling()
		return v.Verdict == conformance.Rejected && len(v.Input) >= r.RejectBy && is(v, r)
	})
	expectAccepted(c, faulty)
	var trials []trial
	for _, v := range faulty {
		start := v.Input[:v.Ruling().RejectBy]
		t := judged(cut.Whole(start))
		t.stream.Open, t.why = true, v.Why
		trials = append(trials, t)
	}
	return trials
}

// inLength reports whether the fault is a character that stands where a length does,
// rather than what follows a length that is one already.
func inLength(v oracle.Vector, r oracle.Ruling) bool {
	switch r.Reason {
	case oracle.NoLength:
		return true
	case oracle.NoColon: // "1e1:" has a bad length, "5hello," has no ":"
		const longest = 8
		rest := v.Input[r.Fault:min(len(v.Input), r.Fault+longest)]
		colon := bytes.IndexByte(rest, ':')
		return isSpace(rest[0]) || isSign(rest[0]) || (colon > 0 && !bytes.ContainsAny(rest[:colon], ","))
	default:
		return false
	}
}

func isSign(b byte) bool { return b == '+' || b == '-' }

func isSpace(b byte) bool { return bytes.IndexByte([]byte(" \t\n\v\f\r"), b) >= 0 }
