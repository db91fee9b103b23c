package harness

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"time"

	"go.uber.org/goleak"

	"scansion/harness/leaks"
)

// census is who was there: which goroutines.
//
// With a real reactor it is exact: goleak knows each goroutine. That takes goleak longer
// than all the rest of a spec on a fake reactor, which therefore counts the goroutines
// of each function that a goroutine can begin with, and asks goleak only where there are
// more than before. What that does not see is one that takes the place of another one
// of the same function. And even that is done only if goroutines were begun at all,
// besides the one that Ginkgo has for each node.
type census struct {
	options []goleak.Option
	counts  map[uintptr]int // by the entry of the function; nil if it is exact
	self    uint64          // 1 if it ends on another goroutine than it began on
}

// lastCensus is the last that was counted. The lock of active guards it.
var lastCensus struct {
	counts map[uintptr]int
	begun  uint64 // how many goroutines had ever been begun when there was last nobody new
}

// nobodyNew tells whether nobody can have come since it was last known that nobody
// new was there, but for as many as are expected.
func nobodyNew(expected uint64) bool {
	begun := goroutinesBegun()
	if lastCensus.counts == nil || begun > lastCensus.begun+expected {
		return false
	}
	lastCensus.begun = begun
	return true
}

// recount takes a new census.
func recount() map[uintptr]int {
	begun := goroutinesBegun() // before, so that nobody is missed
	lastCensus.counts, lastCensus.begun = countGoroutines(), begun
	return lastCensus.counts
}

// goroutinesBegun is how many goroutines there have ever been.
func goroutinesBegun() uint64 {
	sample := [1]metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}

// takeCensus is for the goroutine on which a Spec begins. Unless that is the goroutine of
// a node of its own, there may have been a Spec on it before, and it is the one on
// which this one ends.
func takeCensus(fake, ownNode bool) census {
	c := census{options: leaks.Options()}
	if fake {
		if !ownNode || !nobodyNew(1) {
			recount()
		}
		c.counts = lastCensus.counts
		if ownNode {
			c.self = 1
		}
	} else {
		c.options = append(c.options, goleak.IgnoreCurrent())
	}
	return c
}

// newcomers are those who were not there, if they do not leave soon.
func (c census) newcomers(patience time.Duration) []finding {
	if c.counts != nil {
		if c.self == 0 {
			defer func() { lastCensus.counts = nil }()
		}
		if nobodyNew(c.self) {
			return nil
		}
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		err := c.find()
		if err == nil {
			return nil
		}
		select {
		case <-late.C:
			return []finding{{dirt: Goroutines, what: "there are goroutines that were not there before", more: err.Error()}}
		default: // goleak has waited a while
		}
	}
}

func (c census) find() error {
	if c.counts == nil {
		return goleak.Find(c.options...)
	}
	options, newcomers, more := c.compare()
	if !newcomers && more == nil {
		return nil
	}
	if err := goleak.Find(options...); err != nil {
		return err
	}
	_, _, more = c.compare() // goleak may have waited
	return more
}

// compare tells of which functions there are more goroutines than before, and whether
// there are any of functions that there were not: goleak, which knows those that are
// harmless, can be asked about these, with the options to ignore all others.
func (c census) compare() (options []goleak.Option, newcomers bool, more error) {
	options = slices.Clip(c.options)
	for entry, count := range recount() {
		name := runtime.FuncForPC(entry).Name()
		before := c.counts[entry]
		if before == 0 {
			newcomers = true
			continue
		}
		options = append(options, goleak.IgnoreAnyFunction(name))
		if extra := count - before; extra > 0 && !leaks.OfGinkgo(name) {
			more = errors.Join(more, fmt.Errorf("%d more than before of %s", extra, name))
		}
	}
	return options, newcomers, more
}

// countGoroutines counts the goroutines by the functions that they begin with, but for
// those of the runtime itself. It waits for those that have not run yet.
func countGoroutines() map[uintptr]int {
	const awhile, times = 50 * time.Microsecond, 20_000
	counts, all := countThoseThatRan()
	for i := 0; !all && i < times; i++ {
		nap := time.NewTimer(awhile)
		<-nap.C
		counts, all = countThoseThatRan()
	}
	return counts
}

// countThoseThatRan is countGoroutines of those that have run, and tells whether that is
// all. The others have no function to be counted by if they begin with a wrapper that the
// compiler has made, for the arguments of a go statement: stacks do not show it.
func countThoseThatRan() (counts map[uintptr]int, all bool) {
	records := make([]runtime.StackRecord, runtime.NumGoroutine()+10)
	n, ok := runtime.GoroutineProfile(records)
	for !ok {
		records = make([]runtime.StackRecord, n+10)
		n, ok = runtime.GoroutineProfile(records)
	}
	counts, all = map[uintptr]int{}, true
	for i := range n {
		stack := records[i].Stack()
		if first := firstFunction(stack); first != nil {
			counts[first.Entry()]++
		} else if len(stack) <= 1 { // where every goroutine returns to
			all = false
		}
	}
	return counts, all
}

// firstFunction is the one that a goroutine has begun with, of those that goleak sees: the
// runtime's own are not shown in stacks.
func firstFunction(stack []uintptr) *runtime.Func {
	for _, pc := range slices.Backward(stack) {
		f := runtime.FuncForPC(pc - 1)
		if f != nil && !strings.HasPrefix(f.Name(), "runtime.") {
			return f
		}
	}
	return nil
}
