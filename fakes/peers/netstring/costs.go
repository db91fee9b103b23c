package netstring

import (
	"slices"

	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// costFaults: statement 8.
func costFaults() []peers.Peer {
	slow := timeFaults()
	for i := range slow {
		slow[i].Kernel = "Only a real machine takes processor time for what a program computes."
	}
	return append(slow, faulty("keeps-the-digits", "keeps a length as text until its ':'", parser{
		length: func(p *parsing, c byte) (bool, error) {
			if isDigit(c) {
				p.kept = append(p.kept, c)
				target.Hold(p.stream, 1)
			}
			return countsBy(saturating)(p, c)
		},
		declared: withinLimit,
	}, "bounded-memory"))
}

// timeFaults are costFaults that are seen in the processor time that they take.
func timeFaults() []peers.Peer {
	return []peers.Peer{
		faulty("copies-at-each-read", "copies the data that it has, there and back, at each read", parser{take: func(p *parsing, data []byte) error {
			p.got = slices.Clone(slices.Clone(p.got))
			return p.feed(data)
		}}, "linear-time-for-bytes"),
		faulty("starts-over", "keeps the stream, and parses it from its beginning at each read", parser{take: func(p *parsing, data []byte) error {
			if len(data) == 0 {
				return nil
			}
			p.kept = append(p.kept, data...)
			again := parser{handOut: func(again *parsing) {
				if again.strings >= p.strings {
					p.deliver(again.got)
					p.strings++
				}
			}}.start(p.stream, p.deliver)
			defer func() { p.part, p.digits = again.part, again.digits }()
			return again.feed(p.kept)
		}}, "linear-time-for-blocks", "linear-time-for-strings"),
		faulty("copies-the-rest", "copies what is left of a read after each string, as Twisted does", parser{buffer: 1 << 20, take: func(p *parsing, data []byte) error {
			for rest := data; len(rest) > 0; {
				strings := p.strings
				k, err := p.step(rest)
				if err != nil {
					return err
				}
				rest = rest[k:]
				if p.strings > strings {
					rest = slices.Clone(rest)
				}
			}
			return nil
		}}, "linear-time-for-one-read"),
	}
}
