package process

import (
	"time"

	"scansion/internal/bounded"
)

// Spec says how a program is started. Its zero value, but for Words, starts a program that
// has nothing to read and whose outputs are kept together.
type Spec struct {
	// Words are the program and its arguments. There must be one at least.
	Words []string

	// Dir is the program's working directory. Empty means this process's.
	Dir string

	// Env holds NAME=value. The program gets them in addition to what this process has,
	// and in place of variables of the same name.
	Env []string

	// Stdin is what the program reads on its standard input, to its end.
	Stdin []byte
	// PipeStdin has the program read what the caller writes to [Process.Stdin]. It is not
	// to be combined with Stdin.
	PipeStdin bool

	// Stdout keeps what the program writes on its standard output. If it is nil, that is
	// kept with what it writes on standard error, in the order of its writes: see
	// [Process.Log]. A program that floods it cannot write more: it gets EPIPE, and SIGPIPE
	// unless it ignores that.
	Stdout *bounded.Buffer
	// PipeStdout has the caller read the standard output from [Process.Stdout]. It is not
	// to be combined with Stdout.
	PipeStdout bool

	// Grace is how long the outputs of a program that has ended are read if something that
	// it has started still holds them. Zero means 100 ms. What the program itself wrote is
	// read in any case.
	Grace time.Duration
}

const (
	// defaultGrace is short: the end of a program is told only after it.
	defaultGrace = 100 * time.Millisecond
	// logEnds is how many bytes of a log are kept of its beginning, and of its end.
	logEnds = 8 << 10
)
