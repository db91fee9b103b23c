package netstring_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/netstring"
)

var _ = Describe("The memory of a decoder", func() {
	It("is not reserved for a claim", func() {
		var d netstring.Decoder
		d.Feed([]byte("99999:"))
		Expect(d.Next()).To(BeFalse())
		Expect(netstring.Reserved(&d)).To(BeZero())
		d.Feed([]byte("x"))
		Expect(d.Next()).To(BeFalse())
		Expect(netstring.Reserved(&d)).To(BeNumerically("<=", 512))
	})

	It("grows as bytes come, never beyond the string, and is used again", func() {
		var d netstring.Decoder
		for range 2 {
			stream := netstring.Append(nil, strings.Repeat("x", 99_999))
			before := netstring.Reserved(&d)
			for i := range stream {
				d.Feed(stream[i : i+1])
				Expect(d.Next()).To(Equal(i == len(stream)-1))
				if reserved := netstring.Reserved(&d); reserved > max(before, min(99_999, max(512, 2*i))) {
					Fail("too much is reserved") // an Expect each time would take seconds
				}
			}
		}
	})

	It("does not grow with the digits", func() {
		for _, limit := range []int{0, 10, 1 << 62} {
			d := netstring.Decoder{MaxLength: limit}
			digits := bytes.Repeat([]byte("1"), 1000)
			allocations := testing.AllocsPerRun(1000, func() {
				d.Feed(digits)
				d.Next()
			})
			Expect(allocations).To(BeZero())
			Expect(d.Err()).To(MatchError(netstring.ErrTooLong))
			Expect(netstring.Reserved(&d)).To(BeZero())
		}
	})

	It("does not grow with what comes after a fault", func() {
		var d netstring.Decoder
		d.Feed([]byte("x"))
		Expect(d.Next()).To(BeFalse())
		rest := bytes.Repeat([]byte("5:ferry,"), 100)
		Expect(testing.AllocsPerRun(100, func() { d.Feed(rest) })).To(BeZero())
	})

	It("is not needed for strings that lie whole in chunks", func() {
		stream := bytes.Repeat([]byte("5:ferry,12:and the rope,0:,"), 100)
		var d netstring.Decoder
		Expect(testing.AllocsPerRun(100, func() {
			d.Feed(stream)
			for d.Next() {
				continue
			}
		})).To(BeZero())
		Expect(d.Err()).To(Succeed())
	})

	It("is reserved once for strings that do not", func() {
		stream := bytes.Repeat([]byte("5:ferry,12:and the rope,0:,"), 100)
		var d netstring.Decoder
		Expect(testing.AllocsPerRun(100, func() {
			for rest := stream; len(rest) > 0; {
				n := min(7, len(rest))
				d.Feed(rest[:n])
				for d.Next() {
					continue
				}
				rest = rest[n:]
			}
		})).To(BeZero())
		Expect(d.Close()).To(Succeed())
	})

	It("is reserved once for a reader", func() {
		source := &endless{pattern: []byte("5:ferry,12:and the rope,0:,")}
		r := netstring.NewReader(source)
		Expect(testing.AllocsPerRun(100_000, func() {
			if _, err := r.Next(); err != nil {
				panic(err)
			}
		})).To(BeZero())
	})
})

// endless repeats a pattern.
type endless struct {
	pattern []byte
	at      int
}

var _ io.Reader = (*endless)(nil)

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		copied := copy(p[n:], e.pattern[e.at:])
		n += copied
		e.at = (e.at + copied) % len(e.pattern)
	}
	return n, nil
}
