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

// pulse is an instance's last sign of life: anything that it did on any of its
// connections. A wait on one connection is not over while the instance is busy
// with another, or a server of one client at a time would be failed for being
// polite.
type pulse struct {
	patience Patience
	proven   *atomic.Bool // the target, in any of its instances, has been seen to work
	silent   *atomic.Bool // a wait for the target, in any of its instances, was in vain
	last     atomic.Int64 // Unix nanoseconds
}

// beat records a sign of life.
func (p *pulse) beat() { p.last.Store(now().UnixNano()) }

// due returns when a wait that began at start has lasted too long, if nothing
// more happens.
func (p *pulse) due(start time.Time) time.Time {
	from := start
	if last := time.Unix(0, p.last.Load()); last.After(from) {
		from = last
	}
	return from.Add(p.current())
}

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
