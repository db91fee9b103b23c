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
