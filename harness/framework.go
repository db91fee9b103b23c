package harness

import (
	"errors"
	"fmt"

	"github.com/onsi/ginkgo/v2/types"

	"scansion/harness/deferred"
)

// framework is what runs the spec: Ginkgo or the package testing.
type framework interface {
	// title is the full name of the spec.
	title() string

	// labels are those of the spec, the outermost first.
	labels() []string

	// node says which part of the spec runs, and where it stands.
	node() string

	// seed is where randomness comes from.
	seed() int64

	// onProgressReport has f called for reports of what goes on, on any goroutine, until
	// stop is called.
	onProgressReport(f func() string) (stop func())

	// fail fails the spec, on the goroutine that runs it, and does not return.
	fail(f *failure)

	// failed reports whether the spec has failed already.
	failed() bool

	// attach shows a text with the spec if it fails, or, if always, in any case.
	attach(name, text string, always bool)

	// rerunCommand is the command that runs this spec again.
	rerunCommand() string
}

// failure is why a spec fails.
type failure struct {
	message string

	// panicked is set where it was a panic, on whatever goroutine.
	panicked *deferred.PanicError
}

// failureOf makes a failure of an error.
func failureOf(what string, err error) *failure {
	panicked, ok := errors.AsType[*deferred.PanicError](err)
	if !ok {
		return &failure{message: fmt.Sprintf("%s: %v", what, err)}
	}
	f := &failure{message: fmt.Sprintf("%s: %v\n\nThe panic's own stack:\n%s", what, err, panicked.Stack)}
	if _, joined := err.(interface{ Unwrap() []error }); !joined {
		f.panicked = panicked
	}
	return f
}

// knownToGinkgo reports whether Ginkgo knows of a panic already: those of its own Fail
// and Skip, and so all failed expectations.
func knownToGinkgo(p *deferred.PanicError) bool {
	_, ok := p.Value.(types.GinkgoError)
	return ok
}
