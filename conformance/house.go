package conformance

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// house is where the instances of a target live: many beside each other or, where the
// program cannot run twice at a time (it has a lock file, say, or a second port that is
// always the same), one.
type house struct {
	room sync.RWMutex // held by each case; for writing by one that is alone
	once sync.Once
	solo atomic.Bool // the program cannot run twice at a time
}

// errSolo says that a case is to be judged while no other is.
var errSolo = errors.New("the program cannot run twice at a time")

// beside judges while others do. It returns errSolo if the program cannot run twice at a
// time, and otherwise the error of a start.
func (j *Judge) beside(ctx context.Context, r Requirement) (Result, error) {
	j.house.room.RLock()
	defer j.house.room.RUnlock()
	if j.house.solo.Load() {
		return Result{}, errSolo
	}
	result, err := j.sharedOrOwn(ctx, r)
	if ended(err) && !j.runsTwice(ctx) {
		return Result{}, errSolo
	}
	return result, err
}

// alone judges while nobody else does, with the only instance that runs.
func (j *Judge) alone(ctx context.Context, r Requirement) (Result, error) {
	j.house.room.Lock()
	defer j.house.room.Unlock()
	if err := j.stopShared(); err != nil {
		return Result{}, err
	}
	return j.own(ctx, r)
}

// runsTwice reports whether the program can run beside itself with the control, with
// which it can run: if it can, what it does not start with is to blame.
func (j *Judge) runsTwice(ctx context.Context) bool {
	j.house.once.Do(func() {
		first, err := j.acquire(ctx, j.control)
		if err != nil {
			return
		}
		second, err := j.start(ctx, Setup{Fixture: j.control})
		if err == nil {
			_ = second.Stop() // if that cannot be done, the target's end will tell
			return
		}
		j.house.solo.Store(ended(err) && !first.died(0))
	})
	return !j.house.solo.Load()
}

// ended reports whether the program ended when it was started.
func ended(err error) bool {
	var failed *StartError
	return errors.As(err, &failed) && failed.Exit != nil
}
