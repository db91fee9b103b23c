package deferred

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
)

var debugging atomic.Bool

// SetDebug has every deferred remember where it was made and where it was fired, for
// [Unhandled], which costs some time and memory for each. It is off unless somebody
// asks; restore puts back what was there before. Any goroutine may call it.
func SetDebug(on bool) (restore func()) {
	before := debugging.Swap(on)
	return func() { debugging.Store(before) }
}

// deepest is how much of a stack is remembered: what matters is near its top.
const deepest = 32

// stack is where a call came from.
type stack []uintptr

// callers is the stack of the caller.
func callers() stack {
	var pcs [deepest]uintptr
	return append(stack(nil), pcs[:runtime.Callers(2, pcs[:])]...)
}

// inside begins the names of the functions of this package.
var inside = reflect.TypeFor[wait]().PkgPath() + "."

// String is the stack from the first function outside this package on.
func (s stack) String() string {
	if len(s) == 0 {
		return ""
	}
	var b strings.Builder
	for frames, more := runtime.CallersFrames(s), true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if b.Len() > 0 || !strings.HasPrefix(f.Function, inside) {
			fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		}
	}
	return b.String()
}
