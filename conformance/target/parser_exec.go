package target

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"scansion/conformance"
	"scansion/internal/bounded"
	"scansion/internal/patience"
	"scansion/internal/process"
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
		command: parsed, mark: process.NewMark(),
		slots: semaphore.NewWeighted(int64(2 * max(2, runtime.GOMAXPROCS(0)))),
	}
	return &parsers{
		name: line, kind: "exec",
		start: e.start,
		close: func() error { process.KillMarked(e.mark); return nil },
		lacks: lacksWhereNotCounted(map[conformance.Need]string{
			conformance.NeedEncoder: noEncoder,
			conformance.NeedLimit:   noLimit,
		}),
	}, nil
}

// lacksWhereNotCounted adds what commands cannot serve on a system without a table of
// processes.
func lacksWhereNotCounted(lacks map[conformance.Need]string) map[conformance.Need]string {
	if !process.Measurable {
		lacks[conformance.NeedUsage] = "a program's memory can only be told on Linux"
	}
	return lacks
}

const (
	// leaversGrace is how long those that hold a parser's outputs are waited for, once it has
	// been seen that the parser leaves some behind. There are many streams.
	leaversGrace = 5 * time.Millisecond

	// sampleEvery is how often a parser's memory is looked at while it works.
	// It is also looked at with each chunk, unless there are very many.
	sampleEvery = 10 * time.Millisecond
	mostSamples = 10_000

	// What a parser may write that has been fed so many bytes: for each string a line of
	// two digits a byte, and for each line three bytes at least. Who writes more by this
	// much, or more than all that a check could want, writes without end.
	bytesSlack, bytesMost = 1 << 20, 64 << 20
	linesSlack            = 10_000
)

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
		p, parsed, err := e.run(ctx, s, readyWithin)
		if err != nil {
			return nil, err
		}
		instance.WasSilent = parsed.Verdict == conformance.Hung
		if parsed.Verdict != conformance.Crashed || p.answer.IsFlooded() || len(parsed.Strings) > 0 {
			return instance, nil
		}
		if len(s.Chunks) == 0 {
			return nil, &conformance.StartError{
				Reason: fmt.Sprintf("the parser ends without a verdict (%s), whatever it is sent", parsed.How),
				Output: p.Log(),
			}
		}
	}
	return instance, nil
}

// parse starts the command and feeds it the stream.
func (e *parserExec) parse(ctx context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error) {
	_, parsed, err := e.run(ctx, s, patience)
	return parsed, err
}

// run starts a process, feeds it the stream and returns it when it has ended.
func (e *parserExec) run(ctx context.Context, s conformance.Stream, patience time.Duration) (*fedProcess, conformance.Parsed, error) {
	none := conformance.Parsed{}
	if err := e.slots.Acquire(ctx, 1); err != nil {
		return nil, none, err
	}
	release := sync.OnceFunc(func() { e.slots.Release(1) })
	defer release()
	p, err := e.begin()
	if err != nil {
		return nil, none, err
	}
	var fed sync.WaitGroup
	fed.Go(func() {
		p.feed(s)
		if s.Open {
			release() // it has nothing to do but to wait
		}
	})
	hung := p.watch(ctx, patience, s.Measured, release)
	err = p.Kill()
	fed.Wait()
	if err := errors.Join(ctx.Err(), err); err != nil {
		return nil, none, err
	}
	if p.OutputsHeld() {
		e.leaves.Store(true)
	}
	return p, p.parsed(s, hung, patience), nil
}

// fedProcess is a parser that reads a stream.
type fedProcess struct {
	*process.Process
	fed    atomic.Int64 // bytes that it was sent
	answer *bounded.Buffer
	moved  chan struct{} // a chunk was read
}

// begin starts a process.
func (e *parserExec) begin() (p *fedProcess, err error) {
	p = &fedProcess{moved: make(chan struct{}, 1)}
	p.answer = bounded.New(bytesMost, 0).Allow(func(written, lines int64) bool {
		fed := p.fed.Load()
		return written <= min(2*fed+bytesSlack, bytesMost) && lines <= fed/3+linesSlack
	})
	spec := process.Spec{Words: e.command.fill(nil), Env: []string{e.mark}, PipeStdin: true, Stdout: p.answer}
	if e.leaves.Load() {
		spec.Grace = leaversGrace
	}
	p.Process, err = start(spec)
	return p, err
}

// feed writes the stream, each chunk once the one before has been read, and ends it
// unless it is to stay open. It returns early if nobody reads any more.
func (p *fedProcess) feed(s conformance.Stream) {
	for _, chunk := range s.Chunks {
		p.fed.Add(int64(len(chunk)))
		if _, err := p.Stdin().Write(chunk); err != nil {
			return // the program has ended, or was killed
		}
		if !p.AwaitRead() {
			return
		}
		if s.Measured && len(s.Chunks) <= mostSamples {
			p.Peak() // it has done what it does at the chunk before, and waits for more
		}
		select {
		case p.moved <- struct{}{}:
		default: // nobody has looked since
		}
	}
	if !s.Open {
		_ = p.Stdin().Close() // there is nothing to be flushed
	}
}

// watch waits until the process has ended, and reports whether it had to be given up: it
// read nothing and did not end for as long as the judge is patient. It calls idle when half
// of that has passed.
func (p *fedProcess) watch(ctx context.Context, patient time.Duration, measured bool, idle func()) (hung bool) {
	var sample <-chan time.Time // never
	if measured {
		ticker := time.NewTicker(sampleEvery)
		defer ticker.Stop()
		sample = ticker.C
	}
	half := time.AfterFunc(patient/2, idle)
	defer half.Stop()
	quiet := p.Patience(patience.Config{Silence: patience.Always(patient), FromStart: true})
	defer quiet.Stop()
	for {
		select {
		case <-p.Exited():
			return false
		case <-p.answer.Flooded():
			return false
		case <-ctx.Done():
			return true
		case <-p.moved:
			quiet.Active()
			half.Reset(patient / 2)
		case <-sample:
			p.Peak()
		case <-quiet.C():
			if quiet.Over() {
				return true
			}
		}
	}
}

// parsed is what the process, which has ended, has made of the stream.
func (p *fedProcess) parsed(s conformance.Stream, hung bool, patience time.Duration) conformance.Parsed {
	parsed := conformance.Parsed{CPU: -1, Resident: -1, Reserved: -1}
	var err error
	if !p.answer.IsFlooded() {
		parsed.Strings, err = readHex(p.answer.Bytes())
	}
	if s.Measured {
		parsed.CPU = p.CPU()
		parsed.Resident, parsed.Reserved = p.Peak()
	}
	switch exit := p.Exit(); {
	case p.answer.IsFlooded():
		parsed.Verdict, parsed.How = conformance.Crashed, "it wrote far more than it was sent"
	case err != nil:
		parsed.Verdict, parsed.How = conformance.Crashed, err.Error()
	case hung && s.Open:
		parsed.Verdict, parsed.How = conformance.Incomplete, fmt.Sprintf("still running after %v", patience)
	case hung:
		parsed.Verdict, parsed.How = conformance.Hung, fmt.Sprintf("still running after %v", patience)
	case exit.Status == 0:
		parsed.Verdict = conformance.Complete
	case exit.Status == 1:
		parsed.Verdict = conformance.Refused
	default:
		parsed.Verdict, parsed.How = conformance.Crashed, exit.How
	}
	if words := conformance.LastLine(p.Log()); words != "" && parsed.Verdict != conformance.Complete {
		parsed.How = strings.TrimPrefix(parsed.How+"; it said: "+words, "; ")
	}
	return parsed
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
