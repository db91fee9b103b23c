package poetryserver

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// spoils is a poetry server that loads its poem as f makes it.
func spoils(name, about string, f func([]byte) []byte, catches ...string) peers.Peer {
	return faulty(name, about, server{load: func(p *target.Process) ([]byte, error) {
		poem, err := loadPoem(p)
		if err != nil {
			return nil, err
		}
		return f(poem), nil
	}}, catches...)
}

// replaces is a poetry server that changes one string into another.
func replaces(name, about, from, to string, catches ...string) peers.Peer {
	return spoils(name, about, func(poem []byte) []byte {
		return bytes.ReplaceAll(poem, []byte(from), []byte(to))
	}, catches...)
}

// appends is a poetry server that adds something to the poem.
func appends(name, about, what string, catches ...string) peers.Peer {
	return spoils(name, about, func(poem []byte) []byte { return append(bytes.Clone(poem), what...) }, catches...)
}

// cuts is a poetry server that sends no more than the first bytes of the poem.
func cuts(name, about string, most int, catches ...string) peers.Peer {
	return spoils(name, about, func(poem []byte) []byte { return poem[:min(len(poem), most)] }, catches...)
}

// endsAt is a poetry server that takes a byte for the end of the poem.
func endsAt(name, about string, end byte, catches ...string) peers.Peer {
	return spoils(name, about, func(poem []byte) []byte {
		before, _, _ := bytes.Cut(poem, []byte{end})
		return before
	}, catches...)
}

// translates is a poetry server that replaces characters, and drops those that become negative.
func translates(name, about string, f func(rune) rune, catches ...string) peers.Peer {
	return spoils(name, about, func(poem []byte) []byte { return bytes.Map(f, poem) }, catches...)
}

// substitutes is a poetry server that changes each of several strings into the one after it.
func substitutes(name, about string, pairs []string, catches ...string) peers.Peer {
	return spoils(name, about, func(poem []byte) []byte {
		return []byte(strings.NewReplacer(pairs...).Replace(string(poem)))
	}, catches...)
}

// decodesBy decodes pieces of so many bytes, each by itself.
func decodesBy(size int) func([]byte) []byte {
	return func(poem []byte) []byte {
		var out []byte
		for len(poem) > 0 {
			n := min(len(poem), size)
			out = append(out, bytes.ToValidUTF8(poem[:n], []byte("\uFFFD"))...)
			poem = poem[n:]
		}
		return out
	}
}

