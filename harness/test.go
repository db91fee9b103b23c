package harness

import (
	"testing"

	"scansion/harness/deferred"
)

// Test is [Await] for a test that is not Ginkgo's: it makes a [Spec] that lives until the
// test's cleanups that are registered later have run, and looks for leaks then. A second
// Test in the same test has the same Spec, and fails the test if it has another Config;
// Await has the same Spec, too.
//
//	poem := harness.Test(t, harness.Config{Fake: true}, func(s *harness.Spec) *deferred.Deferred[string] {
//		return fetch(s.Reactor(), addr)
//	})
//
// There is one Spec at a time, which watches the whole process: the test cannot be
// parallel. Where callbacks fail the test, let them use t.Error: t.FailNow ends the
// goroutine that calls it, and on a real reactor that is the loop's, so that the test
// ends at once.
func Test[T any](tb testing.TB, config Config, f func(s *Spec) *deferred.Deferred[T]) T {
	tb.Helper()
	s := specOf(tb, config)
	result, failed := await(tb.Context(), s, f)
	if failed != nil {
		tb.Fatal(failed.message)
	}
	return result
}

// serialVariable is set by the test: the testing package forbids tests that set variables
// to be parallel.
const serialVariable = "SCANSION_HARNESS_SPEC"

func specOf(tb testing.TB, config Config) *Spec {
	tb.Helper()
	active.Lock()
	defer active.Unlock()
	if s := active.spec; s != nil {
		if f, ok := s.framework.(testFramework); !ok || f.TB != tb {
			tb.Fatalf("there is a Spec already, of %s, and there can be only one", s.framework.title())
		}
		if config.withDefaults() != s.config {
			tb.Fatalf("this test has called harness.Test with %+v, and now with %+v: its calls share one Spec, "+
				"so give all of them the same Config", s.config, config.withDefaults())
		}
		return s
	}
	tb.Setenv(serialVariable, tb.Name())
	s := newSpec(testFramework{tb}, config, false)
	tb.Cleanup(s.end)
	return s
}

// testFramework is an ordinary test.
type testFramework struct{ testing.TB }

var _ framework = testFramework{}

func (t testFramework) title() string { return t.Name() }

func (t testFramework) labels() []string { return nil }

func (t testFramework) node() string { return t.Name() }

// seed is always the same: an ordinary test has none, and should not differ from run to
// run.
func (t testFramework) seed() int64 { return 1 }

func (t testFramework) onProgressReport(func() string) (stop func()) { return func() {} }

func (t testFramework) fail(f *failure) {
	t.Helper()
	t.Fatal(f.message)
}

func (t testFramework) failed() bool { return t.Failed() }

func (t testFramework) attach(name, text string, _ bool) {
	t.Helper()
	t.Logf("%s:\n%s", name, text)
}

func (t testFramework) rerunCommand() string { return rerunTest(t.Name()) }
