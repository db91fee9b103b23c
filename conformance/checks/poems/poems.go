// Package poems holds the poems that programs are tried with: each is there for a way in
// which programs spoil text.
package poems

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"scansion/conformance"
	"scansion/testdata"
)

// Sizes in bytes.
const (
	KiB = 1 << 10
	MiB = 1 << 20
)

// The poems.
var (
	Small = New("small", "a small poem", embedded("small"), func(poem []byte) bool { return len(poem) > 0 })

	OneByte        = New("one-byte", "a poem of one byte", literal("O"), exactly("O"))
	Empty          = New("empty", "an empty poem", literal(""), exactly(""))
	NoFinalNewline = New("no-final-newline", "a poem whose last line does not end", literal("no line end\nat the last line"),
		func(poem []byte) bool { return IsText(poem) && len(poem) > 0 && poem[len(poem)-1] != '\n' })
	Blanks = New("blanks", "a poem with blanks and empty lines at both ends", embedded("blanks"),
		func(poem []byte) bool { return IsText(poem) && len(bytes.TrimSpace(poem)) < len(poem)-1 })
	Punctuation = New("punctuation", "a poem full of what printf, shells and templates take for their own", embedded("punctuation"),
		func(poem []byte) bool { return IsText(poem) && bytes.ContainsAny(poem, `%\$`) })
	Multibyte = New("multibyte", "a poem in many scripts, Japanese and Chinese among them", embedded("multibyte"), isMultibyte)
	// Longer than every buffer size in use, with characters of three bytes at
	// every alignment: programs decode and encode in chunks.
	LongMultibyte = New("long-multibyte", "300 KB of Japanese text", generated(300*KiB+1, "灯%の下で舟を待つ、と、"), isMultibyte)
	// Longer too, with characters that are pairs in UTF-16, at every alignment.
	LongAstral = New("long-astral", "300 KB of characters of four bytes", generated(300*KiB+1, "🌊🚣%🏮🌙🪢🛶🌾"),
		func(poem []byte) bool { return IsText(poem) && countAstral(poem) > 64*KiB })
	// What is MUST for text holds for these as well: they are UTF-8.
	ControlCharacters = New("controls", "a poem with every control character that text may have", controlsPoem,
		func(poem []byte) bool { return IsText(poem) && bytes.ContainsFunc(poem, isControl) })
	Unusual = New("unusual", "a poem of characters that Unicode has something special to say of", embedded("unusual"),
		func(poem []byte) bool {
			return IsText(poem) && bytes.ContainsAny(poem, "\u0085\u2028\u2029") && bytes.Contains(poem[1:], []byte("\uFEFF"))
		})
	EmptyLines = New("empty-lines", "a poem with 70,000 empty lines in the middle, and some at the end", emptyLinesPoem,
		func(poem []byte) bool { return IsText(poem) && bytes.HasSuffix(poem, []byte("\n\n\n")) })
	LongLines = New("long-lines", "a poem whose lines are 100 KB long", longLinesPoem,
		func(poem []byte) bool { return IsText(poem) && longestLine(poem) >= 100_000 })
	EightMiB     = New("8-mib", "8 MiB of text", generated(8*MiB, "the tide comes in and writes a line, %, the tide goes out"), isLarge)
	SixtyFourMiB = New("64-mib", "64 MiB of text", generated(64*MiB, "a lamp, a rope, a river and a ferryman who counts: %"),
		func(poem []byte) bool { return len(poem) >= 64*MiB })
	// More than the kernel's buffers of a narrow connection hold, which is some 230
	// KB: clients that leave early find a server that is still writing.
	OneMiB = New("1-mib", "1 MiB of text", generated(MiB, "who leaves before the end has heard a part of it, %"),
		func(poem []byte) bool { return len(poem) >= MiB && len(poem) <= 16*MiB })
	// Short enough for a server to copy a thousand times.
	KiB128 = New("128-kib", "128 KiB of text", generated(128*KiB, "each guest at the landing gets all of the song, %"),
		func(poem []byte) bool { return len(poem) >= 100*KiB && len(poem) <= 16*MiB })

	ByteOrderMark = New("byte-order-mark", "a poem that begins with a byte order mark", literal("\uFEFFmark my words\n"),
		func(poem []byte) bool { return bytes.HasPrefix(poem, []byte("\uFEFF")) })
	CRLF = New("crlf", "a poem with CR LF, and CR alone, at the ends of lines", literal("one\r\ntwo\r\n\r\nthree\rfour\n\rfive\r\n"),
		func(poem []byte) bool { return bytes.Contains(poem, []byte("\r\n")) })
	NULAndFF = New("nul-and-ff", "a poem with NUL and 0xFF bytes", literal("before\x00after\xff\xfe\x00\x00end\xff"),
		func(poem []byte) bool { return bytes.IndexByte(poem, 0) >= 0 && bytes.IndexByte(poem, 0xFF) >= 0 })
	AllBytes = New("all-bytes", "a poem of all 256 bytes, in both orders", EveryByte, hasAllBytes)
)

