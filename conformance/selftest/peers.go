package selftest

import (
	"slices"

	"scansion/fakes/peers"
	"scansion/fakes/peers/netstring"
	"scansion/fakes/peers/poetryclient"
	"scansion/fakes/peers/poetryserver"
)

// Peers returns the peers of all roles.
func Peers() []peers.Peer {
	return slices.Concat(
		poetryserver.Peers(),
		poetryclient.Peers(),
		netstring.Peers(),
	)
}
