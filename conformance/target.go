package conformance

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"
)

// Target is a way of reaching a program under test. Its methods may be called
// from any goroutine.
type Target interface {
	// Name says what is judged, for people: a command, an address.
	Name() string

	// Kind is "exec", "persistent", "addr" or "in-process".
	Kind() string

	// Lacks returns why the program cannot be given a need, or "" if it can. It is
	// asked once the program has been started.
	Lacks(Need) string

	// Single reports whether there is one running program that all cases must
	// share, rather than one that is started as often as needed.
	Single() bool

	// Start starts the program. One that serves is ready for clients when Start
	// returns. The error is a *StartError if the program is to blame.
	Start(context.Context, Launch) (*Instance, error)

	// Close frees what the target holds. No instance may be left.
	Close() error
}

// Need is something that a check asks of a target, which [Target.Lacks] explains where
// it is missing: a facet of its instances, or that it is told a variable.
type Need string

// The needs that are facets of an [Instance], or properties of its Parser.
const (
	NeedSignals Need = "signals" // Instance.Signals
	NeedUsage   Need = "usage"   // Instance.Usage; what a parser takes for a stream that is measured
	NeedEncoder Need = "encoder" // Instance.Encode
	NeedStrings Need = "strings" // all strings that the parser delivers can be seen
	NeedFlow    Need = "flow"    // a stream comes to the parser as it is fed, not in one message
	NeedLimit   Need = "limit"   // the parser can be given another maximum length
)

// NeedVariable is the need that the program is told what a variable stands for.
func NeedVariable(name string) Need { return Need("{" + name + "}") }

// Process is a program that runs, or has run. Its methods may be called from any
// goroutine.
type Process interface {
	// Exited is closed once the program has ended by itself or been stopped. It is nil
	// where nobody can tell.
	Exited() <-chan struct{}

	// Exit tells how the program ended. Only after Exited is closed.
	Exit() Exit

	// Output is what the program has written so far, bounded.
	Output() Output

	// Stop ends the program, gently and then by force, and waits until it is gone.
	Stop() error
}

// Instance is a process and its facets: what can be done with it besides. A facet is nil
// where the program has it not; [Target.Lacks] says why.
type Instance struct {
	Process

	// Launch is what the program was started with, with what was found out of its own.
	Launch Launch

	// Addr is where the program listens, host:port; empty if it does not.
	Addr string

	// Signals delivers signals.
	Signals Signaler

	// Usage counts what the program holds now.
	Usage func() (Usage, error)

	// Parse parses a stream. ParseAll parses several, where that is many times quicker
	// than one at a time.
	Parse    Parser
	ParseAll func(ctx context.Context, streams []Stream, patience time.Duration) ([]Parsed, error)

	// Encode returns the stream that the program makes of a string.
	Encode func(ctx context.Context, data []byte, patience time.Duration) ([]byte, error)

	// Busy is how long the program has computed so far, and how long it was ready to and
	// was kept waiting by the machine; nil if nobody knows.
	Busy func() (computed, starved time.Duration)

	// Holds reports whether the program's side of a connection from client exists: a
	// kernel whose queue for the program is full drops connections that the client has
	// reason to think made. Nil if nobody knows.
	Holds func(client net.Addr) bool

	// WasSilent tells that somebody has waited for the program in vain before the first
	// case.
	WasSilent bool
}

// Signaler sends signals to a program.
type Signaler interface {
	// Signal sends a signal to the program and all that it started.
	Signal(os.Signal) error

	// SignalMain sends a signal to the program's main process alone. It returns why that
	// would prove nothing, or "" if it was sent.
	SignalMain(os.Signal) (pointless string, err error)
}

// Output is what a program has written, bounded.
type Output struct {
	// Stdout is what a program that runs once wrote on standard output, in full unless
	// Flooded.
	Stdout []byte

	// Log is what the program wrote for people: on standard error and, if it is not one
	// that runs once, on standard output. The middle of a long one is left out.
	Log string

	// Flooded tells that the program wrote far more on standard output than can be kept.
	Flooded bool
}

// Exit tells how a program ended.
type Exit struct {
	Status int    // the exit status; -1 if a signal ended it
	How    string // for people: "exit status 1", "signal: segmentation fault"

	// What the program took in all, or -1 where that is not known: processor time, and the
	// most memory that it had resident, in bytes.
	Computed time.Duration
	Memory   int64
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
