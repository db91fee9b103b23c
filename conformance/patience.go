package conformance

import (
	"sync/atomic"
	"time"
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

// endPatience is how long the end of a connection is waited for, after all that was
// due, once the target has been seen not to end one: it has failed for that already, and
// other checks need not wait as long again.
const endPatience = 300 * time.Millisecond

// mostStarved bounds how much longer a wait is because the machine was busy with others.
const mostStarved = 20 * time.Second

// repute is what a target has been seen to do, in any of its instances.
type repute struct {
	proven   atomic.Bool // it works: something came
	silent   atomic.Bool // a wait for it was in vain
	unending atomic.Bool // the last wait for no more than the end of a connection was in vain
}

// pulse is an instance's last sign of life: anything that it did on any of its
// connections. A wait on one connection is not over while the instance is busy
// with another, or a server of one client at a time would be failed for being
// polite.
type pulse struct {
	*repute
	patience Patience
	starved  func() time.Duration // how long it was ready to run and not run, so far; nil if nobody knows
	last     atomic.Int64         // Unix nanoseconds
}

// beat records a sign of life.
func (p *pulse) beat() { p.last.Store(now().UnixNano()) }

func (p *pulse) current() time.Duration {
	switch {
	case p.proven.Load():
		return p.patience.Then
	case p.silent.Load():
		return p.patience.First / 2
	default:
		return p.patience.First
	}
}

// wait is one wait for something that an instance is to do.
type wait struct {
	pulse *pulse
	start time.Time

	// atEnd tells that nothing is due any more but the end of the connection.
	atEnd bool

	halfway bool          // starved is known
	starved time.Duration // how long the instance had been starved halfway
	given   time.Duration // because it was starved since then
}

func (p *pulse) wait(atEnd bool) *wait { return &wait{pulse: p, start: now(), atEnd: atEnd} }

// due returns when the wait has lasted too long, if nothing more happens. It may become
// later, or sooner.
func (w *wait) due() time.Time {
	if w.atEnd && w.pulse.unending.Load() {
		return w.start.Add(endPatience)
	}
	from := w.start
	if last := time.Unix(0, w.pulse.last.Load()); last.After(from) {
		from = last
	}
	return from.Add(w.pulse.current() + w.given)
}

// slice returns until when to wait before looking at due again.
func (w *wait) slice() time.Time {
	due, most := w.due(), now().Add(time.Second)
	if !w.halfway {
		most = w.start.Add(min(time.Second, w.pulse.current()/2))
	}
	if due.Before(most) {
		return due
	}
	return most
}

// over reports whether the wait has lasted too long. It is called after each slice.
func (w *wait) over() bool {
	past := !now().Before(w.due())
	if w.halfway && !past {
		return false
	}
	var starved time.Duration
	if w.pulse.starved != nil {
		starved = w.pulse.starved()
	}
	if !w.halfway {
		w.halfway, w.starved = true, starved
		return past
	}
	w.given = max(w.given, min(starved-w.starved, mostStarved))
	return !now().Before(w.due())
}

// inVain records that the wait was.
func (w *wait) inVain() {
	if w.atEnd {
		w.pulse.unending.Store(true)
	} else {
		w.pulse.silent.Store(true)
	}
}
