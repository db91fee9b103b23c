package conformance

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
)

// Run is one run of a role's requirements against a target.
type Run struct {
	Role    Role
	Target  Target
	Options Options

	Parallel      int   // cases at once; default 64, for most of a case is waiting
	KnownFailures Globs // requirements that are known to fail

	// Version goes into the report.
	Version string

	// Repeat returns the command that judges one requirement alone.
	Repeat func(id string) string

	// Done, if not nil, is called with each result as it comes, from one
	// goroutine at a time. It is not if the target could not be run.
	Done func(Result)
}

// Do judges the target by every requirement of the role and returns the
// report, which is complete even if the context ends: what was not judged by then
// is skipped. The error is about what came after the verdicts: something of the
// target that could not be cleaned up.
func (r Run) Do(ctx context.Context) (*Report, error) {
	started := now()
	report := &Report{
		Format:  ReportFormat,
		Version: r.Version,
		Role:    r.Role.Name,
		Seed:    r.Options.Seed,
		Target:  TargetInfo{Name: r.Target.Name(), Kind: r.Target.Kind()},
		Started: started,
		Results: make([]Result, len(r.Role.Requirements)),
	}
	judge := NewJudge(r.Role, r.Target, r.Options)
	if err := judge.Start(ctx); err != nil && ctx.Err() == nil {
		report.CouldNotRun = err.Error()
		if failed := (*StartError)(nil); errors.As(err, &failed) {
			report.CouldNotRun, report.Output = failed.Reason, failed.Output
		}
	}

	parallel := r.Parallel
	if parallel == 0 {
		parallel = 64
	}
	var (
		wg    sync.WaitGroup
		one   sync.Mutex
		slots = make(chan struct{}, parallel)
	)
	for _, i := range longestFirst(r.Role.Requirements) {
		requirement := r.Role.Requirements[i]
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			result := judge.Judge(ctx, requirement)
			result.KnownFailure = r.KnownFailures.Match(result.ID)
			if r.Repeat != nil {
				result.Repeat = r.Repeat(result.ID)
			}
			report.Results[i] = result
			if r.Done != nil && report.CouldNotRun == "" {
				one.Lock()
				defer one.Unlock()
				r.Done(result)
			}
		})
	}
	wg.Wait()
	report.Interrupted = ctx.Err() != nil
	err := judge.Close()
	report.Seconds = now().Sub(started).Seconds()
	return report, err
}

// longestFirst returns the indices of the requirements, those that last longest
// first and otherwise in order: the time of a run is that of its longest case.
func longestFirst(requirements []Requirement) []int {
	order := make([]int, len(requirements))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(requirements[b].Lasts, requirements[a].Lasts)
	})
	return order
}
