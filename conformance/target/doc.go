// Package target reaches programs under test: [Exec] starts a command, [Addr]
// uses a server that runs already, and [InProcess] runs a Go function as if it
// were a program.
package target

// label is how a target is told from others.
type label struct {
	name, kind string
	single     bool
}

// Name is the command line, the address or the name that was given.
func (l label) Name() string { return l.name }

// Kind is how the program is reached: "exec", "persistent", "addr" or "in-process".
func (l label) Kind() string { return l.kind }

// Single reports whether there is one running program that all cases must share.
func (l label) Single() bool { return l.single }
