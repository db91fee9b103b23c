// Package embedded has reference programs as targets in this process, for those who
// judge them: the command and the suites.
package embedded

import (
	"io"

	"scansion/conformance"
	"scansion/conformance/reference/netstring"
	"scansion/conformance/target"
)

// Netstring returns the reference netstring codec as a target.
func Netstring() conformance.Target {
	return target.NewParserFunc("the embedded reference (conformance/reference/netstring)", target.Codec{
		Decode: decode(0),
		Encode: func(data []byte) []byte { return netstring.Append(nil, data) },
		Limited: func(limit int) target.Decode {
			if limit == 0 {
				limit = -1 // zero would stand for the default
			}
			return decode(limit)
		},
	})
}

// decode is a parser with a maximum length of its own.
func decode(maxLength int) target.Decode {
	return func(stream io.Reader, deliver func([]byte)) error {
		r := netstring.NewReader(stream)
		r.MaxLength = maxLength
		return r.Each(func(data []byte) error {
			deliver(data)
			return nil
		})
	}
}
