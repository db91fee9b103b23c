package netstring

import (
	"io"
	"slices"
	"testing"
	"time"

	"scansion/conformance"
	"scansion/conformance/oracle"
	"scansion/conformance/target"
)

// TestDecoder judges a netstring decoder in a Go test, with a subtest for each
// requirement of [Role].
//
// Decode reads the stream to its end, or to the first fault, and hands out each string;
// data may be changed once deliver has returned. Its result is nil if the stream ended
// between two netstrings, an error that is [io.ErrUnexpectedEOF] if it ended inside one,
// and any other error if it is malformed. It must be fit to be called from several
// goroutines at the same time.
func TestDecoder(t *testing.T, decode func(stream io.Reader, deliver func(data []byte)) error) {
	t.Helper()
	conformance.Test(t, Role(), target.NewParserFunc("a decoder in Go", target.Codec{Decode: decode}), conformance.Must, conformance.Options{})
}

// FuzzDecoder fuzzes a netstring decoder, as for [TestDecoder], with
// `go test -fuzz`. The first argument of the fuzz target is the stream. Each byte of the
// second is one less than the length of a read, and the last that of all further ones;
// without any, there is one read. The seeds are the vectors.
func FuzzDecoder(f *testing.F, decode func(stream io.Reader, deliver func(data []byte)) error) {
	f.Helper()
	const (
		patience = 10 * time.Second
		longest  = 4096 // of a seed: longer ones make the engine slow
	)
	for _, v := range oracle.Vectors() {
		if v.Limit == oracle.DefaultLimit && len(v.Input) <= longest {
			f.Add(v.Input, []byte{})
			f.Add(v.Input, []byte{1})
		}
	}
	instance, err := target.NewParserFunc("a decoder in Go", target.Codec{Decode: decode}).Start(f.Context(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, stream, reads []byte) {
		s := conformance.Stream{Chunks: readsOf(stream, reads)}
		parsed, err := instance.Parse(t.Context(), s, patience)
		if err != nil {
			t.Fatal(err)
		}
		if err := oracle.Judge(stream, oracle.DefaultLimit).Fits(parsed); err != nil {
			t.Errorf("of %v: %v", s, err)
		}
	})
}

// readsOf cuts a stream into reads of such lengths.
func readsOf(stream, lengths []byte) [][]byte {
	var chunks [][]byte
	for i := 0; len(stream) > 0; i++ {
		n := len(stream)
		if len(lengths) > 0 {
			n = min(n, 1+int(lengths[min(i, len(lengths)-1)]))
		}
		chunks = append(chunks, slices.Clone(stream[:n]))
		stream = stream[n:]
	}
	return chunks
}
