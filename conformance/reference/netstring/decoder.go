package netstring

import (
	"errors"
	"math"
	"slices"
	"strconv"
)

// DefaultMaxLength is the longest string, in bytes, that is accepted unless MaxLength
// says otherwise: Twisted's limit.
const DefaultMaxLength = 99_999

// leastBuffer is the least that is reserved, in bytes, for a string that comes in
// pieces, unless the string is shorter.
const leastBuffer = 512

// state is where in a netstring a decoder is.
type state uint8

const (
	atBoundary state = iota // between netstrings
	inLength                // after at least one digit
	inData                  // after the ":", before the ","
	over                    // after a fault, or Close
)

// Decoder takes a stream of netstrings apart that is given to it in chunks of any
// size. The strings do not depend on how the stream was cut. The zero value is ready
// to use. A decoder is for one stream, and for one goroutine at a time.
//
// A string that lies whole in a chunk together with its comma is handed out as a view
// of the chunk. One that does not is put together in a buffer that grows as its bytes
// come, never beyond its length, and is used again for the next such string.
type Decoder struct {
	// MaxLength is the longest string to accept, in bytes. Zero is
	// DefaultMaxLength; less than zero accepts only the empty string. It is read
	// at the first Feed.
	MaxLength int

	state   state
	chunk   []byte
	pos     int    // in chunk: of the first byte that was not looked at
	base    int64  // where in the stream chunk begins
	tooLong uint64 // the least length over the limit; zero before the first Feed
	length  uint64 // of the string, as far as its digits are known

	// The string that Next has found is chunk[start:end], or buf if start < 0.
	start, end int
	buf        []byte

	// err is what is wrong with the stream. It is set once and stays: after it
	// there are no more strings, and whatever is fed is ignored.
	err *SyntaxError
}

// Feed gives the decoder the next chunk of the stream, whose strings Next then finds.
// The chunk belongs to the decoder until Next has returned false: until then nobody
// may change it. If Next was not called until then, what it has left is copied, so
// that no byte is ever lost.
func (d *Decoder) Feed(chunk []byte) {
	if d.state == over {
		return
	}
	if d.tooLong == 0 {
		d.tooLong = d.limit() + 1
	}
	if d.pos < len(d.chunk) {
		chunk = slices.Concat(d.chunk[d.pos:], chunk)
	}
	d.release()
	d.chunk = chunk
}

// limit is the longest string to accept, in bytes.
func (d *Decoder) limit() uint64 {
	switch {
	case d.MaxLength == 0:
		return DefaultMaxLength
	case d.MaxLength < 0:
		return 0
	default:
		// With one more digit, a length within the limit must not overflow.
		return min(uint64(d.MaxLength), math.MaxUint64/10-1)
	}
}

// Next finds the next string, which Bytes then returns. It returns false where the
// chunk has no more: Err tells whether it is because of a fault.
func (d *Decoder) Next() bool {
	// The quick way, for a string whose netstring is in the chunk from end to end.
	// Whatever is not quite so is left to next, which begins anew.
	c, begin := d.chunk, d.pos
	if d.state != atBoundary || begin >= len(c) {
		return d.next()
	}
	length := uint64(c[begin] - '0')
	if length-1 > 8 {
		return d.next()
	}
	for i := begin + 1; i < len(c) && length < d.tooLong; i++ {
		if digit := uint64(c[i] - '0'); digit <= 9 {
			length = 10*length + digit
			continue
		}
		start := i + 1
		if c[i] != ':' || length >= uint64(len(c)-start) {
			break
		}
		end := start + int(length)
		if c[end] != ',' {
			break
		}
		d.start, d.end, d.pos = start, end, end+1
		return true
	}
	return d.next()
}

// Bytes returns the string that Next has found. It is valid until the next call of
// Next, Feed or Close, and until the chunk is changed. To append to it does no harm to
// the chunk.
func (d *Decoder) Bytes() []byte {
	if d.start < 0 {
		return d.buf
	}
	return d.chunk[d.start:d.end:d.end]
}

