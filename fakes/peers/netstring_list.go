package peers

import (
	"errors"

	"scansion/conformance"
	"scansion/conformance/target"
)

const netstringRole conformance.Role = "netstring"

// Netstrings returns the netstring parsers: the faultless, the odd, the faulty. Those
// that keep what they should not keep it from the call of Netstrings on.
func Netstrings() []Peer {
	var all []Peer
	for _, list := range [][]Peer{
		goodParsers(), uselessParsers(), verdictFaults(), leniencies(), separatorFaults(), limitFaults(), overflows(),
		dataFaults(), orderFaults(), cutFaults(), bufferFaults(), costFaults(), afterFaults(), endFaults(), codecFaults(),
	} {
		all = append(all, list...)
	}
	for i := range all {
		all[i].Role = netstringRole
	}
	return all
}

// misparses is a netstring parser with a fault.
func misparses(name, about string, n netstringParser, catches ...string) Peer {
	return Peer{Name: name, About: about, Codec: decodes(n.decode), Catches: catches}
}

// parses is a netstring parser that is unusual, and within its rights.
func parses(name, about string, decode target.Decode) Peer {
	return Peer{Name: name, About: about, Codec: decodes(decode), Odd: true}
}

// decodes is a parser that can do nothing else, and tells what it holds where that is much.
func decodes(decode target.Decode) target.Codec { return target.Codec{Decode: decode, Tells: true} }

// Requirements that go together.
var (
	accepting = []string{"accepts-netstrings", "accepts-empty-string", "accepts-any-bytes", "accepts-longest-string", "delivers-in-order"}
	cutting   = []string{"cut-once", "cut-twice", "cut-into-bytes", "cut-into-blocks"}
	rejecting = []string{
		"rejects-empty-length", "rejects-leading-zero", "rejects-sign", "rejects-white-space", "rejects-other-characters",
		"rejects-missing-colon", "rejects-missing-comma", "rejects-at-once", "delivers-strings-before-fault", "rejects-longer-string",
		"rejects-long-length-at-once", "rejects-overflowing-lengths", "rejects-endless-length",
	}
)

func goodParsers() []Peer {
	return []Peer{
		{Name: "faultless-parser", About: "does everything right", Codec: codec(encode, within)},
		parses("reads-bytes", "reads a byte at a time", netstringParser{buffer: 1}.decode),
		parses("reads-threes", "reads by three bytes", netstringParser{buffer: 3}.decode),
		parses("reads-all-there-is", "reads up to 1 MiB at once, and parses it in one go", netstringParser{buffer: 1 << 20}.decode),
		parses("asks-politely", "reads no more bytes than the netstring needs", readsWhatItNeeds),
		parses("bufio", "reads digits one by one from a buffer, and data in one go", bufioDecode),
		parses("recursive-descent", "has a function for each rule of the grammar", descend),
		parses("table-driven", "looks up what to do in a table of states and bytes", tableDecode),
		parses("scan-split", "is a split function of a scanner", scannerDecode),
		parses("delivers-late", "delivers when the stream ends, or is rejected", deliversLate),
		parses("delivers-after-the-read", "delivers what one read has brought together", netstringParser{
			handOut: (*parsing).hold,
			take: func(p *parsing, data []byte) error {
				defer p.release()
				return p.feed(data)
			},
		}.decode),
		parses("rejects-one-byte-late", "looks at one byte more before it rejects", netstringParser{fault: later(1)}.decode),
		parses("calls-incomplete-malformed", "reports a stream that has ended too early as malformed", netstringParser{end: func(p *parsing) error {
			if p.inside() {
				return errors.New("what is this")
			}
			return nil
		}}.decode),
		parses("weighs-at-the-colon", "looks at the value of a length once it has the ':'", weighsAtColon(withinLimit).decode),
		parses("reserves-what-is-allowed", "reserves memory for a length that is within the limit", netstringParser{
			declared: func(p *parsing) error {
				p.got = make([]byte, 0, p.n)
				return nil
			},
		}.decode),
	}
}
