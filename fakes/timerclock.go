package fakes

import (
	"context"
	"time"

	"scansion/harness/reactor"
)

// TimerClock is a [reactor.Clock] on the timers of package time: its time is the real
// one or, in a bubble of testing/synctest, the bubble's. What it was asked to call it
// calls on goroutines of its own, but one at a time, in the order that a
// [reactor.Clock] promises, each seeing what those before it did.
//
// Any goroutine may call its methods. In a bubble it has to be made there.
type TimerClock struct {
	eventQueue
	timer   *time.Timer // runs the loop when something is due
	armed   time.Time   // when the timer fires next; zero if that is not known
	running bool        // the loop is
}

var _ Loop = (*TimerClock)(nil)

// NewTimerClock returns a clock that shows the present time. It holds nothing that has
// to be closed.
func NewTimerClock() *TimerClock {
	c := &TimerClock{}
	c.init(wallNow)
	c.timer = time.AfterFunc(time.Hour, c.run)
	c.timer.Stop()
	return c
}

// wallNow is this package's only look at the real time.
func wallNow() time.Time {
	return time.Now() //nolint:forbidigo // the one clock here that a test does not move; a synctest bubble does
}

// Now is the present time.
func (c *TimerClock) Now() time.Time { return wallNow() }

// CallLater is described at [reactor.Clock].
func (c *TimerClock) CallLater(d time.Duration, f func()) reactor.DelayedCall {
	c.mu.Lock()
	defer c.mu.Unlock()
	call := delayedCall{&c.eventQueue, c.timers.Add(d, f)}
	c.arm()
	return call
}

func (c *TimerClock) later(d time.Duration, f func()) reactor.DelayedCall { return c.CallLater(d, f) }

// Post is described at [Loop].
func (c *TimerClock) Post(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posted = append(c.posted, f)
	c.arm()
}

// run is the loop, as long as there is something to do.
func (c *TimerClock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = time.Time{}
	if c.running {
		return // who is at it sees what is due
	}
	c.running = true
	for c.ready(wallNow()) {
		c.iterate()
	}
	c.running = false
	c.arm()
}

// arm has run called when something is due. The lock is held.
func (c *TimerClock) arm() {
	if c.running {
		return // it will be done at the end
	}
	now := wallNow()
	due, ok := c.timers.Next()
	if len(c.posted) > 0 {
		due, ok = now, true
	}
	if ok && (c.armed.IsZero() || due.Before(c.armed)) {
		c.armed = due
		c.timer.Reset(due.Sub(now))
	}
}

// drive waits while a reactor runs.
func (c *TimerClock) drive(ctx context.Context, r *Reactor) error {
	started := make(chan error, 1)
	c.Post(func() { started <- r.Start() })
	if err := <-started; err != nil {
		return err
	}
	select {
	case <-r.system.ended:
		return nil
	case <-ctx.Done():
	}
	_ = r.Stop() // somebody else may have been faster
	<-r.system.ended
	return nil
}
