package netstring

import (
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// uselessParsers do no parsing, or next to none.
func uselessParsers() []peers.Peer {
	return []peers.Peer{
		function("rejects-everything", "rejects every stream, unread", func(io.Reader, func([]byte)) error {
			return errors.New("no")
		}, accepting...),
		function("accepts-everything", "reads the stream, delivers nothing, and is content", func(stream io.Reader, _ func([]byte)) error {
			_, err := io.Copy(io.Discard, stream)
			return err
		}, accepting...),
		function("cat", "delivers what it reads", func(stream io.Reader, deliver func([]byte)) error {
			all, err := io.ReadAll(stream)
			deliver(all)
			return err
		}, accepting...),
		faulty("never-delivers", "parses well, and keeps the strings to itself", parser{handOut: func(*parsing) {}}, accepting...),
		faulty("first-only", "is done after the first netstring", parser{take: func(p *parsing, data []byte) error {
			for len(data) > 0 && p.strings == 0 {
				k, err := p.step(data)
				if err != nil {
					return err
				}
				data = data[k:]
			}
			return nil
		}}, "delivers-in-order", "many-in-one-read"),
		faulty("one-digit", "takes lengths of one digit only", parser{length: func(p *parsing, c byte) (bool, error) {
			if p.digits == 1 && c != ':' {
				return false, errNoDigit
			}
			return false, nil
		}}, "accepts-longest-string"),
	}
}

// stateFaults: what a parser keeps of one stream shows in the next.
func stateFaults() []peers.Peer {
	keeps := func(name, about string, keeping func() parser, catches ...string) peers.Peer {
		return made(name, about, func() target.Codec { return decodes(keeping().decode) }, catches...)
	}
	return []peers.Peer{
		keeps("mutable-default", "delivers the last strings of earlier streams once more", repeats, accepting...),
		keeps("carries-over", "carries what a stream has left unfinished into the next one", remembers, "reports-incomplete"),
	}
}

// verdictFaults: the strings are right, and the verdict is not; statements 5 to 7.
func verdictFaults() []peers.Peer {
	return []peers.Peer{
		faulty("panics-at-faults", "panics on every malformed stream", parser{fault: func(_ *parsing, _ []byte, err error) error {
			panic(err)
		}}, rejecting...),
		faulty("hangs-at-faults", "reads on for ever once a stream is malformed", parser{fault: func(p *parsing, _ []byte, _ error) error {
			return p.readOn()
		}}, rejecting...),
		function("swallows-faults", "stops at a fault as if all were well", func(stream io.Reader, deliver func([]byte)) error {
			var fault error
			err := parser{fault: func(_ *parsing, _ []byte, err error) error {
				fault = err
				return err
			}}.decode(stream, deliver)
			if fault != nil {
				return nil
			}
			return err
		}, rejecting...),
		faulty("calls-faults-incomplete", "reports a malformed stream as one that has ended too early", parser{fault: func(*parsing, []byte, error) error {
			return io.ErrUnexpectedEOF
		}}, rejecting...),
		faulty("panics-at-the-end", "panics if the stream ends inside a netstring", parser{end: func(p *parsing) error {
			if p.inside() {
				panic("index out of range")
			}
			return nil
		}}, "reports-incomplete"),
		faulty("waits-after-the-end", "waits for the rest of a netstring when the stream has ended", parser{end: func(p *parsing) error {
			if p.inside() {
				return p.readOn()
			}
			return nil
		}}, "reports-incomplete"),
		faulty("hangs-on-empty-string", "waits for the data of an empty string", parser{declared: func(p *parsing) error {
			if p.n == 0 {
				return p.readOn()
			}
			return nil
		}}, "accepts-empty-string"),
	}
}

// readOn reads whatever comes, and does not take an end for an answer.
func (p *parsing) readOn() error {
	buffer := make([]byte, 4096)
	for {
		_, err := p.stream.Read(buffer)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err != nil {
			idle(10 * time.Millisecond)
		}
	}
}

// idle keeps what runs for ever from taking the processor for ever.
func idle(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
}

// remembers returns a parser whose buffer outlives the stream.
func remembers() parser {
	var (
		mu   sync.Mutex
		left []byte
	)
	return parser{
		take: func(p *parsing, data []byte) error {
			mu.Lock()
			p.kept = append(p.kept, left...) // nothing but at the first read
			left = nil
			mu.Unlock()
			before := p.kept
			p.kept = nil
			if err := p.feed(before); err != nil {
				return err
			}
			return p.feed(data)
		},
		end: func(p *parsing) error {
			if !p.inside() {
				return nil
			}
			mu.Lock()
			left = p.unfinished()
			mu.Unlock()
			return io.ErrUnexpectedEOF
		},
	}
}

// repeats returns a parser whose list of strings outlives the stream, up to ten of them.
func repeats() parser {
	var (
		mu   sync.Mutex
		list [][]byte
	)
	return parser{handOut: func(p *parsing) {
		mu.Lock()
		defer mu.Unlock()
		if p.strings == 0 {
			p.held = slices.Clone(list)
			p.release()
		}
		p.deliver(p.got)
		list = append(list, slices.Clone(p.got))
		list = list[max(0, len(list)-10):]
	}}
}

// later returns a fault hook that rejects once so many bytes more have come, or the
// stream has ended.
func later(bytes int) func(*parsing, []byte, error) error {
	return func(p *parsing, rest []byte, err error) error {
		if missing := bytes - len(rest); missing > 0 {
			_, _ = io.ReadFull(p.stream, make([]byte, missing))
		}
		return err
	}
}
