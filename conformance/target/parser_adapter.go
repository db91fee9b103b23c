package target

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"scansion/conformance"
	"scansion/internal/patience"
	"scansion/internal/process"
)

// writtenWithin is how long it may take to be known that the last request was written, when
// there is an answer to it already.
const writtenWithin = 2 * time.Second

// lineSlack is how much longer an answer may be than is to be expected, in bytes.
const lineSlack = 1 << 20

// adapter is the place of one process. It is for one goroutine at a time.
type adapter struct {
	*process.Process // nil: it is to be started
	lines            *bufio.Reader
	asked            bool // it was sent requests
}

// begin starts the process, unless it runs.
func (a *adapter) begin(c command, mark string) error {
	if a.Process != nil {
		return nil
	}
	p, err := start(process.Spec{Words: c.fill(nil), Env: []string{mark}, PipeStdin: true, PipeStdout: true})
	if err != nil {
		return err
	}
	*a = adapter{Process: p, lines: bufio.NewReaderSize(p.Stdout(), 64<<10)}
	return nil
}

// end ends the process, if there is one, with all that it started.
func (a *adapter) end() error {
	if a.Process == nil {
		return nil
	}
	err := a.Kill()
	a.Process = nil
	return err
}

// giveUp ends the process, and returns how it ended, and what it has written for people.
func (a *adapter) giveUp() (how, diagnostics string) {
	p := a.Process
	if err := a.end(); err != nil {
		return err.Error(), p.Log()
	}
	return p.Exit().How, p.Log()
}

// exchange sends requests, all at once, and returns the answers up to the first that the
// process did not survive.
func (a *adapter) exchange(ctx context.Context, requests [][]byte, patience time.Duration) []answer {
	if a.asked && a.saysMore() { // since it was last looked at
		_, diagnostics := a.giveUp()
		return []answer{{gone: true, surplus: true, how: "it wrote more lines than it was asked for before", diagnostics: diagnostics}}
	}
	a.asked = true
	to, from := a.Stdin(), a.Stdout()
	written := make(chan struct{})
	go func() {
		defer close(written)
		out := bufio.NewWriterSize(to, 64<<10)
		for _, r := range requests {
			if _, err := out.Write(r); err != nil {
				return // it has ended, which reading will tell
			}
		}
		_ = out.Flush()
	}()
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
		_, diagnostics := a.giveUp()
		*last = answer{gone: true, surplus: true, how: "it wrote more lines than it was asked for", diagnostics: diagnostics}
	}
	<-written
	return answers
}

// saysMore reports whether the process has written what was not read yet.
func (a *adapter) saysMore() bool {
	left, _ := process.Unread(a.Stdout())
	return a.lines.Buffered() > 0 || left > 0
}

// await returns the next answer, of at most so many bytes. If there is none, the process
// is ended.
func (a *adapter) await(ctx context.Context, patience time.Duration, most int) answer {
	line, err := a.readLine(ctx, patience, most)
	if err == nil {
		return answer{line: line}
	}
	how, diagnostics := a.giveUp()
	one := answer{gone: true, hung: errors.Is(err, os.ErrDeadlineExceeded), how: how, diagnostics: diagnostics}
	if !errors.Is(err, io.EOF) {
		one.how = err.Error()
	}
	if words := conformance.LastLine(diagnostics); words != "" {
		one.how += "; it said: " + words
	}
	return one
}

// readLine reads a line of at most so many bytes. The error is that of a deadline if
// nothing was read for as long as the judge is patient.
func (a *adapter) readLine(ctx context.Context, patient time.Duration, most int) ([]byte, error) {
	quiet := a.Patience(patience.Config{Silence: patience.Always(patient)})
	var line []byte
	for {
		if err := a.Stdout().SetReadDeadline(quiet.Next()); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		part, err := a.lines.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case len(line) > most:
			return nil, errors.New("it wrote far more than it was sent")
		case len(part) > 0:
			quiet.Active()
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case ctx.Err() == nil && quiet.Over():
			return nil, fmt.Errorf("no answer within %v: %w", patient, os.ErrDeadlineExceeded)
		}
	}
}
