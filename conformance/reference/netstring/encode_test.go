package netstring_test

import (
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/netstring"
)

var _ = Describe("Append", func() {
	DescribeTable("writes the length, a colon, the bytes and a comma",
		func(data, want string) {
			Expect(string(netstring.Append(nil, data))).To(Equal(want))
			Expect(string(netstring.Append(nil, []byte(data)))).To(Equal(want))
		},
		Entry("of nothing", "", "0:,"),
		Entry("of a word", "ferry", "5:ferry,"),
		Entry("of ten bytes", "0123456789", "10:0123456789,"),
		Entry("of what looks like a netstring", "1:a,", "4:1:a,,"),
		Entry("of bytes that are no text", "\x00\xff\r\n", "4:\x00\xff\r\n,"),
		Entry("of characters of several bytes", "渡し", "6:渡し,"),
		Entry("of more than decoders take by default", strings.Repeat("x", 100_000), "100000:"+strings.Repeat("x", 100_000)+","),
	)

	It("keeps what is there", func() {
		stream := netstring.Append([]byte("3:rop,"), "e")
		Expect(string(netstring.Append(stream, ""))).To(Equal("3:rop,1:e,0:,"))
	})

	It("allocates once, and not at all where there is room", func() {
		data := []byte(strings.Repeat("x", 1000))
		// Under the race detector the standard library makes two of one.
		Expect(testing.AllocsPerRun(100, func() { netstring.Append(nil, data) })).To(BeNumerically("<=", 2))
		room := make([]byte, 0, 2000)
		Expect(testing.AllocsPerRun(100, func() { netstring.Append(room, data) })).To(BeZero())
	})
})
