// Package peers holds programs to judge the judge by: faultless ones, odd but
// faultless ones, and ones with exactly one fault each. They are the adversaries
// of the checks and their proof: a fault that no check catches, a check that
// catches no fault, and a good program that is failed are all defects, which
// scansion selftest finds.
//
// A peer is a small program that runs in process, on [target.Process], or a parser, which
// is a [target.Codec].
package peers

import (
	"slices"

	"scansion/conformance"
	"scansion/conformance/target"
)

// Peer is a program or a parser with a known verdict.
type Peer struct {
	Name  string
	About string // what it does, or does wrong
	Role  conformance.Role

	// One of these is set.
	Main  func(*target.Process) error
	Codec target.Codec

	// Catches are the slugs of the requirements that must fail it. A peer without
	// any is faultless.
	Catches []string

	// Odd marks a peer that is allowed to be as it is: nothing beyond Catches,
	// which may hold SHOULDs only, may fail it.
	Odd bool
}

// Target returns the peer as a target.
func (p Peer) Target() conformance.Target {
	if p.Codec.Decode != nil {
		return target.NewParserFunc(p.Name, p.Codec)
	}
	return target.NewInProcess(p.Name, p.Main)
}

// All returns every peer.
func All() []Peer { return slices.Concat(PoetryServers(), Netstrings()) }
