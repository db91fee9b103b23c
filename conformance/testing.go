package conformance

import "testing"

// Test judges a target in a Go test, with a subtest for each requirement of the role,
// named by its slug. Requirements below level that do not hold are logged, not failed,
// and what could not be judged is skipped. The target is closed at the end.
func Test(t *testing.T, role Role, target Target, level Level, options Options) {
	t.Helper()
	judge := NewJudge(role, target, options)
	t.Cleanup(func() {
		if err := judge.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := judge.Start(t.Context()); err != nil {
		t.Fatalf("the target could not be run: %v", err)
	}
	for _, requirement := range role.Requirements {
		t.Run(requirement.Slug, func(t *testing.T) {
			t.Parallel()
			tell(t, judge.Judge(t.Context(), requirement), level)
		})
	}
}

// tell makes a result that of a test.
func tell(t *testing.T, result Result, level Level) {
	t.Helper()
	switch {
	case result.Why == Broken:
		t.Error(result.Message)
	case result.Outcome == Skip:
		t.Skip(result.Message)
	case result.Outcome == Fail && result.Level >= level:
		t.Errorf("%s\n%s\n%s", result.Statement, result.Message, result.Transcript)
	case result.Outcome == Fail:
		t.Logf("%v not met: %s\n%s", result.Level, result.Statement, result.Message)
	}
}
