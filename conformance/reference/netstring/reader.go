package netstring

import (
	"errors"
	"fmt"
	"io"
)

// readSize is how many bytes a [Reader] asks for at a time.
const readSize = 32 << 10

// mostEmptyReads is how often in a row a reader may return neither bytes nor an error.
const mostEmptyReads = 100

// Reader reads netstrings from an [io.Reader]. It is for one goroutine at a time.
type Reader struct {
	// MaxLength is the longest string to accept, in bytes. Zero is
	// DefaultMaxLength; less than zero accepts only the empty string. It is read
	// at the first Next.
	MaxLength int

	source  io.Reader
	buf     []byte // what source reads into
	decoder Decoder

	// pending is an error that came with bytes: those come first.
	pending error

	// err is the end of the stream or a fault in it. It is set once and stays.
	// Errors of source do not stay.
	err error
}

// NewReader returns a Reader of the netstrings that source has from here on. It
// may take more from source than the strings that it returns.
func NewReader(source io.Reader) *Reader { return &Reader{source: source} }

// Next returns the next string, which is valid until the next call of Next.
//
// It reads only where the bytes that were read hold neither a whole string nor a
// fault, and hands on whatever one read has brought. It returns [io.EOF] where the
// stream has ended between netstrings, and a [*SyntaxError] where it has a fault or
// ended inside a netstring; both stay. Errors of the source come wrapped, after the
// strings before them. After those Next can be called again, and loses nothing: after
// a deadline, for example.
func (r *Reader) Next() ([]byte, error) {
	for !r.decoder.Next() {
		if r.err == nil {
			r.err = r.decoder.Err()
		}
		if r.err != nil {
			return nil, r.err
		}
		if err := r.read(); err != nil {
			return nil, err
		}
	}
	return r.decoder.Bytes(), nil
}

// Each calls f with each string that is left, which is valid until f returns. It returns
// nil where the stream has ended between netstrings, and otherwise the error of Next, or
// the first of f.
func (r *Reader) Each(f func(data []byte) error) error {
	for {
		data, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := f(data); err != nil {
			return err
		}
	}
}

// read feeds the decoder, or finds that there is nothing more to be fed.
func (r *Reader) read() error {
	if r.buf == nil {
		r.buf = make([]byte, readSize)
		r.decoder.MaxLength = r.MaxLength
	}
	for range mostEmptyReads {
		if r.pending == nil {
			n, err := r.source.Read(r.buf)
			if n < 0 || n > len(r.buf) {
				return fmt.Errorf("netstring: the source says that it has read %d bytes of %d", n, len(r.buf))
			}
			r.pending = err
			if n > 0 {
				r.decoder.Feed(r.buf[:n])
				return nil
			}
		}
		if r.pending != nil {
			return r.stop()
		}
	}
	r.pending = io.ErrNoProgress
	return r.stop()
}

// stop makes of the pending error what Next returns.
func (r *Reader) stop() error {
	err := r.pending
	r.pending = nil
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("netstring: reading at byte %d: %w", r.decoder.base, err)
	}
	r.err = r.decoder.Close()
	if r.err == nil {
		r.err = io.EOF
	}
	return r.err
}
