// Package selftest holds the checks against the peers: each fault must be caught
// by the requirements that it names, the faultless peers by none, and each
// requirement must catch something.
package selftest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/fakes/peers"
)

// Options are how a selftest runs. The zero value runs everything.
type Options struct {
	Roles    []string          // of the peers; empty: all
	Peers    conformance.Globs // on peers' names; empty: all
	Parallel int               // peers at once; default 16
	Seed     uint64

	// Done, if not nil, is called with each row as it is done, from one goroutine
	// at a time.
	Done func(Row)
}

// Row is what came of one peer.
type Row struct {
	Peer   peers.Peer
	Failed []string // slugs of the requirements that failed it, in the catalogue's order
	Missed []string // that should have, and did not
	Wrong  []string // that should not have, and did; of faultless and odd peers only
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
		slug := conformance.Requirement{ID: result.ID}.Slug()
		return result.Outcome == conformance.Pass && slices.Contains(r.Missed, slug)
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

// Run runs every check of each peer's role against it. A peer that was missed only
// because a check was skipped, as checks are where the machine is too slow, is judged
// once more, alone: a skip is no verdict. The error is about the selftest itself: peers
// that name no requirement, or a filter that matches none.
func Run(ctx context.Context, o Options) (Table, error) {
	chosen, err := choose(o.Roles, o.Peers)
	if err != nil {
		return Table{}, err
	}
	table := Table{Rows: make([]Row, len(chosen))}
	if len(o.Peers) == 0 {
		table.Uncaught = uncaught(o.Roles, chosen)
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
			failed = fmt.Errorf("peer %s: %w", row.Peer.Name, err)
		}
		if o.Done != nil {
			o.Done(row)
		}
	}
	for i, peer := range chosen {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			row, err := judge(ctx, peer, options)
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
		row, err := judge(ctx, chosen[i], options)
		enter(i, row, err)
	}
	if failed == nil {
		failed = ctx.Err()
	}
	return table, failed
}

// choose returns the peers of the roles whose names match, all of whose slugs must be
// those of requirements.
func choose(roles []string, names conformance.Globs) ([]peers.Peer, error) {
	for _, role := range roles {
		if _, err := checks.ForRole(role); err != nil {
			return nil, err
		}
	}
	var chosen []peers.Peer
	var all []string // their names
	for _, peer := range peers.All() {
		if !among(roles, peer.Role) {
			continue
		}
		all = append(all, peer.Name)
		if len(names) == 0 || names.Match(peer.Name) {
			chosen = append(chosen, peer)
		}
		catalogue, err := checks.ForRole(string(peer.Role))
		if err != nil {
			return nil, fmt.Errorf("peer %s: %w", peer.Name, err)
		}
		for _, slug := range peer.Catches {
			known := func(r conformance.Requirement) bool { return r.Slug() == slug }
			if !slices.ContainsFunc(catalogue.Requirements, known) {
				return nil, fmt.Errorf("peer %s names %q, which is no requirement of %s", peer.Name, slug, peer.Role)
			}
		}
	}
	return chosen, names.Check("--peer", "peer: they are in fakes/peers", all)
}

// among reports whether a role is one of those, of which none stands for all.
func among(roles []string, role conformance.Role) bool {
	return len(roles) == 0 || slices.Contains(roles, string(role))
}

// uncaught returns the requirements of the roles that no peer names.
func uncaught(roles []string, all []peers.Peer) []string {
	caught := map[string]bool{}
	for _, peer := range all {
		for _, slug := range peer.Catches {
			caught[string(peer.Role)+"/"+slug] = true
		}
	}
	var missing []string
	for _, catalogue := range checks.Catalogues() {
		for _, r := range catalogue.Requirements {
			if among(roles, r.Role) && !caught[r.ID] {
				missing = append(missing, r.ID)
			}
		}
	}
	return missing
}

func judge(ctx context.Context, peer peers.Peer, options conformance.Options) (Row, error) {
	catalogue, err := checks.ForRole(string(peer.Role))
	if err != nil {
		return Row{Peer: peer}, err
	}
	report, err := conformance.Run{Target: peer.Target(), Catalogue: catalogue, Options: options}.Do(ctx)
	return weigh(peer, report), err
}

// weigh holds a report against what the peer should get.
func weigh(peer peers.Peer, report *conformance.Report) Row {
	row := Row{Peer: peer, Report: report}
	if report.CouldNotRun != "" {
		row.Broken = append(row.Broken, report.CouldNotRun)
	}
	for _, result := range report.Results {
		slug := conformance.Requirement{ID: result.ID}.Slug()
		expected := slices.Contains(peer.Catches, slug)
		failed := result.Outcome == conformance.Fail
		if failed {
			row.Failed = append(row.Failed, slug)
		}
		switch {
		case result.Broken:
			row.Broken = append(row.Broken, slug+": "+result.Message)
		case expected && !failed:
			row.Missed = append(row.Missed, slug)
		case failed && !expected && (peer.Odd || len(peer.Catches) == 0):
			row.Wrong = append(row.Wrong, slug)
		}
	}
	return row
}
