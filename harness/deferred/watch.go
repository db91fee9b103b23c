package deferred

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Watcher knows at any time which failures nobody has handled, without waiting for
// the collector: those of deferreds that have failed since [Watch]. Any goroutine may
// call its methods.
//
// What a Watcher has seen is its business, and does not go to the reporter
// ([SetReporter]) any more, even if it is never handled.
type Watcher struct {
	unhandled map[*watch]uint64 // in which order they came; watchers.mu guards it
}

// watchers are those that there are.
var watchers struct {
	some atomic.Bool // there are any

	mu    sync.Mutex // guards the rest, and what is in it
	all   []*Watcher
	count uint64 // failures that were told to all
}

// Watch returns a watcher of all deferreds, whatever goroutine has them, until its Stop.
func Watch() *Watcher {
	w := &Watcher{unhandled: map[*watch]uint64{}}
	watchers.mu.Lock()
	defer watchers.mu.Unlock()
	watchers.all = append(watchers.all, w)
	watchers.some.Store(true)
	return w
}

// Unhandled returns the failures that are not handled at present, in the order in
// which they came.
func (w *Watcher) Unhandled() []Unhandled {
	watchers.mu.Lock()
	defer watchers.mu.Unlock()
	inOrder := slices.SortedFunc(maps.Keys(w.unhandled), func(a, b *watch) int {
		return int(w.unhandled[a]) - int(w.unhandled[b])
	})
	failures := make([]Unhandled, len(inOrder))
	for i, failure := range inOrder {
		failures[i] = failure.unhandled()
	}
	return failures
}

// Stop has the watcher see no more failures. Those that it knows may still be handled.
func (w *Watcher) Stop() {
	watchers.mu.Lock()
	defer watchers.mu.Unlock()
	watchers.all = slices.DeleteFunc(watchers.all, func(other *Watcher) bool { return other == w })
	watchers.some.Store(len(watchers.all) > 0)
}

// show tells all watchers of a failure that is not handled.
func (w *watch) show() {
	if !watchers.some.Load() {
		return
	}
	watchers.mu.Lock()
	defer watchers.mu.Unlock()
	watchers.count++
	for _, watcher := range watchers.all {
		watcher.unhandled[w] = watchers.count
		w.seenBy = append(w.seenBy, watcher)
	}
}

// hide tells those who know of the failure that it is handled.
func (w *watch) hide() {
	if w.seenBy == nil {
		return
	}
	watchers.mu.Lock()
	defer watchers.mu.Unlock()
	for _, watcher := range w.seenBy {
		delete(watcher.unhandled, w)
	}
}

// reportAlone reports a failure that has no deferred, and nobody can handle any more.
func reportAlone(failure error) {
	w := &watch{err: failure}
	w.show()
	w.report()
}
