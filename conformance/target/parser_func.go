package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"scansion/conformance"
	"scansion/internal/patience"
	"scansion/internal/process"
)

// Decode is a netstring parser in Go: it reads the stream to its end, or to the first
// fault, and hands out each string as soon as it has it. Data may be changed once
// deliver has returned, which it does not if the judge has stopped waiting. Both the
// reader and deliver are for the goroutine that calls it.
//
// The result is nil if the stream ended between two netstrings, an error that is
// [io.ErrUnexpectedEOF] if it ended inside one, and any other error if it is malformed.
// Each call of Read returns one chunk of the stream, or a part of it.
type Decode func(stream io.Reader, deliver func(data []byte)) error

// Codec is a netstring parser in Go with what else it can do.
type Codec struct {
	Decode  Decode
	Encode  func(data []byte) (stream []byte) // nil: it cannot
	Limited func(limit int) Decode            // Decode with another maximum length; nil: it cannot be set

	// Tells is for functions that tell with [Hold] what memory they hold.
	Tells bool
}

// Hold tells the judge that a [Codec]'s Decode holds n more bytes of memory for its
// stream: that cannot be told from the memory of this process.
func Hold(stream io.Reader, n int64) {
	if r, ok := stream.(*chunkReader); ok {
		r.held += n
	}
}

// NewParserFunc returns a target whose functions are of this process. They must be fit
// to be called from several goroutines at the same time.
func NewParserFunc(name string, codec Codec) conformance.Target {
	t := &parsers{
		name: name, kind: "in-process",
		start: func(context.Context) (*conformance.Instance, error) {
			return &conformance.Instance{Process: elsewhere{}, Parse: codec.parse, Encode: codec.encode}, nil
		},
		lacks: map[conformance.Need]string{},
	}
	if codec.Encode == nil {
		t.lacks[conformance.NeedEncoder] = noEncoder
	}
	if codec.Limited == nil {
		t.lacks[conformance.NeedLimit] = noLimit
	}
	if !codec.Tells {
		t.lacks[conformance.NeedUsage] = "the memory of a function of this process cannot be told from the judge's own"
	}
	return t
}

// encode calls the encoder.
func (p Codec) encode(ctx context.Context, data []byte, patience time.Duration) ([]byte, error) {
	type result struct {
		stream []byte
		err    error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errors.New("the encoder ended its goroutine")}
		defer func() {
			if failed := recover(); failed != nil {
				r.err = fmt.Errorf("panic: %v", failed)
			}
			done <- r
		}()
		r.stream, r.err = p.Encode(data), nil
	}()
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case r := <-done:
		return r.stream, r.err
	case <-patient.Done():
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("the encoder did not return within %v", patience)
	}
}

// deliverSlack is how many bytes more than it was sent a function may deliver before it is
// taken to do so without end.
const deliverSlack = 1 << 20

var errLeft = errors.New("the judge has stopped waiting for the parser")

// parse calls the function. One that does not return is left alone, but for its reader,
// which fails from then on, and for the goroutine in which it next delivers a string,
// which is ended.
func (p Codec) parse(ctx context.Context, s conformance.Stream, patient time.Duration) (conformance.Parsed, error) {
	decode := p.Decode
	if s.Limit != 0 {
		decode = p.Limited(s.Limit)
	}
	until, cancel := context.WithCancel(ctx)
	defer cancel()
	c := call{ctx: until, flooded: make(chan struct{})}
	for _, chunk := range s.Chunks {
		c.most += len(chunk)
	}
	done := make(chan conformance.Parsed, 1)
	go func() {
		ended := conformance.Parsed{Verdict: conformance.Crashed, How: "it ended its goroutine", CPU: -1, Resident: -1, Reserved: -1}
		defer func() { done <- ended }()
		ended = c.parse(decode, s)
	}()
	parsed := conformance.Parsed{Verdict: conformance.Hung, CPU: -1, Resident: -1, Reserved: -1}
	quiet := patience.New(patience.Config{
		Silence: patience.Always(patient),
		Busy:    func() (computed, starved time.Duration) { return 0, process.OwnStarved() },
	})
	defer quiet.Stop()
	for {
		select {
		case parsed = <-done:
			return parsed, ctx.Err()
		case <-c.flooded:
			parsed.Verdict, parsed.How = conformance.Crashed, "it delivers far more than it was sent"
			return parsed, ctx.Err()
		case <-ctx.Done():
			return parsed, ctx.Err()
		case <-quiet.C():
			if quiet.Over() {
				parsed.How = fmt.Sprintf("it did not return within %v", patient)
				return parsed, nil
			}
		}
	}
}

// call is one call of a function.
type call struct {
	ctx     context.Context //nolint:containedctx // it is that of the call
	most    int             // bytes that were sent, which are more than the strings in them
	flooded chan struct{}   // closed when more was delivered

	size    int
	strings [][]byte
}

// deliver keeps a string. It does not return once nobody waits for more.
func (c *call) deliver(data []byte) {
	if c.ctx.Err() != nil {
		runtime.Goexit()
	}
	c.size += len(data) + 1
	if c.size > c.most+deliverSlack {
		close(c.flooded)
		runtime.Goexit()
	}
	c.strings = append(c.strings, bytes.Clone(data))
}

// parse calls a function with a reader of the stream.
func (c *call) parse(decode Decode, s conformance.Stream) (parsed conformance.Parsed) {
	reader := chunkReader{ctx: c.ctx, chunks: s.Chunks, open: s.Open}
	parsed.CPU = -1
	if s.Measured {
		runtime.LockOSThread() // whose time is taken
		defer runtime.UnlockOSThread()
	}
	start := process.ThreadTime()
	defer func() {
		if s.Measured && start >= 0 {
			parsed.CPU = process.ThreadTime() - start
		}
		parsed.Strings = c.strings
		parsed.Resident, parsed.Reserved = reader.held, reader.held
		if r := recover(); r != nil {
			parsed.Verdict, parsed.How = conformance.Crashed, fmt.Sprintf("panic: %v", r)
		}
	}()
	err := decode(&reader, c.deliver)
	switch {
	case reader.wanting:
		parsed.Verdict = conformance.Incomplete
	case err == nil:
		parsed.Verdict = conformance.Complete
	case errors.Is(err, io.ErrUnexpectedEOF):
		parsed.Verdict = conformance.Incomplete
	default:
		parsed.Verdict = conformance.Rejected
	}
	if err != nil {
		parsed.How = err.Error()
	}
	return parsed
}

// chunkReader hands out a stream as it is cut.
type chunkReader struct {
	ctx     context.Context //nolint:containedctx // a stream lasts as long as the call that it is for
	chunks  [][]byte
	at      int // in the first of the chunks
	open    bool
	wanting bool // more was asked for of a stream that is open
	held    int64
}

// Read returns what is left of a chunk.
func (r *chunkReader) Read(p []byte) (int, error) {
	switch {
	case r.ctx.Err() != nil:
		return 0, errLeft
	case len(r.chunks) > 0:
		n := copy(p, r.chunks[0][r.at:])
		if r.at += n; r.at == len(r.chunks[0]) {
			r.chunks, r.at = r.chunks[1:], 0
		}
		return n, nil
	case r.open:
		r.wanting = true
		return 0, errLeft
	default:
		return 0, io.EOF
	}
}
