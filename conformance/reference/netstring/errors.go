package netstring

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// What a [SyntaxError] unwraps to.
var (
	// ErrMalformed is a byte that no netstring has at that place.
	ErrMalformed = errors.New("malformed netstring")

	// ErrTooLong is a length over the limit.
	ErrTooLong = errors.New("netstring over the limit")

	// ErrIncomplete is a stream that ends inside a netstring; it is an
	// [io.ErrUnexpectedEOF] too.
	ErrIncomplete = fmt.Errorf("incomplete netstring: %w", io.ErrUnexpectedEOF)
)

// End is what a [SyntaxError] has found where the stream ended too early.
const End = -1

// SyntaxError is the first fault of a stream.
type SyntaxError struct {
	// Offset is where in the stream the fault is, in bytes from 0: of the first
	// byte with which no netstring within the limit could go on, or the length of
	// the stream.
	Offset int64

	// Found is the byte at Offset, or End.
	Found int

	// Due says what could have stood there, for people.
	Due string

	// Err is ErrMalformed, ErrTooLong or ErrIncomplete.
	Err error
}

func (e *SyntaxError) Error() string {
	found := "the end"
	switch {
	case e.Found >= 0x80:
		found = fmt.Sprintf("byte 0x%02x", e.Found)
	case e.Found != End:
		found = strconv.QuoteRuneToASCII(rune(e.Found))
	}
	return fmt.Sprintf("netstring at byte %d: found %s where %s was due", e.Offset, found, e.Due)
}

// Unwrap returns Err.
func (e *SyntaxError) Unwrap() error { return e.Err }
