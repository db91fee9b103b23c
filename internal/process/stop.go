package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

const (
	// stopWithin is how long a program may take to end after SIGTERM before it is killed.
	stopWithin = 2 * time.Second
	// killWithin is how long the kernel may take to end a killed program.
	killWithin = 10 * time.Second
)

// Signal signals the program and what it has started, as far as that is in its group: the
// program may be a shell or another wrapper. It does nothing if nobody is left. The error
// is [errors.ErrUnsupported] for what is no signal of this system.
func (p *Process) Signal(signal os.Signal) error {
	number, ok := signal.(syscall.Signal)
	if !ok {
		return fmt.Errorf("%v: %w", signal, errors.ErrUnsupported)
	}
	if !p.ownsGroup() {
		return nil
	}
	if err := syscall.Kill(-p.PID(), number); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("the group of process %d cannot be sent %v: %w", p.PID(), signal, err)
	}
	return nil
}

// SignalMain signals the program's own process alone. The error is [os.ErrProcessDone] if
// it has ended.
func (p *Process) SignalMain(signal os.Signal) error { return p.cmd.Process.Signal(signal) }

// ownsGroup reports whether the group with the process's number can only be the process's:
// it has not ended, or no process has its number by now.
func (p *Process) ownsGroup() bool {
	return p.Running() || errors.Is(syscall.Kill(p.PID(), 0), syscall.ESRCH)
}

// Stop ends the program: with SIGTERM, and after 2 s with SIGKILL. What it has started is
// killed then, in its group or out of it, also if the program has ended by itself. The
// error says that the kernel did not end it.
func (p *Process) Stop() error {
	if p.Running() {
		if err := p.Signal(syscall.SIGTERM); err != nil {
			return errors.Join(err, p.Kill())
		}
		closedWithin(p.exited, stopWithin)
	}
	err := p.Kill()
	KillMarked(p.mark)
	return err
}

// Kill ends the program at once, with all that is in its group, or holds its outputs, and
// waits until it has ended. It is for programs of which there are thousands: it does not
// look for what has left the group and holds nothing.
func (p *Process) Kill() error {
	if p.Running() {
		_ = syscall.Kill(-p.PID(), syscall.SIGKILL) // it may have ended by itself
		_ = p.cmd.Process.Kill()                    // it may have left its group
	} else {
		killGroup(p.PID(), p.mark)
	}
	var err error
	if !closedWithin(p.exited, killWithin) {
		err = fmt.Errorf("process %d did not end within %v of SIGKILL", p.PID(), killWithin)
	} else if p.held {
		KillMarked(p.mark)
	}
	for _, f := range []*os.File{p.stdin, p.stdout} {
		if f != nil {
			_ = f.Close() // the caller may have done it
		}
	}
	return err
}

// killGroup kills what is left of a group whose leader has ended, perhaps long ago. If
// there is a process with the leader's number by now, the group may be that one's, and only
// what has the mark is killed.
func killGroup(leader int, mark string) {
	if errors.Is(syscall.Kill(leader, 0), syscall.ESRCH) {
		_ = syscall.Kill(-leader, syscall.SIGKILL) // there may be nothing left
		return
	}
	KillMarked(mark)
}

// LeftBehind reports whether something that the program has started still runs, as far as
// the system tells. Only after Exited is closed.
func (p *Process) LeftBehind() bool { return leftBehind(p.PID(), p.mark) }
