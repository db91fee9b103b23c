package netstring

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// The parts of a netstring.
const (
	inLength = iota
	inData
	atComma
)

// Why a stream is malformed.
var (
	errEmptyLength  = errors.New("a length without digits")
	errLeadingZero  = errors.New("a length with a leading zero")
	errNoDigit      = errors.New("a length with what is no digit")
	errTooLong      = errors.New("a length above the limit")
	errMissingComma = errors.New("no comma after the data")
)

// parser is a netstring parser that is fed what was read. The zero value is
// faultless; each field, where it is set, replaces one thing that the parser does, and
// is the place of a fault.
type parser struct {
	limit  int // the length of the longest string; default 99,999
	buffer int // how many bytes are read at once, at most; default 4,096

	// read reads from the stream.
	read func(stream io.Reader, buffer []byte) (int, error)

	// take parses what was read. Data is overwritten by the next read.
	take func(p *parsing, data []byte) error

	// length gets each byte of a length first, the ':' too, and reports whether it is done
	// with it.
	length func(p *parsing, c byte) (done bool, err error)

	// declared is called with each whole length, at its ':'.
	declared func(*parsing) error

	// data takes data from the beginning of rest, and returns how many bytes.
	data func(p *parsing, rest []byte) int

	// full is called once the data of a string is there.
	full func(*parsing) error

	// comma gets the byte after the data, and returns how many bytes it takes: 1 or 0.
	comma func(p *parsing, c byte) (int, error)

	// handOut delivers a string that is complete, with its comma.
	handOut func(*parsing)

	// fault is called when the stream has proved malformed, with what was read after the
	// faulty byte. The parser ends with its error, or goes on after the byte if it is nil.
	fault func(p *parsing, rest []byte, err error) error

	// end is called at the end of the stream, and returns the parser's verdict.
	end func(*parsing) error
}

// parsing is the parser at work on one stream.
type parsing struct {
	parser
	stream  io.Reader
	deliver func([]byte)

	// Of the netstring that is being read; see reset.
	part   int
	digits int  // how many there were
	first  byte // of the digits
	n      int  // the length, as far as it is known
	got    []byte
	note   int // for faults

	// Of the whole stream, for faults.
	strings int // how many there were
	last    int // the length of the last one
	kept    []byte
	held    [][]byte
	count   int
	lost    bool
}

// decode is a target.Decode.
func (n parser) decode(stream io.Reader, deliver func([]byte)) error {
	return n.start(stream, deliver).run()
}

func (n parser) start(stream io.Reader, deliver func([]byte)) *parsing {
	return &parsing{parser: n, stream: stream, deliver: deliver}
}

func (p *parsing) run() error {
	read := io.Reader.Read
	if p.read != nil {
		read = p.read
	}
	take := (*parsing).feed
	if p.take != nil {
		take = p.take
	}
	buffer := make([]byte, cmp.Or(p.buffer, 4096))
	for {
		k, err := read(p.stream, buffer)
		if fault := take(p, buffer[:k]); fault != nil {
			return fault
		}
		switch {
		case errors.Is(err, io.EOF):
			return p.ended()
		case err != nil:
			return err
		}
	}
}

// feed parses what comes next in the stream.
func (p *parsing) feed(data []byte) error {
	for len(data) > 0 {
		k, err := p.step(data)
		data = data[k:]
		if err == nil {
			continue
		}
		if p.fault != nil {
			err = p.fault(p, data, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// step parses a byte, or as much data as there is, and returns how many bytes it took.
func (p *parsing) step(rest []byte) (int, error) {
	switch p.part {
	case inLength:
		return 1, p.takeLength(rest[0])
	case inData:
		take := (*parsing).takeData
		if p.data != nil {
			take = p.data
		}
		k := take(p, rest)
		return k, p.filled()
	default:
		take := (*parsing).takeComma
		if p.comma != nil {
			take = p.comma
		}
		return take(p, rest[0])
	}
}

func (p *parsing) takeLength(c byte) error {
	if p.length != nil {
		if done, err := p.length(p, c); done || err != nil {
			return err
		}
	}
	switch {
	case c == ':' && p.digits == 0:
		return errEmptyLength
	case c == ':':
		return p.begin()
	case !isDigit(c):
		return errNoDigit
	case p.digits > 0 && p.first == '0':
		return errLeadingZero
	}
	p.digit(c)
	p.n = 10*p.n + int(c-'0')
	if p.n > p.most() {
		return errTooLong
	}
	return nil
}

// digit counts a digit of a length.
func (p *parsing) digit(c byte) {
	if p.digits == 0 {
		p.first = c
	}
	p.digits++
}

// begin ends a length.
func (p *parsing) begin() error {
	if p.declared != nil {
		if err := p.declared(p); err != nil {
			return err
		}
	}
	p.part = inData
	return p.filled()
}

func (p *parsing) takeData(rest []byte) int {
	k := min(len(rest), p.n-len(p.got))
	p.got = append(p.got, rest[:k]...)
	return k
}

// filled goes on to the comma if all data is there.
func (p *parsing) filled() error {
	if p.part != inData || len(p.got) != p.n {
		return nil
	}
	p.part = atComma
	if p.full != nil {
		return p.full(p)
	}
	return nil
}

func (p *parsing) takeComma(c byte) (int, error) {
	if c != ',' {
		return 1, errMissingComma
	}
	p.finish()
	return 1, nil
}

// finish ends a netstring.
func (p *parsing) finish() {
	if p.handOut != nil {
		p.handOut(p)
	} else {
		p.deliver(p.got)
	}
	p.strings++
	p.last = len(p.got)
	p.reset()
}

// reset makes the parser ready for a netstring. It keeps the memory for data.
func (p *parsing) reset() {
	p.part, p.digits, p.first, p.n, p.note = inLength, 0, 0, 0, 0
	p.got = p.got[:0]
}

// hold keeps a string for later.
func (p *parsing) hold() { p.held = append(p.held, slices.Clone(p.got)) }

// release delivers the strings that are held.
func (p *parsing) release() {
	for _, s := range p.held {
		p.deliver(s)
	}
	p.held = nil
}

// ended returns the verdict at the end of the stream.
func (p *parsing) ended() error {
	if p.end != nil {
		return p.end(p)
	}
	return p.wholeOrNot()
}

func (p *parsing) wholeOrNot() error {
	if p.inside() {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// inside reports whether a netstring has begun and is not complete.
func (p *parsing) inside() bool { return p.part != inLength || p.digits > 0 || p.note > 0 }

// unfinished is what has been read of a netstring that is not complete.
func (p *parsing) unfinished() []byte {
	switch {
	case !p.inside():
		return nil
	case p.part == inLength:
		return strconv.AppendInt(nil, int64(p.n), 10)
	}
	return fmt.Appendf(nil, "%d:%s", p.n, p.got)
}

func (p *parsing) most() int { return cmp.Or(p.limit, 99_999) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
