package netstring_test

import (
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"weak"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/netstring"
)

// drain returns all strings that the decoder has.
func drain(d *netstring.Decoder) (found []string) {
	for d.Next() {
		found = append(found, string(d.Bytes()))
	}
	return found
}

// reject has a decoder take a stream that has a fault or ends inside a netstring.
func reject(limit int, stream string) *netstring.SyntaxError {
	GinkgoHelper()
	d := netstring.Decoder{MaxLength: limit}
	d.Feed([]byte(stream))
	drain(&d)
	var fault *netstring.SyntaxError
	Expect(errors.As(d.Close(), &fault)).To(BeTrue())
	return fault
}

var _ = Describe("A decoder", func() {
	It("hands out strings of all lengths up to the limit, however they are mixed", func() {
		var want []string
		var stream []byte
		for i := range 300 {
			want = append(want, strings.Repeat("x", i), strings.Repeat("y", i%7), strings.Repeat("z", 10), strings.Repeat("z", 10))
		}
		want = append(want, strings.Repeat("v", 99_999), "")
		for _, s := range want {
			stream = netstring.Append(stream, s)
		}
		for _, size := range []int{1, 2, 3, 7, 64, 1000, 4096, 65_536, len(stream)} {
			var chunks [][]byte
			for rest := stream; len(rest) > 0; {
				n := min(size, len(rest))
				chunks, rest = append(chunks, rest[:n]), rest[n:]
			}
			Expect(decode(0, chunks...).Strings).To(HaveExactElements(want), "in chunks of %d bytes", size)
		}
	})

	It("does not take for a digit what stands next to the digits", func() {
		for _, stream := range []string{"::0123456789,", "/:,", "1::0123456789abcdefghij,", "10:0123456789,,", "1/:012345678,"} {
			Expect(decode(0, []byte(stream))).To(Equal(specified(stream, netstring.DefaultMaxLength)), stream)
			Expect(decode(0, bytewise([]byte(stream))...)).To(Equal(specified(stream, netstring.DefaultMaxLength)), stream)
		}
	})

	DescribeTable("has a limit",
		func(limit int, longest string) {
			Expect(decode(limit, []byte(longest))).To(Equal(outcome{Strings: []string{longest[strings.Index(longest, ":")+1 : len(longest)-1]}}))
		},
		Entry("by default", 0, "99999:"+strings.Repeat("x", 99_999)+","),
		Entry("that is lower", 3, "3:abc,"),
		Entry("that is higher", 100_000, "100000:"+strings.Repeat("x", 100_000)+","),
		Entry("of nothing but the empty string", -1, "0:,"),
		Entry("that is as good as none", math.MaxInt, "5:ferry,"),
	)

	DescribeTable("refuses a longer string at the digit that makes it too long",
		func(limit int, stream string, offset int) {
			fault := reject(limit, stream)
			Expect(fault).To(MatchError(netstring.ErrTooLong))
			Expect(fault.Offset).To(Equal(int64(offset)))
		},
		Entry("by default", 0, "100000", 5),
		Entry("by a limit that is lower", 3, "4", 0),
		Entry("by a limit between two powers of ten", 345, "1346", 3),
		Entry("by a limit that one digit less is within", 345, "346", 2),
		Entry("by a limit of nothing but the empty string", -1, "1", 0),
		Entry("that has a million digits", 0, strings.Repeat("9", 1_000_000), 5),
		Entry("that would be 2^64 and 5 in all", 10, "18446744073709551621:12345,", 1),
		Entry("that has a million digits, where the limit is as good as none", math.MaxInt, strings.Repeat("9", 1_000_000), 18),
		Entry("that would be 2^64, where the limit is as good as none", math.MaxInt, "18446744073709551616:", 18),
	)

	DescribeTable("says what is wrong",
		func(stream, message string, kind error) {
			fault := reject(0, stream)
			Expect(fault).To(MatchError(message))
			Expect(fault).To(MatchError(kind))
		},
		Entry(nil, "x", "netstring at byte 0: found 'x' where a digit was due", netstring.ErrMalformed),
		Entry(nil, "3:abc,\n", `netstring at byte 6: found '\n' where a digit was due`, netstring.ErrMalformed),
		Entry(nil, "3:abc,\xff", "netstring at byte 6: found byte 0xff where a digit was due", netstring.ErrMalformed),
		Entry(nil, "12x", "netstring at byte 2: found 'x' where a digit or ':' was due", netstring.ErrMalformed),
		Entry(nil, "07:", "netstring at byte 1: found '7' where ':' was due", netstring.ErrMalformed),
		Entry(nil, "3:abcd", "netstring at byte 5: found 'd' where ',' was due", netstring.ErrMalformed),
		Entry(nil, "0::", "netstring at byte 2: found ':' where ',' was due", netstring.ErrMalformed),
		Entry(nil, "100000:", "netstring at byte 5: found '0' where a length of at most 99999 was due", netstring.ErrTooLong),
		Entry(nil, "3", "netstring at byte 1: found the end where a digit or ':' was due", netstring.ErrIncomplete),
		Entry(nil, "0", "netstring at byte 1: found the end where ':' was due", netstring.ErrIncomplete),
		Entry(nil, "3:", "netstring at byte 2: found the end where the rest of 3 bytes was due", netstring.ErrIncomplete),
		Entry(nil, "3:ab", "netstring at byte 4: found the end where the rest of 3 bytes was due", netstring.ErrIncomplete),
		Entry(nil, "3:abc", "netstring at byte 5: found the end where ',' was due", io.ErrUnexpectedEOF),
		Entry(nil, "0:", "netstring at byte 2: found the end where ',' was due", io.ErrUnexpectedEOF),
	)

	It("stays at its first fault", func() {
		var d netstring.Decoder
		d.Feed([]byte("3:abc,x"))
		Expect(d.Err()).To(Succeed())
		Expect(d.Next()).To(BeTrue())
		Expect(d.Err()).To(Succeed(), "the fault is behind the string")
		Expect(d.Next()).To(BeFalse())
		fault := d.Err()
		Expect(fault).To(MatchError(netstring.ErrMalformed))
		d.Feed([]byte("3:def,"))
		Expect(drain(&d)).To(BeEmpty())
		Expect(d.Bytes()).To(BeEmpty())
		Expect(d.Err()).To(BeIdenticalTo(fault))
		Expect(d.Close()).To(BeIdenticalTo(fault))
	})

	It("takes nothing after Close", func() {
		var d netstring.Decoder
		Expect(d.Close()).To(Succeed())
		d.Feed([]byte("3:abc,"))
		Expect(drain(&d)).To(BeEmpty())
		Expect(d.Close()).To(Succeed())
	})

	It("judges at Close also what nobody has asked for", func() {
		for stream, kind := range map[string]error{"3:abc,": nil, "3:abc,x": netstring.ErrMalformed, "3:abc,3": netstring.ErrIncomplete} {
			var d netstring.Decoder
			d.Feed([]byte(stream))
			if kind == nil {
				Expect(d.Close()).To(Succeed(), stream)
			} else {
				Expect(d.Close()).To(MatchError(kind), stream)
			}
		}
	})

	It("never hands out a part", func() {
		var d netstring.Decoder
		d.Feed([]byte("5:ferr"))
		Expect(d.Next()).To(BeFalse())
		Expect(d.Bytes()).To(BeEmpty())
		Expect(d.Close()).To(MatchError(netstring.ErrIncomplete))
		Expect(d.Bytes()).To(BeEmpty())
	})

	It("loses nothing when it is fed before it was asked for everything", func() {
		var d netstring.Decoder
		d.Feed([]byte("1:a,2:bc,"))
		Expect(d.Next()).To(BeTrue())
		d.Feed([]byte("1:"))
		d.Feed(nil)
		d.Feed([]byte("d,x"))
		Expect(drain(&d)).To(Equal([]string{"bc", "d"}))
		var fault *netstring.SyntaxError
		Expect(errors.As(d.Err(), &fault)).To(BeTrue())
		Expect(fault.Offset).To(Equal(int64(13)))
	})
})

