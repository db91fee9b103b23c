//go:build unix && !linux

package reactor

import "golang.org/x/sys/unix"

// send is write(2).
func send(fd int, data []byte, _ bool) (n int, err error) { return unix.Write(fd, data) }

// push has nothing to do, for send held nothing back.
func push(int) {}
