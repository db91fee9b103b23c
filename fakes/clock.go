package fakes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"scansion/harness/reactor"
	"scansion/internal/stack"
)

// start is when the time of every Clock begins.
var start = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// ErrDeadlock is what Run of a [Reactor] says when nothing can ever happen any more
// and nobody has called Stop: a real reactor would wait for ever.
var ErrDeadlock = errors.New("nothing is left that could happen, and the reactor was not stopped")

// Clock is a [reactor.Clock] that stands still until it is told to move. All that it
// was asked to call is called on the goroutine that moves it, by Advance, Pump, Elapse
// or Step, which one goroutine may call at a time, and no callback may. Any goroutine
// may call everything else.
//
// A callback that panics takes the method that moves the clock with it, and what was
// due with it is lost. A call that makes another for no delay, which makes another, and
// so on, keeps Advance, Pump and Elapse from ever returning, as it does in Twisted; Step
// returns after each turn.
type Clock struct {
	eventQueue
	now    time.Time
	moving bool
	traced map[reactor.DelayedCall]stack.Stack // where CallLater was called; nil without SetTrace
}

var _ Loop = (*Clock)(nil)

// NewClock returns a clock that shows midnight of 1 January 2000 UTC, as a new bubble
// of testing/synctest does.
func NewClock() *Clock {
	c := &Clock{now: start}
	c.init(func() time.Time { return c.now })
	return c
}

// Now is the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// CallLater is described at [reactor.Clock].
func (c *Clock) CallLater(d time.Duration, f func()) reactor.DelayedCall {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.traced == nil {
		return delayedCall{&c.eventQueue, c.timers.Add(d, f)}
	}
	var call reactor.DelayedCall
	call = c.timers.Add(d, func() {
		c.mu.Lock()
		delete(c.traced, call)
		c.mu.Unlock()
		f()
	})
	c.traced[call] = stack.Callers()
	return delayedCall{&c.eventQueue, call}
}

func (c *Clock) later(d time.Duration, f func()) reactor.DelayedCall {
	c.mu.Lock()
	defer c.mu.Unlock()
	return delayedCall{&c.eventQueue, c.timers.Add(d, f)}
}

// SetTrace has the clock remember where its CallLater is called, for Outstanding.
func (c *Clock) SetTrace() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.traced == nil {
		c.traced = map[reactor.DelayedCall]stack.Stack{}
	}
}

// Outstanding returns the calls that are still to come, in their order, of those that the
// clock itself was asked for since SetTrace: what reactors and networks have asked for is
// not among them.
func (c *Clock) Outstanding() []reactor.Outstanding {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.traced) == 0 {
		return nil
	}
	var left []reactor.Outstanding
	for _, call := range c.timers.Pending() {
		if made, ok := c.traced[call]; ok {
			left = append(left, reactor.Outstanding{
				Kind: reactor.OutstandingCall, Made: made.String(), Call: delayedCall{&c.eventQueue, call},
				What: fmt.Sprintf("a delayed call of the clock is pending, due in %v", max(call.Time().Sub(c.now), 0)),
			})
		}
	}
	return left
}

// Post has f called when the clock is moved next, even by zero: before any delayed call,
// in the order of the calls.
func (c *Clock) Post(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posted = append(c.posted, f)
}

// Pending returns the calls that are still to come, in their order. What was posted is
// not among them.
func (c *Clock) Pending() []reactor.DelayedCall {
	c.mu.Lock()
	defer c.mu.Unlock()
	pending := c.timers.Pending()
	for i, call := range pending {
		pending[i] = delayedCall{&c.eventQueue, call}
	}
	return pending
}

// Idle tells whether nothing is left to do, now or ever.
func (c *Clock) Idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.idle()
}

func (c *Clock) idle() bool {
	_, pending := c.timers.Next()
	return !pending && len(c.posted) == 0
}

// next is the time at which Step would do something, if there is one.
func (c *Clock) next() (at time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready(c.now) {
		return c.now, true
	}
	return c.timers.Next()
}

// Advance sets the time to d from now, then runs what is due, and what is due because
// of that. All of it sees the final time. A negative d panics.
func (c *Clock) Advance(d time.Duration) {
	defer c.move("Advance", d)()
	c.now = c.now.Add(d)
	for c.ready(c.now) {
		c.iterate()
	}
}

// Pump advances by each of the steps.
func (c *Clock) Pump(steps ...time.Duration) {
	for _, d := range steps {
		c.Advance(d)
	}
}

// Elapse lets the time from now to d from now go by: each call that is due on the way
// sees the time that it is due at. A [Network] needs this, or Step: it sends no faster
// because Advance skips the time between. A negative d panics.
func (c *Clock) Elapse(d time.Duration) {
	defer c.move("Elapse", d)()
	end := c.now.Add(d)
	for c.ready(end) {
		c.reach()
		c.iterate()
	}
	c.now = end
}

// Step does one turn of the loop at the next time at which there is something to do:
// it sets that time, unless it has come already, and runs what was posted and what is
// due. What these add for the same time takes another step. It returns false if there
// is nothing to do, now or ever.
func (c *Clock) Step() bool {
	defer c.move("Step", 0)()
	if c.idle() {
		return false
	}
	c.reach()
	c.iterate()
	return true
}

// reach sets the time of the next thing to do. The lock is held.
func (c *Clock) reach() {
	if c.ready(c.now) {
		return
	}
	if due, ok := c.timers.Next(); ok {
		c.now = due
	}
}

// move takes the lock for a method that moves the clock by d. What it returns gives it
// back.
func (c *Clock) move(method string, d time.Duration) (done func()) {
	if d < 0 {
		panic(fmt.Sprintf("fakes: Clock.%s(%v): time does not run backwards; use zero or more", method, d))
	}
	c.mu.Lock()
	if c.moving {
		c.mu.Unlock()
		panic(fmt.Sprintf("fakes: Clock.%s: the clock is being moved already, by whom runs this callback "+
			"or by another goroutine; use CallLater or Post instead", method))
	}
	c.moving = true
	return c.moved
}

func (c *Clock) moved() {
	c.moving = false
	c.mu.Unlock()
}

// drive runs a reactor, on this goroutine.
func (c *Clock) drive(ctx context.Context, r *Reactor) error {
	if err := r.Start(); err != nil {
		return err
	}
	for told := false; !r.system.over; {
		if !told && ctx.Err() != nil {
			told = true
			_ = r.Stop() // somebody else may have been faster
		}
		if !c.Step() {
			return fmt.Errorf("cannot go on running on %s: %w: no call is delayed or posted; open ports and connections: %v",
				r.system.host, ErrDeadlock, r.system.host.network.leftovers(r.system.host))
		}
	}
	return nil
}
