package process

import (
	"errors"
	"io"
	"os"
	"runtime"
	"time"

	"scansion/internal/bounded"
)

// pipes are the ends of what connects this process to the program.
type pipes struct {
	ours, theirs []*os.File
}

func (e *pipes) closeOurs() error { return closeAll(e.ours) }

func (e *pipes) closeTheirs() error { return closeAll(e.theirs) }

func closeAll(files []*os.File) error {
	var all []error
	for _, f := range files {
		all = append(all, f.Close())
	}
	return errors.Join(all...)
}

// connect makes the pipes that the Spec asks for, and gives their ends to the command and
// the process. All are closed by the caller, also after an error.
//
// The command gets files only: with anything else, [os/exec.Cmd.Wait] would wait for those
// who hold the outputs, or drop what is still to be read.
func (p *Process) connect(s Spec) (*pipes, error) {
	e := &pipes{}
	if s.PipeStdin || s.Stdin != nil {
		theirs, ours, err := os.Pipe()
		if err != nil {
			return e, err
		}
		e.ours, e.theirs = append(e.ours, ours), append(e.theirs, theirs)
		p.stdin, p.cmd.Stdin = ours, theirs
	}
	output := func() (ours, theirs *os.File, err error) {
		ours, theirs, err = os.Pipe()
		if err == nil {
			e.ours, e.theirs = append(e.ours, ours), append(e.theirs, theirs)
		}
		return ours, theirs, err
	}
	ours, theirs, err := output()
	if err != nil {
		return e, err
	}
	p.copies = append(p.copies, newOutput(ours, p.log))
	p.cmd.Stdout, p.cmd.Stderr = theirs, theirs
	if s.Stdout == nil && !s.PipeStdout {
		return e, nil
	}
	if ours, theirs, err = output(); err != nil {
		return e, err
	}
	p.cmd.Stdout = theirs
	if s.PipeStdout {
		p.stdout = ours
	} else {
		p.copies = append(p.copies, newOutput(ours, s.Stdout))
	}
	return e, nil
}

// output is one of a program's outputs, which is read into a buffer.
type output struct {
	pipe *os.File
	to   *bounded.Buffer
	held bool          // somebody else still held it when it was given up
	done chan struct{} // closed when nothing more is read
}

func newOutput(pipe *os.File, to *bounded.Buffer) *output {
	return &output{pipe: pipe, to: to, done: make(chan struct{})}
}

// copy reads to the end of the output, or until there was too much, after which nobody can
// write more. When finish has set a deadline, it reads what was written by then, however slow
// this machine is, and no more.
func (o *output) copy() {
	defer close(o.done)
	_, err := io.Copy(o.to, onlyReader{o.pipe})
	if errors.Is(err, bounded.ErrFlood) {
		_ = o.pipe.Close() // it was for reading
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	o.held = true
	if left, _ := Unread(o.pipe); left > 0 && o.pipe.SetReadDeadline(time.Time{}) == nil {
		_, _ = io.CopyN(o.to, o.pipe, int64(left)) // it is there: nobody waits for it
	}
}

// onlyReader hides that a file has better ways of being copied, for which a Buffer is none.
type onlyReader struct{ io.Reader }

// finish is called once the program has ended. It waits until the output was read, for
// those who still hold it only for the grace, closes it, and reports whether there were any.
func (o *output) finish(grace time.Duration) (held bool) {
	_ = o.pipe.SetReadDeadline(now().Add(grace)) // pipes have deadlines
	<-o.done
	_ = o.pipe.Close() // it was for reading
	return o.held
}

// Unread returns how many bytes of a pipe have not been read yet, if the system tells.
func Unread(pipe *os.File) (n int, known bool) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return 0, false
	}
	control := raw.Control(func(fd uintptr) { n, known = unread(int(fd)) })
	return n, known && control == nil
}

// A program that waits for input takes it within some microseconds, for which Go's timers
// are too coarse. So AwaitRead looks yields times in a row whether it has, and then after
// naps that become longer, up to longestNap: it may be one that never reads.
const (
	yields      = 20
	shortestNap = 20 * time.Microsecond
	longestNap  = time.Millisecond
)

// AwaitRead waits until the program has read all that was written to Stdin, where the
// system tells, and reports whether it has: false means that it has ended.
func (p *Process) AwaitRead() bool {
	rest := shortestNap
	for looks := 0; ; looks++ {
		left, known := Unread(p.stdin)
		if known && left == 0 {
			return true
		}
		select {
		case <-p.ended:
			return false
		default:
		}
		if !known {
			return true
		}
		if looks < yields {
			runtime.Gosched()
			continue
		}
		nap(rest)
		rest = min(2*rest, longestNap)
	}
}
