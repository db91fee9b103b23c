package deferred

import "sync/atomic"

var debugging atomic.Bool

// SetDebug has every deferred remember where it was made and where it was fired, for
// [Unhandled], which costs some time and memory for each. It is off unless somebody
// asks; restore puts back what was there before. Any goroutine may call it.
func SetDebug(on bool) (restore func()) {
	before := debugging.Swap(on)
	return func() { debugging.Store(before) }
}
