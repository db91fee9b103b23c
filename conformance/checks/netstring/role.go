// Package netstring is the role of netstring parsers (tutorial Parts 11 and 12).
package netstring

import (
	"fmt"
	"slices"

	"scansion/conformance"
)

// Role returns the role, with its requirements in the order of learning.
func Role() conformance.Role {
	requirements := slices.Concat(goodStreams(), cuts(), malformedStreams(), lengths(), ends(), costs())
	for i := range requirements {
		if requirements[i].Level == 0 {
			requirements[i].Level = conformance.Must
		}
		// Programs are started for all of them. Side by side, none would come to an end in
		// its time where that is slow.
		requirements[i].Heavy = true
	}
	return conformance.Role{
		Name:         "netstring",
		About:        "A parser that takes a stream of netstrings apart.",
		Lifetime:     conformance.Parses,
		Requirements: requirements,
	}
}

// source is a statement of section 3 of the specification.
func source(statement int) conformance.Source {
	return conformance.Source{Section: fmt.Sprintf("3.%d", statement), Part: "Part 12"}
}
