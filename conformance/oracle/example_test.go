package oracle_test

import (
	"fmt"

	"scansion/conformance"
	"scansion/conformance/oracle"
)

// What is to come of a stream, and what is said of a parser that made something else of it.
func Example() {
	r := oracle.Judge([]byte("3:abc,03:def,"), oracle.DefaultLimit)
	fmt.Printf("%q, then %v: %s\n", r.Strings, r.Verdict, r.Why())

	fmt.Println(r.Fits(conformance.Parsed{
		Strings: [][]byte{[]byte("abc"), []byte("def")},
		Verdict: conformance.Complete,
	}))
	// Output:
	// ["abc"], then rejected: byte 7 '3' (33) follows a leading zero
	// delivered a string after the fault: string 2 is 3 bytes 64 65 66 "def", but byte 7 '3' (33) follows a leading zero
}