// Err returns what is wrong with the stream, a [*SyntaxError], or nil as long as
// nothing is. It does not run ahead of the strings: a fault is there once Next has
// returned false because of it.
func (d *Decoder) Err() error {
	if d.err == nil {
		return nil
	}
	return d.err
}

// Close says that the stream has ended. It returns what Err then returns: nil if the
// stream ended between netstrings, [ErrIncomplete] in a [*SyntaxError] if it ended
// inside one, or the fault that was there before. Strings that Next has not found yet
// are dropped.
func (d *Decoder) Close() error {
	for d.Next() {
		continue // what is dropped must still be right
	}
	if d.state != atBoundary && d.state != over {
		d.fail(End, ErrIncomplete)
	}
	d.state = over
	return d.Err()
}

// release ends the use of the chunk.
func (d *Decoder) release() {
	d.base += int64(d.pos)
	d.pos, d.start, d.end = 0, 0, 0
}

// next is Next for whatever comes.
func (d *Decoder) next() bool {
	if d.state <= inLength {
		d.readLength()
	}
	if d.state == inData && d.readData() {
		return true
	}
	d.release()
	d.chunk = nil
	return false
}

// readLength reads digits and the ":" after them, as far as they are there.
func (d *Decoder) readLength() {
	length := d.length
	for i := d.pos; i < len(d.chunk); i++ {
		b := d.chunk[i]
		digit := uint64(b - '0')
		isDigit := digit <= 9
		switch {
		case isDigit && d.state == atBoundary:
			d.state, length = inLength, digit
		case isDigit && length != 0:
			length = 10*length + digit
		case b == ':' && d.state == inLength:
			d.state, d.length, d.pos = inData, length, i+1
			d.buf = d.buf[:0]
			return
		default:
			d.pos, d.length = i, length
			d.fail(int(b), ErrMalformed)
			return
		}
		if length >= d.tooLong {
			d.pos = i
			d.fail(int(b), ErrTooLong)
			return
		}
	}
	d.pos, d.length = len(d.chunk), length
}

// readData reads data and the "," after it, as far as they are there, and returns
// whether that makes a string.
func (d *Decoder) readData() bool {
	length := int(d.length)
	rest := d.chunk[d.pos:]
	if len(d.buf) == 0 && len(rest) > length {
		d.start, d.end = d.pos, d.pos+length
		d.pos = d.end
	} else {
		d.start = -1
		n := min(len(rest), length-len(d.buf))
		d.grow(n)
		d.buf = append(d.buf, rest[:n]...)
		d.pos += n
		if d.pos == len(d.chunk) {
			return false
		}
	}
	if b := d.chunk[d.pos]; b != ',' {
		d.fail(int(b), ErrMalformed)
		return false
	}
	d.pos++
	d.state = atBoundary
	return true
}

// grow makes room for n more bytes of the string, which has at least as many to come.
func (d *Decoder) grow(n int) {
	need := len(d.buf) + n
	if need <= cap(d.buf) {
		return
	}
	// Twice as much each time keeps the time linear.
	room := min(max(need, 2*cap(d.buf), leastBuffer), int(d.length))
	grown := make([]byte, len(d.buf), room)
	copy(grown, d.buf)
	d.buf = grown
}

// fail ends the stream with a fault at pos.
func (d *Decoder) fail(found int, err error) {
	d.err = &SyntaxError{Offset: d.base + int64(d.pos), Found: found, Due: d.due(err), Err: err}
	d.state = over
}

// due says what could stand at pos.
func (d *Decoder) due(err error) string {
	switch {
	case errors.Is(err, ErrTooLong):
		return "a length of at most " + strconv.FormatUint(d.tooLong-1, 10)
	case d.state == atBoundary:
		return "a digit"
	case d.state == inLength && d.length == 0:
		return "':'"
	case d.state == inLength:
		return "a digit or ':'"
	case errors.Is(err, ErrIncomplete) && len(d.buf) < int(d.length):
		return "the rest of " + strconv.FormatUint(d.length, 10) + " bytes"
	default:
		return "','"
	}
}
