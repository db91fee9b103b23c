package checks

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"scansion/conformance"
	"scansion/testdata"
)

const (
	kib = 1 << 10
	mib = 1 << 20

	smallPoem = 4 * kib // the longest poem that surely fits into one flight of segments
	largePoem = 4 * mib // the shortest that counts as much larger than all buffers
)

// The fixtures: each poem is there for the way in which programs spoil it.
var (
	small = fixture("small", "a small poem", file("small"), func(poem []byte) bool { return len(poem) > 0 })

	oneByte     = fixture("one-byte", "a poem of one byte", literal("O"), exactly("O"))
	empty       = fixture("empty", "an empty poem", literal(""), exactly(""))
	noFinalLine = fixture("no-final-newline", "a poem whose last line does not end", literal("no line end\nat the last line"),
		func(poem []byte) bool { return isText(poem) && len(poem) > 0 && poem[len(poem)-1] != '\n' })
	blanks = fixture("blanks", "a poem with blanks and empty lines at both ends", file("blanks"),
		func(poem []byte) bool { return isText(poem) && len(bytes.TrimSpace(poem)) < len(poem)-1 })
	punctuation = fixture("punctuation", "a poem full of what printf, shells and templates take for their own", file("punctuation"),
		func(poem []byte) bool { return isText(poem) && bytes.ContainsAny(poem, `%\$`) })
	multibyte = fixture("multibyte", "a poem in many scripts, Japanese and Chinese among them", file("multibyte"), isMultibyte)
	// Longer than every buffer size in use, with characters of three bytes at
	// every alignment: programs decode and encode in chunks.
	longMultibyte = fixture("long-multibyte", "300 KB of Japanese text", generated(300*kib+1, "灯%の下で舟を待つ、と、"), isMultibyte)
	// Longer too, with characters that are pairs in UTF-16, at every alignment.
	longAstral = fixture("long-astral", "300 KB of characters of four bytes", generated(300*kib+1, "🌊🚣%🏮🌙🪢🛶🌾"),
		func(poem []byte) bool { return isText(poem) && countAstral(poem) > 64*kib })
	// What is MUST for text holds for these as well: they are UTF-8.
	controlCharacters = fixture("controls", "a poem with every control character that text may have", controlsPoem,
		func(poem []byte) bool { return isText(poem) && bytes.ContainsFunc(poem, isControl) })
	unusual = fixture("unusual", "a poem of characters that Unicode has something special to say of", file("unusual"),
		func(poem []byte) bool {
			return isText(poem) && bytes.ContainsAny(poem, "\u0085\u2028\u2029") && bytes.Contains(poem[1:], []byte("\uFEFF"))
		})
	emptyLines = fixture("empty-lines", "a poem with 70,000 empty lines in the middle, and some at the end", emptyLinesPoem,
		func(poem []byte) bool { return isText(poem) && bytes.HasSuffix(poem, []byte("\n\n\n")) })
	longLines = fixture("long-lines", "a poem whose lines are 100 KB long", longLinesPoem,
		func(poem []byte) bool { return isText(poem) && longestLine(poem) >= 100_000 })
	eightMiB  = fixture("8-mib", "8 MiB of text", generated(8*mib, "the tide comes in and writes a line, %, the tide goes out"), isLarge)
	sixtyFour = fixture("64-mib", "64 MiB of text", generated(64*mib, "a lamp, a rope, a river and a ferryman who counts: %"),
		func(poem []byte) bool { return len(poem) >= 64*mib })
	// More than the kernel's buffers of a narrow connection hold, which is some 230
	// KB: clients that leave early find a server that is still writing.
	oneMiB = fixture("1-mib", "1 MiB of text", generated(mib, "who leaves before the end has heard a part of it, %"),
		func(poem []byte) bool { return len(poem) >= mib && len(poem) <= 16*mib })
	// Short enough for a server to copy a thousand times.
	medium = fixture("128-kib", "128 KiB of text", generated(128*kib, "each guest at the landing gets all of the song, %"),
		func(poem []byte) bool { return len(poem) >= 100*kib && len(poem) <= 16*mib })

	byteOrderMark = fixture("byte-order-mark", "a poem that begins with a byte order mark", literal("\uFEFFmark my words\n"),
		func(poem []byte) bool { return bytes.HasPrefix(poem, []byte("\uFEFF")) })
	crlf = fixture("crlf", "a poem with CR LF, and CR alone, at the ends of lines", literal("one\r\ntwo\r\n\r\nthree\rfour\n\rfive\r\n"),
		func(poem []byte) bool { return bytes.Contains(poem, []byte("\r\n")) })
	nulAndFF = fixture("nul-and-ff", "a poem with NUL and 0xFF bytes", literal("before\x00after\xff\xfe\x00\x00end\xff"),
		func(poem []byte) bool { return bytes.IndexByte(poem, 0) >= 0 && bytes.IndexByte(poem, 0xFF) >= 0 })
	allBytes = fixture("all-bytes", "a poem of all 256 bytes, in both orders", everyByte,
		func(poem []byte) bool { return countBytes(poem) == 256 })
)

