package poems_test

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

// all are the poems.
var all = []conformance.File{
	poems.Small, poems.OneByte, poems.Empty, poems.NoFinalNewline, poems.Blanks, poems.Punctuation,
	poems.Multibyte, poems.LongMultibyte, poems.LongAstral, poems.ControlCharacters, poems.Unusual,
	poems.EmptyLines, poems.LongLines, poems.KiB128, poems.OneMiB, poems.EightMiB, poems.SixtyFourMiB,
	poems.ByteOrderMark, poems.CRLF, poems.NULAndFF, poems.AllBytes,
}

var _ = Describe("A poem", func() {
	It("suits itself, and says what is special about it", func() {
		for _, poem := range all {
			Expect(poem.Suits(poem.Bytes())).To(BeTrue(), poem.Name)
			Expect(poem.About).NotTo(BeEmpty(), poem.Name)
		}
	})

	It("has a name of its own, which can be a file's", func() {
		seen := map[string]bool{}
		for _, poem := range all {
			Expect(poem.Name).To(MatchRegexp(`^[a-z0-9-]+$`))
			Expect(seen).NotTo(HaveKey(poem.Name))
			seen[poem.Name] = true
		}
	})

	DescribeTable("is not stood in for by content that its fault would not spoil",
		func(poem conformance.File, others ...string) {
			for _, other := range others {
				Expect(poem.Suits([]byte(other))).To(BeFalse(), "%.20q", other)
			}
		},
		Entry("empty", poems.Empty, "a", "\n"),
		Entry("one-byte", poems.OneByte, "", "ab"),
		Entry("no-final-newline", poems.NoFinalNewline, "", "a line\n", "\xff"),
		Entry("blanks", poems.Blanks, "a\n", "a"),
		Entry("punctuation", poems.Punctuation, "plain\n"),
		Entry("multibyte", poems.Multibyte, "plain\n", "\xff\xfe", ""),
		Entry("empty-lines", poems.EmptyLines, "a line\n", "a line\n\n", "\r\n\n\n"),
		Entry("long-astral", poems.LongAstral, "plain\n", strings.Repeat("\u706f", 100_000), "\U0001F30A"),
		Entry("controls", poems.ControlCharacters, "plain\n", "tabless\r\n", "\x00"),
		Entry("unusual", poems.Unusual, "plain\n", "\uFEFFat the start\u2028", "no mark inside\u0085"),
		Entry("long-lines", poems.LongLines, "short\n", strings.Repeat("short\n", 50_000)),
		Entry("8-mib", poems.EightMiB, "short\n", strings.Repeat("a", 1<<20)),
		Entry("64-mib", poems.SixtyFourMiB, "short\n"),
		Entry("128-kib", poems.KiB128, "short\n"),
		Entry("byte-order-mark", poems.ByteOrderMark, "plain\n", "late \uFEFF\n"),
		Entry("crlf", poems.CRLF, "plain\n", "a\rb"),
		Entry("nul-and-ff", poems.NULAndFF, "\x00", "\xff"),
		Entry("all-bytes", poems.AllBytes, "plain\n"),
	)
})

var _ = Describe("A generated poem", func() {
	// lines splits a poem without copying it.
	lines := func(poem []byte) []string { return strings.SplitAfter(string(poem), "\n") }
	distinct := func(poem []byte) {
		GinkgoHelper()
		all := lines(poem)
		seen := make(map[string]struct{}, len(all))
		for _, line := range all {
			seen[line] = struct{}{}
		}
		Expect(len(all)-len(seen)).To(BeZero(), "no two lines are equal")
	}

	DescribeTable("is text of exactly its size, in which every place is told from every other",
		func(file conformance.File, size int) {
			poem := file.Bytes()
			Expect(len(poem)-size).To(BeZero(), "the difference in length") // HaveLen would print all of it
			Expect(utf8.Valid(poem)).To(BeTrue())
			Expect(bytes.ContainsAny(poem, "\x00\r")).To(BeFalse())
			Expect(&file.Bytes()[0]).To(BeIdenticalTo(&poem[0]), "it is made once")
			distinct(poem)
		},
		Entry("8-mib", poems.EightMiB, 8<<20),
		Entry("64-mib", poems.SixtyFourMiB, 64<<20),
		Entry("128-kib", poems.KiB128, 128<<10),
		Entry("long-multibyte", poems.LongMultibyte, 300<<10+1),
		Entry("long-astral", poems.LongAstral, 300<<10+1),
	)

	DescribeTable("is the same each time, whatever its size",
		func(pattern string) {
			for size := range 2000 {
				poem := poems.Generated(size, pattern)
				Expect(poem).To(HaveLen(size))
				Expect(utf8.Valid(poem)).To(BeTrue())
				Expect(bytes.Equal(poem, poems.Generated(size, pattern))).To(BeTrue())
				distinct(poem)
			}
		},
		Entry("in letters", "a line, %, and so on"),
		Entry("in characters of three bytes", "灯%の下で"),
		Entry("of numbers alone", "%"),
	)

	// It would not be, if its lines had a length that divides the chunks'.
	DescribeTable("is cut inside a character by the chunks that programs read", func(file conformance.File) {
		poem := file.Bytes()
		for _, chunk := range []int{512, 1000, 1024, 1460, 4096, 8192, 16384, 32768, 65536} {
			cuts := 0
			for at := chunk; at < len(poem); at += chunk {
				if !utf8.RuneStart(poem[at]) {
					cuts++
				}
			}
			Expect(cuts).To(BeNumerically(">", 0), "chunks of %d bytes", chunk)
		}
	},
		Entry("of three bytes", poems.LongMultibyte),
		Entry("of four bytes", poems.LongAstral),
	)

	It("of characters of four bytes is cut inside one by chunks of 16-bit units as well", func() {
		units := utf16.Encode([]rune(string(poems.LongAstral.Bytes())))
		for _, chunk := range []int{512, 1024, 4096, 8192, 16384, 32768} {
			cuts := 0
			for at := chunk; at < len(units); at += chunk {
				if utf16.IsSurrogate(rune(units[at])) && units[at] >= 0xDC00 {
					cuts++
				}
			}
			Expect(cuts).To(BeNumerically(">", 0), "chunks of %d units", chunk)
		}
	})

	It("of long lines has few, each longer than buffers are", func() {
		all := lines(poems.LongLines.Bytes())
		Expect(all).To(HaveLen(4))
		Expect(all[3]).To(BeEmpty(), "the last line ends, too")
		for _, line := range all[:3] {
			Expect(len(line)).To(BeNumerically(">", 100_000))
		}
		Expect(len(all[0])-len(all[1])).NotTo(BeZero(), "a program's buffer fits one of them at the most")
	})

	It("of all bytes has each at least twice", func() {
		poem := poems.AllBytes.Bytes()
		for b := range 256 {
			Expect(bytes.Count(poem, []byte{byte(b)})).To(Equal(2))
		}
	})
})
