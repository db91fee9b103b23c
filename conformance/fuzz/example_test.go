package fuzz_test

import (
	"errors"
	"fmt"

	"scansion/conformance/fuzz"
	"scansion/conformance/oracle"
)

// A parser that takes any number of empty strings, but no more than two others.
func Example() {
	property := func(c fuzz.Case) error {
		full := 0
		for _, s := range oracle.Judge(c.Bytes, oracle.DefaultLimit).Strings {
			if len(s) > 0 {
				full++
			}
		}
		if full > 2 {
			return errors.New("no room")
		}
		return nil
	}
	fmt.Println(fuzz.Search{Seed: 1}.Falsify(property).Case)
	// Output: 12 bytes "1:a,1:a,1:a," (31 3a 61 2c 31 3a 61 2c 31 3a 61 2c)
}
