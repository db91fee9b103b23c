package target

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"scansion/conformance"
)

// NewParserExec returns a target for a parser that is a command, which is started once
// for each stream: the stream is its standard input, cut for real; for each string it
// writes a line of lower-case hex; its exit status is 0 if the stream ended between two
// strings and 1 if it was rejected or incomplete. It starts nothing. The error says what
// is wrong with the command.
func NewParserExec(role conformance.Role, line string) (conformance.Target, error) {
	parsed, err := parseCommand(role, line)
	if err != nil {
		return nil, err
	}
	e := &parserExec{
		command: parsed, mark: newMark(),
		slots: semaphore.NewWeighted(int64(2 * max(2, runtime.GOMAXPROCS(0)))),
	}
	return &parsers{
		name: line, kind: "exec",
		start: e.start,
		close: func() error { killMarked(e.mark); return nil },
		lacks: lacksWhereNotCounted(map[conformance.Need]string{
			conformance.NeedEncoder: noEncoder,
			conformance.NeedLimit:   noLimit,
		}),
	}, nil
}

// lacksWhereNotCounted adds what commands cannot serve on a system without a table of
// processes.
func lacksWhereNotCounted(lacks map[conformance.Need]string) map[conformance.Need]string {
	if !canCount {
		lacks[conformance.NeedUsage] = "a program's memory can only be told on Linux"
	}
	return lacks
}

// leaversGrace is how long those that hold a parser's outputs are waited for, once it has
// been seen that the parser leaves some behind. There are many streams.
const leaversGrace = 5 * time.Millisecond

// parserExec is a command that parses one stream.
type parserExec struct {
	command command
	mark    string
	slots   *semaphore.Weighted // for processes that have something to do
	leaves  atomic.Bool         // it leaves processes behind that hold its outputs
}

// hello is a stream that every parser takes.
var hello = conformance.Stream{Chunks: [][]byte{[]byte("5:hello,")}}

// start makes sure that the command is a program that can be run.
func (e *parserExec) start(ctx context.Context) (*conformance.Instance, error) {
	instance := &conformance.Instance{Process: elsewhere{}, Parse: e.parse}
	for _, s := range []conformance.Stream{hello, {}} {
		run, err := e.run(ctx, s, readyWithin)
		if err != nil {
			return nil, err
		}
		instance.WasSilent = run.parsed.Verdict == conformance.Hung
		if run.parsed.Verdict != conformance.Crashed || run.flooded || len(run.parsed.Strings) > 0 {
			return instance, nil
		}
		if len(s.Chunks) == 0 {
			return nil, &conformance.StartError{
				Reason: fmt.Sprintf("the parser ends without a verdict (%s), whatever it is sent", run.parsed.How),
				Output: run.diagnostics,
			}
		}
	}
	return instance, nil
}

// parse starts the command and feeds it the stream.
func (e *parserExec) parse(ctx context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error) {
	run, err := e.run(ctx, s, patience)
	return run.parsed, err
}

// parserRun is what came of one process.
type parserRun struct {
	parsed      conformance.Parsed
	flooded     bool   // it wrote far more than it was sent
	diagnostics string // what it wrote on standard error, bounded
}

func (e *parserExec) run(ctx context.Context, s conformance.Stream, patience time.Duration) (parserRun, error) {
	if err := e.slots.Acquire(ctx, 1); err != nil {
		return parserRun{}, err
	}
	release := sync.OnceFunc(func() { e.slots.Release(1) })
	defer release()

	grace := pipesWithin
	if e.leaves.Load() {
		grace = leaversGrace
	}
	p, err := startParserProcess(e.command, e.mark, grace)
	if err != nil {
		return parserRun{}, err
	}
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		p.feed(s)
		if s.Open {
			release() // it has nothing to do but to wait
		}
	}()
	parsed := conformance.Parsed{}
	hung := p.watch(ctx, patience, s.Measured, release)
	p.end()
	if p.held {
		e.leaves.Store(true)
	}
	<-fed
	if err := ctx.Err(); err != nil {
		return parserRun{}, err
	}
	if !p.answer.flooded() {
		parsed.Strings, err = readHex(p.answer.buf.Bytes())
	}
	parsed.CPU, parsed.Resident, parsed.Reserved = -1, -1, -1
	if s.Measured {
		parsed.CPU, parsed.Resident, parsed.Reserved = p.took()
	}
	status := p.cmd.ProcessState.ExitCode()
	switch {
	case p.answer.flooded():
		parsed.Verdict, parsed.How = conformance.Crashed, "it wrote far more than it was sent"
	case err != nil:
		parsed.Verdict, parsed.How = conformance.Crashed, err.Error()
	case hung && s.Open:
		parsed.Verdict, parsed.How = conformance.Incomplete, fmt.Sprintf("still running after %v", patience)
	case hung:
		parsed.Verdict, parsed.How = conformance.Hung, fmt.Sprintf("still running after %v", patience)
	case status == 0:
		parsed.Verdict = conformance.Complete
	case status == 1:
		parsed.Verdict = conformance.Refused
	default:
		parsed.Verdict, parsed.How = conformance.Crashed, p.cmd.ProcessState.String()
	}
	if words := conformance.LastLine(p.diagnostics.String()); words != "" && parsed.Verdict != conformance.Complete {
		parsed.How = strings.TrimPrefix(parsed.How+"; it said: "+words, "; ")
	}
	return parserRun{parsed, p.answer.flooded(), p.diagnostics.String()}, nil
}

// readHex reads lines of hex, each of which is a string.
func readHex(answer []byte) ([][]byte, error) {
	var found [][]byte
	for line := range bytes.Lines(answer) {
		digits := bytes.TrimRight(line, "\r\n")
		data := make([]byte, hex.DecodedLen(len(digits)))
		if _, err := hex.Decode(data, digits); err != nil {
			return found, fmt.Errorf("line %d of its output is no string in hex: %s", len(found)+1, conformance.Quote(digits))
		}
		found = append(found, data)
	}
	return found, nil
}
