package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Stream is what a parser is fed.
type Stream struct {
	// Chunks are the bytes as they are cut into reads, each of at least one byte.
	Chunks [][]byte

	// Open tells that the stream does not end after the last chunk: nothing comes, and
	// the parser waits for more, unless it has seen enough to reject the stream.
	Open bool

	// Limit, if not zero, is the maximum length that the parser is to be given in place
	// of its default.
	Limit int

	// Measured has the parser, where it is a process, begin anew for this stream, and what
	// it takes be told.
	Measured bool
}

// ParserVerdict is what a parser has made of a stream.
type ParserVerdict int

// The verdicts. Refused is for parsers that say no more than that a stream was either
// rejected or incomplete.
const (
	Complete   ParserVerdict = iota // the stream ended, or waits, between two strings
	Incomplete                      // it ended, or waits, inside a string
	Rejected                        // it is malformed
	Refused                         // Incomplete or Rejected
	Crashed                         // the parser ended without a verdict, or said what cannot be understood
	Hung                            // the parser said nothing in time
	NotOffered                      // the parser says that it cannot be fed such a stream: with that limit
)

// String says the verdict as a report does.
func (v ParserVerdict) String() string {
	switch v {
	case Complete:
		return "complete"
	case Incomplete:
		return "incomplete"
	case Rejected:
		return "rejected"
	case Refused:
		return "refused"
	case Crashed:
		return "a crash"
	case Hung:
		return "no verdict"
	case NotOffered:
		return "not offered"
	}
	return "an unknown verdict"
}

// Parsed is what a parser has made of a stream.
type Parsed struct {
	Strings [][]byte // as delivered, in order
	Verdict ParserVerdict
	How     string // for people, where the verdict does not say all: "exit status 2"

	// What the parser took for a stream that was to be measured, from its start on, or -1
	// where that cannot be told.
	CPU      time.Duration
	Resident int64 // the largest resident set, in bytes
	Reserved int64 // the largest address space, in bytes
}

// Parser feeds a program one stream, as if there had been no other, and returns what it
// made of it. A program that says nothing for as long as patience has [Hung], or, if the
// stream is open, is waiting for more of it. The error is not the program's: it tells that
// the stream could not be fed, or is the context's.
type Parser func(ctx context.Context, s Stream, patience time.Duration) (Parsed, error)

// Parse feeds the instance a stream and returns what it made of it. The case is
// unsupported if the program says that it cannot be fed such a stream.
func (c *Case) Parse(s Stream) Parsed {
	parsed, err := c.instance.Parse(c.ctx, s, c.activity.current())
	c.checkTime()
	c.Must(err)
	c.recorder.note("", "-> %s", s)
	c.recorder.note("", "<- %s", parsed)
	switch parsed.Verdict {
	case NotOffered:
		c.Unsupported("the program says that it does not offer this")
	case Hung:
		c.activity.silent.Store(true)
	default:
		c.activity.works.Store(true)
	}
	return parsed
}

// Encode returns the stream that the instance makes of a string. The case is unsupported
// if it has no encoder that can be reached.
func (c *Case) Encode(data []byte) []byte {
	stream, err := c.instance.Encode(c.ctx, data, c.activity.current())
	c.checkTime()
	switch {
	case errors.Is(err, ErrNotOffered):
		c.Unsupported("no encoder can be reached: %v", err)
	case err != nil:
		c.Wrong(fmt.Sprintf("the stream of %d bytes", len(data)), err.Error())
	}
	c.recorder.note("", "-> encode %s", Quote(data))
	c.recorder.note("", "<- %s", Quote(stream))
	return stream
}

// ErrNotOffered is the error of an encoder that cannot be reached.
var ErrNotOffered = errors.New("the program says that it does not offer this")

// String is what the parser said, in words.
func (p Parsed) String() string {
	var b strings.Builder
	for i, s := range p.Strings {
		if i == mostQuoted {
			fmt.Fprintf(&b, "... ")
			break
		}
		fmt.Fprintf(&b, "%s ", Quote(s))
	}
	plural := "strings"
	if len(p.Strings) == 1 {
		plural = "string"
	}
	text := fmt.Sprintf("%d %s %s(%v", len(p.Strings), plural, b.String(), p.Verdict)
	if p.How != "" {
		text += ": " + p.How
	}
	return text + ")"
}

const mostQuoted = 6

// String shows the stream with its cuts, abbreviated.
func (s Stream) String() string {
	var parts []string
	size := 0
	for i, chunk := range s.Chunks {
		size += len(chunk)
		switch {
		case i < mostQuoted || i >= len(s.Chunks)-2:
			parts = append(parts, Quote(chunk))
		case i == mostQuoted:
			parts = append(parts, "...")
		}
	}
	end := "and the end"
	if s.Open {
		end = "and no end"
	}
	return strings.TrimSpace(fmt.Sprintf("%d bytes in %d reads %s %s", size, len(s.Chunks), strings.Join(parts, " "), end))
}
