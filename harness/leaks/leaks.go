// Package leaks has Ginkgo specs answer for the goroutines that they leave behind.
package leaks

import (
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"go.uber.org/goleak"
)

// endWithin is how long goroutines may take to end. They do so in no time, but for
// the machine.
const endWithin = 20 * time.Second

// interceptor is a goroutine of Ginkgo's own, which begins in the middle of specs
// that run in parallel processes.
const interceptor = "github.com/onsi/ginkgo/v2/internal.(*genericOutputInterceptor).ResumeIntercepting.func1"

// OfGinkgo tells whether goroutines that begin with a function are Ginkgo's own, which
// come and go in the middle of specs.
func OfGinkgo(function string) bool {
	return function == interceptor || function == interceptor+".1"
}

// Options has goleak ignore the goroutines that are Ginkgo's own.
func Options() []goleak.Option {
	return []goleak.Option{goleak.IgnoreAnyFunction(interceptor), goleak.IgnoreAnyFunction(interceptor + ".1")}
}

// Watch is for set-up nodes: when what they set up is over, a goroutine that was not
// there before is a failure that shows where it is.
func Watch() {
	ginkgo.GinkgoHelper()
	options := append(Options(), goleak.IgnoreCurrent())
	ginkgo.DeferCleanup(func() {
		gomega.Eventually(func() error { return goleak.Find(options...) }).WithTimeout(endWithin).
			Should(gomega.Succeed(), "every goroutine that a spec has begun ends with it")
	})
}
