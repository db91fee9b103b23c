package reactor

import "time"

// wallNow is this package's only look at the real time. It carries the monotonic
// reading, so that setting the computer's clock does not move delayed calls.
func wallNow() time.Time {
	return time.Now() //nolint:forbidigo // the one real clock of everything that runs on a reactor
}

// alarm rings on a channel when real time has come.
type alarm struct{ timer *time.Timer }

// newAlarm returns an alarm that is not set.
func newAlarm() alarm {
	timer := time.NewTimer(0)
	timer.Stop()
	return alarm{timer}
}

// set has the alarm ring in d, in place of what it was set to before.
func (a alarm) set(d time.Duration) { a.timer.Reset(d) }

// clear has the alarm not ring.
func (a alarm) clear() { a.timer.Stop() }

// rings delivers a value when the alarm goes off.
func (a alarm) rings() <-chan time.Time { return a.timer.C }
