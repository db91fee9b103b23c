package netstring_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing/iotest"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/netstring"
)

// decision is what Twisted's NetstringReceiver (22.4 and 24.7) makes of a stream that stays
// open, and we too.
type decision struct {
	stream  string
	limit   int      // zero is 99,999
	strings []string // that are handed out

	// dropped is how many bytes have come when Twisted gives up; zero for never.
	dropped int

	// ours is how many have come when we do, if not as many. Twisted waits for one
	// byte more after a line feed in the length, for its regular expression ends
	// in "$", which lets one pass. A length never has one.
	ours int
}

var decisions = []decision{
	{stream: ""},
	{stream: "0:,", strings: []string{""}},
	{stream: "5:hello,", strings: []string{"hello"}},
	{stream: "1:,,", strings: []string{","}},
	{stream: "3:1:a,", strings: []string{"1:a"}},
	{stream: "5:hel"},
	{stream: "5:hello"},
	{stream: "5"},
	{stream: "5:"},
	{stream: "12:hello world!,", strings: []string{"hello world!"}},
	{stream: "5:hello,5:world,", strings: []string{"hello", "world"}},
	{stream: "0:,0:,0:,", strings: []string{"", "", ""}},
	{stream: "3:abc,3:de", strings: []string{"abc"}},
	{stream: "3:abc,x", strings: []string{"abc"}, dropped: 7},
	{stream: "3:abc,03:def,", strings: []string{"abc"}, dropped: 8},
	{stream: "3:abc,:", strings: []string{"abc"}, dropped: 7},
	{stream: "3:abc,\n3:def,", strings: []string{"abc"}, dropped: 7},
	{stream: "5:hello!", dropped: 8},
	{stream: "5:hello;5:world,", dropped: 8},
	{stream: "5:helloX,", dropped: 8},
	{stream: "6:hello,"},
	{stream: "6:hello,,", strings: []string{"hello,"}},
	{stream: "6:hello,5:world,", dropped: 9},
	{stream: "00:,", dropped: 2},
	{stream: "01:a,", dropped: 2},
	{stream: "007:abcdefg,", dropped: 2},
	{stream: "0"},
	{stream: "0:x,", dropped: 3},
	{stream: ":abc,", dropped: 1},
	{stream: "abc,", dropped: 1},
	{stream: ",", dropped: 1},
	{stream: "-1:a,", dropped: 1},
	{stream: "+1:a,", dropped: 1},
	{stream: " 1:a,", dropped: 1},
	{stream: "1 :a,", dropped: 2},
	{stream: "1a:x,", dropped: 2},
	{stream: "1,a", dropped: 2},
	{stream: "5\n", ours: 2},
	{stream: "5\n:hello,", dropped: 3, ours: 2},
	{stream: "5\r:hello,", dropped: 2},
	{stream: "\n", dropped: 1},
	{stream: "0\n", ours: 2},
	{stream: "1\n2:x", dropped: 3, ours: 2},
	{stream: "0x5:hello,", dropped: 2},
	{stream: "1e1:0123456789,", dropped: 2},
	{stream: "1_0:0123456789,", dropped: 2},
	{stream: "\xd9\xa1:a,", dropped: 1},
	{stream: "\xff", dropped: 1},
	{stream: "\x00", dropped: 1},
	{stream: "4:\x00\xff\n,,", strings: []string{"\x00\xff\n,"}},
	{stream: "99999:"},
	{stream: "100000", dropped: 6},
	{stream: "100000:", dropped: 6},
	{stream: "99999"},
	{stream: "999990", dropped: 6},
	{stream: "1000000:", dropped: 6},
	{stream: "999999999999999999999999999999:x,", dropped: 6},
	{stream: "3:abc,100000:", strings: []string{"abc"}, dropped: 12},
	{stream: "27:cummingsify.HERE IS MY POEM,", strings: []string{"cummingsify.HERE IS MY POEM"}},
	{stream: "5:hello,", limit: 5, strings: []string{"hello"}},
	{stream: "6:hello!,", limit: 5, dropped: 1},
	{stream: "10:", limit: 5, dropped: 2},
	{stream: "10:0123456789,", limit: 10, strings: []string{"0123456789"}},
	{stream: "11:0123456789a,", limit: 10, dropped: 2},
	{stream: "100:", limit: 10, dropped: 3},
}

// rejected is how many bytes have come when we give up; zero for never.
func (d decision) rejected() int {
	if d.ours != 0 {
		return d.ours
	}
	return d.dropped
}

// outcome is what must come of the stream once it ends.
func (d decision) outcome() outcome {
	o := outcome{Strings: d.strings}
	whole := 0
	for _, s := range d.strings {
		whole += len(netstring.Append(nil, s))
	}
	switch n := d.rejected(); {
	case n > 0:
		o.Err, o.Offset, o.Found = netstring.ErrMalformed, int64(n-1), int(d.stream[n-1])
		// Up to the fault, only a length over the limit is all digits.
		if last := d.stream[whole:n]; strings.Trim(last, "0123456789") == "" && last[0] != '0' {
			o.Err = netstring.ErrTooLong
		}
	case whole < len(d.stream):
		o.Err, o.Offset, o.Found = netstring.ErrIncomplete, int64(len(d.stream)), netstring.End
	}
	return o
}

var _ = Describe("What is decided of a stream", func() {
	It("is decided of all that Twisted was asked about", func() {
		Expect(decisions).To(HaveLen(65))
	})

	for _, d := range decisions {
		stream := []byte(d.stream)
		Context(fmt.Sprintf("that is %q, with limit %d,", d.stream, d.limit), func() {
			It("is so however it is cut", func() {
				want := d.outcome()
				Expect(decode(d.limit, stream)).To(Equal(want))
				Expect(decode(d.limit, bytewise(stream)...)).To(Equal(want))
				for i := range len(stream) + 1 {
					for j := i; j <= len(stream); j++ {
						Expect(decode(d.limit, stream[:i], stream[i:j], stream[j:])).To(Equal(want), "cut at %d and %d", i, j)
					}
				}
			})

			It("is so at the faulty byte, and not before", func() {
				decoder := netstring.Decoder{MaxLength: d.limit}
				for i, chunk := range bytewise(stream) {
					decoder.Feed(chunk)
					for decoder.Next() {
						continue
					}
					rejected := d.rejected() > 0 && i+1 >= d.rejected()
					Expect(decoder.Err() != nil).To(Equal(rejected), "after %d bytes", i+1)
				}
			})

			It("is so for a reader too", func() {
				want := d.outcome()
				Expect(read(d.limit, bytes.NewReader(stream))).To(Equal(want))
				Expect(read(d.limit, iotest.OneByteReader(bytes.NewReader(stream)))).To(Equal(want))
				Expect(read(d.limit, iotest.HalfReader(bytes.NewReader(stream)))).To(Equal(want))
				Expect(read(d.limit, iotest.DataErrReader(bytes.NewReader(stream)))).To(Equal(want))
			})

			It("is what the specification says", func() {
				limit := d.limit
				if limit == 0 {
					limit = netstring.DefaultMaxLength
				}
				Expect(specified(d.stream, int64(limit))).To(Equal(d.outcome()))
			})
		})
	}

	It("differs from Twisted's only by a byte earlier, and only for a line feed", func() {
		for _, d := range decisions {
			if d.ours != 0 {
				Expect(d.ours).To(Or(Equal(d.dropped-1), Equal(len(d.stream))))
				Expect(d.stream[d.ours-1]).To(Equal(byte('\n')))
			}
		}
	})
})
