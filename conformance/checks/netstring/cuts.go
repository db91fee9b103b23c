package netstring

import (
	"iter"

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
	return []conformance.Requirement{
		cutAnyhow("cut-once", "MUST NOT depend on where the stream was cut in two.", func(c *conformance.Case) []trial {
			return append(marked(c), shuffled(c, inEvery(c, accepted(c, cutOnceUpTo), cut.Every))...)
		}),
		cutAnyhow("cut-twice", "MUST NOT depend on where the stream was cut in three.", func(c *conformance.Case) []trial {
			upTo := cutTwiceUpTo
			if c.Lacks(conformance.NeedStrings) != "" {
				upTo = 20 // the shortest requests have 18
			}
			return shuffled(c, inEvery(c, accepted(c, upTo), cut.Pairs))
		}),
		cutAnyhow("cut-into-bytes", "MUST be the same where the stream comes byte by byte.", func(c *conformance.Case) []trial {
			return inBytes(c, accepted(c, bytesUpTo))
		}),
		cutAnyhow("cut-into-blocks", "MUST NOT depend on where blocks of the usual sizes end.", func(c *conformance.Case) []trial {
			long := vectors(c, func(v oracle.Vector) bool { return isComplete(v) && len(v.Input) > 1024 })
			return shuffled(c, inEvery(c, long, func(stream []byte) iter.Seq[conformance.Stream] {
				return func(yield func(conformance.Stream) bool) {
					for _, block := range []int{1024, 4095, 4096, 4097, 8192, 65536} {
						if block < len(stream) && !yield(cut.By(stream, block)) {
							return
						}
					}
				}
			}))
		}),
	}
}

// cutAnyhow is the requirement that cuts of a kind do not matter.
func cutAnyhow(slug, statement string, trials func(*conformance.Case) []trial) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Source: source(3), Statement: "The strings delivered " + statement,
		Check: func(c *conformance.Case) { runAll(c, trials(c)) },
	}
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

// inEvery is vectors in every cut of a kind.
func inEvery(c *conformance.Case, of []oracle.Vector, cuts func([]byte) iter.Seq[conformance.Stream]) []trial {
	var trials []trial
	for _, v := range of {
		for s := range cuts(v.Input) {
			trials = append(trials, cutAs(c, v, s))
		}
	}
	return trials
}

// inBytes is vectors byte by byte, but for long ones.
func inBytes(c *conformance.Case, of []oracle.Vector) []trial {
	var trials []trial
	for _, v := range of {
		if len(v.Input) <= bytesUpTo {
			trials = append(trials, cutAs(c, v, cut.Bytes(v.Input)))
		}
	}
	return trials
}

// shuffled gives each trial the same chance, where there is no time for all.
func shuffled(c *conformance.Case, trials []trial) []trial {
	c.Rand().Shuffle(len(trials), func(i, j int) { trials[i], trials[j] = trials[j], trials[i] })
	return trials
}
