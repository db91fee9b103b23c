package netstring

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"scansion/fakes/peers"
)

// spoilsData is a netstring parser that delivers what f makes of each string.
func spoilsData(name, about string, f func(data []byte) []byte) peers.Peer {
	return faulty(name, about, parser{handOut: func(p *parsing) {
		p.deliver(f(p.got))
	}}, "accepts-any-bytes")
}

// before is a netstring parser that delivers strings up to a separator.
func before(name, about, separator string) peers.Peer {
	return spoilsData(name, about, func(data []byte) []byte {
		first, _, _ := bytes.Cut(data, []byte(separator))
		return first
	})
}

// dataFaults: statement 2.
func dataFaults() []peers.Peer {
	return []peers.Peer{
		spoilsData("trims-strings", "strips white space from strings", bytes.TrimSpace),
		before("string-ends-at-nul", "delivers strings up to the first NUL", "\x00"),
		before("string-ends-at-colon", "delivers strings up to the first ':', as if split there", ":"),
		spoilsData("string-to-utf-8", "replaces what is not UTF-8", func(data []byte) []byte {
			return bytes.ToValidUTF8(data, []byte("\uFFFD"))
		}),
		spoilsData("string-from-latin-1", "turns strings from Latin-1 into UTF-8", func(data []byte) []byte {
			var out []byte
			for _, c := range data {
				out = utf8.AppendRune(out, rune(c))
			}
			return out
		}),
		spoilsData("string-of-seven-bits", "clears the eighth bit of data", func(data []byte) []byte {
			out := bytes.Clone(data)
			for i := range out {
				out[i] &= 0x7f
			}
			return out
		}),
		spoilsData("string-line-ends", "turns line ends in strings into LF", func(data []byte) []byte {
			data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
			return bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
		}),
		faulty("length-in-characters", "counts data in characters of UTF-8", parser{data: func(p *parsing, rest []byte) int {
			for i, c := range rest {
				if utf8.RuneStart(c) {
					if p.note == p.n {
						p.n = len(p.got) // bytes
						return i
					}
					p.note++
				}
				p.got = append(p.got, c)
			}
			return len(rest)
		}, full: func(p *parsing) error {
			if p.note < p.n {
				p.part = inData // so many bytes, but not so many characters
			}
			return nil
		}}, "accepts-any-bytes"),
		faulty("splits-at-commas", "takes data up to the next comma, whatever the length", parser{data: func(p *parsing, rest []byte) int {
			k := bytes.IndexByte(rest, ',')
			if k < 0 {
				k = len(rest)
			} else {
				p.n = len(p.got) + k
			}
			p.got = append(p.got, rest[:k]...)
			if k == len(rest) {
				p.n = len(p.got) + 1 // not yet
			}
			return k
		}}, "accepts-any-bytes", "rejects-missing-comma"),
		faulty("skips-empty-strings", "does not deliver empty strings", parser{handOut: func(p *parsing) {
			if len(p.got) > 0 {
				p.deliver(p.got)
			}
		}}, "accepts-empty-string"),
	}
}

// orderFaults: statement 4.
func orderFaults() []peers.Peer {
	return []peers.Peer{
		faulty("twice", "delivers every string twice", parser{handOut: func(p *parsing) {
			p.deliver(p.got)
			p.deliver(p.got)
		}}, accepting...),
		faulty("joins", "delivers all strings in one, when the stream ends", parser{
			handOut: func(p *parsing) { p.kept = append(p.kept, p.got...) },
			end: func(p *parsing) error {
				if p.strings > 0 {
					p.deliver(p.kept)
				}
				return p.wholeOrNot()
			},
		}, "delivers-in-order", "many-in-one-read"),
		faulty("stack", "delivers the last string first, when the stream ends", parser{
			handOut: (*parsing).hold,
			end: func(p *parsing) error {
				slices.Reverse(p.held)
				p.release()
				return p.wholeOrNot()
			},
		}, "delivers-in-order", "many-in-one-read"),
		faulty("one-behind", "delivers a string once the next one has come", parser{handOut: func(p *parsing) {
			p.release()
			p.hold()
		}}, "accepts-netstrings", "accepts-empty-string", "accepts-any-bytes", "accepts-longest-string", "delivers-in-order"),
		faulty("set", "delivers equal strings once", parser{handOut: func(p *parsing) {
			if !slices.ContainsFunc(p.held, func(s []byte) bool { return bytes.Equal(s, p.got) }) {
				p.hold()
				p.deliver(p.got)
			}
		}}, "delivers-in-order"),
		faulty("dirty-buffer", "delivers a string with the end of a longer one before it", parser{handOut: func(p *parsing) {
			k := copy(p.kept, p.got)
			p.kept = append(p.kept, p.got[k:]...)
			p.deliver(p.kept)
		}}, "delivers-in-order"),
	}
}
