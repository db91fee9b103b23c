package fuzz

import (
	"iter"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/leanovate/gopter"

	"scansion/conformance/oracle"
)

// Shrinker is gopter's shrinker of cases: what Smaller yields.
func Shrinker(value any) gopter.Shrink {
	c, ok := value.(Case)
	if !ok {
		return gopter.NoShrink
	}
	steps := stepsOf(c)
	return func() (any, bool) {
		for len(steps) > 0 {
			step := steps[0]
			steps = steps[1:]
			if smaller, ok := step.apply(c); ok {
				return smaller, true
			}
		}
		return nil, false
	}
}

// Smaller yields the cases that are one step simpler than c, the shortest first. A
// case is simpler if its stream is shorter, or else if it has fewer cuts, or else
// simpler bytes, or else earlier cuts; so there is no endless way down.
func Smaller(c Case) iter.Seq[Case] {
	return func(yield func(Case) bool) {
		for _, step := range stepsOf(c) {
			if smaller, ok := step.apply(c); ok && !yield(smaller) {
				return
			}
		}
	}
}

// step is a way to make a case simpler.
type step struct {
	kind     stepKind
	from, to int
	with     int
}

type stepKind uint8

const (
	dropBytes  stepKind = iota // those in [from,to)
	shorten                    // the data behind the length's digits in [from,to) by its first so many bytes, and the length
	shortenEnd                 // the same with the last bytes
	dropCuts                   // those of the indices in [from,to)
	plain                      // make each byte in [from,to) an 'a'
	plainData                  // the same, but keep digits, ':' and ','
	lowerByte                  // make the byte at from a simpler one
	earlier                    // move the cut of the index from a byte ahead
)

const (
	fineness = 1024 // parts into which a long stream is taken apart at the finest
	heads    = 64   // lengths that are looked at
	lowered  = 256  // digits that are looked at
)

// stepsOf lists the steps for a case, those that take away most first.
func stepsOf(c Case) []step {
	var all []step
	n := len(c.Bytes)
	if n == 0 {
		return nil
	}
	if len(c.Cuts) > 0 {
		all = append(all, step{kind: dropCuts, to: len(c.Cuts)})
	}
	all = append(all, step{kind: dropBytes, to: n})
	all = netstringSteps(c, all)
	lengths := lengthsOf(c.Bytes)
	for _, l := range lengths {
		rest := n - l[1] - 1
		if length, err := strconv.Atoi(string(c.Bytes[l[0]:l[1]])); err == nil && 0 < length && length <= rest {
			all = append(all, step{kind: shorten, from: l[0], to: l[1], with: length})
			for by := length / 2; by > 0; by /= 2 {
				all = append(all, step{kind: shortenEnd, from: l[0], to: l[1], with: by})
			}
		}
		for by := rest; by > 0; by /= 2 {
			all = append(all, step{kind: shorten, from: l[0], to: l[1], with: by})
		}
	}
	all = ranges(all, dropBytes, n)
	all = ranges(all, dropCuts, len(c.Cuts))
	all = ranges(all, plain, n)
	all = ranges(all, plainData, n)
	for i, looked := 0, 0; i < n && looked < lowered; i++ {
		b := c.Bytes[i]
		if b < '1' || b > '9' {
			continue
		}
		looked++
		all = append(all, step{kind: lowerByte, from: i, with: '0'}, step{kind: lowerByte, from: i, with: '1'},
			step{kind: lowerByte, from: i, with: int(b) - 1})
	}
	for i := range min(len(c.Cuts), fineness) {
		all = append(all, step{kind: earlier, from: i})
	}
	return all
}

// netstringSteps drop the netstrings at the start of the stream: halves, quarters and
// so on of them.
func netstringSteps(c Case, all []step) []step {
	r := oracle.Judge(c.Bytes, math.MaxInt)
	starts := make([]int, 0, len(r.Strings)+1)
	at := 0
	for _, s := range r.Strings {
		starts = append(starts, at)
		at += leadingDigits(c.Bytes[at:]) + len(s) + 2
	}
	starts = append(starts, at)
	for _, s := range ranges(nil, dropBytes, len(r.Strings)) {
		all = append(all, step{kind: dropBytes, from: starts[s.from], to: starts[s.to]})
	}
	return all
}

