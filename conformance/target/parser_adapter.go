package target

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"scansion/conformance"
)

// writtenWithin is how long it may take to be known that the last request was written, when
// there is an answer to it already.
const writtenWithin = 2 * time.Second

// lineSlack is how much longer an answer may be than is to be expected, in bytes.
const lineSlack = 1 << 20

// adapter is the place of one process. It is for one goroutine at a time.
type adapter struct {
	cmd         *exec.Cmd // nil: it is to be started
	requests    *os.File
	answers     *os.File
	lines       *bufio.Reader
	diagnostics output
	asked       bool // it was sent requests
}

// begin starts the process, unless it runs.
func (a *adapter) begin(c command, mark string) error {
	if a.cmd != nil {
		return nil
	}
	stdin, requests, err := os.Pipe()
	if err != nil {
		return err
	}
	answers, stdout, err := os.Pipe()
	if err != nil {
		return errors.Join(err, stdin.Close(), requests.Close())
	}
	*a = adapter{requests: requests, answers: answers, lines: bufio.NewReaderSize(answers, 64<<10)}
	cmd, _ := prepare(c, mark, nil)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, &a.diagnostics
	err = cmd.Start()
	closed := errors.Join(stdin.Close(), stdout.Close()) // they are the program's
	if err != nil {
		return errors.Join(notStartable(err), closed, requests.Close(), answers.Close())
	}
	a.cmd = cmd
	return nil
}

// end ends the process and all that it started, and returns how.
func (a *adapter) end() string {
	if a.cmd == nil {
		return ""
	}
	_ = a.requests.Close()
	_ = syscall.Kill(-a.cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
	_ = a.cmd.Process.Kill()                              // it may have left its group
	_ = a.cmd.Wait()                                      // the state tells how it ended
	_ = a.answers.Close()
	how := a.cmd.ProcessState.String()
	a.cmd = nil
	return how
}

// exchange sends requests, all at once, and returns the answers up to the first that the
// process did not survive.
func (a *adapter) exchange(ctx context.Context, requests [][]byte, patience time.Duration) []answer {
	if a.asked && a.saysMore() { // since it was last looked at
		a.end()
		return []answer{{gone: true, surplus: true, how: "it wrote more lines than it was asked for before", diagnostics: a.diagnostics.String()}}
	}
	a.asked = true
	written := make(chan struct{})
	go func() {
		defer close(written)
		out := bufio.NewWriterSize(a.requests, 64<<10)
		for _, r := range requests {
			if _, err := out.Write(r); err != nil {
				return // it has ended, which reading will tell
			}
		}
		_ = out.Flush()
	}()
	from := a.answers
	stop := context.AfterFunc(ctx, func() { _ = from.SetReadDeadline(now()) })
	defer stop()
	var answers []answer
	for _, r := range requests {
		one := a.await(ctx, patience, 4*len(r)+lineSlack)
		answers = append(answers, one)
		if one.gone {
			break
		}
	}
	if last := &answers[len(answers)-1]; !last.gone && (!closedWithin(written, writtenWithin) || a.saysMore()) {
		// What it would say next is no answer to what it would be asked next.
		a.end()
		*last = answer{gone: true, surplus: true, how: "it wrote more lines than it was asked for", diagnostics: a.diagnostics.String()}
	}
	<-written
	return answers
}

// saysMore reports whether the process has written what was not read yet.
func (a *adapter) saysMore() bool {
	left, _ := unread(a.answers)
	return a.lines.Buffered() > 0 || left > 0
}

// await returns the next answer, of at most so many bytes. If there is none, the process
// is ended.
func (a *adapter) await(ctx context.Context, patience time.Duration, most int) answer {
	line, err := a.readLine(ctx, patience, most)
	if err == nil {
		return answer{line: line}
	}
	state := a.end()
	one := answer{gone: true, hung: errors.Is(err, os.ErrDeadlineExceeded), how: state, diagnostics: a.diagnostics.String()}
	if !errors.Is(err, io.EOF) {
		one.how = err.Error()
	}
	if words := conformance.LastLine(one.diagnostics); words != "" {
		one.how += "; it said: " + words
	}
	return one
}

// readLine reads a line of at most so many bytes. The error is that of a deadline if
// nothing was read for as long as patience.
func (a *adapter) readLine(ctx context.Context, patience time.Duration, most int) ([]byte, error) {
	quiet := newVigil(a.cmd.Process.Pid, patience)
	defer quiet.stop()
	var line []byte
	for {
		if err := a.answers.SetReadDeadline(now().Add(patience / 8)); err != nil {
			return nil, err
		}
		part, err := a.lines.ReadSlice('\n')
		line = append(line, part...)
		select {
		case <-quiet.over():
			if err != nil && quiet.isOver() {
				return nil, fmt.Errorf("no answer within %v: %w", patience, os.ErrDeadlineExceeded)
			}
		default:
		}
		switch {
		case err == nil:
			return line, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case len(line) > most:
			return nil, errors.New("it wrote far more than it was sent")
		case len(part) > 0:
			quiet.restart()
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		}
	}
}
