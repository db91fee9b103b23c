package selftest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/conformance/selftest"
	"scansion/fakes/peers"
)

// TestSimulated runs every check against every peer of its role in a simulated world, each
// peer in one of its own, and compares all verdicts with those in testdata. A short run,
// as with the race detector, judges one peer in shortSample only.
func TestSimulated(t *testing.T) {
	const shortSample = 8
	if suite, _ := GinkgoConfiguration(); suite.ParallelProcess > 1 {
		t.Skip("the first process of the suite judges the peers")
	}
	for _, role := range checks.Roles() {
		t.Run(role.Name, func(t *testing.T) {
			golden := readGolden(t, role)
			for i, peer := range selftest.Peers() {
				if peer.Role != role.Name {
					continue
				}
				t.Run(peer.Name, func(t *testing.T) {
					if peer.Kernel != "" {
						t.Skip("judged on real sockets only: " + peer.Kernel)
					}
					if testing.Short() && i%shortSample != 0 {
						t.Skip("left out of a short run")
					}
					t.Parallel()
					row := simulate(t, peer)
					expectOK(t, row)
					golden.compare(t, row)
				})
			}
		})
	}
}

// simulate judges a peer in a world of its own.
func simulate(t *testing.T, peer peers.Peer) (row selftest.Row) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		const seed = 1
		network := conformance.NewSimulated(seed)
		defer network.Close()
		var err error
		row, err = selftest.Judge(t.Context(), peer, conformance.Options{Seed: seed, Network: network})
		if err != nil {
			t.Error(err)
		}
		<-time.NewTimer(time.Minute).C // of simulated time, for what ends by itself
	})
	return row
}

// expectOK fails the test unless the peer has got the verdict that it should.
func expectOK(t *testing.T, row selftest.Row) {
	t.Helper()
	for _, list := range []struct {
		what  string
		slugs []string
	}{{"missed by", row.Missed}, {"failed wrongly by", row.Wrong}} {
		for _, slug := range list.slugs {
			for _, result := range row.Report.Results {
				if strings.HasSuffix(result.ID, "/"+slug) {
					t.Errorf("%s %s\n%v %s\n%s", list.what, slug, result.Outcome, result.Message, result.Transcript)
				}
			}
		}
	}
	for _, message := range row.Broken {
		t.Errorf("broken: %s", message)
	}
}
