package main

import (
	"errors"
	"fmt"
)

// Netstrings is a netstring parser that is fed: put your own in its place.
type Netstrings struct {
	Deliver func(data []byte) // data is overwritten after the call
	Limit   int

	digits, n int // of the length, so far
	colon     bool
	data      []byte
}

// Feed returns an error if the stream is malformed.
func (p *Netstrings) Feed(chunk []byte) error {
	for len(chunk) > 0 {
		c, k := chunk[0], 1
		switch {
		case p.colon && len(p.data) < p.n:
			k = min(len(chunk), p.n-len(p.data))
			p.data = append(p.data, chunk[:k]...)
		case p.colon && c != ',':
			return errors.New("no comma")
		case p.colon:
			p.Deliver(p.data)
			p.digits, p.n, p.colon, p.data = 0, 0, false, p.data[:0]
		case c == ':' && p.digits > 0:
			p.colon = true
		case c < '0' || c > '9' || p.digits > 0 && p.n == 0:
			return errors.New("not a length")
		default:
			p.digits++
			if p.n = 10*p.n + int(c-'0'); p.n > p.Limit {
				return errors.New("too long")
			}
		}
		chunk = chunk[k:]
	}
	return nil
}

// Whole reports whether the stream may end here.
func (p *Netstrings) Whole() bool { return p.digits == 0 }

// Encode appends a string to a stream.
func Encode(stream, data []byte) []byte { return fmt.Appendf(stream, "%d:%s,", len(data), data) }
