package process

import (
	"os"

	"scansion/internal/bounded"
)

// NotStarted tells whose fault it is that a command did not start.
var NotStarted = notStarted

// ReadOutput reads an output as that of a program is read, and reports whether somebody
// still held it at its deadline.
func ReadOutput(pipe *os.File, to *bounded.Buffer) (held bool) {
	o := newOutput(pipe, to)
	o.copy()
	_ = pipe.Close() // it was for reading
	return o.held
}
