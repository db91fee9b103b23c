package fuzz

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"scansion/conformance"
	"scansion/conformance/cut"
)

// Case is what a decoder is fed. Nobody changes a case once it is made: others made
// from it may share its bytes.
type Case struct {
	Bytes []byte // the stream
	Cuts  []int  // where it is cut into reads: ascending offsets inside the stream
}

// Stream is the case as a parser is fed it; it ends after its last byte.
func (c Case) Stream() conformance.Stream { return cut.At(c.Bytes, c.Cuts...) }

func (c Case) equal(d Case) bool {
	return bytes.Equal(c.Bytes, d.Bytes) && slices.Equal(c.Cuts, d.Cuts)
}

// shownUpTo is how long a line may be before it leaves out the rest of the case.
const shownUpTo = 160

// String shows the case in a line: text in quotation marks and other bytes in hexadecimal,
// with a '|' at each cut, long runs of a byte counted, and long streams cut short.
//
//	9 bytes "5:"|"hell" ff ","|0a
func (c Case) String() string {
	var b strings.Builder
	chunks := c.Stream().Chunks
	what := "bytes"
	if len(c.Bytes) == 1 {
		what = "byte"
	} else if len(chunks) > 1 && len(chunks) == len(c.Bytes) {
		what, chunks = "single bytes", [][]byte{c.Bytes} // a '|' between all of them would hide them
	}
	fmt.Fprintf(&b, "%d %s", len(c.Bytes), what)
	separator, left := " ", len(c.Bytes)
	for _, chunk := range chunks {
		for len(chunk) > 0 {
			if b.Len() > shownUpTo {
				fmt.Fprintf(&b, " and %d more", left)
				return b.String()
			}
			p, times := piece(chunk)
			b.WriteString(separator + quoted(p, times))
			chunk = chunk[len(p)*times:]
			left -= len(p) * times
			separator = " "
		}
		separator = "|"
	}
	return b.String()
}
