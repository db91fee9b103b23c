// Package netstring holds netstring parsers with known verdicts.
package netstring

import (
	"errors"
	"slices"

	"scansion/conformance"
	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// Peers returns the netstring parsers: the faultless one, the variants, the faulty.
func Peers() []peers.Peer {
	return slices.Concat(
		conforming(), uselessParsers(), stateFaults(), verdictFaults(), leniencies(), separatorFaults(), limitFaults(), overflows(),
		dataFaults(), orderFaults(), cutFaults(), bufferFaults(), costFaults(), afterFaults(), endFaults(), codecFaults(),
	)
}

// faulty is a netstring parser with a fault.
func faulty(name, about string, p parser, catches ...string) peers.Peer {
	return function(name, about, p.decode, catches...)
}

// variant is a netstring parser that is unusual, and within its rights.
func variant(name, about string, decode target.Decode) peers.Peer {
	p := function(name, about, decode)
	p.Variant = true
	return p
}

// function is a netstring parser that can do nothing but parse, and tells what memory it
// holds where that is much.
func function(name, about string, decode target.Decode, catches ...string) peers.Peer {
	return made(name, about, func() target.Codec { return decodes(decode) }, catches...)
}

// made is a netstring parser that is made anew for each target.
func made(name, about string, codec func() target.Codec, catches ...string) peers.Peer {
	return peers.Peer{
		Name: name, About: about, Role: "netstring", Catches: catches,
		Target: func(conformance.Network) conformance.Target { return target.NewParserFunc(name, codec()) },
	}
}

// decodes is what a parser can do that does nothing but parse.
func decodes(decode target.Decode) target.Codec { return target.Codec{Decode: decode, Tells: true} }

// Requirements that go together.
var (
	accepting = []string{"accepts-netstrings", "accepts-empty-string", "accepts-any-bytes", "accepts-longest-string", "delivers-in-order"}
	cutInside = []string{"cut-once", "cut-twice", "cut-into-bytes"}
	atOnce    = []string{"rejects-at-once", "rejects-long-length-at-once"}
	rejecting = []string{
		"rejects-empty-length", "rejects-leading-zero", "rejects-sign", "rejects-white-space", "rejects-other-characters",
		"rejects-missing-colon", "rejects-missing-comma", "rejects-at-once", "delivers-strings-before-fault", "rejects-longer-string",
		"rejects-long-length-at-once", "rejects-overflowing-lengths", "rejects-endless-length",
	}
)

func conforming() []peers.Peer {
	return []peers.Peer{
		made("faultless-parser", "does everything right", codec(encode, within)),
		variant("reads-bytes", "reads a byte at a time", parser{buffer: 1}.decode),
		variant("reads-threes", "reads by three bytes", parser{buffer: 3}.decode),
		variant("reads-all-there-is", "reads up to 128 KiB at once, and parses it in one go", parser{buffer: large}.decode),
		variant("asks-politely", "reads no more bytes than the netstring needs", readsWhatItNeeds),
		variant("bufio", "reads digits one by one from a buffer, and data in one go", bufioDecode),
		variant("recursive-descent", "has a function for each rule of the grammar", descend),
		variant("table-driven", "looks up what to do in a table of states and bytes", tableDecode),
		variant("scan-split", "is a split function of a scanner", scannerDecode),
		variant("delivers-late", "delivers when the stream ends, or is rejected", deliversLate),
		variant("delivers-after-the-read", "delivers what one read has brought together", parser{
			handOut: (*parsing).hold,
			take: func(p *parsing, data []byte) error {
				defer p.release()
				return p.feed(data)
			},
		}.decode),
		variant("rejects-one-byte-late", "looks at one byte more before it rejects", parser{fault: later(1)}.decode),
		variant("calls-incomplete-malformed", "reports a stream that has ended too early as malformed", parser{end: func(p *parsing) error {
			if p.inside() {
				return errors.New("what is this")
			}
			return nil
		}}.decode),
		variant("weighs-at-the-colon", "looks at the value of a length once it has the ':'", weighsAtColon(withinLimit).decode),
		variant("reserves-what-is-allowed", "reserves memory for a length that is within the limit", parser{
			declared: func(p *parsing) error {
				p.got = make([]byte, 0, p.n)
				return nil
			},
		}.decode),
	}
}
