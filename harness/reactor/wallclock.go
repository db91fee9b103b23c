package reactor

import "time"

// wallNow is this package's only look at the real time. It carries the monotonic
// reading, so that setting the computer's clock does not move delayed calls.
func wallNow() time.Time {
	return time.Now() //nolint:forbidigo // the one real clock of everything that runs on a reactor
}

// alarm calls a function, on a goroutine of its own, when real time has come. The
// zero value needs only that function.
type alarm struct {
	ring  func()
	at    time.Time // when it rings, or has rung
	timer *time.Timer
}

// setBy has the alarm ring at due, or before: one that is set for an earlier time
// stays so, since to set it costs a system call, and the delayed calls of most
// connections are cancelled anyway.
func (a *alarm) setBy(due, now time.Time) {
	if a.at.After(now) && !due.Before(a.at) {
		return
	}
	a.at = due
	if a.timer == nil {
		a.timer = time.AfterFunc(due.Sub(now), a.ring)
		return
	}
	a.timer.Reset(due.Sub(now))
}

// clear has the alarm not ring.
func (a *alarm) clear() {
	if a.timer != nil {
		a.timer.Stop()
	}
}
