package netstring

import (
	"fmt"
	"slices"
	"time"

	"scansion/conformance"
	"scansion/conformance/cut"
	"scansion/conformance/oracle"
)

// trial is a stream that a parser is fed, and what it must make of it.
type trial struct {
	stream conformance.Stream
	ruling oracle.Ruling
	why    string // what is special about the stream; may be empty
}

// run feeds the stream, fails the case unless what comes of it is right, and returns it.
func (t trial) run(c *conformance.Case) conformance.Parsed {
	fits := t.ruling.Fits
	if t.stream.Open {
		fits = t.ruling.FitsOpen
	}
	parsed := c.Parse(t.stream)
	if err := fits(parsed); err != nil {
		expected := fmt.Sprintf("%q, after %d strings, of %v", t.ruling.Verdict, len(t.ruling.Strings), t.stream)
		if t.why != "" {
			expected += "\n          " + t.why
		}
		c.Wrong(expected, err.Error())
	}
	return parsed
}

const (
	// leastTrials are fed however slow the parser is, of those that there are; further
	// ones for as long as trialsFor. A quick parser is fed all of them.
	leastTrials = 8
	trialsFor   = 8 * time.Second
)

// runAll runs trials, and says how many if there was no time for all.
func runAll(c *conformance.Case, trials []trial) {
	n := c.Repeat(min(leastTrials, len(trials)), len(trials), trialsFor, func(i int) { trials[i].run(c) })
	if n < len(trials) {
		c.Note("%d of %d streams were fed in %v: a parser that stays, with --persistent, is fed all", n, len(trials), trialsFor)
	}
}

// vectors returns those of the vectors that the parser can be fed and that match. A
// transform server is fed requests, and others all but requests.
func vectors(c *conformance.Case, matches func(oracle.Vector) bool) []oracle.Vector {
	lacks := c.Lacks(conformance.NeedStrings)
	var found []oracle.Vector
	for _, v := range oracle.Vectors() {
		if v.Limit == oracle.DefaultLimit && v.Request == (lacks != "") && matches(v) {
			found = append(found, v)
		}
	}
	if len(found) == 0 {
		if lacks == "" {
			panic("no vector matches")
		}
		c.Unsupported("%s", lacks)
	}
	return found
}

// uncut is a vector in one read.
func uncut(c *conformance.Case, v oracle.Vector) trial {
	return cutAs(c, v, cut.Whole(v.Input))
}

// cutAs is a vector in some cut. A connection to a transform server is left open where
// the server is to close it.
func cutAs(c *conformance.Case, v oracle.Vector, s conformance.Stream) trial {
	r := v.Ruling()
	ends := r.Verdict == conformance.Incomplete || (r.Verdict == conformance.Rejected && len(v.Input) < r.RejectBy)
	s.Open = c.Lacks(conformance.NeedStrings) != "" && !ends
	return trial{s, r, v.Why}
}

// expectAccepted makes sure that the parser accepts what the vectors are changed from.
func expectAccepted(c *conformance.Case, of []oracle.Vector) {
	seen := map[string]bool{"": true}
	for _, v := range of {
		if !seen[v.Control] {
			seen[v.Control] = true
			expectAcceptedOne(c, v.Control)
		}
	}
}

func expectAcceptedOne(c *conformance.Case, name string) {
	v, ok := oracle.VectorNamed(name)
	if !ok {
		panic("there is no vector " + name)
	}
	c.Precondition("a parser that accepts "+name, func() { uncut(c, v).run(c) })
}

func isComplete(v oracle.Vector) bool { return v.Verdict == conformance.Complete }

func isEmpty(s []byte) bool { return len(s) == 0 }

// whole is vectors in one read each.
func whole(c *conformance.Case, of []oracle.Vector) []trial {
	trials := make([]trial, len(of))
	for i, v := range of {
		trials[i] = uncut(c, v)
	}
	return trials
}

// judged is a stream of the check's own, which ends.
func judged(s conformance.Stream) trial {
	return trial{stream: s, ruling: oracle.Judge(slices.Concat(s.Chunks...), oracle.DefaultLimit)}
}

// encoded is data as a netstring.
func encoded(data []byte) []byte {
	return fmt.Appendf(nil, "%d:%s,", len(data), data)
}
