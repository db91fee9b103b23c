package harness

import (
	"cmp"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/onsi/ginkgo/v2"
)

// The defaults of a [Config].
const (
	defaultTimeout     = 120 * time.Second
	defaultGracePeriod = 10 * time.Second
	defaultLogFolder   = "_scansion_temp"
)

// Config configures the specs of a suite, or one [Test]. The zero value works.
type Config struct {
	// Fake has the specs run on a fake reactor, unless they are labelled
	// [OnRealReactor].
	Fake bool

	// Timeout is how long one node, or one [Await] in it, may take, unless a label
	// says otherwise; zero is 120 s. On a fake reactor it is simulated time; if callbacks
	// run on and on while no time passes, it is real time, or GracePeriod if that is more.
	Timeout time.Duration

	// GracePeriod is how long goroutines, and connections that are being closed, may take
	// to end after the spec. It is used up only where they do not end; zero is 10 s.
	GracePeriod time.Duration

	// LogFolder is where the logs go, relative to the working directory, which is the
	// folder of the package. Empty is "_scansion_temp". See the package's
	// documentation for what happens if it exists.
	LogFolder string
}

func (c Config) withDefaults() Config {
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.GracePeriod = cmp.Or(c.GracePeriod, defaultGracePeriod)
	c.LogFolder = cmp.Or(c.LogFolder, defaultLogFolder)
	return c
}

// configured has the Config of the last Configure.
var configured atomic.Pointer[Config]

// Configure sets the Config of all specs of the suite. Call it before RunSpecs, or in a
// BeforeSuite.
func Configure(c Config) { configured.Store(&c) }

func configuration() Config {
	if c := configured.Load(); c != nil {
		return *c
	}
	return Config{}
}

// The prefixes of the labels that the harness reads.
const (
	reactorLabel = "reactor: "
	timeoutLabel = "timeout: "
)

// OnFakeReactor and OnRealReactor are decorators for specs and containers; the
// innermost counts. As labels, they can be filtered by: --label-filter='reactor: fake'.
var (
	OnFakeReactor = ginkgo.Label(reactorLabel + "fake")
	OnRealReactor = ginkgo.Label(reactorLabel + "real")
)

// Timeout is a decorator for specs and containers that sets the time-out of each of
// their nodes; the innermost counts. It panics unless d is more than zero.
//
// It limits waiting. A callback that blocks on a fake reactor blocks the goroutine of the
// spec, where this time-out is looked at: Ginkgo's NodeTimeout ends such a node.
func Timeout(d time.Duration) ginkgo.Labels {
	if d <= 0 {
		panic(fmt.Sprintf("harness: Timeout(%v): a time-out is more than zero", d))
	}
	return ginkgo.Label(timeoutLabel + d.String())
}

// labelled applies labels, the outermost first.
func (c Config) labelled(labels []string) Config {
	for _, label := range labels {
		if which, ok := strings.CutPrefix(label, reactorLabel); ok {
			c.Fake = which == "fake"
		} else if text, ok := strings.CutPrefix(label, timeoutLabel); ok {
			if d, err := time.ParseDuration(text); err == nil && d > 0 {
				c.Timeout = d
			}
		}
	}
	return c
}
