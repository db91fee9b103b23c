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

// errSilent says that a function has not returned for as long as the judge is patient.
var errSilent = errors.New("it did not return")

// call calls f in a goroutine of its own, and waits until that has ended. Otherwise the
// error is errSilent, or the context's, and f goes on.
func call(ctx context.Context, patient time.Duration, f func()) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f()
	}()
	quiet := patience.New(patience.Config{
		Silence: patience.Always(patient),
		Busy:    func() (computed, starved time.Duration) { return 0, process.OwnStarved() },
	})
	defer quiet.Stop()
	for {
		select {
		case <-ended:
			return ctx.Err()
		case <-ctx.Done():
			return ctx.Err()
		case <-quiet.C():
			if quiet.Over() {
				return errSilent
			}
		}
	}
}

// encode calls the encoder.
func (p Codec) encode(ctx context.Context, data []byte, patient time.Duration) ([]byte, error) {
	var stream []byte
	failed := errors.New("the encoder ended its goroutine")
	switch err := call(ctx, patient, func() {
		defer func() {
			if r := recover(); r != nil {
				failed = fmt.Errorf("panic: %v", r)
			}
		}()
		stream, failed = p.Encode(data), nil
	}); {
	case errors.Is(err, errSilent):
		return nil, fmt.Errorf("the encoder did not return within %v", patient)
	case err != nil:
		return nil, err
	}
	return stream, failed
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
	until, leave := context.WithCancel(ctx)
	defer leave()
	d := decoding{ctx: until, parsed: conformance.Parsed{Verdict: conformance.Crashed, How: "it ended its goroutine", CPU: -1, Resident: -1, Reserved: -1}}
	for _, chunk := range s.Chunks {
		d.most += len(chunk)
	}
	switch err := call(ctx, patient, func() { d.run(decode, s) }); {
	case errors.Is(err, errSilent):
		how := fmt.Sprintf("it did not return within %v", patient)
		return conformance.Parsed{Verdict: conformance.Hung, How: how, CPU: -1, Resident: -1, Reserved: -1}, nil
	case err != nil:
		return conformance.Parsed{}, err
	}
	return d.parsed, nil
}

// decoding is one call of a function.
type decoding struct {
	ctx    context.Context //nolint:containedctx // it is that of the call
	most   int             // bytes that were sent, which are more than the strings in them
	size   int             // of what was delivered
	parsed conformance.Parsed
}

// deliver keeps a string. It does not return once nobody waits for more, or there was far
// more than was sent.
func (d *decoding) deliver(data []byte) {
	if d.ctx.Err() != nil {
		runtime.Goexit()
	}
	d.size += len(data) + 1
	if d.size > d.most+deliverSlack {
		d.parsed.Strings, d.parsed.How = nil, "it delivers far more than it was sent"
		runtime.Goexit()
	}
	d.parsed.Strings = append(d.parsed.Strings, bytes.Clone(data))
}

// run calls a function with a reader of the stream.
func (d *decoding) run(decode Decode, s conformance.Stream) {
	reader := chunkReader{ctx: d.ctx, chunks: s.Chunks, open: s.Open}
	if s.Measured {
		runtime.LockOSThread() // whose time is taken
		defer runtime.UnlockOSThread()
	}
	start := process.ThreadTime()
	defer func() {
		if s.Measured && start >= 0 {
			d.parsed.CPU = process.ThreadTime() - start
		}
		d.parsed.Resident, d.parsed.Reserved = reader.held, reader.held
		if r := recover(); r != nil {
			d.parsed.How = fmt.Sprintf("panic: %v", r)
		}
	}()
	err := decode(&reader, d.deliver)
	d.parsed.How = ""
	switch {
	case reader.wanting:
		d.parsed.Verdict = conformance.Incomplete
	case err == nil:
		d.parsed.Verdict = conformance.Complete
	case errors.Is(err, io.ErrUnexpectedEOF):
		d.parsed.Verdict = conformance.Incomplete
	default:
		d.parsed.Verdict = conformance.Rejected
	}
	if err != nil {
		d.parsed.How = err.Error()
	}
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
