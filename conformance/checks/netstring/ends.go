package netstring

import (
	"scansion/conformance"
	"scansion/conformance/cut"
	"scansion/conformance/oracle"
)

// ends: statement 7, streams that end inside a netstring.
func ends() []conformance.Requirement {
	return []conformance.Requirement{{
		Slug: "reports-incomplete", Source: source(7),
		Statement: "A stream that ends inside a netstring MUST be reported as incomplete, and the part never delivered.",
		Check: func(c *conformance.Case) {
			parts := vectors(c, func(v oracle.Vector) bool { return v.Verdict == conformance.Incomplete })
			expectAccepted(c, parts)
			trials := whole(c, parts)
			// Every start of good streams, which may be good itself.
			var starts []trial
			for _, v := range vectors(c, func(v oracle.Vector) bool { return isComplete(v) && len(v.Input) <= cutOnceUpTo }) {
				for i := 1; i < len(v.Input); i++ {
					part := oracle.Vector{Input: v.Input[:i], Limit: v.Limit}
					if part.Ruling().Verdict == conformance.Incomplete {
						starts = append(starts, uncut(c, part), cutAs(c, part, cut.Bytes(part.Input)))
					}
				}
			}
			runAll(c, append(trials, shuffled(c, starts)...))
		},
	}}
}
