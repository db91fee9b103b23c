package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"time"

	"scansion/conformance"
	"scansion/internal/process"
)

// NewParserPersistent returns a target for parsers behind a command that stays: it is
// started once for each processor, reads requests as lines of JSON, each a stream in
// chunks, and answers each with a line. docs/netstring-parsers.md tells the format. It
// starts nothing. The error says what is wrong with the command.
func NewParserPersistent(role conformance.Role, line string) (*ParserPersistent, error) {
	parsed, err := parseCommand(role, line)
	if err != nil {
		return nil, err
	}
	t := &ParserPersistent{command: parsed, mark: process.NewMark(), idle: make(chan *adapter, runtime.GOMAXPROCS(0))}
	for range cap(t.idle) {
		t.idle <- &adapter{}
	}
	t.parsers = parsers{
		name: line, kind: "persistent",
		lacks: lacksWhereNotCounted(map[conformance.Need]string{
			conformance.NeedFlow: "an adapter that stays gets a stream in one message: use --exec",
		}),
		start: t.try, close: t.end,
	}
	return t, nil
}

// ParserPersistent is a target: see [NewParserPersistent].
type ParserPersistent struct {
	parsers
	command command
	mark    string
	idle    chan *adapter
}

var _ conformance.Target = (*ParserPersistent)(nil)

// try makes sure that the command is a program that answers, be it with nonsense.
func (t *ParserPersistent) try(ctx context.Context) (*conformance.Instance, error) {
	answers, err := t.exchange(ctx, [][]byte{request(hello)}, readyWithin)
	if err != nil {
		return nil, err
	}
	if a := answers[0]; a.gone && !a.hung && !a.surplus {
		return nil, &conformance.StartError{Reason: "the adapter ended without an answer (" + a.how + ")", Output: a.diagnostics}
	}
	return &conformance.Instance{Process: elsewhere{}, Parse: t.parse, ParseAll: t.parseAll, Encode: t.encode}, nil
}

// parse has one of the processes parse the stream.
func (t *ParserPersistent) parse(ctx context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error) {
	if s.Measured {
		return t.measure(ctx, s, patience)
	}
	all, err := t.parseAll(ctx, []conformance.Stream{s}, patience)
	if err != nil {
		return conformance.Parsed{}, err
	}
	return all[0], nil
}

// measure has a process parse the stream that has done nothing before.
func (t *ParserPersistent) measure(ctx context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error) {
	a := &adapter{}
	if err := a.begin(t.command, t.mark); err != nil {
		return conformance.Parsed{}, err
	}
	defer func() { _ = a.end() }() // the target's end will tell
	answers := a.exchange(ctx, [][]byte{request(s)}, patience)
	if err := ctx.Err(); err != nil {
		return conformance.Parsed{}, err
	}
	parsed := answers[0].parsed()
	if a.Process != nil {
		parsed.CPU = a.CPU()
		parsed.Resident, parsed.Reserved = a.Peak()
	}
	return parsed, nil
}

// parseAll has one of the processes parse streams, one after another, sent ahead: that is
// many times quicker than one at a time. The process is started again after a stream that
// has ended it.
func (t *ParserPersistent) parseAll(ctx context.Context, streams []conformance.Stream, patience time.Duration) ([]conformance.Parsed, error) {
	requests := make([][]byte, len(streams))
	for i, s := range streams {
		requests[i] = request(s)
	}
	answers, err := t.exchange(ctx, requests, patience)
	if err != nil {
		return nil, err
	}
	all := make([]conformance.Parsed, len(answers))
	for i, a := range answers {
		all[i] = a.parsed()
	}
	return all, nil
}

// encode has one of the processes encode a string.
func (t *ParserPersistent) encode(ctx context.Context, data []byte, patience time.Duration) ([]byte, error) {
	request := line(map[string][][]byte{"encode": {append([]byte{}, data...)}}) // null is no string
	answers, err := t.exchange(ctx, [][]byte{request}, patience)
	if err != nil {
		return nil, err
	}
	return answers[0].encoded()
}

func (t *ParserPersistent) end() error {
	var err error
	for range cap(t.idle) {
		err = errors.Join(err, (<-t.idle).end())
	}
	process.KillMarked(t.mark)
	return err
}

// exchange sends requests to a process that is idle and returns an answer to each.
func (t *ParserPersistent) exchange(ctx context.Context, requests [][]byte, patience time.Duration) ([]answer, error) {
	select {
	case a := <-t.idle:
		defer func() { t.idle <- a }()
		var answers []answer
		for len(answers) < len(requests) {
			if err := a.begin(t.command, t.mark); err != nil {
				return nil, err
			}
			answers = append(answers, a.exchange(ctx, requests[len(answers):], patience)...)
			if ctx.Err() != nil {
				return nil, errors.Join(ctx.Err(), a.end())
			}
		}
		return answers, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// request is a stream as a line of JSON.
func request(s conformance.Stream) []byte {
	return line(struct {
		Chunks [][]byte `json:"chunks"`
		End    bool     `json:"end"`
		Limit  int      `json:"limit,omitempty"`
	}{append([][]byte{}, s.Chunks...), !s.Open, s.Limit}) // null is no list of chunks
}

func line(of any) []byte {
	text, err := json.Marshal(of)
	if err != nil {
		panic(err) // bytes and numbers can be written
	}
	return append(text, '\n')
}

// answer is what came of a request.
type answer struct {
	line []byte

	// If the process did not answer as it should: whether it was given up, for its silence
	// or for more than one answer, and what became of it.
	gone, hung, surplus bool
	how, diagnostics    string
}

// verdicts are the words for them.
var verdicts = map[string]conformance.ParserVerdict{
	"complete": conformance.Complete, "incomplete": conformance.Incomplete,
	"rejected": conformance.Rejected, "unsupported": conformance.NotOffered,
}

// said is an answer.
type said struct {
	Strings [][]byte `json:"strings"`
	Verdict string   `json:"verdict"`
	Stream  *[]byte  `json:"stream"`
}

// parsed reads the answer to a stream.
func (a answer) parsed() conformance.Parsed {
	p := conformance.Parsed{Verdict: conformance.Crashed, How: a.how, CPU: -1, Resident: -1, Reserved: -1}
	if a.gone {
		if a.hung {
			p.Verdict = conformance.Hung
		}
		return p
	}
	var said said
	if err := json.Unmarshal(a.line, &said); err != nil {
		p.How = fmt.Sprintf("its answer is not understood (%v): %s", err, conformance.Quote(a.line))
		return p
	}
	p.Strings = said.Strings
	if verdict, known := verdicts[said.Verdict]; known {
		p.Verdict = verdict
	} else {
		p.How = fmt.Sprintf("it answers with the verdict %q, which is none", said.Verdict)
	}
	return p
}

// encoded reads the answer to a string.
func (a answer) encoded() ([]byte, error) {
	if a.gone {
		return nil, errors.New(a.how)
	}
	var said said
	switch err := json.Unmarshal(a.line, &said); {
	case err != nil:
		return nil, fmt.Errorf("its answer is not understood: %w", err)
	case said.Stream == nil:
		return nil, conformance.ErrNotOffered
	}
	return *said.Stream, nil
}
