package fakes

import (
	"context"
	"sync"
	"time"

	"scansion/harness/reactor"
)

// Loop is what a [Network] goes by: a clock that runs its callbacks one at a time,
// and lets other goroutines in. It is a [*Clock], whose time a test moves, or a
// [*TimerClock], whose time moves by itself.
//
// More than a [reactor.Clock] promises, any goroutine may call CallLater and the
// methods of what it returns.
type Loop interface {
	reactor.Clock

	// Post has f called on the loop, before any delayed call, in the order of the
	// calls.
	Post(f func())

	// later is CallLater for reactors and networks, whose calls are not their user's.
	later(d time.Duration, f func()) reactor.DelayedCall

	// drive runs a reactor until it has ended.
	drive(ctx context.Context, r *Reactor) error
}

// agenda is what a Loop has to do: what was posted, and what is due later.
type agenda struct {
	mu     sync.Mutex
	timers *reactor.Timers
	posted []func()
	spare  []func()       // an empty slice, to be posted's next
	call   func(f func()) // calls f without the lock, which is held
}

// init makes the zero value usable. The lock is held when it asks for the time.
func (a *agenda) init(now func() time.Time) {
	a.timers = reactor.NewTimers(now)
	a.call = func(f func()) {
		a.mu.Unlock()
		defer a.mu.Lock()
		f()
	}
}

// iterate does one turn of the loop: it runs what was posted, then what is due. What
// these add waits for the next turn. The lock is held.
func (a *agenda) iterate() {
	if batch := a.posted; len(batch) > 0 {
		a.posted, a.spare = a.spare, nil
		for i, f := range batch {
			batch[i] = nil
			a.call(f)
		}
		a.spare = batch[:0]
	}
	a.timers.RunDue(a.call)
}

// ready tells whether a turn of the loop would do something now. The lock is held.
func (a *agenda) ready(now time.Time) bool {
	if len(a.posted) > 0 {
		return true
	}
	due, ok := a.timers.Next()
	return ok && !due.After(now)
}

// delayedCall is a call of the timers, for any goroutine.
type delayedCall struct {
	agenda *agenda
	call   reactor.DelayedCall
}

var _ reactor.DelayedCall = delayedCall{}

func (c delayedCall) Cancel() error {
	c.agenda.mu.Lock()
	defer c.agenda.mu.Unlock()
	return c.call.Cancel()
}

func (c delayedCall) Reset(d time.Duration) error {
	c.agenda.mu.Lock()
	defer c.agenda.mu.Unlock()
	return c.call.Reset(d)
}

func (c delayedCall) Delay(d time.Duration) error {
	c.agenda.mu.Lock()
	defer c.agenda.mu.Unlock()
	return c.call.Delay(d)
}

func (c delayedCall) Active() bool {
	c.agenda.mu.Lock()
	defer c.agenda.mu.Unlock()
	return c.call.Active()
}

func (c delayedCall) Time() time.Time {
	c.agenda.mu.Lock()
	defer c.agenda.mu.Unlock()
	return c.call.Time()
}