// byteFaults: statement 3.
func byteFaults() []peers.Peer {
	return []peers.Peer{
		spoils("greets", "sends a banner before the poem", func(poem []byte) []byte {
			return append([]byte("HELLO\n"), poem...)
		}, "sends-exact-poem", "sends-one-byte-poem"),
		spoils("frames", "sends the length before the poem", func(poem []byte) []byte {
			return fmt.Appendf(nil, "%d:%s,", len(poem), poem)
		}, "sends-exact-poem", "serves-empty-poem"),
		appends("says-goodbye", "sends a line after the poem", "BYE\r\n", "sends-exact-poem"),
		appends("println", "adds a line end", "\n", "keeps-missing-final-newline", "sends-one-byte-poem"),
		spoils("ends-last-line", "adds a line end where the last line has none", func(poem []byte) []byte {
			if bytes.HasSuffix(poem, []byte("\n")) {
				return poem
			}
			return append(bytes.Clone(poem), '\n')
		}, "keeps-missing-final-newline", "sends-one-byte-poem"),
		appends("c-string", "sends the NUL that ends its string", "\x00", "sends-exact-poem"),
		spoils("chomps", "drops the last line end", func(poem []byte) []byte {
			return bytes.TrimSuffix(poem, []byte("\n"))
		}, "sends-exact-poem"),
		spoils("strips", "strips blanks from both ends", bytes.TrimSpace, "keeps-blanks"),
		spoils("strips-left", "strips blanks from the start", func(poem []byte) []byte {
			return bytes.TrimLeft(poem, " \t\n")
		}, "keeps-blanks"),
		spoils("strips-lines", "strips blanks from the ends of lines", func(poem []byte) []byte {
			lines := strings.Split(string(poem), "\n")
			for i := range lines {
				lines[i] = strings.TrimRight(lines[i], " \t")
			}
			return []byte(strings.Join(lines, "\n"))
		}, "keeps-blanks"),
		replaces("squeezes-lines", "drops empty lines", "\n\n", "\n", "keeps-blanks"),
		replaces("expands-tabs", "turns tabs into blanks", "\t", "        ", "keeps-blanks"),
		replaces("network-line-ends", "turns LF into CR LF", "\n", "\r\n", "sends-exact-poem", "keeps-crlf"),
		replaces("text-mode", "reads its file in text mode: CR LF becomes LF", "\r\n", "\n", "keeps-crlf"),
		substitutes("splits-lines", "splits lines wherever Unicode ends one", []string{"\u2028", "\n", "\u0085", "\n"}, "keeps-multibyte-text"),
		substitutes("splits-lines-at-controls", "splits lines at form feeds and their like",
			[]string{"\v", "\n", "\f", "\n", "\x1c", "\n", "\x1d", "\n", "\x1e", "\n"}, "keeps-control-characters"),
		endsAt("ends-at-ctrl-z", "takes Ctrl-Z for the end of the file", 0x1A, "keeps-control-characters", "keeps-every-byte"),
		translates("drops-controls", "drops control characters", func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7F {
				return -1
			}
			return r
		}, "keeps-control-characters"),
		replaces("drops-marks", "drops byte order marks wherever they are", "\uFEFF", "", "keeps-unusual-characters", "keeps-byte-order-mark"),
		replaces("drops-what-is-not-seen", "drops what has no width", "\u200b", "", "keeps-unusual-characters"),
		replaces("normalizes-compatibly", "spells ligatures out", "\ufb01", "fi", "keeps-unusual-characters"),
		spoils("splits-pairs", "encodes each 8,192 units of UTF-16 by themselves", func(poem []byte) []byte {
			var out []byte
			for units := utf16.Encode([]rune(string(poem))); len(units) > 0; {
				n := min(len(units), 8<<10)
				out = append(out, string(utf16.Decode(units[:n]))...)
				units = units[n:]
			}
			return out
		}, "keeps-long-text-beyond-bmp"),
		translates("bmp-only", "replaces what is beyond 16 bits", func(r rune) rune {
			if r > 0xFFFF {
				return utf8.RuneError
			}
			return r
		}, "keeps-long-text-beyond-bmp", "keeps-multibyte-text"),
		spoils("one-final-newline", "keeps one line end at the end", func(poem []byte) []byte {
			if !bytes.HasSuffix(poem, []byte("\n")) {
				return poem
			}
			return append(bytes.TrimRight(bytes.Clone(poem), "\n"), '\n')
		}, "keeps-empty-lines"),
		substitutes("printf", "uses the poem as a format", []string{"%%", "%", "%s", "(null)", "%d", "0"}, "keeps-punctuation"),
		replaces("echo-e", "takes backslashes for escapes", `\n`, "\n", "keeps-punctuation"),
		replaces("escapes-html", "escapes what HTML would take for its own", "&", "&amp;", "keeps-punctuation"),
		translates("ascii-only", "replaces what is not ASCII", func(r rune) rune {
			if r > 0x7F {
				return '?'
			}
			return r
		}, "keeps-multibyte-text", "keeps-long-multibyte-text"),
		spoils("latin-1", "takes bytes for Latin-1 and sends UTF-8", func(poem []byte) []byte {
			var out []byte
			for _, b := range poem {
				out = utf8.AppendRune(out, rune(b))
			}
			return out
		}, "keeps-multibyte-text", "keeps-every-byte"),
		replaces("normalizes", "composes accents", "e\u0301", "\u00e9", "keeps-multibyte-text"),
		spoils("decodes-in-pieces", "decodes each 1,024 bytes by themselves", decodesBy(1<<10), "keeps-long-multibyte-text"),
		spoils("decodes-in-large-pieces", "decodes each 64 KiB by themselves", decodesBy(64<<10), "keeps-long-multibyte-text"),
		spoils("counts-characters", "sends as many bytes as the poem has characters", func(poem []byte) []byte {
			return poem[:utf8.RuneCount(poem)]
		}, "keeps-multibyte-text"),
		spoils("cuts-long-lines", "cuts lines at 64 KiB", func(poem []byte) []byte {
			var out []byte
			for line := range bytes.Lines(poem) {
				if len(line) > 64<<10 {
					line = append(bytes.Clone(line[:64<<10-1]), '\n')
				}
				out = append(out, line...)
			}
			return out
		}, "keeps-long-lines"),
		spoils("drops-mark", "drops a byte order mark", func(poem []byte) []byte {
			return bytes.TrimPrefix(poem, []byte("\uFEFF"))
		}, "keeps-byte-order-mark"),
		endsAt("strlen", "ends the poem at the first NUL", 0, "keeps-nul-and-ff", "keeps-every-byte"),
		spoils("replaces-invalid", "replaces what is not UTF-8", func(poem []byte) []byte {
			return bytes.ToValidUTF8(poem, []byte("\uFFFD"))
		}, "keeps-nul-and-ff", "keeps-every-byte"),
		spoils("seven-bits", "sends seven bits of each byte", func(poem []byte) []byte {
			out := bytes.Clone(poem)
			for i := range out {
				out[i] &= 0x7F
			}
			return out
		}, "keeps-multibyte-text", "keeps-every-byte"),
		replaces("ends-at-ff", "takes 0xFF for the end of the file", "\xff", "", "keeps-nul-and-ff", "keeps-every-byte"),
		cuts("one-buffer", "sends the first 64 KiB", 64<<10, "keeps-long-lines", "delivers-large-poem"),
		cuts("sixteen-mib", "sends the first 16 MiB", 16<<20, "delivers-large-poem"),
		spoils("repeats-block", "sends the last block of 4 KiB again where it is full", func(poem []byte) []byte {
			if n := len(poem); n > 0 && n%4096 == 0 {
				return append(bytes.Clone(poem), poem[n-4096:]...)
			}
			return poem
		}, "delivers-large-poem", "delivers-to-late-reader"),
		faulty("refuses-binary", "does not start with a poem that is not UTF-8", server{load: func(p *target.Process) ([]byte, error) {
			poem, err := loadPoem(p)
			if err == nil && !utf8.Valid(poem) {
				err = fmt.Errorf("the poem is not UTF-8")
			}
			return poem, err
		}}, "keeps-nul-and-ff", "keeps-every-byte"),
	}
}
