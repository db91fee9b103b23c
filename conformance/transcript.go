package conformance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	transcriptEnds = 60 // events kept from the start, and as many from the end
	excerptEnds    = 40 // bytes kept of a transfer's start, and as many of its end
)

// Transcript is what happened in one case, on all connections and to all programs, by
// one clock. However much that is, it is a bounded part: the first and last events.
type Transcript []Event

// Event is one thing that happened. Transfers in the same direction of the same
// connection that follow each other are one.
type Event struct {
	At   float64 `json:"at"`             // seconds since the case began
	Lane string  `json:"lane,omitempty"` // the connection or program that it happened to: "client#1"; empty for none
	Kind Kind    `json:"kind"`
	Text string  `json:"text,omitempty"` // of anything but a transfer

	// What was transferred: how many bytes in how many parts, and the first and last of
	// them.
	Bytes int64  `json:"bytes,omitempty"`
	Parts int    `json:"parts,omitempty"`
	First []byte `json:"first,omitempty"`
	Last  []byte `json:"last,omitempty"`
}

// Kind is what kind of thing happened.
type Kind string

// The kinds of events.
const (
	Note     Kind = "note"     // a remark
	Sent     Kind = "sent"     // bytes to the target
	Received Kind = "received" // bytes from the target
	Omitted  Kind = "omitted"  // stands for events that were left out
)

// recorder makes the transcript of a case. It may be used from any goroutine.
type recorder struct {
	mu      sync.Mutex
	start   time.Time
	first   Transcript
	last    Transcript
	dropped int
}

func newRecorder() *recorder { return &recorder{start: now()} }

// note records something that is no transfer: a connection made, a FIN, a RST, a
// remark. The lane is a connection's or a program's, or empty.
func (r *recorder) note(lane, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(Event{Lane: lane, Kind: Note, Text: fmt.Sprintf(format, args...)})
}

// transfer records bytes sent or received on a connection.
func (r *recorder) transfer(lane string, kind Kind, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.newest()
	if e == nil || e.Lane != lane || e.Kind != kind {
		r.add(Event{Lane: lane, Kind: kind})
		e = r.newest()
	}
	e.Bytes += int64(len(data))
	e.Parts++
	if room := excerptEnds - len(e.First); room > 0 {
		taken := min(room, len(data))
		e.First = append(e.First, data[:taken]...)
		data = data[taken:]
	}
	e.Last = append(e.Last, data[max(0, len(data)-excerptEnds):]...)
	e.Last = e.Last[max(0, len(e.Last)-excerptEnds):]
}

func (r *recorder) newest() *Event {
	if len(r.last) > 0 {
		return &r.last[len(r.last)-1]
	}
	if len(r.first) > 0 {
		return &r.first[len(r.first)-1]
	}
	return nil
}

func (r *recorder) add(e Event) {
	e.At = now().Sub(r.start).Seconds()
	switch {
	case len(r.first) < transcriptEnds:
		r.first = append(r.first, e)
	case len(r.last) < transcriptEnds:
		r.last = append(r.last, e)
	default:
		r.last = append(r.last[1:], e)
		r.dropped++
	}
}

// transcript returns what was recorded so far.
func (r *recorder) transcript() Transcript {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.first)
	if r.dropped > 0 {
		all = append(all, Event{At: r.last[0].At, Kind: Omitted, Text: fmt.Sprintf("%d events left out", r.dropped)})
	}
	return append(all, r.last...)
}

// String draws the transcript as text, a line an event.
func (t Transcript) String() string {
	width := 0
	for _, e := range t {
		width = max(width, len(e.Lane))
	}
	var b strings.Builder
	for _, e := range t {
		if e.Kind == Omitted {
			fmt.Fprintf(&b, "          ... %s ...\n", e.Text)
			continue
		}
		fmt.Fprintf(&b, "%8.3fs %-*s %s\n", e.At, width, e.Lane, e.what())
	}
	return b.String()
}

// what is the event without its time and lane.
func (e Event) what() string {
	arrow := map[Kind]string{Sent: "->", Received: "<-"}[e.Kind]
	if arrow == "" {
		return e.Text
	}
	parts := ""
	if e.Parts > 1 {
		parts = fmt.Sprintf(" in %d parts", e.Parts)
	}
	return fmt.Sprintf("%s %d bytes%s %s", arrow, e.Bytes, parts, e.excerpt())
}

// excerpt quotes the start of a transfer and, where it is long, its end.
func (e Event) excerpt() string {
	switch left := e.Bytes - int64(len(e.First)) - int64(len(e.Last)); {
	case len(e.Last) == 0:
		return strconv.Quote(string(e.First))
	case left == 0:
		return strconv.Quote(string(e.First) + string(e.Last))
	default:
		return fmt.Sprintf("%q ... %q", e.First, e.Last)
	}
}

// LastLine returns the last line of s that is not blank.
func LastLine(s string) string {
	s = strings.TrimRight(s, " \t\r\n")
	return strings.TrimSpace(s[strings.LastIndexByte(s, '\n')+1:])
}
