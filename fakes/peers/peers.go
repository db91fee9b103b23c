// Package peers holds programs to judge the judge by: faultless ones, odd but
// faultless ones, and ones with exactly one fault each. They are the adversaries
// of the checks and their proof: a fault that no check catches, a check that
// catches no fault, and a good program that is failed are all defects, which
// scansion selftest finds.
//
// A peer is a small program that runs in process, on [target.Process].
package peers

import (
	"scansion/conformance"
	"scansion/conformance/target"
)

// Peer is a program with a known verdict.
type Peer struct {
	Name  string
	About string // what it does, or does wrong
	Role  conformance.Role
	Main  func(*target.Process) error

	// Catches are the slugs of the requirements that must fail it. A peer without
	// any is faultless.
	Catches []string

	// Odd marks a peer that is allowed to be as it is: nothing beyond Catches,
	// which may hold SHOULDs only, may fail it.
	Odd bool
}

// Target returns the peer as a target.
func (p Peer) Target() *target.InProcess { return target.NewInProcess(p.Name, p.Main) }

// All returns every peer.
func All() []Peer { return PoetryServers() }
