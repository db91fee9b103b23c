package conformance

import (
	"context"
	"fmt"
	"runtime"
	"syscall"

	"golang.org/x/sync/semaphore"
)

// Limits bounds what judges do at once.
type Limits struct {
	starts      *semaphore.Weighted
	heavy       *semaphore.Weighted
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

// acquire takes what a requirement needs, and returns how to give it back, or the result
// where it cannot be had.
func (l *Limits) acquire(ctx context.Context, r Requirement) (release func(), none *Result) {
	stopped := skipped(Interrupted, interrupted)
	if r.Descriptors > l.mayOpen {
		few := skipped(Broken, fmt.Sprintf("could not be judged: it takes %d open files, and this process may have %d: see ulimit -n", r.Descriptors, l.mayOpen))
		return nil, &few
	}
	if l.descriptors.Acquire(ctx, r.Descriptors) != nil {
		return nil, &stopped
	}
	var heavy int64
	if r.Heavy {
		heavy = 1
	}
	if l.heavy.Acquire(ctx, heavy) != nil {
		l.descriptors.Release(r.Descriptors)
		return nil, &stopped
	}
	return func() {
		l.heavy.Release(heavy)
		l.descriptors.Release(r.Descriptors)
	}, nil
}
