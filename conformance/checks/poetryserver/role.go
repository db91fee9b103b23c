// Package poetryserver is the role of programs that serve a poem to whoever connects
// (tutorial Parts 11 and 16).
package poetryserver

import (
	"fmt"
	"slices"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

// Role returns the role, with its requirements in the order of learning.
func Role() conformance.Role {
	return conformance.Role{
		Name:  "poetry-server",
		About: "A server that sends the same poem to every client, and then closes the connection.",
		Variables: []conformance.Variable{
			{Name: "host", Help: "the address to listen at"},
			{Name: "port", Help: "the port to listen at"},
			{Name: "poem", Help: "the file with the poem to serve", Learn: learn},
		},
		Lifetime: conformance.Serves,
		Baseline: serving(poems.Small),
		Requirements: slices.Concat(
			connection(), exactBytes(), delivery(), manyClients(), abortedClients(), resources(), input(), process(),
		),
	}
}

// serving is a launch with a poem to serve.
func serving(poem conformance.File) conformance.Launch {
	return conformance.Launch{"poem": conformance.Content(poem)}
}

// source is a statement of section 1 of the specification, from Part 11 of the
// tutorial, or 16 where it is about the server as a program.
func source(statement int) conformance.Source {
	part := "Part 11"
	switch statement {
	case 14, 15, 17:
		part = "Part 16"
	}
	return conformance.Source{Section: fmt.Sprintf("1.%d", statement), Part: part}
}
