package deferred

// Unhandled is the failure that would be reported if d were given up now.
func (d *Deferred[T]) Unhandled() error {
	if d.history == nil || d.history.watch == nil {
		return nil
	}
	return d.history.watch.err
}

// LogUnhandled is the reporter that is there from the beginning.
var LogUnhandled = logUnhandled

// Paused tells whether an Unpause is due.
func (d *Deferred[T]) Paused() bool { return d.paused > 0 }

// Steps is how many it takes to see whether inner waits for outer.
func Steps[T any](outer, inner *Deferred[T]) int {
	_, steps := circular(&outer.base, &inner.base)
	return steps
}
