package target

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"

	"scansion/conformance"
)

// SignalLeader signals the command's own process, and no other, if it is a server: if
// it holds the socket that listens. A shell or another wrapper does not, and whether
// it passes signals on is its own affair.
func (p *program) SignalLeader(signal os.Signal) (pointless string, err error) {
	number, ok := signal.(syscall.Signal)
	if !ok {
		return "", fmt.Errorf("%v: %w", signal, conformance.ErrNotSupported)
	}
	_, text, err := net.SplitHostPort(p.addr)
	if err != nil {
		return "", err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", err
	}
	switch listens, err := listensAt(p.cmd.Process.Pid, port); {
	case errors.Is(err, conformance.ErrNotSupported):
		return "which process listens can only be told on Linux", nil
	case err != nil:
		return "", err
	case !listens:
		return "the process that the command starts is not the one that listens: a wrapper, or a master that leaves its port to others", nil
	}
	return "", p.cmd.Process.Signal(number)
}

// SignalLeader delivers a signal that a function can tell from one to all of its
// processes, if it asks.
func (p *Process) SignalLeader(signal os.Signal) (pointless string, err error) {
	p.leaderOnly.Store(true)
	return "", p.Signal(signal)
}

// LeaderOnly reports whether the program's first process alone was sent a signal.
func (p *Process) LeaderOnly() bool { return p.leaderOnly.Load() }
