package deferred

import "fmt"

// State is how far a deferred has come.
type State uint8

// The states. A deferred that has more functions to run than it can at present is
// Paused, Waiting or Running; one that has run them all has Succeeded or Failed, for the
// time being.
const (
	Unfired   State = iota // nobody has fired it
	Paused                 // see [Deferred.Pause]
	Waiting                // for another one
	Running                // one of its functions runs, or is about to
	Succeeded              // it has a result
	Failed                 // it has a failure
)

var stateNames = [...]string{
	Unfired: "has not been fired", Paused: "is paused", Waiting: "waits", Running: "is running a callback",
	Succeeded: "has a result", Failed: "has failed",
}

// String is the state as the end of a sentence about the deferred.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// View is what can be seen of a deferred from outside, whatever its type.
type View struct {
	State State

	// Value is the result, if it has Succeeded, and Err the failure, if it has Failed:
	// what a function would get that is added now.
	Value any
	Err   error

	// Taken tells that another deferred has taken the result or failure, see [Then]: it
	// has Succeeded, with the zero value.
	Taken bool

	// Made and Fired are as in [Unhandled].
	Made, Fired string

	// On are those that it waits for: one, or, if it is of [List] or its like, those
	// elements that are not there yet. What is eight steps away is seen without those
	// that it waits for itself.
	On []View
}

// maxDepth is how many steps away Peek sees: chains may be long, and even be circles.
const maxDepth = 8

// Peek looks at d and leaves it as it is: it takes nothing, and handles nothing.
func (d *Deferred[T]) Peek() View {
	v := d.view(maxDepth)
	if v.State == Succeeded {
		v.Value = d.present()
	}
	return v
}

// Handle returns the failure of d, and answers for it: it is not reported, unless it comes
// from another deferred, too. It is left where it is. The error is nil if d has not failed.
func (d *Deferred[T]) Handle() error {
	v := d.view(0)
	if v.State == Failed {
		d.watchFailure() // or there may be no watch yet
		d.history.watch.stop()
	}
	return v.Err
}

// view is Peek without the value, and so many steps far.
func (b *base) view(far int) View {
	var v View
	if b.history != nil {
		v.Made, v.Fired = b.history.made.String(), b.history.fired.String()
	}
	switch {
	case !b.called:
		v.State = Unfired
	case b.waiting != nil:
		v.State = Waiting
		if far > 0 {
			v.On = views(b.waiting.inner, far-1)
		}
	case b.running, b.paused == 0 && !b.queue.empty():
		v.State = Running
	case b.paused > 0:
		v.State = Paused
	case b.err != nil && !b.taken:
		v.State, v.Err = Failed, b.err
	default:
		v.State, v.Taken = Succeeded, b.taken
	}
	return v
}

// views are of what can be waited for.
func views(inner source, far int) []View {
	if many, ok := inner.(interface{ missing(far int) []View }); ok {
		return many.missing(far)
	}
	return []View{inner.common().view(far)}
}

// missing are those that are not there yet.
func (g *group[T]) missing(far int) []View {
	var missing []View
	for _, d := range g.elements {
		if v := d.view(far); v.State < Succeeded {
			missing = append(missing, v)
		}
	}
	return missing
}
