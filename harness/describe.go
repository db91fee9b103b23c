package harness

import (
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// frameworkPrefixes begin the names of functions that make things on behalf of their
// callers, as do all functions in the folder of this package.
var frameworkPrefixes = []string{"scansion/fakes.", "github.com/onsi/ginkgo/", "reflect.", "runtime.", "testing."}

// packagePrefix is how the paths of the files of this package begin.
var packagePrefix = sync.OnceValue(func() string {
	_, file, _, _ := runtime.Caller(0)
	return path.Dir(file) + "/"
})

// callSite is the first function of a stack that is no framework's, and its line.
func callSite(stack string) string {
	first := ""
	for rest := stack; rest != ""; {
		var function, where string
		function, rest, _ = strings.Cut(rest, "\n")
		where, rest, _ = strings.Cut(rest, "\n")
		where = strings.TrimSpace(where)
		here := fmt.Sprintf("%s (%s)", function, where)
		if first == "" {
			first = here
		}
		if !isFramework(function, where) {
			return here
		}
	}
	return first
}

func isFramework(function, where string) bool {
	if strings.HasPrefix(where, packagePrefix()) && !strings.Contains(where, "_test.go:") {
		return true
	}
	return slices.ContainsFunc(frameworkPrefixes, func(prefix string) bool { return strings.HasPrefix(function, prefix) })
}

// madeAt is the place where something was made, as a part of a sentence.
func madeAt(stack string) string {
	if stack == "" {
		return ""
	}
	return " made at " + callSite(stack)
}

// describePending says what w waits for, and what is pending in the reactor.
func describePending(l loop, w *wait) string {
	text := ""
	if !l.call(func() { text = describeWait(w) + describeOutstanding(l.outstanding()) }) {
		return "The loop is busy: a callback has not returned for long."
	}
	return text
}

// describeWait says what w waits for; for the loop.
func describeWait(w *wait) string {
	switch {
	case w.over:
		return "It is over just now."
	case w.peek == nil:
		return "The function has not been called, or has not returned."
	default:
		var b strings.Builder
		describeView(&b, w.peek(), "The deferred", "")
		return strings.TrimSuffix(b.String(), "\n")
	}
}

// mostElements is how many elements are shown of those that a list waits for.
const mostElements = 10

// describeView writes a line on a deferred, and lines on those that it waits for.
func describeView(b *strings.Builder, v deferred.View, name, indent string) {
	fmt.Fprintf(b, "%s%s%s %v", indent, name, madeAt(v.Made), v.State)
	if len(v.On) == 0 {
		b.WriteString(".\n")
		return
	}
	b.WriteString(" for:\n")
	for i, on := range v.On {
		if i == mostElements {
			fmt.Fprintf(b, "%s  and %d more.\n", indent, len(v.On)-i)
			break
		}
		describeView(b, on, "the one", indent+"  ")
	}
}

// describeOutstanding lists what is pending in the reactor, after a line end.
func describeOutstanding(left []reactor.Outstanding) string {
	if len(left) == 0 {
		return "\nNothing is pending in the reactor."
	}
	var b strings.Builder
	b.WriteString("\nPending in the reactor:")
	for _, o := range left {
		fmt.Fprintf(&b, "\n  - %s%s", o.What, requestedAt(o.Made))
	}
	return b.String()
}

// requestedAt is madeAt for what a reactor was asked for.
func requestedAt(stack string) string {
	if stack == "" {
		return ""
	}
	return "; asked for at " + callSite(stack)
}
