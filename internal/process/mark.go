package process

import "crypto/rand"

// NewMark returns a variable for the environment of programs, NAME=value, by which
// [KillMarked] finds them and all that they start. The name is a new one each time: who is
// started by somebody that was started has both marks.
func NewMark() string { return "SCANSION_MARK_" + rand.Text() + "=1" }
