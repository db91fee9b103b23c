package conformance

import (
	"context"
	"time"
)

// now is the judge's only look at the clock: transcripts and patience are about real
// programs in real time, or about simulated ones in that of a bubble of testing/synctest.
func now() time.Time { return time.Now() } //nolint:forbidigo // the one clock of the judge

// pause waits for d or until the context ends, and says which.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mutex is held while something takes time. Unlike for a [sync.Mutex], the time of a
// bubble of testing/synctest passes for those that wait for it.
type mutex chan struct{}

func newMutex() mutex { return make(mutex, 1) }

func (m mutex) lock()   { m <- struct{}{} }
func (m mutex) unlock() { <-m }
