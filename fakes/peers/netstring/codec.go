package netstring

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// codec makes a parser that is faultless unless its maximum is set, and has an encoder.
func codec(encode func([]byte) []byte, limited func(limit int) parser) func() target.Codec {
	return func() target.Codec {
		c := decodes(parser{}.decode)
		c.Encode = encode
		c.Limited = func(limit int) target.Decode { return limited(limit).decode }
		return c
	}
}

func encode(data []byte) []byte { return fmt.Appendf(nil, "%d:%s,", len(data), data) }

func within(limit int) parser { return parser{limit: limit} }

// codecFaults: statements 1 and 6, encoders, and maxima that are set.
func codecFaults() []peers.Peer {
	misencodes := func(name, about string, encode func([]byte) []byte) peers.Peer {
		return made(name, about, codec(encode, within), "encodes-netstrings")
	}
	mislimits := func(name, about string, limited func(limit int) parser) peers.Peer {
		return made(name, about, codec(encode, limited), "keeps-set-maximum")
	}
	return []peers.Peer{
		misencodes("pads-lengths", "writes lengths with two digits at least", func(data []byte) []byte {
			return fmt.Appendf(nil, "%02d:%s,", len(data), data)
		}),
		misencodes("encodes-characters", "writes the number of characters for the length", func(data []byte) []byte {
			return fmt.Appendf(nil, "%d:%s,", utf8.RuneCount(data), data)
		}),
		misencodes("writes-hexadecimal", "writes lengths in hexadecimal", func(data []byte) []byte {
			return fmt.Appendf(nil, "%x:%s,", len(data), data)
		}),
		misencodes("ends-lines", "writes a line end after each netstring", func(data []byte) []byte {
			return fmt.Appendf(nil, "%d:%s,\n", len(data), data)
		}),
		misencodes("encodes-without-comma", "writes no comma after the data", func(data []byte) []byte {
			return fmt.Appendf(nil, "%d:%s", len(data), data)
		}),
		misencodes("encodes-up-to-nul", "takes the data for a string of C", func(data []byte) []byte {
			text, _, _ := bytes.Cut(data, []byte{0})
			return encode(text)
		}),
		misencodes("encodes-valid-text", "replaces what is no UTF-8", func(data []byte) []byte {
			return encode([]byte(strings.ToValidUTF8(string(data), "\uFFFD")))
		}),
		misencodes("leaves-out-empty-strings", "writes nothing for the empty string", func(data []byte) []byte {
			if len(data) == 0 {
				return nil
			}
			return encode(data)
		}),
		mislimits("deaf-to-maximum", "keeps its own maximum whatever it is told", func(int) parser { return parser{} }),
		mislimits("one-beyond-maximum", "accepts a string of one byte more than the maximum", func(limit int) parser {
			return parser{limit: limit + 1}
		}),
		mislimits("one-below-maximum", "rejects a string of exactly the maximum", func(limit int) parser {
			return parser{limit: max(limit-1, 1)}
		}),
		mislimits("maximum-of-digits", "accepts as many digits as the maximum has", func(limit int) parser {
			nines := 9
			for nines < limit {
				nines = 10*nines + 9
			}
			return parser{limit: nines}
		}),
	}
}
