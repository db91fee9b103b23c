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

// Options has goleak ignore the goroutines that Ginkgo starts in the middle of specs, to
// capture the output of parallel processes.
func Options() []goleak.Option {
	const capture = "github.com/onsi/ginkgo/v2/internal.(*genericOutputInterceptor).ResumeIntercepting.func1"
	return []goleak.Option{goleak.IgnoreAnyFunction(capture), goleak.IgnoreAnyFunction(capture + ".1")}
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
