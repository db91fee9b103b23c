// Package stack remembers where calls came from, for those who have to tell where
// something was made: deferreds, reactors and clocks.
package stack

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// deepest is how much of a stack is remembered: what matters is near its top.
const deepest = 32

// Stack is where a call came from. The zero value is that of no call.
type Stack []uintptr

// Callers is the stack from the caller on.
func Callers() Stack {
	var pcs [deepest]uintptr
	return slices.Clone(pcs[:runtime.Callers(2, pcs[:])])
}

// String has two lines for each function, its name and its place, from the first one
// on that is outside the package that called [Callers].
func (s Stack) String() string {
	if len(s) == 0 {
		return ""
	}
	var b strings.Builder
	inside := ""
	for frames, more := runtime.CallersFrames(s), true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if inside == "" {
			inside = packageOf(f.Function)
		}
		if b.Len() > 0 || packageOf(f.Function) != inside {
			fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		}
	}
	return b.String()
}

// packageOf is the path of the package of a function, whose name alone has dots after
// the last slash.
func packageOf(function string) string {
	// The arguments of a type may have slashes of their own.
	path, _, _ := strings.Cut(function, "[")
	last := strings.LastIndexByte(path, '/') + 1
	name, _, _ := strings.Cut(path[last:], ".")
	return path[:last] + name
}
