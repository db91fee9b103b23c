package oracle

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"scansion/conformance"
	"scansion/testdata"
)

// Vector is a stream that was chosen by hand, and what a decoder must make of it. It
// is shared: nobody may change it.
type Vector struct {
	Name      string // a slug, its own
	Statement string // of the specification: "3.5"
	Why       string // a sentence for people
	Input     []byte
	Cuts      [][]int // cuts that matter, beside every single one: ascending offsets
	Strings   [][]byte
	Verdict   conformance.ParserVerdict
	RejectBy  int    // as in Ruling
	Control   string // the name of the vector that must be accepted for this one's refusal to mean anything
	Limit     int    // decoders of another limit, which cannot be set, skip the vector
	Request   bool   // a request to a transform server, or a faulty one
}

// Ruling is the oracle's, which agrees with the vector.
func (v Vector) Ruling() Ruling { return Judge(v.Input, v.Limit) }

// Vectors returns all vectors, in the order of the file testdata/netstrings/vectors.json.
func Vectors() []Vector { return slices.Clone(vectors()) }

// VectorNamed returns the vector of a name, or false.
func VectorNamed(name string) (Vector, bool) {
	i := slices.IndexFunc(vectors(), func(v Vector) bool { return v.Name == name })
	if i < 0 {
		return Vector{}, false
	}
	return vectors()[i], true
}

// vectors decodes the embedded file once. That it can be decoded is tested.
var vectors = sync.OnceValue(func() []Vector {
	all, err := DecodeVectors(testdata.NetstringVectors)
	if err != nil {
		panic("testdata/netstrings/vectors.json: " + err.Error())
	}
	return all
})

// The file's format, which testdata/netstrings/README.md explains.
type (
	vectorFile struct {
		Format  int
		Limit   int
		Vectors []vectorEntry
	}
	vectorEntry struct {
		Name, Statement, Why string
		Input                []piece
		Cuts                 [][]int
		Strings              [][]piece
		Verdict              string
		RejectBy             int `json:"reject_by"`
		Control              string
		Limit                *int
		Request              bool
	}
	piece struct {
		Text, Hex *string
		Times     *int
	}
)

// longestInput is how many bytes an input or a string may have, for a slip of the pen
// in a number is no reason to fill the memory.
const longestInput = 16 << 20

// DecodeVectors reads a file of the format of testdata/netstrings. It accepts no field
// that it does not know. Whether the vectors are right is not its business.
func DecodeVectors(file []byte) ([]Vector, error) {
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	var f vectorFile
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	if f.Format != 1 {
		return nil, fmt.Errorf("format %d is unknown: this version reads 1", f.Format)
	}
	all := make([]Vector, 0, len(f.Vectors))
	for i, e := range f.Vectors {
		v, err := e.vector(f.Limit)
		if err != nil {
			return nil, fmt.Errorf("vector %d (%q): %w", i+1, e.Name, err)
		}
		all = append(all, v)
	}
	return all, nil
}

func (e vectorEntry) vector(limit int) (Vector, error) {
	v := Vector{
		Name: e.Name, Statement: e.Statement, Why: e.Why, Cuts: e.Cuts,
		RejectBy: e.RejectBy, Control: e.Control, Limit: limit, Request: e.Request,
	}
	if e.Limit != nil {
		v.Limit = *e.Limit
	}
	verdicts := []conformance.ParserVerdict{conformance.Complete, conformance.Incomplete, conformance.Rejected}
	i := slices.IndexFunc(verdicts, func(v conformance.ParserVerdict) bool { return v.String() == e.Verdict })
	if i < 0 {
		return Vector{}, fmt.Errorf("verdict %q is none of %v", e.Verdict, verdicts)
	}
	v.Verdict = verdicts[i]
	var err error
	if v.Input, err = joined(e.Input); err != nil {
		return Vector{}, fmt.Errorf("input: %w", err)
	}
	for i, pieces := range e.Strings {
		s, err := joined(pieces)
		if err != nil {
			return Vector{}, fmt.Errorf("string %d: %w", i+1, err)
		}
		v.Strings = append(v.Strings, s)
	}
	return v, nil
}

// joined is the bytes that pieces stand for.
func joined(pieces []piece) ([]byte, error) {
	all := []byte{}
	for i, p := range pieces {
		var data []byte
		switch {
		case p.Text != nil && p.Hex == nil:
			data = []byte(*p.Text)
		case p.Hex != nil && p.Text == nil:
			var err error
			if data, err = hex.DecodeString(*p.Hex); err != nil {
				return nil, fmt.Errorf("piece %d: %w", i+1, err)
			}
		default:
			return nil, fmt.Errorf("piece %d has not one of text and hex", i+1)
		}
		times := 1
		if p.Times != nil {
			times = *p.Times
		}
		if times < 1 || times > longestInput || len(all)+len(data)*times > longestInput {
			return nil, fmt.Errorf("piece %d: %d times %d bytes is none, or more than %d in all", i+1, times, len(data), longestInput)
		}
		all = append(all, bytes.Repeat(data, times)...)
	}
	return all, nil
}
