package conformance

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	transcriptEnds = 60 // events kept from the start, and as many from the end
	excerptEnds    = 40 // bytes kept of a transfer's start, and as many of its end
)

// Transcript records what went over the wire in one case, in both directions,
// with the time since the case began. However much that is, it keeps a bounded
// part: the first and last events, and of each transfer the first and last
// bytes. It may be used from any goroutine; the zero value is not usable.
type Transcript struct {
	mu      sync.Mutex
	start   time.Time
	head    []*event
	tail    []*event
	dropped int
}

// event is one line of a transcript. Transfers in the same direction of the same
// connection that follow each other share one.
type event struct {
	at    time.Duration
	conn  int    // 0: not on a connection
	kind  string // "->" and "<-" are transfers; anything else is told in text
	text  string
	bytes int64
	parts int
	first []byte
	last  []byte
}

func newTranscript() *Transcript { return &Transcript{start: now()} }

// note records something that is no transfer: a connection made, a FIN, a RST, a
// remark. Conn is the connection's number, or 0.
func (t *Transcript) note(conn int, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(&event{conn: conn, text: fmt.Sprintf(format, args...)})
}

// transfer records bytes sent ("->") or received ("<-").
func (t *Transcript) transfer(conn int, direction string, data []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.newest()
	if e == nil || e.conn != conn || e.kind != direction {
		e = &event{conn: conn, kind: direction}
		t.add(e)
	}
	e.bytes += int64(len(data))
	e.parts++
	if room := excerptEnds - len(e.first); room > 0 {
		taken := min(room, len(data))
		e.first = append(e.first, data[:taken]...)
		data = data[taken:]
	}
	e.last = append(e.last, data[max(0, len(data)-excerptEnds):]...)
	e.last = e.last[max(0, len(e.last)-excerptEnds):]
}

func (t *Transcript) newest() *event {
	if len(t.tail) > 0 {
		return t.tail[len(t.tail)-1]
	}
	if len(t.head) > 0 {
		return t.head[len(t.head)-1]
	}
	return nil
}

func (t *Transcript) add(e *event) {
	e.at = now().Sub(t.start)
	switch {
	case len(t.head) < transcriptEnds:
		t.head = append(t.head, e)
	case len(t.tail) < transcriptEnds:
		t.tail = append(t.tail, e)
	default:
		t.tail = append(t.tail[1:], e)
		t.dropped++
	}
}

// String returns the transcript, a line an event.
func (t *Transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for _, e := range t.head {
		b.WriteString(e.String())
	}
	if t.dropped > 0 {
		fmt.Fprintf(&b, "          ... %d events left out ...\n", t.dropped)
	}
	for _, e := range t.tail {
		b.WriteString(e.String())
	}
	return b.String()
}

func (e *event) String() string {
	who := "      "
	if e.conn > 0 {
		who = fmt.Sprintf("%-6s", "#"+strconv.Itoa(e.conn))
	}
	when := fmt.Sprintf("%8.3fs %s ", e.at.Seconds(), who)
	if e.kind == "" {
		return when + e.text + "\n"
	}
	parts := ""
	if e.parts > 1 {
		parts = fmt.Sprintf(" in %d parts", e.parts)
	}
	return fmt.Sprintf("%s%s %d bytes%s %s\n", when, e.kind, e.bytes, parts, e.excerpt())
}

// excerpt quotes the start of a transfer and, where it is long, its end.
func (e *event) excerpt() string {
	switch left := e.bytes - int64(len(e.first)) - int64(len(e.last)); {
	case len(e.last) == 0:
		return strconv.Quote(string(e.first))
	case left == 0:
		return strconv.Quote(string(e.first) + string(e.last))
	default:
		return fmt.Sprintf("%q ... %q", e.first, e.last)
	}
}

// LastLine returns the last line of s that is not blank.
func LastLine(s string) string {
	s = strings.TrimRight(s, " \t\r\n")
	return strings.TrimSpace(s[strings.LastIndexByte(s, '\n')+1:])
}
