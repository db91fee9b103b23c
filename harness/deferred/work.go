package deferred

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// PanicError is a panic of a function that a [Deferred] has called, which became a
// failure of the chain.
type PanicError struct {
	Value any    // what it panicked with
	Stack []byte // the goroutine's stack at the panic
}

// Error names the value, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap is the value, where it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrGoexit is the failure of a level whose function has ended its goroutine with
// [runtime.Goexit], as the FailNow of a test does.
var ErrGoexit = errors.New("a callback called runtime.Goexit")

// task is something that takes its turn on the stack of [drive]: a deferred that has
// callbacks to run, whatever its type.
type task interface {
	// run goes on as far as it can. If another task has to go on first, it is
	// returned; again tells whether run is to be called once more after that.
	run() (next task, again bool)

	// fail says that what run has called panicked with err. Then run is called
	// again.
	fail(err error)
}

// drive runs a task, and what it leads to, to the end. However long the chain of
// deferreds that wake each other, the stack of the goroutine stays as it is.
func drive(first task) {
	var few [4]task // so that a short stack needs no memory
	for stack := append(few[:0], first); len(stack) > 0; {
		stack = proceed(stack)
	}
}

// proceed runs the last task of the stack until nothing is left to do, or one panics.
// It returns what is left.
//
// A panic becomes the failure of the task that it happened in. A goroutine that ends
// itself cannot be held: then the rest is done on its way out, since others may wait
// for it.
func proceed(stack []task) (left []task) {
	left = stack
	defer func() {
		if len(left) == 0 {
			return
		}
		top := left[len(left)-1]
		if value := recover(); value != nil {
			top.fail(&PanicError{Value: value, Stack: debug.Stack()})
			return
		}
		top.fail(ErrGoexit)
		for len(left) > 0 {
			left = proceed(left)
		}
	}()
	for len(left) > 0 {
		top := len(left) - 1
		next, again := left[top].run()
		switch {
		case next == nil:
			left[top] = nil
			left = left[:top]
		case again:
			left = append(left, next)
		default:
			left[top] = next
		}
	}
	return left
}
