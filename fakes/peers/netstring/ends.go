package netstring

import (
	"bytes"
	"errors"
	"io"

	"scansion/fakes/peers"
)

// afterFaults: when a malformed stream is rejected, and what comes of its strings;
// statement 5.
func afterFaults() []peers.Peer {
	return []peers.Peer{
		faulty("resynchronizes", "goes on after the next comma, as if nothing had happened", parser{
			length: func(p *parsing, c byte) (bool, error) {
				if !p.lost {
					return false, nil
				}
				p.lost = c != ','
				return true, nil
			},
			fault: func(p *parsing, _ []byte, _ error) error {
				p.reset()
				p.lost = true
				return nil
			},
		}, rejecting...),
		faulty("delivers-after-fault", "delivers what it takes for strings after a fault, from what it has read already", parser{fault: func(p *parsing, rest []byte, err error) error {
			p.fault = func(p *parsing, _ []byte, _ error) error {
				p.reset()
				return nil
			}
			p.reset()
			_ = p.feed(rest) // there are no faults any more
			return err
		}}, "delivers-strings-before-fault"),
		faulty("loses-strings-before-fault", "does not deliver the strings that came with the fault in one read", parser{
			handOut: (*parsing).hold,
			take: func(p *parsing, data []byte) error {
				if err := p.feed(data); err != nil {
					return err
				}
				p.release()
				return nil
			},
		}, "delivers-strings-before-fault"),
		faulty("delivers-malformed-string", "delivers a string whose comma is missing, and then rejects it", parser{comma: func(p *parsing, c byte) (int, error) {
			p.finish()
			if c != ',' {
				return 1, errMissingComma
			}
			return 1, nil
		}}, "delivers-strings-before-fault"),
		faulty("rejects-at-the-end", "reads a malformed stream to its end before it rejects it", parser{fault: func(p *parsing, _ []byte, err error) error {
			if _, ended := io.Copy(io.Discard, p.stream); ended != nil {
				return ended
			}
			return err
		}}, atOnce...),
		faulty("rejects-8-bytes-late", "rejects when eight bytes more have come", parser{fault: later(8)}, "rejects-at-once"),
		function("reads-all-first", "reads the whole stream before it begins", func(stream io.Reader, deliver func([]byte)) error {
			all, err := io.ReadAll(stream)
			if err != nil {
				return err
			}
			return parser{}.decode(bytes.NewReader(all), deliver)
		}, atOnce...),
		faulty("fills-its-buffer", "reads 4,096 bytes before it looks at them", parser{read: fillWhole}, atOnce...),
		faulty("reads-lines", "reads up to a line end before it looks", parser{buffer: large, read: readLine}, atOnce...),
	}
}

// fillWhole reads until the buffer is full, or the stream ends.
func fillWhole(stream io.Reader, buffer []byte) (int, error) {
	n, err := io.ReadFull(stream, buffer)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

// readLine reads up to a line end.
func readLine(stream io.Reader, buffer []byte) (int, error) {
	for n := range buffer {
		if _, err := io.ReadFull(stream, buffer[n:n+1]); err != nil {
			return n, err
		}
		if buffer[n] == '\n' {
			return n + 1, nil
		}
	}
	return len(buffer), nil
}

// endFaults: statement 7.
func endFaults() []peers.Peer {
	ends := func(name, about string, end func(*parsing) error) peers.Peer {
		return faulty(name, about, parser{end: end}, "reports-incomplete")
	}
	return []peers.Peer{
		faulty("delivers-before-comma", "delivers a string before it has seen the comma", parser{
			full: func(p *parsing) error {
				p.deliver(p.got)
				return nil
			},
			handOut: func(*parsing) {},
		}, "reports-incomplete"),
		ends("delivers-part", "delivers the part of a string that there is when the stream ends", func(p *parsing) error {
			if p.part != inLength {
				p.deliver(p.got)
			}
			return p.wholeOrNot()
		}),
		ends("end-completes-data", "takes the end of the stream inside the data for the end of the string, and drops it", func(p *parsing) error {
			if p.part == inData {
				return nil
			}
			return p.wholeOrNot()
		}),
		ends("end-completes-length", "takes a stream that ends in a length for complete", func(p *parsing) error {
			if p.part == inLength {
				return nil
			}
			return p.wholeOrNot()
		}),
		ends("last-comma-optional", "takes the end of the stream for the last comma", func(p *parsing) error {
			if p.part == atComma {
				p.finish()
			}
			return p.wholeOrNot()
		}),
		ends("ends-well", "takes every end for a good one", func(*parsing) error { return nil }),
	}
}
