package harness

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/format"
	"github.com/onsi/gomega/types"

	"scansion/harness/deferred"
)

// HaveFired matches a deferred whose result, or failure, is there: nothing is left to
// wait for. The result is not taken, nor is a failure handled.
//
// This and the other matchers take a *deferred.Deferred of any type. They look at it
// where they are called, which has to be the loop goroutine, or on a fake reactor
// the goroutine of the spec; for a deferred that comes later there is [Await].
func HaveFired() types.GomegaMatcher {
	return &matcher{
		expected: "to have fired",
		state:    func(s deferred.State) bool { return s >= deferred.Succeeded },
	}
}

// HaveResult matches a deferred whose result is there, and equal to expected, or
// matched by it if it is a matcher. The result is not taken.
func HaveResult(expected any) types.GomegaMatcher {
	inner, ok := expected.(types.GomegaMatcher)
	if !ok {
		inner = gomega.Equal(expected)
	}
	return &matcher{
		expected: "to have a result",
		state:    func(s deferred.State) bool { return s == deferred.Succeeded },
		inner:    inner,
		of:       func(v deferred.View) any { return v.Value },
	}
}

// HaveFailed matches a deferred that has failed: in any way, or with an error that each
// of expected matches, which is what gomega's MatchError takes, or a matcher for the
// error itself. A failure that is matched counts as handled.
func HaveFailed(expected ...any) types.GomegaMatcher {
	m := &matcher{
		expected: "to have failed",
		state:    func(s deferred.State) bool { return s == deferred.Failed },
		of:       func(v deferred.View) any { return v.Err },
		handles:  true,
	}
	var all []types.GomegaMatcher
	for _, each := range expected {
		inner, ok := each.(types.GomegaMatcher)
		if !ok {
			inner = gomega.MatchError(each)
		}
		all = append(all, inner)
	}
	if len(all) == 1 {
		m.inner = all[0]
	} else if len(all) > 1 {
		m.inner = gomega.SatisfyAll(all...)
	}
	return m
}

// peeker is a deferred of any type.
type peeker interface {
	Peek() deferred.View
	Handle() error
}

// matcher looks at the state of a deferred, and then perhaps at what it has.
type matcher struct {
	expected string // as a part of a sentence
	state    func(s deferred.State) bool
	inner    types.GomegaMatcher // for what it has; may be nil
	of       func(v deferred.View) any
	handles  bool

	seen deferred.View
}

// Match is of [types.GomegaMatcher].
func (m *matcher) Match(actual any) (bool, error) {
	d, ok := actual.(peeker)
	if !ok {
		return false, fmt.Errorf("expected a *deferred.Deferred, got\n%s", format.Object(actual, 1))
	}
	m.seen = d.Peek()
	if !m.state(m.seen.State) {
		return false, nil
	}
	if m.inner != nil {
		if matches, err := m.inner.Match(m.of(m.seen)); !matches || err != nil {
			return false, err
		}
	}
	if m.handles {
		_ = d.Handle() // it is known
	}
	return true, nil
}

// FailureMessage is of [types.GomegaMatcher].
func (m *matcher) FailureMessage(any) string {
	if m.inner != nil && m.state(m.seen.State) {
		return fmt.Sprintf("The deferred%s was expected %s, and has one that is another:\n%s",
			madeAt(m.seen.Made), m.expected, m.inner.FailureMessage(m.of(m.seen)))
	}
	return m.sentence(m.expected)
}

// NegatedFailureMessage is of [types.GomegaMatcher].
func (m *matcher) NegatedFailureMessage(any) string {
	if m.inner != nil {
		return fmt.Sprintf("The deferred%s was expected not %s of this kind:\n%s",
			madeAt(m.seen.Made), m.expected, m.inner.NegatedFailureMessage(m.of(m.seen)))
	}
	return m.sentence("not " + m.expected)
}

// sentence says what was expected, and what there is.
func (m *matcher) sentence(expected string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The deferred%s was expected %s, and it", madeAt(m.seen.Made), expected)
	switch v := m.seen; v.State {
	case deferred.Succeeded:
		fmt.Fprintf(&b, " has a result:\n%s", format.Object(v.Value, 1))
		if v.Taken {
			b.WriteString("\nIts own was taken by a deferred that has waited for it.")
		}
	case deferred.Failed:
		fmt.Fprintf(&b, " has failed: %v", v.Err)
		if stack := panicStack(v.Err); stack != "" {
			b.WriteString("\n" + stack)
		}
	default:
		describeView(&b, deferred.View{State: v.State, On: v.On}, "", "")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