// fixture makes a fixture whose content is made once, at first use.
func fixture(name, about string, content func() []byte, suits func([]byte) bool) conformance.Fixture {
	return conformance.Fixture{Name: name, About: about, Bytes: sync.OnceValue(content), Suits: suits}
}

func file(name string) func() []byte {
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

// generated returns a text of exactly size bytes in which every line, and so
// every place, is told from every other: the % in the pattern is the line's
// number. What is left at the end is filled with dots.
func generated(size int, pattern string) func() []byte {
	return func() []byte {
		before, after, _ := strings.Cut(pattern, "%")
		poem := make([]byte, 0, size+len(pattern)+16)
		for number := 1; ; number++ {
			start := len(poem)
			poem = append(poem, before...)
			poem = strconv.AppendInt(poem, int64(number), 10)
			poem = append(poem, after...)
			poem = append(poem, '\n')
			if len(poem) > size {
				poem = poem[:start]
				break
			}
		}
		return append(poem, strings.Repeat(".", size-len(poem))...)
	}
}

// longLinesPoem is three lines of some 100 KB each, of different lengths.
func longLinesPoem() []byte {
	var poem []byte
	for i := range 3 {
		line := generated(100_000+4096*i+i, "and on and on, %, until the breath gives out; ")()
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
			poem = append(append(append(poem, "before "...), b), " and after\n"...)
		}
	}
	return poem
}

func isControl(r rune) bool { return r != '\n' && r != '\r' && (r > 0 && r < ' ' || r == 0x7F) }

func emptyLinesPoem() []byte {
	return []byte("one line" + strings.Repeat("\n", 70_000) + "and another" + strings.Repeat("\n", 5))
}

func everyByte() []byte {
	poem := make([]byte, 0, 512)
	for i := range 256 {
		poem = append(poem, byte(i))
	}
	for i := range 256 {
		poem = append(poem, byte(255-i))
	}
	return poem
}

func exactly(poem string) func([]byte) bool {
	return func(other []byte) bool { return string(other) == poem }
}

// isText reports whether a poem is a text poem: UTF-8 with LF line ends.
func isText(poem []byte) bool {
	return utf8.Valid(poem) && !bytes.ContainsAny(poem, "\x00\r")
}

func isMultibyte(poem []byte) bool {
	return isText(poem) && utf8.RuneCount(poem) < len(poem)
}

func isSmall(poem []byte) bool { return len(poem) > 0 && len(poem) <= smallPoem }

func isLarge(poem []byte) bool { return len(poem) >= largePoem }

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

func countBytes(poem []byte) int {
	var seen [256]bool
	n := 0
	for _, b := range poem {
		if !seen[b] {
			seen[b] = true
			n++
		}
	}
	return n
}
