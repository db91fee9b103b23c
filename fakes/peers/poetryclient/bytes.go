package poetryclient

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"scansion/fakes/peers"
)

// byteFaults: statements 2 and 7, poems that are spoilt on their way to the output.
func byteFaults() []peers.Peer {
	text := func(change func(string) string) client {
		return changing(func(poem []byte) []byte { return []byte(change(string(poem))) })
	}
	without := func(unwanted func(rune) bool) client {
		return text(func(poem string) string {
			return strings.Map(func(r rune) rune {
				if unwanted(r) {
					return -1
				}
				return r
			}, poem)
		})
	}
	return []peers.Peer{
		faulty("writes-heading", "writes a heading on standard output", changing(func(poem []byte) []byte {
			return append(fmt.Appendf(nil, "Task 1: got %d bytes of poetry\n", len(poem)), poem...)
		}), "hands-on-exact-poem"),
		faulty("writes-blank-line", "writes a blank line after each poem", client{write: ending("\n\n")}, "hands-on-exact-poem"),
		faulty("writes-twice", "writes each poem twice", changing(func(poem []byte) []byte {
			return slices.Concat(poem, poem)
		}), "hands-on-exact-poem", "hands-on-every-poem-once"),
		faulty("loses-last-byte", "drops the last byte of each poem", changing(func(poem []byte) []byte {
			return poem[:max(0, len(poem)-1)]
		}), "hands-on-exact-poem"),
		faulty("whole-lines-only", "drops a last line that has no line end", changing(func(poem []byte) []byte {
			return poem[:bytes.LastIndexByte(poem, '\n')+1]
		}), "keeps-missing-final-newline"),
		faulty("strips", "strips white space from both ends", changing(bytes.TrimSpace), "keeps-blanks", "keeps-empty-lines"),
		faulty("squeezes", "leaves out empty lines", text(func(poem string) string {
			for strings.Contains(poem, "\n\n") {
				poem = strings.ReplaceAll(poem, "\n\n", "\n")
			}
			return poem
		}), "keeps-empty-lines"),
		faulty("formats", "uses the poem as a format", text(func(poem string) string {
			return fmt.Sprintf(poem, []any{}...)
		}), "keeps-punctuation"),
		faulty("unescapes", "replaces escapes", text(func(poem string) string {
			return strings.ReplaceAll(poem, `\n`, "\n")
		}), "keeps-punctuation"),
		faulty("ascii-only", "writes ? for whatever is not ASCII", text(func(poem string) string {
			return strings.Map(func(r rune) rune {
				if r > unicode.MaxASCII {
					return '?'
				}
				return r
			}, poem)
		}), "keeps-multibyte-text", "keeps-unusual-characters", "keeps-byte-order-mark"),
		faulty("basic-plane-only", "writes U+FFFD for characters of four bytes", text(func(poem string) string {
			return strings.Map(func(r rune) rune {
				if r > 0xFFFF {
					return unicode.ReplacementChar
				}
				return r
			}, poem)
		}), "keeps-long-text-beyond-bmp"),
		faulty("decodes-in-blocks", "decodes blocks of 64 KiB by themselves", changing(func(poem []byte) []byte {
			var all []byte
			for block := range slices.Chunk(poem, 64<<10) {
				all = append(all, bytes.ToValidUTF8(block, []byte("\uFFFD"))...)
			}
			return all
		}), "keeps-long-multibyte-text"),
		faulty("drops-controls", "leaves out control characters", without(func(r rune) bool {
			return unicode.IsControl(r) && r != '\n'
		}), "keeps-control-characters"),
		faulty("stops-at-ctrl-z", "takes Ctrl-Z for the end", changing(func(poem []byte) []byte {
			before, _, _ := bytes.Cut(poem, []byte{0x1A})
			return before
		}), "keeps-control-characters"),
		faulty("splits-lines", "splits lines at U+2028 too", text(func(poem string) string {
			return strings.ReplaceAll(poem, "\u2028", "\n")
		}), "keeps-unusual-characters"),
		faulty("drops-mark", "drops a byte order mark", changing(func(poem []byte) []byte {
			return bytes.TrimPrefix(poem, []byte("\uFEFF"))
		}), "keeps-byte-order-mark"),
		faulty("short-lines", "cuts lines at 64 KiB", changing(func(poem []byte) []byte {
			var all []byte
			for line := range bytes.Lines(poem) {
				if len(line) > 64<<10 {
					line = append(line[:64<<10:64<<10], '\n')
				}
				all = append(all, line...)
			}
			return all
		}), "keeps-long-lines"),
		faulty("one-megabyte", "keeps a megabyte of each poem", changing(func(poem []byte) []byte {
			return poem[:min(len(poem), 1<<20)]
		}), "hands-on-large-poem"),
		variant("universal-newlines", "writes LF for CR LF and CR", text(func(poem string) string {
			return strings.ReplaceAll(strings.ReplaceAll(poem, "\r\n", "\n"), "\r", "\n")
		}), "keeps-crlf", "keeps-every-byte"),
		variant("c-strings", "takes NUL for the end", changing(func(poem []byte) []byte {
			before, _, _ := bytes.Cut(poem, []byte{0})
			return before
		}), "keeps-nul-and-ff", "keeps-every-byte"),
	}
}