// New returns a file whose content is made once, at first use. What a server has of its
// own can stand in for it where suits allows that.
func New(name, about string, content func() []byte, suits func([]byte) bool) conformance.File {
	return conformance.File{Name: name, About: about, Bytes: sync.OnceValue(content), Suits: suits}
}

func embedded(name string) func() []byte {
	return func() []byte {
		poem, err := testdata.Poems.ReadFile("poems/" + name + ".txt")
		if err != nil {
			panic(err) // embedded: it is there, or nothing was built
		}
		return poem
	}
}

func literal(poem string) func() []byte {
	return func() []byte { return []byte(poem) }
}

func generated(size int, pattern string) func() []byte {
	return func() []byte { return Generated(size, pattern) }
}

// Generated returns a text of exactly size bytes in which every line, and so every
// place, is told from every other: the % in the pattern is the line's number. What is
// left at the end is filled with dots.
func Generated(size int, pattern string) []byte {
	before, after, _ := strings.Cut(pattern, "%")
	poem := make([]byte, 0, size+len(pattern)+16)
	for number := 1; ; number++ {
		line := len(poem)
		poem = append(poem, before...)
		poem = strconv.AppendInt(poem, int64(number), 10)
		poem = append(append(poem, after...), '\n')
		if len(poem) > size {
			return append(poem[:line], strings.Repeat(".", size-line)...)
		}
	}
}

// longLinesPoem is three lines of some 100 KB each, of different lengths.
func longLinesPoem() []byte {
	var poem []byte
	for i := range 3 {
		line := Generated(100_000+4096*i+i, "and on and on, %, until the breath gives out; ")
		poem = append(poem, bytes.ReplaceAll(line, []byte("\n"), []byte(" "))...)
		poem = append(poem, '\n')
	}
	return poem
}

// controlsPoem has a line for each control character that is neither NUL nor a line end.
func controlsPoem() []byte {
	var poem []byte
	for b := byte(1); b <= 0x7F; b++ {
		if isControl(rune(b)) {
			poem = fmt.Appendf(poem, "before %c and after\n", b)
		}
	}
	return poem
}

func isControl(r rune) bool { return r != '\n' && r != '\r' && (r > 0 && r < ' ' || r == 0x7F) }

func emptyLinesPoem() []byte {
	return []byte("one line" + strings.Repeat("\n", 70_000) + "and another" + strings.Repeat("\n", 5))
}

// EveryByte returns all 256 bytes, in both orders.
func EveryByte() []byte {
	poem := make([]byte, 0, 512)
	for i := range 256 {
		poem = append(poem, byte(i))
	}
	for i := range 256 {
		poem = append(poem, ^byte(i))
	}
	return poem
}

func exactly(poem string) func([]byte) bool {
	return func(other []byte) bool { return string(other) == poem }
}

// IsText reports whether a poem is one in the sense of the specification: UTF-8 with LF line ends.
func IsText(poem []byte) bool {
	return utf8.Valid(poem) && !bytes.ContainsAny(poem, "\x00\r")
}

func isMultibyte(poem []byte) bool {
	return IsText(poem) && utf8.RuneCount(poem) < len(poem)
}

// IsSmall reports whether a poem is not empty and surely fits into one flight of segments.
func IsSmall(poem []byte) bool { return len(poem) > 0 && len(poem) <= 4*KiB }

// isLarge reports whether a poem is much larger than all buffers.
func isLarge(poem []byte) bool { return len(poem) >= 4*MiB }

// countAstral returns how many bytes of a poem are those of characters of four.
func countAstral(poem []byte) int {
	n := 0
	for _, r := range string(poem) {
		if r > 0xFFFF {
			n += utf8.UTFMax
		}
	}
	return n
}

func longestLine(poem []byte) int {
	longest := 0
	for line := range bytes.Lines(poem) {
		longest = max(longest, len(line))
	}
	return longest
}

func hasAllBytes(poem []byte) bool {
	for i := range 256 {
		if bytes.IndexByte(poem, byte(i)) < 0 {
			return false
		}
	}
	return true
}
