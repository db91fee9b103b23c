package netstring

import (
	"scansion/conformance"
	"scansion/conformance/cut"
	"scansion/conformance/oracle"
)

const (
	// Streams up to these lengths are cut at every place, or pair of places.
	cutOnceUpTo  = 40
	cutTwiceUpTo = 14
	// Streams up to this length are cut into bytes.
	bytesUpTo = 1200
)

// cuts: statement 3, the strings do not depend on the cuts.
func cuts() []conformance.Requirement {
	return []conformance.Requirement{{
		Slug: "cut-once", Source: source(3),
		Statement: "The strings delivered MUST NOT depend on where the stream was cut in two.",
		Check: func(c *conformance.Case) {
			var trials []trial
			for _, v := range accepted(c, cutOnceUpTo) {
				for s := range cut.Every(v.Input) {
					trials = append(trials, cutAs(c, v, s))
				}
			}
			shuffle(c, trials)
			runAll(c, append(marked(c), trials...))
		},
	}, {
		Slug: "cut-twice", Source: source(3),
		Statement: "The strings delivered MUST NOT depend on where the stream was cut in three.",
		Check: func(c *conformance.Case) {
			upTo := cutTwiceUpTo
			if c.Lacks(conformance.NeedStrings) != "" {
				upTo = 20 // the shortest requests have 18
			}
			var trials []trial
			for _, v := range accepted(c, upTo) {
				for s := range cut.Pairs(v.Input) {
					trials = append(trials, cutAs(c, v, s))
				}
			}
			shuffle(c, trials)
			runAll(c, trials)
		},
	}, {
		Slug: "cut-into-bytes", Source: source(3),
		Statement: "The strings delivered MUST be the same where the stream comes byte by byte.",
		Check: func(c *conformance.Case) {
			var trials []trial
			for _, v := range accepted(c, bytesUpTo) {
				trials = append(trials, cutAs(c, v, cut.Bytes(v.Input)))
			}
			runAll(c, trials)
		},
	}, {
		Slug: "cut-into-blocks", Source: source(3),
		Statement: "The strings delivered MUST NOT depend on where blocks of the usual sizes end.",
		Check: func(c *conformance.Case) {
			var trials []trial
			for _, v := range vectors(c, func(v oracle.Vector) bool { return isComplete(v) && len(v.Input) > 1024 }) {
				for _, block := range []int{1024, 4095, 4096, 4097, 8192, 65536} {
					if block < len(v.Input) {
						trials = append(trials, cutAs(c, v, cut.By(v.Input, block)))
					}
				}
			}
			shuffle(c, trials)
			runAll(c, trials)
		},
	}}
}

// accepted returns the good vectors that are no longer than that, after making sure that
// the parser accepts them whole.
func accepted(c *conformance.Case, upTo int) []oracle.Vector {
	good := vectors(c, func(v oracle.Vector) bool { return isComplete(v) && 1 < len(v.Input) && len(v.Input) <= upTo })
	c.Precondition("a parser that accepts "+good[0].Name+" whole", func() { uncut(c, good[0]).run(c) })
	return good
}

// marked returns the good vectors in the cuts that they are there for.
func marked(c *conformance.Case) []trial {
	var trials []trial
	for _, v := range vectors(c, isComplete) {
		for _, at := range v.Cuts {
			trials = append(trials, cutAs(c, v, cut.At(v.Input, at...)))
		}
	}
	return trials
}

// shuffle gives each trial the same chance, where there is no time for all.
func shuffle(c *conformance.Case, trials []trial) {
	c.Rand().Shuffle(len(trials), func(i, j int) { trials[i], trials[j] = trials[j], trials[i] })
}
