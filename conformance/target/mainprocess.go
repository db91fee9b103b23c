package target

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
)

// SignalMain signals the command's own process, and no other, if it is a server: if
// it holds the socket that listens. A shell or another wrapper does not, and whether
// it passes signals on is its own affair.
func (p *program) SignalMain(signal os.Signal) (pointless string, err error) {
	number, ok := signal.(syscall.Signal)
	if !ok {
		return "", fmt.Errorf("%v cannot be sent on this system", signal)
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
	case errors.Is(err, errors.ErrUnsupported):
		return "which process listens can only be told on Linux", nil
	case err != nil:
		return "", err
	case !listens:
		return "the process that the command starts is not the one that listens: a wrapper, or a master that leaves its port to others", nil
	}
	return "", p.cmd.Process.Signal(number)
}
