package netstring_test

import (
	"bytes"
	"reflect"
	"testing"

	"scansion/conformance/reference/netstring"
)

// chunks cuts a stream into pieces of the sizes that cuts has, again and again; where
// it has none, into one.
func chunks(stream, cuts []byte) (pieces [][]byte) {
	for i := 0; len(stream) > 0; i++ {
		n := len(stream)
		if len(cuts) > 0 {
			n = min(n, int(cuts[i%len(cuts)])+1)
		}
		pieces, stream = append(pieces, stream[:n]), stream[n:]
	}
	return pieces
}

// However a stream is cut, what comes of it is what the specification says.
func FuzzDecode(f *testing.F) {
	f.Fuzz(func(t *testing.T, stream, cuts []byte, limit uint16) {
		if len(stream) > 1<<10 {
			t.Skip("what the specification says takes quadratic time")
		}
		want := specified(string(stream), int64(limit))
		maxLength := int(limit)
		if limit == 0 {
			maxLength = -1
		}
		if got := decode(maxLength, stream); !reflect.DeepEqual(got, want) {
			t.Fatalf("in one chunk: got %+v, want %+v", got, want)
		}
		if got := decode(maxLength, chunks(stream, cuts)...); !reflect.DeepEqual(got, want) {
			t.Fatalf("cut by %v: got %+v, want %+v", cuts, got, want)
		}
		if got := read(maxLength, bytes.NewReader(stream)); !reflect.DeepEqual(got, want) {
			t.Fatalf("from a reader: got %+v, want %+v", got, want)
		}
	})
}

// What was appended is decoded again: data, cut into strings, however the stream is cut.
func FuzzRoundTrip(f *testing.F) {
	f.Fuzz(func(t *testing.T, data, lengths, cuts []byte) {
		want := outcome{}
		var stream []byte
		for _, s := range chunks(data, lengths) {
			want.Strings = append(want.Strings, string(s), "")
			stream = netstring.Append(netstring.Append(stream, s), "")
		}
		if got := decode(1<<20, chunks(stream, cuts)...); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}