var _ = Describe("A string that lies whole in a chunk", func() {
	It("is a view of the chunk", func() {
		chunk := []byte("5:ferry,5:boats,4:rope,")
		var d netstring.Decoder
		d.Feed(chunk)
		for _, begin := range []int{2, 10, 18} {
			Expect(d.Next()).To(BeTrue())
			Expect(&d.Bytes()[0]).To(BeIdenticalTo(&chunk[begin]))
		}
	})

	It("is a view also where its header came before", func() {
		var d netstring.Decoder
		d.Feed([]byte("5:"))
		Expect(d.Next()).To(BeFalse())
		chunk := []byte("ferry,")
		d.Feed(chunk)
		Expect(d.Next()).To(BeTrue())
		Expect(&d.Bytes()[0]).To(BeIdenticalTo(&chunk[0]))
	})

	It("can be appended to without harm to the next", func() {
		var d netstring.Decoder
		d.Feed([]byte("5:ferry,4:rope,"))
		Expect(d.Next()).To(BeTrue())
		Expect(string(append(d.Bytes(), "man"...))).To(Equal("ferryman"))
		Expect(drain(&d)).To(Equal([]string{"rope"}))
	})

	It("does not keep the chunk once Next has returned false", func() {
		var d netstring.Decoder
		fed := func(stream string) weak.Pointer[[4096]byte] {
			var chunk [4096]byte
			n := copy(chunk[:], stream)
			d.Feed(chunk[:n])
			drain(&d)
			return weak.Make(&chunk)
		}
		for _, stream := range []string{"5:ferry,", "5:ferry,4:ro", "pe,", "x"} {
			chunk := fed(stream)
			Eventually(func() *[4096]byte {
				runtime.GC()
				return chunk.Value()
			}).Should(BeNil())
		}
		runtime.KeepAlive(&d)
	})
})
