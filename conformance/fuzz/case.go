package fuzz

import (
	"fmt"
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

// shownUpTo is how long a line may be before it leaves out the rest of the case.
const shownUpTo = 160

// String shows the case in a line: text in quotation marks and other bytes in hexadecimal,
// with a '|' at each cut, long runs of a byte counted, and long streams cut short.
//
//	9 bytes "5:"|"hell" ff ","|0a
func (c Case) String() string {
	var b strings.Builder
	chunks := c.Stream().Chunks
	switch n := len(c.Bytes); {
	case n == 1:
		b.WriteString("1 byte")
	case n > 1 && len(chunks) == n:
		fmt.Fprintf(&b, "%d single bytes", n)
		chunks = [][]byte{c.Bytes} // a '|' between all of them would hide them
	default:
		fmt.Fprintf(&b, "%d bytes", n)
	}
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
