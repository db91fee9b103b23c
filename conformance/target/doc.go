// Package target reaches programs under test: [Exec] starts a command, [Addr]
// uses a server that runs already, and [InProcess] runs a Go function as if it
// were a program.
package target
