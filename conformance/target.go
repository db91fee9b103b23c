package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Target is a way of reaching a program under test. Its methods may be called
// from any goroutine.
type Target interface {
	// Name says what is judged, for people: a command, an address.
	Name() string

	// Kind is "exec", "addr" or "in-process".
	Kind() string

	// Lacks returns why the target cannot serve a need, or "" if it can. It is
	// asked once the control has been started.
	Lacks(Need) string

	// Single reports whether there is one running program that all cases must
	// share, rather than one that is started as often as needed.
	Single() bool

	// Start starts the program and returns once it is ready for clients. The
	// error is a *StartError if the program is to blame.
	Start(context.Context, Setup) (Instance, error)

	// Close frees what the target holds. No instance may be left.
	Close() error
}

// Setup is how an instance is started.
type Setup struct {
	Fixture Fixture

	// MissingPoem names a poem file that does not exist, in place of the fixture's.
	MissingPoem bool

	// TakenPort, if not zero, is a port that somebody else listens on already.
	// Start then waits for the program to give up, not for it to listen.
	TakenPort int
}

// Instance is one running program.
type Instance interface {
	// Addr is where it listens, host:port.
	Addr() string

	// Poem is what it serves.
	Poem() []byte

	// Exited is closed once the program has ended by itself or been stopped.
	Exited() <-chan struct{}

	// Exit tells how the program ended. Only after Exited is closed.
	Exit() Exit

	// Signal sends a signal to the program and all that it started.
	Signal(os.Signal) error

	// Usage counts what the program holds now.
	Usage() (Usage, error)

	// Output is what the program last wrote to its outputs, bounded.
	Output() string

	// Stop ends the program, gently and then by force, and waits until it is gone.
	Stop() error
}

// ErrNotSupported is returned by an instance's methods that its kind of target
// cannot serve. Checks declare what they need, so they do not meet it.
var ErrNotSupported = errors.New("not supported by this kind of target")

// Exit tells how a program ended.
type Exit struct {
	Status int    // the exit status; -1 if a signal ended it
	How    string // for people: "exit status 1", "signal: segmentation fault"
}

// Failed reports whether the program ended other than with status 0.
func (e Exit) Failed() bool { return e.Status != 0 }

// Usage is what a running program holds.
type Usage struct {
	Descriptors int
	Processes   int // children that have ended and were not waited for included
	Threads     int

	// Memory is what the program has written to and no file holds, in bytes, or -1
	// where it cannot be told.
	Memory int64

	// Mappings are the pieces that its address space is made of, among them a stack
	// for each thread that nobody has waited for.
	Mappings int

	// Reserved is the largest piece that no file holds, in bytes. Programs whose
	// memory is collected late reserve gigabytes in one piece.
	Reserved int64
}

// StartError says that a program could not be started, or ended or stayed silent
// before it was ready.
type StartError struct {
	Reason string
	Exit   *Exit // how it ended; nil if it did not
	Output string
}

// Error returns the reason and the last line of what the program wrote.
func (e *StartError) Error() string {
	if last := LastLine(e.Output); last != "" {
		return fmt.Sprintf("%s; its last words: %s", e.Reason, last)
	}
	return e.Reason
}
