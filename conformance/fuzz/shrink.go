package fuzz

import (
	"bytes"
	"math"
	"math/big"
	"slices"

	"scansion/conformance/oracle"
)

const (
	mostParts   = 1024 // into which a long stream or list of cuts is taken apart at the finest
	mostLengths = 64   // that are shortened with their data
	lowered     = 1024 // bytes at the start whose digits are lowered
	longest     = 100  // digits of a length that is a number: of longer ones only the digits matter
)

// step makes a simpler case, or the same one.
type step func() Case

// stepsOf are the steps that make a case simpler, those first that take away most. A case
// is simpler if its stream is shorter, or else if it has fewer cuts, or else simpler bytes,
// or else earlier cuts; so there is no endless way down.
func stepsOf(c Case) (all []step) {
	n := len(c.Bytes)
	if n == 0 {
		return nil
	}
	drop := func(from, to int) step { return func() Case { return without(c, from, to) } }
	if len(c.Cuts) > 0 {
		all = append(all, func() Case { return Case{Bytes: c.Bytes} })
	}
	all = append(all, drop(0, n))
	starts := netstrings(c.Bytes)
	for _, r := range parts(len(starts) - 1) {
		all = append(all, drop(starts[r[0]], starts[r[1]]))
	}
	all = append(all, shortenings(c)...)
	for _, r := range parts(n) {
		all = append(all, drop(r[0], r[1]))
	}
	for _, r := range parts(len(c.Cuts)) {
		all = append(all, func() Case { return Case{c.Bytes, slices.Delete(slices.Clone(c.Cuts), r[0], r[1])} })
	}
	for _, plain := range []func(byte) byte{toA, dataToA} {
		for _, r := range parts(n) {
			all = append(all, func() Case { return replaced(c, r[0], r[1], plain) })
		}
	}
	for i, b := range c.Bytes[:min(n, lowered)] {
		if '1' <= b && b <= '9' {
			for _, lower := range slices.Compact([]byte{'0', min('1', b-1), b - 1}) {
				all = append(all, func() Case { return replaced(c, i, i+1, func(byte) byte { return lower }) })
			}
		}
	}
	last := 0
	for i, at := range c.Cuts[:min(len(c.Cuts), mostParts)] {
		if at > last+1 {
			all = append(all, func() Case { return Case{c.Bytes, slices.Replace(slices.Clone(c.Cuts), i, i+1, at-1)} })
		}
		last = at
	}
	return all
}

// parts are ranges of n things: all, the halves, the quarters, down to single ones, or to
// as many parts as are looked at.
func parts(n int) (all [][2]int) {
	for size := n; size > 0 && n/size <= mostParts; size /= 2 {
		for from := 0; from < n; from += size {
			all = append(all, [2]int{from, min(from+size, n)})
		}
	}
	return all
}

// netstrings are the offsets of the valid netstrings that a stream begins with, and that
// of what follows them.
func netstrings(stream []byte) []int {
	at := 0
	starts := []int{at}
	for _, s := range oracle.Judge(stream, math.MaxInt).Strings {
		at += leadingDigits(stream[at:]) + len(s) + 2
		starts = append(starts, at)
	}
	return starts
}

// shortenings drop data, the first of it or the last, and lower the length before it; or
// make the data plain.
func shortenings(c Case) (all []step) {
	found := 0
	for from := 0; from < len(c.Bytes) && found < mostLengths; from++ {
		start, colon := from, from+leadingDigits(c.Bytes[from:])
		from = colon
		if colon == start || colon == len(c.Bytes) || c.Bytes[colon] != ':' {
			continue
		}
		found++
		if colon-start > longest {
			continue
		}
		length, _ := new(big.Int).SetString(string(c.Bytes[start:colon]), 10)
		drop := func(at, many int) {
			if less := new(big.Int).Sub(length, big.NewInt(int64(many))); less.Sign() >= 0 {
				all = append(all, func() Case { return withLength(without(c, at, at+many), start, colon, less) })
			}
		}
		data, rest := colon+1, len(c.Bytes)-colon-1
		if length.Sign() > 0 && length.Cmp(big.NewInt(int64(rest))) <= 0 {
			size := int(length.Int64())
			drop(data, size)
			all = append(all, func() Case { return replaced(c, data, data+size, toA) })
			for many := size / 2; many > 0; many /= 2 {
				drop(data+size-many, many)
			}
		}
		for many := rest; many > 0; many /= 2 {
			drop(data, many)
		}
	}
	return all
}

// withLength writes another length, which is not greater, in place of the one in
// [from,colon), behind the same zeros.
func withLength(c Case, from, colon int, length *big.Int) Case {
	digits := c.Bytes[from:colon]
	zeros := min(len(digits)-1, len(digits)-len(bytes.TrimLeft(digits, "0")))
	text := length.Append(slices.Clone(digits[:zeros]), 10)
	c = without(c, from+len(text), colon) // a cut inside the length stays where it is, or before the ':'
	copy(c.Bytes[from:], text)
	return c
}

// replaced makes something else of each byte in [from,to).
func replaced(c Case, from, to int, by func(b byte) byte) Case {
	stream := slices.Clone(c.Bytes)
	for i := from; i < to; i++ {
		stream[i] = by(stream[i])
	}
	return Case{stream, c.Cuts}
}

// without is the case less the bytes in [from,to); the cuts stay between the bytes
// between which they were, as far as these are left.
func without(c Case, from, to int) Case {
	stream := slices.Concat(c.Bytes[:from], c.Bytes[to:])
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
	return Case{stream, cuts}
}

func toA(byte) byte { return 'a' }

// dataToA leaves what a netstring has beside its data.
func dataToA(b byte) byte {
	if isStructure(b) {
		return b
	}
	return 'a'
}

func leadingDigits(text []byte) int {
	return len(text) - len(bytes.TrimLeft(text, "0123456789"))
}
