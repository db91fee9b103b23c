package harness

import (
	"errors"
	"fmt"

	"github.com/onsi/ginkgo/v2/types"

	"scansion/harness/deferred"
)

// host is the framework that a spec is one of.
type host interface {
	// title is the full name of the spec.
	title() string

	// labels are those of the spec, the outermost first.
	labels() []string

	// node says which part of the spec runs, and where it stands.
	node() string

	// seed is where randomness comes from.
	seed() int64

	// progress has f called for reports of what goes on, on whatever goroutine, until
	// stop is called.
	progress(f func() string) (stop func())

	// raise fails the spec, on the goroutine that runs it, and does not return.
	raise(v *verdict)

	// failed tells whether the spec has failed already.
	failed() bool

	// attach shows a text with the spec if it fails, or, if always, in any case.
	attach(name, text string, always bool)

	// repeat is the command that runs this spec again.
	repeat() string
}

// verdict is why a spec has to end.
type verdict struct {
	message string

	// panicked is set where it was a panic, on whatever goroutine.
	panicked *deferred.PanicError
}

// raised tells whether Ginkgo knows of a panic already: those of its own Fail and
// Skip, and so all failed expectations.
func raised(p *deferred.PanicError) bool {
	_, ok := p.Value.(types.GinkgoError)
	return ok
}

// failure makes a verdict of the failure of a deferred, or of whatever else.
func failure(what string, err error) *verdict {
	panicked, ok := errors.AsType[*deferred.PanicError](err)
	if !ok {
		return &verdict{message: fmt.Sprintf("%s: %v", what, err)}
	}
	v := &verdict{message: fmt.Sprintf("%s: %v\n\nThe panic's own stack:\n%s", what, err, panicked.Stack)}
	if _, wrapped := err.(interface{ Unwrap() []error }); !wrapped {
		v.panicked = panicked
	}
	return v
}
