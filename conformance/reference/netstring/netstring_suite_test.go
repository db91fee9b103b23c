package netstring_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/netstring"
)

func TestNetstring(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Netstrings")
}

// outcome is what came of a stream: the strings before the end, and what it was that
// ended them. Err is nil where the stream ended between netstrings; otherwise it is
// the fault's, and Offset and Found are too.
type outcome struct {
	Strings []string
	Err     error
	Offset  int64
	Found   int
}

// end notes the error that a stream ended with. What is no fault stays as it is.
func (o *outcome) end(err error) {
	var fault *netstring.SyntaxError
	if !errors.As(err, &fault) {
		o.Err = err
		return
	}
	o.Err, o.Offset, o.Found = fault.Err, fault.Offset, fault.Found
}

// decode has a decoder take chunks apart, and spoils each once it is used up.
func decode(limit int, chunks ...[]byte) (o outcome) {
	d := netstring.Decoder{MaxLength: limit}
	for _, chunk := range chunks {
		chunk = bytes.Clone(chunk)
		d.Feed(chunk)
		for d.Next() {
			o.Strings = append(o.Strings, string(d.Bytes()))
		}
		for i := range chunk {
			chunk[i] ^= 0xa5
		}
	}
	o.end(d.Close())
	return o
}

// read has a Reader take a stream apart.
func read(limit int, source io.Reader) (o outcome) {
	r := netstring.NewReader(source)
	r.MaxLength = limit
	for {
		data, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				o.end(err)
			}
			return o
		}
		o.Strings = append(o.Strings, string(data))
	}
}

// bytewise cuts a stream into single bytes.
func bytewise(stream []byte) [][]byte {
	var chunks [][]byte
	for i := range stream {
		chunks = append(chunks, stream[i:i+1])
	}
	return chunks
}
