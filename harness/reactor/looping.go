package reactor

import (
	"errors"
	"fmt"
	"time"

	"scansion/harness/deferred"
)

// What a [LoopingCall] says when it is used out of order.
var (
	ErrLooping    = errors.New("the looping call is running already")
	ErrNotLooping = errors.New("the looping call is not running")
)

// LoopingCall calls a function again and again, at the times start + k*interval. A
// call that comes late does not move those that follow: the times that it missed are
// left out. Its methods are for the loop goroutine.
type LoopingCall struct {
	clock Clock
	f     func(count int) *deferred.Deferred[struct{}]

	interval time.Duration
	running  bool
	start    time.Time                    // of the grid
	last     int64                        // the number of the time last called for
	next     DelayedCall                  // nil while f runs
	done     *deferred.Deferred[struct{}] // of Start, until it fires
}

// NewLoopingCall returns a looping call of f that is yet to start. While a deferred
// that f has returned has not fired, f is not called again; f may return nil. A
// failure, or a panic, ends the looping.
func NewLoopingCall(clock Clock, f func() *deferred.Deferred[struct{}]) *LoopingCall {
	need("NewLoopingCall", "function", f)
	return NewLoopingCallWithCount(clock, func(int) *deferred.Deferred[struct{}] { return f() })
}

// NewLoopingCallWithCount is [NewLoopingCall] for a function that wants to know how
// many times have come since it was last called: 1, unless it is late. With an
// interval of zero it is always 1.
func NewLoopingCallWithCount(clock Clock, f func(count int) *deferred.Deferred[struct{}]) *LoopingCall {
	need("NewLoopingCallWithCount", "function", f)
	return &LoopingCall{clock: clock, f: f}
}

// Start begins to call, at once if now is true, or else after the first interval.
// The deferred fires when Stop is called, and fails when f does. With an interval of
// zero every iteration of the loop calls. An interval below zero, or a looping call
// that runs already, is a deferred that has failed.
func (l *LoopingCall) Start(interval time.Duration, now bool) *deferred.Deferred[struct{}] {
	if l.done != nil {
		return deferred.Fail[struct{}](fmt.Errorf("cannot start: %w", ErrLooping))
	}
	if interval < 0 {
		return deferred.Fail[struct{}](fmt.Errorf("cannot start: an interval of %v is less than zero", interval))
	}
	done := deferred.New[struct{}]()
	l.done, l.running = done, true
	l.interval = interval
	l.start = l.clock.Now()
	l.last = 0
	if now {
		l.last = -1
		l.call()
	} else {
		l.schedule()
	}
	return done
}

// Stop ends the looping, and fires the deferred of Start: at once, or, if a deferred
// of f has not fired yet, when it does. It fails with [ErrNotLooping].
func (l *LoopingCall) Stop() error {
	if !l.running {
		return fmt.Errorf("cannot stop: %w", ErrNotLooping)
	}
	l.running = false
	if l.next != nil {
		_ = l.next.Cancel() // it is active
		l.finish(nil)
	}
	return nil
}

// Reset begins a new grid at the present time: the next call comes one interval from
// now, whatever was to come sooner. It fails with [ErrNotLooping].
func (l *LoopingCall) Reset() error {
	if !l.running {
		return fmt.Errorf("cannot reset: %w", ErrNotLooping)
	}
	l.start, l.last = l.clock.Now(), 0
	if l.next != nil {
		_ = l.next.Cancel() // it is active
		l.schedule()
	}
	return nil
}

// Running tells whether there will be calls: from Start until Stop or a failure.
func (l *LoopingCall) Running() bool { return l.running }

// schedule promises the call of the next time of the grid.
func (l *LoopingCall) schedule() {
	wait := l.interval
	if wait > 0 {
		wait -= l.clock.Now().Sub(l.start) % l.interval
	}
	l.next = l.clock.CallLater(wait, l.call)
}

// call calls f, unless its time has come already.
func (l *LoopingCall) call() {
	l.next = nil
	count := 1
	if l.interval > 0 {
		number := int64(l.clock.Now().Sub(l.start) / l.interval)
		count = int(number - l.last)
		l.last = number
	}
	called := deferred.Maybe(func() *deferred.Deferred[struct{}] {
		if d := l.f(count); d != nil {
			return d
		}
		return deferred.Succeed(struct{}{})
	})
	called.AddBoth(func(none struct{}, err error) (struct{}, error) {
		if err == nil && l.running {
			l.schedule()
		} else {
			l.running = false
			l.finish(err)
		}
		return none, nil
	})
}

// finish fires the deferred of Start.
func (l *LoopingCall) finish(err error) {
	done := l.done
	l.done, l.next = nil, nil
	if err != nil {
		_ = done.Errback(err) // once
		return
	}
	_ = done.Callback(struct{}{}) // once
}
