package fuzz_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"scansion/conformance"
	"scansion/conformance/fuzz"
	"scansion/conformance/oracle"
)

// lenient takes any byte for a ',' but conforms otherwise.
type lenient struct{}

func (lenient) Parse(_ context.Context, s conformance.Stream, _ time.Duration) (conformance.Parsed, error) {
	stream := bytes.Join(s.Chunks, nil)
	r := oracle.Judge(stream, oracle.DefaultLimit)
	for r.Reason == oracle.NoComma {
		stream[r.Fault] = ','
		r = oracle.Judge(stream, oracle.DefaultLimit)
	}
	return conformance.Parsed{Strings: r.Strings, Verdict: r.Verdict}, nil
}

// The smallest stream that a parser gets wrong.
func Example() {
	findings, err := fuzz.Fuzzer{Parse: lenient{}.Parse, Seed: 1, Runs: 1000}.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(findings.Found[0].Case)
	fmt.Println(findings.Found[0].Err)
	// Output:
	// 3 bytes "0:a"
	// delivered a string after the fault: string 1 is the empty string, but byte 2 'a' (61) stands where the ',' after 0 bytes of data is due
}
