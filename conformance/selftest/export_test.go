package selftest

import (
	"context"

	"scansion/conformance"
	"scansion/fakes/peers"
)

// Classify holds a report against what a peer should get.
func Classify(peer peers.Peer, report *conformance.Report) Row { return classify(peer, report) }

// Undecided reports whether a peer is to be judged once more.
func Undecided(r Row) bool { return r.undecided() }

// Judge runs every check of a peer's role against it.
func Judge(ctx context.Context, peer peers.Peer, options conformance.Options) (Row, error) {
	return All().judge(ctx, peer, options)
}

// Choose returns the peers that the options ask for.
func (r Registry) Choose(o Options) ([]peers.Peer, error) { return r.choose(o) }
