package peers

import (
	"bytes"
	"errors"
	"io"
)

// afterFaults: when a malformed stream is rejected, and what comes of its strings;
// statement 5.
func afterFaults() []Peer {
	return []Peer{
		misparses("resynchronizes", "goes on after the next comma, as if nothing had happened", netstringParser{
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
		misparses("delivers-after-fault", "delivers what it takes for strings after a fault, from what it has read already", netstringParser{fault: func(p *parsing, rest []byte, err error) error {
			p.fault = func(p *parsing, _ []byte, _ error) error {
				p.reset()
				return nil
			}
			p.reset()
			_ = p.feed(rest) // there are no faults any more
			return err
		}}, "delivers-strings-before-fault"),
		misparses("loses-strings-before-fault", "does not deliver the strings that came with the fault in one read", netstringParser{
			handOut: (*parsing).hold,
			take: func(p *parsing, data []byte) error {
				if err := p.feed(data); err != nil {
					return err
				}
				p.release()
				return nil
			},
		}, "delivers-strings-before-fault"),
		misparses("delivers-malformed-string", "delivers a string whose comma is missing, and then rejects it", netstringParser{comma: func(p *parsing, c byte) (int, error) {
			p.finish()
			if c != ',' {
				return 1, errMissingComma
			}
			return 1, nil
		}}, "delivers-strings-before-fault"),
		misparses("rejects-at-the-end", "reads a malformed stream to its end before it rejects it", netstringParser{fault: func(p *parsing, _ []byte, err error) error {
			if _, ended := io.Copy(io.Discard, p.stream); ended != nil {
				return ended
			}
			return err
		}}, "rejects-at-once", "rejects-long-length-at-once"),
		misparses("rejects-8-bytes-late", "rejects when eight bytes more have come", netstringParser{fault: later(8)}, "rejects-at-once"),
		{
			Name: "reads-all-first", About: "reads the whole stream before it begins", Catches: []string{"rejects-at-once", "rejects-long-length-at-once"},
			Codec: decodes(func(stream io.Reader, deliver func([]byte)) error {
				all, err := io.ReadAll(stream)
				if err != nil {
					return err
				}
				return netstringParser{}.decode(bytes.NewReader(all), deliver)
			}),
		},
		misparses("fills-its-buffer", "reads 4,096 bytes before it looks at them", netstringParser{read: fillWhole},
			"rejects-at-once", "rejects-long-length-at-once"),
		misparses("reads-lines", "reads up to a line end before it looks", netstringParser{buffer: 1 << 20, read: readLine},
			"rejects-at-once", "rejects-long-length-at-once"),
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
func endFaults() []Peer {
	ends := func(name, about string, end func(*parsing) error) Peer {
		return misparses(name, about, netstringParser{end: end}, "reports-incomplete")
	}
	return []Peer{
		misparses("delivers-before-comma", "delivers a string before it has seen the comma", netstringParser{
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
