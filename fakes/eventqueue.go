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

// eventQueue is what a Loop has to do: what was posted, and what is due later.
type eventQueue struct {
	mu     sync.Mutex
	timers *reactor.Timers
	posted []func()
	spare  []func()       // an empty slice, to be posted's next
	call   func(f func()) // calls f without the lock, which is held
}

// init makes the zero value usable. The lock is held when it asks for the time.
func (a *eventQueue) init(now func() time.Time) {
	a.timers = reactor.NewTimers(now)
	a.call = func(f func()) {
		a.mu.Unlock()
		defer a.mu.Lock()
		f()
	}
}

// iterate does one turn of the loop: it runs what was posted, then what is due. What
// these add waits for the next turn. The lock is held.
func (a *eventQueue) iterate() {
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
func (a *eventQueue) ready(now time.Time) bool {
	if len(a.posted) > 0 {
		return true
	}
	due, ok := a.timers.Next()
	return ok && !due.After(now)
}

// delayedCall is a call of the timers, for any goroutine.
type delayedCall struct {
	queue *eventQueue
	call  reactor.DelayedCall
}

var _ reactor.DelayedCall = delayedCall{}

// lock takes the lock of the queue, and returns it, to be unlocked.
func (c delayedCall) lock() *sync.Mutex {
	c.queue.mu.Lock()
	return &c.queue.mu
}

func (c delayedCall) Cancel() error {
	defer c.lock().Unlock()
	return c.call.Cancel()
}

func (c delayedCall) Reset(d time.Duration) error {
	defer c.lock().Unlock()
	return c.call.Reset(d)
}

func (c delayedCall) Delay(d time.Duration) error {
	defer c.lock().Unlock()
	return c.call.Delay(d)
}

func (c delayedCall) Active() bool {
	defer c.lock().Unlock()
	return c.call.Active()
}

func (c delayedCall) Time() time.Time {
	defer c.lock().Unlock()
	return c.call.Time()
}
