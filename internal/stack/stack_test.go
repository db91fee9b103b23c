package stack_test

import (
	"strings"
	"testing"

	"scansion/internal/stack"
)

// kept has a method and a type argument, as deferreds have.
type kept[T any] struct{ made stack.Stack }

func (k *kept[T]) make(f func()) {
	k.made = stack.Callers()
	f()
}

func TestStackBeginsOutsideThePackageThatAsked(t *testing.T) {
	var k kept[strings.Builder]
	k.make(func() {})
	first, _, _ := strings.Cut(k.made.String(), "\n")
	if first != "testing.tRunner" {
		t.Errorf("the stack begins with %q:\n%v", first, k.made)
	}
	if lines := strings.Count(k.made.String(), "\n"); lines%2 != 0 || !strings.Contains(k.made.String(), "testing.go:") {
		t.Errorf("it has not two lines for each function:\n%v", k.made)
	}
}

func TestStackIsKeptAsItIs(t *testing.T) {
	var first, second kept[int]
	first.make(func() { second.make(func() {}) })
	if first.made.String() != second.made.String() {
		t.Errorf("both come from the testing package, and one is\n%v\nthe other\n%v", first.made, second.made)
	}
}

func TestNoStack(t *testing.T) {
	if text := stack.Stack(nil).String(); text != "" {
		t.Errorf("the stack of no call is %q", text)
	}
}
