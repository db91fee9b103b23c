package harness

import (
	"testing"

	"scansion/harness/deferred"
)

// Test is [Await] for a test that is not Ginkgo's: it makes a [Spec] that lives until the
// test's cleanups that are registered later have run, and inspects the house then. A
// second Test in the same test has the same Spec; so has Await.
//
// There is one Spec at a time, which watches the whole process: the test cannot be
// parallel. Where callbacks fail the test, let them use t.Error: t.FailNow ends the
// goroutine that calls it, and on a real reactor that is the loop's, so that the test
// ends at once.
func Test[T any](tb testing.TB, config Config, f func(s *Spec) *deferred.Deferred[T]) T {
	tb.Helper()
	s := specOf(tb, config)
	result, v := await(tb.Context(), s, f)
	if v != nil {
		tb.Fatal(v.message)
	}
	return result
}

// claimed is a variable that a test sets: the testing package knows then that the
// test must not be parallel.
const claimed = "SCANSION_HARNESS_SPEC"

func specOf(tb testing.TB, config Config) *Spec {
	tb.Helper()
	active.Lock()
	defer active.Unlock()
	if s := active.spec; s != nil {
		if h, ok := s.host.(testHost); !ok || h.TB != tb {
			tb.Fatalf("there is a Spec already, of %s, and there can be only one", s.host.title())
		}
		return s
	}
	tb.Setenv(claimed, tb.Name())
	s := newSpec(testHost{tb}, config, false)
	tb.Cleanup(s.end)
	return s
}

// testHost is an ordinary test.
type testHost struct{ testing.TB }

var _ host = testHost{}

func (t testHost) title() string { return t.Name() }

func (t testHost) labels() []string { return nil }

func (t testHost) node() string { return t.Name() }

// seed is always the same: an ordinary test has none, and should not differ from run to
// run.
func (t testHost) seed() int64 { return 1 }

func (t testHost) progress(func() string) (stop func()) { return func() {} }

func (t testHost) raise(v *verdict) {
	t.Helper()
	t.Fatal(v.message)
}

func (t testHost) failed() bool { return t.Failed() }

func (t testHost) attach(name, text string, _ bool) {
	t.Helper()
	t.Logf("%s:\n%s", name, text)
}

func (t testHost) repeat() string { return repeatTest(t.Name()) }