// ranges appends steps for ranges of n things: all, halves, quarters, down to single
// ones, or to a part of so many.
func ranges(all []step, kind stepKind, n int) []step {
	for size := n; size > 0 && n/size <= fineness; size /= 2 {
		for from := 0; from < n; from += size {
			all = append(all, step{kind: kind, from: from, to: min(from+size, n)})
		}
	}
	return all
}

// lengthsOf finds digits that a ':' follows: where they begin, and where the ':' is.
func lengthsOf(stream []byte) (all [][2]int) {
	for at := 0; at < len(stream) && len(all) < heads; at++ {
		n := leadingDigits(stream[at:])
		if n > 0 && at+n < len(stream) && stream[at+n] == ':' {
			all = append(all, [2]int{at, at + n})
		}
		at += n
	}
	return all
}

func leadingDigits(text []byte) int {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// apply makes a simpler case, or returns false if the step does not.
func (s step) apply(c Case) (Case, bool) {
	switch s.kind {
	case dropBytes:
		return without(c, s.from, s.to), true
	case shorten, shortenEnd:
		return s.shorten(c)
	case dropCuts:
		c.Cuts = slices.Delete(slices.Clone(c.Cuts), s.from, s.to)
		return c, true
	case earlier:
		at := c.Cuts[s.from] - 1
		if at == 0 || s.from > 0 && c.Cuts[s.from-1] == at {
			return Case{}, false
		}
		c.Cuts = slices.Clone(c.Cuts)
		c.Cuts[s.from] = at
		return c, true
	case lowerByte:
		if rank(byte(s.with)) >= rank(c.Bytes[s.from]) {
			return Case{}, false
		}
		c.Bytes = slices.Clone(c.Bytes)
		c.Bytes[s.from] = byte(s.with)
		return c, true
	default:
		return s.simplify(c)
	}
}

// simplify makes bytes 'a'.
func (s step) simplify(c Case) (Case, bool) {
	changed := false
	stream := slices.Clone(c.Bytes)
	for i := s.from; i < s.to; i++ {
		b := stream[i]
		if b == 'a' || s.kind == plainData && (isDigit(b) || b == ':' || b == ',') {
			continue
		}
		stream[i] = 'a'
		changed = true
	}
	c.Bytes = stream
	return c, changed
}

// shorten takes bytes away behind the ':' at s.to, and from the number before it.
func (s step) shorten(c Case) (Case, bool) {
	digits := c.Bytes[s.from:s.to]
	zeros := 0
	for zeros < len(digits)-1 && digits[zeros] == '0' {
		zeros++
	}
	if len(digits) > 100 {
		return Case{}, false // a number of which only the digits matter
	}
	length, _ := new(big.Int).SetString(string(digits), 10)
	length.Sub(length, big.NewInt(int64(s.with)))
	if length.Sign() < 0 {
		return Case{}, false
	}
	at := s.to + 1
	if s.kind == shortenEnd {
		at += int(length.Int64()) // which the data has: see stepsOf
	}
	c = without(c, at, at+s.with)
	text := length.Append(slices.Clone(digits[:zeros]), 10)
	c = without(c, s.from+len(text), s.to) // a cut inside the length stays where it is, or before the ':'
	c.Bytes = slices.Clone(c.Bytes)
	copy(c.Bytes[s.from:], text)
	return c, true
}

// without is the case less the bytes in [from,to); the cuts stay between the bytes
// between which they were, as far as these are left.
func without(c Case, from, to int) Case {
	stream := make([]byte, 0, len(c.Bytes)-(to-from))
	stream = append(append(stream, c.Bytes[:from]...), c.Bytes[to:]...)
	var cuts []int
	last := 0
	for _, at := range c.Cuts {
		switch {
		case at > to:
			at -= to - from
		case at > from:
			at = from
		}
		if last < at && at < len(stream) {
			cuts = append(cuts, at)
			last = at
		}
	}
	return Case{Bytes: stream, Cuts: cuts, Shape: c.Shape}
}

// rank orders bytes from the simplest on.
func rank(b byte) int {
	switch {
	case b == 'a':
		return 0
	case b == ':' || b == ',':
		return 1
	case isDigit(b):
		return 2 + int(b-'0')
	default:
		return 12
	}
}
