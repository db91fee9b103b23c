package netstring

import (
	"errors"

	"scansion/fakes/peers"
)

// large is a buffer for the whole of what is read at once: what goes wrong depends on
// how the stream is cut, and on nothing else.
const large = 128 << 10

var errCut = errors.New("this is not what was expected of a read")

// reads is a netstring parser that does something with each read.
func reads(name, about string, take func(p *parsing, data []byte) error, catches ...string) peers.Peer {
	return faulty(name, about, parser{buffer: large, take: take}, catches...)
}

// between is a netstring parser with an idea of what is true between two reads.
func between(name, about string, idea func(*parsing) error, catches ...string) peers.Peer {
	return reads(name, about, func(p *parsing, data []byte) error {
		if err := p.feed(data); err != nil || len(data) == 0 {
			return err
		}
		return idea(p)
	}, catches...)
}

// cutFaults: statement 3.
func cutFaults() []peers.Peer {
	return []peers.Peer{
		between("read-is-whole", "expects that a read does not end inside a netstring", func(p *parsing) error {
			if p.inside() {
				return errCut
			}
			return nil
		}, append([]string{"cut-into-blocks"}, cutInside...)...),
		reads("read-is-one", "forgets what follows the first netstring of a read", func(p *parsing, data []byte) error {
			for strings := p.strings; len(data) > 0 && p.strings == strings; {
				k, err := p.step(data)
				if err != nil {
					return err
				}
				data = data[k:]
			}
			return nil
		}, "many-in-one-read"),
		between("header-in-one-read", "expects the ':' in the read that has the digits", func(p *parsing) error {
			if p.part == inLength && p.digits > 0 {
				return errCut
			}
			return nil
		}, cutInside...),
		between("comma-in-the-same-read", "expects the comma in the read that has the end of the data", func(p *parsing) error {
			if p.part == atComma {
				return errCut
			}
			return nil
		}, cutInside...),
		between("data-in-the-same-read", "forgets a length if the read ends with its ':'", func(p *parsing) error {
			if p.part == inData && len(p.got) == 0 {
				p.reset()
			}
			return nil
		}, cutInside...),
		between("data-in-one-read", "expects the data in one read", func(p *parsing) error {
			if p.part == inData && len(p.got) > 0 {
				return errCut
			}
			return nil
		}, cutInside...),
		between("read-ends-length", "takes the end of a read for the ':'", func(p *parsing) error {
			if p.part == inLength && p.digits > 0 {
				return p.begin()
			}
			return nil
		}, cutInside...),
		reads("length-begins-anew", "begins the length again with each read", func(p *parsing, data []byte) error {
			if p.part == inLength {
				p.reset()
			}
			return p.feed(data)
		}, cutInside...),
		reads("data-begins-anew", "begins the data again with each read", func(p *parsing, data []byte) error {
			if p.part == inData {
				p.got = p.got[:0]
			}
			return p.feed(data)
		}, cutInside...),
		reads("two-reads", "puts the data together from the last two reads only", func(p *parsing, data []byte) error {
			if p.part == inData {
				p.got = p.got[p.note:]
				p.note = len(p.got)
			}
			return p.feed(data)
		}, "cut-twice", "cut-into-bytes"),
		between("empty-string-again", "delivers an empty string twice if the read ends with it", func(p *parsing) error {
			if !p.inside() && p.last == 0 {
				p.deliver(nil)
			}
			return nil
		}, "accepts-empty-string"),
		reads("skips-line-end-of-a-read", "strips line ends from what it reads", func(p *parsing, data []byte) error {
			for len(data) > 0 && (data[len(data)-1] == '\n' || data[len(data)-1] == '\r') {
				data = data[:len(data)-1]
			}
			return p.feed(data)
		}, "rejects-white-space"),
	}
}

// bufferFaults: statements 2 and 3, with buffers of a fixed size.
func bufferFaults() []peers.Peer {
	const size = 4096
	return []peers.Peer{
		faulty("string-fits-buffer", "rejects a string that does not fit into its buffer of 4,096 bytes", parser{limit: size}, "accepts-longest-string"),
		faulty("forgets-full-buffer", "forgets what has begun when its buffer of 4,096 bytes is full", parser{buffer: size, take: func(p *parsing, data []byte) error {
			room := size - p.count
			if len(data) < room {
				p.count += len(data)
				return p.feed(data)
			}
			if err := p.feed(data[:room]); err != nil {
				return err
			}
			p.reset()
			p.count = len(data) - room
			return p.feed(data[room:])
		}}, "accepts-longest-string"),
		faulty("cuts-long-strings", "delivers the first 4,096 bytes of a string", parser{handOut: func(p *parsing) {
			p.deliver(p.got[:min(len(p.got), size)])
		}}, "accepts-longest-string"),
		faulty("scanner-of-64k", "rejects strings of more than 64 KiB, as a buffer does that grows no further", parser{limit: 64 << 10}, "accepts-longest-string"),
	}
}
