package netstring_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"testing"

	"scansion/conformance"
	"scansion/conformance/checks/netstring"
)

// The role is all MUST, as the specification is, but for reads that no socket makes.
func TestLevels(t *testing.T) {
	for _, r := range netstring.Role().Requirements {
		want := conformance.Must
		if r.Slug == "linear-time-for-one-read" {
			want = conformance.Should
		}
		if r.Level != want {
			t.Errorf("%s is %v, not %v", r.Slug, r.Level, want)
		}
	}
}

// A netstring decoder in Go is judged and fuzzed in ordinary tests.
func TestDecoderInGo(t *testing.T) { netstring.TestDecoder(t, decode) }

func FuzzDecoderInGo(f *testing.F) { netstring.FuzzDecoder(f, decode) }

// decode is a netstring decoder as many are written.
func decode(stream io.Reader, deliver func(data []byte)) error {
	in := bufio.NewReader(stream)
	for {
		length := 0
		for digits := 0; ; digits++ {
			b, err := in.ReadByte()
			switch {
			case errors.Is(err, io.EOF) && digits == 0:
				return nil
			case errors.Is(err, io.EOF):
				return io.ErrUnexpectedEOF
			case err != nil:
				return err
			case b == ':' && digits > 0:
			case b < '0' || b > '9' || (digits == 1 && length == 0):
				return fmt.Errorf("%q in a length", b)
			default:
				if length = 10*length + int(b-'0'); length > 99_999 {
					return errors.New("the string is too long")
				}
				continue
			}
			break
		}
		data := make([]byte, length+1)
		if n, err := io.ReadFull(in, data); err != nil {
			if errors.Is(err, io.EOF) || n > 0 && errors.Is(err, io.ErrUnexpectedEOF) {
				return io.ErrUnexpectedEOF
			}
			return err
		}
		if data[length] != ',' {
			return fmt.Errorf("%q after the data", data[length])
		}
		deliver(data[:length])
	}
}
