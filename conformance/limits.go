package conformance

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sync/semaphore"
)

// Limits bounds what judges do at once.
type Limits struct {
	starts      *semaphore.Weighted
	heavy       *semaphore.Weighted
	runs        *semaphore.Weighted // cases whose programs, which run once, have something to do
	descriptors *semaphore.Weighted
	mayOpen     int64 // files, in this process
}

// NewLimits returns the limits for this machine.
func NewLimits() *Limits {
	l := &Limits{
		// Starting costs most programs a second of processor time at most, and
		// some spend it asleep. Heavy checks, too, are asleep where they fail.
		starts: semaphore.NewWeighted(8),
		heavy:  semaphore.NewWeighted(int64(4 * max(2, runtime.GOMAXPROCS(0)))),
		runs:   semaphore.NewWeighted(int64(6 * max(2, runtime.GOMAXPROCS(0)))),
	}
	const others = 500 // files for everything else
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil {
		// Where programs are started, this process keeps 65536 at the most.
		l.mayOpen = max(0, int64(min(limit.Cur, 1<<16))-others)
	}
	l.descriptors = semaphore.NewWeighted(l.mayOpen)
	return l
}

// taken is what a case has of the limits.
type taken struct {
	release func() // gives back all of it
	idle    func() // gives back what a case need not have whose programs only wait; may be called often
}

// acquire takes what a requirement needs, or returns the result where it cannot be had.
func (l *Limits) acquire(ctx context.Context, r Requirement) (taken, *Result) {
	if r.Descriptors > l.mayOpen {
		few := skipped(Broken, fmt.Sprintf("could not be judged: it takes %d open files, and this process may have %d: see ulimit -n", r.Descriptors, l.mayOpen))
		return taken{}, &few
	}
	var releases []func()
	release := func() {
		for _, f := range releases {
			f()
		}
	}
	take := func(s *semaphore.Weighted, n int64) bool {
		if s.Acquire(ctx, n) != nil {
			return false
		}
		releases = append(releases, sync.OnceFunc(func() { s.Release(n) }))
		return true
	}
	wanted := func(yes bool) int64 {
		if yes {
			return 1
		}
		return 0
	}
	if !take(l.runs, wanted(r.Instance == StartedByCheck)) || !take(l.heavy, wanted(r.Heavy)) || !take(l.descriptors, r.Descriptors) {
		release()
		stopped := skipped(Interrupted, interrupted)
		return taken{}, &stopped
	}
	return taken{release, releases[0]}, nil
}
