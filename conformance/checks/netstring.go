package checks

import (
	"fmt"
	"slices"
	"time"

	"scansion/conformance"
	"scansion/conformance/cut"
	"scansion/conformance/oracle"
)

const roleNetstring conformance.Role = "netstring"

// Netstring returns the catalogue for netstring parsers (tutorial Parts 11 and 12).
func Netstring() conformance.Catalogue {
	requirements := slices.Concat(
		netstringAccepts(),
		netstringCuts(),
		netstringRejects(),
		netstringLengths(),
		netstringEnds(),
		netstringCosts(),
	)
	for i := range requirements {
		requirements[i].Role = roleNetstring
		requirements[i].ID = string(roleNetstring) + "/" + requirements[i].ID
		if requirements[i].Level == 0 {
			requirements[i].Level = conformance.Must
		}
		requirements[i].Fixture = noPoem
		// Programs are started for all of them. Side by side, none would come to an end in
		// its time where that is slow.
		requirements[i].Heavy = true
	}
	return conformance.Catalogue{Role: roleNetstring, Control: noPoem, Requirements: requirements}
}

// noPoem is the fixture of programs that serve none.
var noPoem = fixture("none", "nothing, for it parses what it is sent", literal(""), func([]byte) bool { return true })

// netstrings is a statement of section 3 of the specification.
func netstrings(statement int) conformance.Source {
	return conformance.Source{Section: fmt.Sprintf("3.%d", statement), Part: "Part 12"}
}

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
		c.Skip("could not be judged: %s", lacks)
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

// controls makes sure that the parser accepts what the vectors are changed from.
func controls(c *conformance.Case, of []oracle.Vector) {
	var done []string
	for _, v := range of {
		if v.Control == "" || slices.Contains(done, v.Control) {
			continue
		}
		done = append(done, v.Control)
		control, ok := oracle.VectorNamed(v.Control)
		if !ok {
			panic("there is no vector " + v.Control)
		}
		c.Control("a parser that accepts "+control.Name, func() { uncut(c, control).run(c) })
	}
}
