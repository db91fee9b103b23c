// Package peers holds programs with known verdicts, to judge the judge by: faultless ones,
// unusual ones that conform, and ones with exactly one fault each. A fault that no check
// catches, a check that catches no fault, and a good program that is failed are all
// defects, which package conformance/selftest finds.
//
// The peers of each role are a package below this one.
package peers

import "scansion/conformance"

// Peer is a program or a parser with a known verdict. It runs in this process.
type Peer struct {
	Name  string // which no other peer of its role has
	About string // what it does, or does wrong
	Role  string // the name of its role

	// Target returns the peer as a target whose connections are those of the network.
	Target func(network conformance.Network) conformance.Target

	// Catches are the slugs of the requirements that must fail it. A peer without
	// any is faultless.
	Catches []string

	// Variant marks a peer that is unusual, but conforms: nothing beyond Catches, which
	// may hold SHOULDs only, may fail it.
	Variant bool

	// Kernel, if not empty, says in a sentence why the peer means something on real sockets
	// and a real machine only.
	Kernel string
}

// ID returns the identity of the peer among those of all roles: "echo-server/shouts".
func (p Peer) ID() string { return p.Role + "/" + p.Name }

// Conforms reports whether nothing beyond Catches may fail the peer.
func (p Peer) Conforms() bool { return p.Variant || len(p.Catches) == 0 }
