package conformance

import (
	"sync/atomic"
	"time"

	"scansion/internal/patience"
)

// Patience is how long a target may be silent while something is due from it.
// The zero value means the default. It is never more than half of what a case may
// take.
type Patience struct {
	// First holds until the target has been seen to work at all: 5 s, and half as
	// long once a first wait was in vain.
	First time.Duration
	// Then holds from there on: 10 s. A program that has been seen to work is more
	// likely slow than broken.
	Then time.Duration
}

func (p Patience) withDefaults() Patience {
	if p.First == 0 {
		p.First = 5 * time.Second
	}
	if p.Then == 0 {
		p.Then = 10 * time.Second
	}
	return p
}

// within bounds the patience. It must end before a case does, or a silent target
// would not be failed, but be skipped for lack of time.
func (p Patience) within(most time.Duration) Patience {
	return Patience{First: min(p.First, most), Then: min(p.Then, most)}
}

const (
	// endPatience is how long the end of a connection is waited for, after all that was
	// due, once the target has been seen not to end one: it has failed for that already, and
	// other checks need not wait as long again.
	endPatience = 300 * time.Millisecond

	// mostStarved bounds how much longer a wait is because the machine was busy with
	// others, mostStarvedAtStart how much that for a program that the check has started, for
	// many start at the same time, and mostComputed how much because the program computes.
	mostStarved        = patience.MostStarved
	mostStarvedAtStart = 40 * time.Second
	mostComputed       = 8 * time.Second
)

// history is what a target has been seen to do, in any of its instances.
type history struct {
	works    atomic.Bool // something came from it
	silent   atomic.Bool // a wait for it was in vain
	unending atomic.Bool // the last wait for no more than the end of a connection was in vain
}

// activity is when a program was last seen to do something, on any of its connections. A
// wait on one connection is not over while the program is busy with another, or a server
// of one client at a time would be failed for being polite.
type activity struct {
	*history
	patience Patience

	// busy is how long the program has computed, and was kept from it, so far; nil if
	// nobody knows.
	busy func() (computed, starved time.Duration)

	// starts tells that the check starts the program, whose start is part of the wait.
	starts bool

	last atomic.Int64 // Unix nanoseconds
}

// seen records that the program did something.
func (a *activity) seen() { a.last.Store(now().UnixNano()) }

func (a *activity) current() time.Duration {
	works, silent := a.works.Load(), a.silent.Load()
	switch {
	case works && (!a.starts || !silent): // one that hangs may well end elsewhere
		return a.patience.Then
	case silent && !works:
		return a.patience.First / 2
	default:
		return a.patience.First
	}
}

// mostStarved is by how much a wait becomes longer, at the most, because the machine is
// busy with others.
func (a *activity) mostStarved() time.Duration {
	if a.starts && (a.works.Load() || !a.silent.Load()) {
		return mostStarvedAtStart
	}
	return mostStarved
}

// wait is one wait for something that a program is to do.
type wait struct {
	*patience.Wait
	activity *activity
	start    time.Time

	// atEnd tells that nothing is due any more but the end of the connection.
	atEnd bool
}

func (a *activity) wait(atEnd bool) *wait {
	w := &wait{activity: a, start: now(), atEnd: atEnd}
	w.Wait = patience.New(patience.Config{
		Silence: w.silence, LastActive: w.lastActive, Busy: w.busy, MostComputed: mostComputed, MostStarved: a.mostStarved(),
	})
	return w
}

// hopeless reports whether the wait is for what the program has been seen not to do. Then
// it becomes no longer, whatever the program does.
func (w *wait) hopeless() bool { return w.atEnd && w.activity.unending.Load() }

func (w *wait) silence() time.Duration {
	if w.hopeless() {
		return endPatience
	}
	return w.activity.current()
}

func (w *wait) lastActive() time.Time {
	if w.hopeless() {
		return w.start
	}
	return time.Unix(0, w.activity.last.Load())
}

func (w *wait) busy() (computed, starved time.Duration) {
	if w.hopeless() || w.activity.busy == nil {
		return 0, 0
	}
	return w.activity.busy()
}

// inVain records that the wait was.
func (w *wait) inVain() {
	if w.atEnd {
		w.activity.unending.Store(true)
	} else {
		w.activity.silent.Store(true)
	}
}
