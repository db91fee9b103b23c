package netstring_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing/iotest"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/netstring"
	"scansion/testdata"
)

// decision is what Twisted makes of a stream, and we too.
type decision struct {
	testdata.TwistedDecision

	// rejected is how many bytes have come when we give up; zero for never.
	rejected int
}

func decisions() []decision {
	var all []decision
	for _, d := range testdata.TwistedDecisions {
		ours := decision{d, d.Dropped}
		switch d.Stream {
		case "5\n", "0\n", "5\n:hello,", "1\n2:x":
			// Twisted waits for one byte more. A length never has a line feed.
			ours.rejected = 2
		}
		all = append(all, ours)
	}
	return all
}

// outcome is what must come of the stream once it ends.
func (d decision) outcome() outcome {
	o := outcome{Strings: d.Strings}
	whole := 0
	for _, s := range d.Strings {
		whole += len(netstring.Append(nil, s))
	}
	switch n := d.rejected; {
	case n > 0:
		o.Err, o.Offset, o.Found = netstring.ErrMalformed, int64(n-1), int(d.Stream[n-1])
		// Up to the fault, only a length over the limit is all digits.
		if last := d.Stream[whole:n]; strings.Trim(last, "0123456789") == "" && last[0] != '0' {
			o.Err = netstring.ErrTooLong
		}
	case whole < len(d.Stream):
		o.Err, o.Offset, o.Found = netstring.ErrIncomplete, int64(len(d.Stream)), netstring.End
	}
	return o
}

var _ = Describe("What is decided of a stream", func() {
	It("is decided of all that Twisted was asked about", func() {
		Expect(testdata.TwistedDecisions).To(HaveLen(65))
	})

	for _, d := range decisions() {
		stream := []byte(d.Stream)
		Context(fmt.Sprintf("that is %q, with limit %d,", d.Stream, d.Limit), func() {
			It("is so however it is cut", func() {
				want := d.outcome()
				Expect(decode(d.Limit, stream)).To(Equal(want))
				Expect(decode(d.Limit, bytewise(stream)...)).To(Equal(want))
				for i := range len(stream) + 1 {
					for j := i; j <= len(stream); j++ {
						Expect(decode(d.Limit, stream[:i], stream[i:j], stream[j:])).To(Equal(want), "cut at %d and %d", i, j)
					}
				}
			})

			It("is so at the faulty byte, and not before", func() {
				decoder := netstring.Decoder{MaxLength: d.Limit}
				for i, chunk := range bytewise(stream) {
					decoder.Feed(chunk)
					for decoder.Next() {
						continue
					}
					rejected := d.rejected > 0 && i+1 >= d.rejected
					Expect(decoder.Err() != nil).To(Equal(rejected), "after %d bytes", i+1)
				}
			})

			It("is so for a reader too", func() {
				want := d.outcome()
				Expect(read(d.Limit, bytes.NewReader(stream))).To(Equal(want))
				Expect(read(d.Limit, iotest.OneByteReader(bytes.NewReader(stream)))).To(Equal(want))
				Expect(read(d.Limit, iotest.HalfReader(bytes.NewReader(stream)))).To(Equal(want))
				Expect(read(d.Limit, iotest.DataErrReader(bytes.NewReader(stream)))).To(Equal(want))
			})

			It("is what the specification says", func() {
				Expect(specified(d.Stream, int64(d.Limit))).To(Equal(d.outcome()))
			})
		})
	}

	It("differs from Twisted's in four cases only, by a byte earlier", func() {
		differ := 0
		for _, d := range decisions() {
			if d.rejected != d.Dropped {
				differ++
				Expect(d.Dropped).To(Or(BeZero(), Equal(d.rejected+1)), d.Stream)
			}
		}
		Expect(differ).To(Equal(4))
	})
})
