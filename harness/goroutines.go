package harness

import (
	"runtime/metrics"
	"time"

	"go.uber.org/goleak"

	"scansion/harness/leaks"
)

// goroutineCheck finds the goroutines that a Spec leaves behind: goleak knows them by
// their numbers.
//
// goleak stops the world and parses the stacks of all goroutines. That takes longer than
// all the rest of a spec on a fake reactor. The runtime counts the goroutines that are
// created, so goleak is called only if there are more than the one that Ginkgo starts
// for each node.
type goroutineCheck struct {
	ignored   goleak.Option // the goroutines that are older than the Spec
	otherNode uint64        // 1 if the Spec ends in another node than it begins in
}

// lastCheck is what is known from Spec to Spec. The lock of active guards it.
var lastCheck struct {
	ignored goleak.Option // nil if the next Spec has to take a new snapshot
	created uint64        // ignored are all goroutines up to this count, except those that end by themselves
}

// beginGoroutineCheck is called on the goroutine on which a Spec begins. If ownNode, the
// Spec is the first of that goroutine, and ends on another one.
func beginGoroutineCheck(ownNode bool) goroutineCheck {
	c := goroutineCheck{}
	if ownNode {
		c.otherNode = 1
	}
	if !ownNode || !noneCreated(1) {
		created := goroutinesCreated() // before the snapshot, so that none is missed
		lastCheck.ignored, lastCheck.created = goleak.IgnoreCurrent(), created
	}
	c.ignored = lastCheck.ignored
	return c
}

// end returns an error that shows the goroutines that have been started since the Spec
// began and do not end within the grace period. After a failure the node may still run.
func (c goroutineCheck) end(gracePeriod time.Duration, failed bool) error {
	if !failed && noneCreated(c.otherNode) {
		return nil
	}
	lastCheck.ignored = nil
	late := time.NewTimer(gracePeriod)
	defer late.Stop()
	for {
		created := goroutinesCreated()
		err := goleak.Find(append(leaks.Options(), c.ignored)...) // which waits for a while
		if err == nil {
			if !failed {
				lastCheck.ignored, lastCheck.created = c.ignored, created
			}
			return nil
		}
		select {
		case <-late.C:
			return err
		default:
		}
	}
}

// noneCreated reports whether no goroutine has been created since the last check, except
// for as many as are expected.
func noneCreated(expected uint64) bool {
	created := goroutinesCreated()
	if lastCheck.ignored == nil || created > lastCheck.created+expected {
		return false
	}
	lastCheck.created = created
	return true
}

// goroutinesCreated is how many goroutines have been created since the process began.
func goroutinesCreated() uint64 {
	sample := [1]metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}
