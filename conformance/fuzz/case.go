package fuzz

import (
	"fmt"
	"strconv"
	"strings"

	"scansion/conformance"
	"scansion/conformance/cut"
)

// Case is what a decoder is fed. Nobody changes a case once it is made: others made
// from it may share its bytes.
type Case struct {
	Bytes []byte // the stream
	Cuts  []int  // where it is cut into reads: ascending offsets inside the stream
	Shape Shape  // what it was meant to be when it was generated; not a part of its text
}

// Stream is the case as a parser is fed it; it ends after its last byte.
func (c Case) Stream() conformance.Stream { return cut.At(c.Bytes, c.Cuts...) }

const (
	shownBytes = 96 // of a case's start
	shownRun   = 12 // equal bytes from which on they are counted
)

// String shows the case in a line, as text and in hexadecimal, with a '|' at each cut,
// long runs of a byte counted, and long streams cut short:
//
//	8 bytes "5:"|"hello," (35 3a|68 65 6c 6c 6f 2c)
func (c Case) String() string {
	if len(c.Bytes) == 0 {
		return "0 bytes"
	}
	bytes := "bytes"
	if len(c.Bytes) == 1 {
		bytes = "byte"
	}
	cuts := c.Cuts
	if single := len(c.Bytes) > 1 && len(cuts) == len(c.Bytes)-1; single {
		bytes, cuts = "single bytes", nil // a '|' between all of them would hide them
	}
	var text, hexadecimal strings.Builder
	shown := 0
	for from := 0; from < len(c.Bytes) && shown < shownBytes; {
		if len(cuts) > 0 && cuts[0] == from {
			cuts = cuts[1:]
			text.WriteByte('|')
			hexadecimal.WriteByte('|')
		} else if from > 0 {
			text.WriteByte(' ')
			hexadecimal.WriteByte(' ')
		}
		end := len(c.Bytes)
		if len(cuts) > 0 {
			end = cuts[0]
		}
		to, times := part(c.Bytes[:end], from, shownBytes-shown)
		piece := c.Bytes[from:to]
		if times > 1 {
			piece = piece[:1]
		}
		text.WriteString(strconv.QuoteToASCII(string(piece)))
		fmt.Fprintf(&hexadecimal, "% x", piece)
		if times > 1 {
			fmt.Fprintf(&text, "*%d", times)
			fmt.Fprintf(&hexadecimal, "*%d", times)
		}
		shown += len(piece)
		from = to
		if from < len(c.Bytes) && shown >= shownBytes {
			fmt.Fprintf(&text, " and %d more", len(c.Bytes)-from)
			hexadecimal.WriteString(" ...")
			if len(cuts) > 0 {
				fmt.Fprintf(&text, ", cut at %d more places", len(cuts))
			}
		}
	}
	return fmt.Sprintf("%d %s %s (%s)", len(c.Bytes), bytes, text.String(), hexadecimal.String())
}

// part is the next part of data to show: a run of equal bytes, with how many there
// are, or what stands before the next run, at most so many bytes.
func part(data []byte, from, most int) (to, times int) {
	if n := run(data[from:]); n >= shownRun {
		return from + n, n
	}
	for to = from; to < len(data) && to-from < most; to++ {
		if run(data[to:]) >= shownRun {
			break
		}
	}
	return to, 1
}

// run counts the bytes at the start of data that equal the first.
func run(data []byte) int {
	n := 1
	for n < len(data) && data[n] == data[0] {
		n++
	}
	return n
}
