package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"scansion/internal/bounded"
	"scansion/internal/patience"
)

// ErrNotRunnable is wrapped by the error of a command that cannot be started, whoever tries:
// there is no such program, it is not executable, or it has no such directory. Other errors
// of [Start] are this process's own lack of descriptors, memory or processes.
var ErrNotRunnable = errors.New("the command could not be started")

// Process is a program that was started. Its methods may be called from any goroutine.
type Process struct {
	cmd  *exec.Cmd
	mark string // in the environment of all that the program starts, and of nobody else

	stdin  *os.File // our end of the pipe; nil if there is none
	stdout *os.File // our end of the pipe that the caller reads; nil if there is none
	log    *bounded.Buffer
	grace  time.Duration
	copies []*output     // what is read of the program's outputs
	given  chan struct{} // closed when standard input was written that was given

	ended  chan struct{} // closed when the program's own process has ended
	held   bool          // something else held its outputs then; known once exited is closed
	exited chan struct{} // closed when, in addition, its outputs were read

	mu                 sync.Mutex
	resident, reserved int64 // the most that was seen, or -1
}

// Exit tells how a program ended.
type Exit struct {
	Status int            // the exit status; -1 if a signal ended it
	Signal syscall.Signal // what ended it; 0 if none did
	How    string         // for people: "exit status 1", "signal: segmentation fault"
}

// Start starts a program. The error wraps [ErrNotRunnable] if the command is to blame.
func Start(s Spec) (*Process, error) {
	if len(s.Words) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrNotRunnable)
	}
	OpenFiles() // which the program inherits
	p := &Process{
		mark: NewMark(), log: bounded.New(logEnds, logEnds), grace: s.Grace,
		given: make(chan struct{}), ended: make(chan struct{}), exited: make(chan struct{}),
		resident: -1, reserved: -1,
	}
	if p.grace == 0 {
		p.grace = defaultGrace
	}
	// Ended by Stop or Kill, as a group; a context would end the main process alone.
	p.cmd = exec.Command(s.Words[0], s.Words[1:]...) //nolint:noctx,gosec // running the user's command is the purpose
	p.cmd.Dir = s.Dir
	p.cmd.Env = append(append(os.Environ(), s.Env...), p.mark)
	p.cmd.SysProcAttr = attributes()

	pipes, err := p.connect(s)
	if err == nil {
		err = p.cmd.Start()
	}
	closed := pipes.closeTheirs()
	if err != nil {
		return nil, errors.Join(notStarted(err), closed, pipes.closeOurs())
	}
	p.run(s)
	return p, nil
}

// notStarted tells whose fault it is that a command did not start.
func notStarted(err error) error {
	for _, lack := range []error{syscall.EAGAIN, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ENOBUFS} {
		if errors.Is(err, lack) {
			return fmt.Errorf("this machine cannot start another program now: %w", err)
		}
	}
	return fmt.Errorf("%w: %w", ErrNotRunnable, err)
}

// run has the outputs read, and the end of the program noticed.
func (p *Process) run(s Spec) {
	for _, o := range p.copies {
		go o.copy()
	}
	if s.Stdin != nil {
		go func() {
			defer close(p.given)
			_, _ = p.stdin.Write(s.Stdin) // the program need not read all
			_ = p.stdin.Close()
		}()
	} else {
		close(p.given)
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // the state tells how it ended
		close(p.ended)
		if s.Stdin != nil {
			_ = p.stdin.Close() // somebody else may hold it, and not read
		}
		<-p.given
		for _, o := range p.copies {
			if o.finish(p.grace) {
				p.held = true
			}
		}
	}()
}

// PID is the number of the program's own process, and of its group.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stdin is where the caller writes what the program reads, if the Spec says so. Closing it
// ends that. Stop and Kill close it.
func (p *Process) Stdin() *os.File { return p.stdin }

// Stdout is where the caller reads what the program writes on its standard output, if the
// Spec says so. Stop and Kill close it.
func (p *Process) Stdout() *os.File { return p.stdout }

// Log is what the program wrote on its standard error, and on its standard output unless
// the Spec has that elsewhere: the first and the last 8 KiB.
func (p *Process) Log() string { return p.log.String() }

// Running reports whether the program's own process has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		// Waiting for it may not have returned yet.
		return !errors.Is(p.cmd.Process.Signal(syscall.Signal(0)), os.ErrProcessDone)
	}
}

// Exited is closed when the program's own process has ended, and what it wrote was read
// where that is kept.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Exit tells how the program ended. Only after Exited is closed.
func (p *Process) Exit() Exit {
	state := p.cmd.ProcessState
	exit := Exit{Status: state.ExitCode(), How: state.String()}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		exit.Signal = status.Signal()
	}
	return exit
}

// OutputsHeld reports whether something that the program has started held its outputs for
// longer than the grace after its end. Only after Exited is closed.
func (p *Process) OutputsHeld() bool { return p.held }

// Patience returns a wait for something that the program ought to do. It takes a Config
// without Busy, and fills that in.
func (p *Process) Patience(c patience.Config) *patience.Wait {
	c.Busy = func() (computed, starved time.Duration) {
		if c.MostComputed > 0 {
			computed = p.CPU()
		}
		return computed, p.Starved()
	}
	return patience.New(c)
}

// closedWithin waits for a channel to be closed, and reports whether it was.
func closedWithin(c <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
		return false
	}
}

// now is the only clock of the package: programs run in real time.
func now() time.Time { return time.Now() } //nolint:forbidigo // the one clock of the package
