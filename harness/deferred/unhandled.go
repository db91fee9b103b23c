package deferred

import (
	"errors"
	"log/slog"
	"runtime"
	"sync"

	"scansion/internal/stack"
)

// Unhandled is a failure that no function has handled when its deferred was given up
// (Parts 9 and 14).
type Unhandled struct {
	Err error // the failure

	// Made and Fired are the stacks of the calls that made the deferred and fired
	// it, a line for each function and a line for its place. They are empty for
	// deferreds made without [SetDebug].
	Made, Fired string
}

// reporter is what Unhandled failures go to. The collector calls it, on whatever
// goroutine.
var reporter = struct {
	sync.Mutex
	call func(Unhandled)
}{call: logUnhandled}

// SetReporter has f called for each failure that nobody handled, once, in place of
// the log of [slog.Default], which is meant by nil; restore puts back what was there
// before. Any goroutine may call both.
//
// As functions can be added to a deferred at any time, a failure is known to be
// unhandled only when the garbage collector finds that nobody has the deferred any
// more: some time later, or never if the program ends before. Then f is called on a
// goroutine of the collector, perhaps several at once, where it must not take long. A
// failure whose error refers to its own deferred is never reported.
func SetReporter(f func(Unhandled)) (restore func()) {
	reporter.Lock()
	defer reporter.Unlock()
	if f == nil {
		f = logUnhandled
	}
	before := reporter.call
	reporter.call = f
	return func() { SetReporter(before) }
}

func report(u Unhandled) {
	reporter.Lock()
	call := reporter.call
	reporter.Unlock()
	call(u)
}

func logUnhandled(u Unhandled) {
	attributes := []any{"error", u.Err}
	if u.Made != "" {
		attributes = append(attributes, "made", u.Made)
	}
	if u.Fired != "" {
		attributes = append(attributes, "fired", u.Fired)
	}
	if panicked, ok := errors.AsType[*PanicError](u.Err); ok {
		attributes = append(attributes, "stack", string(panicked.Stack))
	}
	slog.Error("unhandled error in a deferred", attributes...)
}

// history is what a deferred remembers about itself; most have none.
type history struct {
	made, fired stack.Stack
	watch       *watch // while it has a failure that is not handled
}

func (b *base) ensureHistory() *history {
	if b.history == nil {
		b.history = &history{}
	}
	return b.history
}

// watch is a failure that is not handled at present. The deferred has it, it does not
// have the deferred. All watches begin in watchFailure and end in handled, or with the
// deferred; one that Handle has stopped stays until then.
type watch struct {
	err         error
	made, fired stack.Stack
	cleanup     runtime.Cleanup
	seenBy      []*Watcher // as few as there were then
}

// watchFailure is called when d has done all that it can do for the time being: a failure
// that it has then is not handled.
func (d *Deferred[T]) watchFailure() {
	if d.err == nil || d.taken || d.running {
		return
	}
	h := d.ensureHistory()
	if h.watch == nil {
		h.watch = &watch{err: d.err, made: h.made, fired: h.fired}
		h.watch.show() // before the collector may have a look
		h.watch.cleanup = runtime.AddCleanup(d, (*watch).report, h.watch)
	}
}

// handled is called when the failure, if there is one, is handed to somebody.
func (b *base) handled() {
	if b.history == nil || b.history.watch == nil {
		return
	}
	b.history.watch.stop()
	b.history.watch = nil
}

// stop ends the watch over a failure that somebody has handled or answers for.
func (w *watch) stop() {
	w.cleanup.Stop()
	w.hide()
	w.err = nil
}

// report tells of the failure, unless a [Watcher] does.
func (w *watch) report() {
	if w.seenBy == nil {
		report(w.unhandled())
	}
}

func (w *watch) unhandled() Unhandled {
	return Unhandled{Err: w.err, Made: w.made.String(), Fired: w.fired.String()}
}
