package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"scansion/conformance"
)

const (
	// transform is how a request to a transform server begins that asks for lower case. A
	// poem that is in lower case already comes back as it was sent.
	transform = "cummingsify."

	// cutPause is how long the network is given between two chunks: a server that is not
	// busy has read the first by then.
	cutPause = 2 * time.Millisecond

	answerMost = 1 << 20 // bytes of an answer
)

// NewParserAddr returns a target for the parser inside of a transform server that runs
// already at host:port (Part 12). Of a stream it shows no more than whether its first
// string was delivered: a request is answered with the poem in it, or the connection is
// closed.
func NewParserAddr(addr string) (conformance.Target, error) {
	if err := CheckAddr(addr); err != nil {
		return nil, err
	}
	p := parserAddr{addr: addr}
	return &parsers{
		label: label{name: addr, kind: "addr"}, start: p.start,
		lacks: map[conformance.Need]string{
			conformance.NeedEncoder: noEncoder,
			conformance.NeedLimit:   noLimit,
			conformance.NeedUsage:   "the memory of a server that runs already cannot be told",
			conformance.NeedStrings: "a transform server shows its first string only, and that only if it is a request",
		},
	}, nil
}

type parserAddr struct{ addr string }

// start makes sure that something listens.
func (p parserAddr) start(ctx context.Context) (*conformance.Instance, error) {
	conn, err := p.dial(ctx, readyWithin)
	if err != nil {
		return nil, &conformance.StartError{Reason: fmt.Sprintf("no connection to %s can be made: %v", p.addr, err)}
	}
	return &conformance.Instance{Process: elsewhere{}, Parse: p.parse}, conn.Close()
}

func (p parserAddr) dial(ctx context.Context, patience time.Duration) (net.Conn, error) {
	return (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", p.addr)
}

// parse makes a connection and sends the stream. A stream that is answered is complete,
// and delivered its first string; one that is not is refused once the connection ends.
func (p parserAddr) parse(ctx context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error) {
	parsed := conformance.Parsed{CPU: -1, Resident: -1, Reserved: -1}
	conn, err := p.dial(ctx, patience)
	var failed net.Error
	switch {
	case ctx.Err() != nil:
		return parsed, ctx.Err()
	case conformance.IsOurs(err):
		return parsed, err
	case errors.As(err, &failed) && failed.Timeout():
		parsed.Verdict, parsed.How = conformance.Hung, fmt.Sprintf("no connection could be made within %v", patience)
		return parsed, nil
	case err != nil:
		parsed.Verdict, parsed.How = conformance.Crashed, "it does not accept connections any more: "+err.Error()
		return parsed, nil
	}
	defer func() { _ = conn.Close() }() // it has had its say
	answer, err := exchange(ctx, conn, s, patience)
	if ctx.Err() != nil {
		return parsed, ctx.Err()
	}
	silent := errors.Is(err, os.ErrDeadlineExceeded)
	if silent {
		parsed.How = fmt.Sprintf("no answer and no end within %v", patience)
	}
	switch data, whole := unwrap(answer); {
	case whole && (err == nil || silent): // that it closes is another role's requirement
		parsed.Verdict, parsed.How = conformance.Complete, ""
		parsed.Strings = [][]byte{append([]byte(transform), data...)}
	case len(answer) > 0:
		parsed.Verdict, parsed.How = conformance.Crashed, fmt.Sprintf("the answer is no netstring: %s", conformance.Quote(answer))
	case silent && s.Open:
		parsed.Verdict = conformance.Incomplete
	case silent:
		parsed.Verdict = conformance.Hung
	default: // closed, or reset, for there is input that it did not read
		parsed.Verdict = conformance.Refused
	}
	return parsed, nil
}

// exchange sends the stream and returns what is answered up to the end, or the error that
// ended the wait for it.
func exchange(ctx context.Context, conn net.Conn, s conformance.Stream, patience time.Duration) (answer []byte, err error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	for i, chunk := range s.Chunks {
		if i > 0 && len(s.Chunks) <= mostPauses {
			<-time.NewTimer(cutPause).C
		}
		_ = conn.SetWriteDeadline(now().Add(patience)) // fails if it has ended, as writing does
		if _, err := conn.Write(chunk); err != nil {
			break // it has ended, which reading will tell
		}
	}
	if !s.Open {
		_ = conn.(*net.TCPConn).CloseWrite() // fails if it has ended
	}
	for buf := make([]byte, 64<<10); len(answer) < answerMost; {
		if _, whole := unwrap(answer); whole {
			return answer, nil
		}
		if err := conn.SetReadDeadline(now().Add(patience)); err != nil {
			return answer, err
		}
		n, err := conn.Read(buf)
		answer = append(answer, buf[:n]...)
		switch {
		case errors.Is(err, io.EOF):
			return answer, nil
		case err != nil:
			return answer, err
		}
	}
	return answer, errors.New("an answer without end")
}

// mostPauses is the most chunks between which pauses are made: more would take too long.
const mostPauses = 200

// unwrap returns the data of the first netstring of an answer, and whether it is whole.
func unwrap(answer []byte) (data []byte, whole bool) {
	digits, rest, _ := bytes.Cut(answer, []byte(":"))
	n, err := strconv.Atoi(string(digits))
	if err != nil || strconv.Itoa(n) != string(digits) || n < 0 || len(rest) <= n || rest[n] != ',' {
		return nil, false
	}
	return rest[:n], true
}
