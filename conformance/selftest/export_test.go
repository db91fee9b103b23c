package selftest

import (
	"scansion/conformance"
	"scansion/fakes/peers"
)

// Weigh holds a report against what a peer should get.
func Weigh(peer peers.Peer, report *conformance.Report) Row { return weigh(peer, report) }

// Uncaught are the requirements that none of the peers names.
func Uncaught(all []peers.Peer) []string { return uncaught(nil, all) }

// Undecided reports whether a peer is to be judged once more.
func Undecided(r Row) bool { return r.undecided() }
