// Package selftest holds the checks against the peers: each fault must be caught
// by the requirements that it names, the peers that conform by none, and each
// requirement must catch something.
//
// [Run] does so on real sockets. The package's own test does so on simulated ones, where
// it compares every verdict with those in testdata.
package selftest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"scansion/conformance"
	"scansion/fakes/peers"
)

// Options are how a selftest runs. The zero value runs everything.
type Options struct {
	Roles    []string          // of the peers; empty: all
	Peers    conformance.Globs // on peers' IDs, or names; empty: all
	Parallel int               // peers at once; default 16
	Seed     uint64

	// Sample, if more than 1, has only one peer in so many judged, which the seed chooses,
	// and all of which a simulated network does not show what is wrong with them.
	Sample int

	// Done, if not nil, is called with each row as it is done, from one goroutine
	// at a time.
	Done func(Row)
}

// Row is what came of one peer.
type Row struct {
	Peer   peers.Peer
	Failed []string // slugs of the requirements that failed it, in the role's order
	Missed []string // that should have, and did not
	Wrong  []string // that should not have, and did; of peers that conform only
	Broken []string // messages of checks that broke
	Report *conformance.Report
}

// OK reports whether the peer got the verdict that it should.
func (r Row) OK() bool { return len(r.Missed)+len(r.Wrong)+len(r.Broken) == 0 }

// undecided reports whether all that is not right is that requirements which should
// have failed were skipped.
func (r Row) undecided() bool {
	if len(r.Missed) == 0 || len(r.Wrong)+len(r.Broken) > 0 {
		return false
	}
	return !slices.ContainsFunc(r.Report.Results, func(result conformance.Result) bool {
		return result.Outcome == conformance.Pass && slices.Contains(r.Missed, slug(result))
	})
}

// Table is the whole selftest.
type Table struct {
	Rows []Row // in the order of the peers

	// Uncaught are the requirements that no peer is there for. (Of a whole run only.)
	Uncaught []string
}

// OK reports whether every peer got its verdict and every requirement has a peer.
func (t Table) OK() bool {
	return len(t.Uncaught) == 0 && !slices.ContainsFunc(t.Rows, func(r Row) bool { return !r.OK() })
}

// Run is that of the registry of [All].
func Run(ctx context.Context, o Options) (Table, error) { return All().Run(ctx, o) }

// Run runs every check of each peer's role against it, on real sockets. A peer that was
// missed only because a check was skipped, as checks are where the machine is too slow, is
// judged once more, alone: a skip is no verdict. The error is about the selftest itself:
// peers that name no requirement, or a filter that matches none.
func (r Registry) Run(ctx context.Context, o Options) (Table, error) {
	chosen, err := r.choose(o)
	if err != nil {
		return Table{}, err
	}
	table := Table{Rows: make([]Row, len(chosen))}
	if len(o.Peers) == 0 {
		table.Uncaught = r.Uncaught(o.Roles...)
	}
	parallel := o.Parallel
	if parallel == 0 {
		parallel = 16
	}
	var (
		options = conformance.Options{Seed: o.Seed, Limits: conformance.NewLimits()}
		slots   = make(chan struct{}, parallel)
		wg      sync.WaitGroup
		mu      sync.Mutex
		again   []int // of the rows that are to be judged once more
		failed  error
	)
	enter := func(i int, row Row, err error) {
		table.Rows[i] = row
		if err != nil && failed == nil {
			failed = fmt.Errorf("peer %s: %w", row.Peer.ID(), err)
		}
		if o.Done != nil {
			o.Done(row)
		}
	}
	for i, peer := range chosen {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			row, err := r.judge(ctx, peer, options)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && row.undecided() {
				again = append(again, i)
				return
			}
			enter(i, row, err)
		})
	}
	wg.Wait()
	for _, i := range again {
		row, err := r.judge(ctx, chosen[i], options)
		enter(i, row, err)
	}
	if failed == nil {
		failed = ctx.Err()
	}
	return table, failed
}

// classify holds a report against what the peer should get.
func classify(peer peers.Peer, report *conformance.Report) Row {
	row := Row{Peer: peer, Report: report}
	if report.CouldNotRun != "" {
		row.Broken = append(row.Broken, report.CouldNotRun)
	}
	for _, result := range report.Results {
		slug := slug(result)
		expected := slices.Contains(peer.Catches, slug)
		failed := result.Outcome == conformance.Fail
		if failed {
			row.Failed = append(row.Failed, slug)
		}
		switch {
		case result.Why == conformance.Broken:
			row.Broken = append(row.Broken, slug+": "+result.Message)
		case expected && !failed:
			row.Missed = append(row.Missed, slug)
		case failed && !expected && peer.Conforms():
			row.Wrong = append(row.Wrong, slug)
		}
	}
	return row
}

// slug is the name of a result's requirement within its role.
func slug(result conformance.Result) string {
	_, slug, _ := strings.Cut(result.ID, "/")
	return slug
}
