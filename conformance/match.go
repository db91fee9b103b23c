package conformance

import (
	"bytes"
	"fmt"
	"time"
)

// Pace is how a client reads. The zero value reads as fast as it comes, to the end.
type Pace struct {
	Chunk int           // bytes a read, at the most; 0: 64 KiB
	Every time.Duration // pause after each read
	Until int           // stop after this many bytes; 0: read to the end
}

// Reading is what came of a connection, held against what should have come.
type Reading struct {
	Want  []byte // what should have come
	Same  int    // how many bytes came as they should, from the start
	Other []byte // what came where it differs from Want, or beyond its end, bounded
	End   End    // how it ended; Open, if reading stopped because of Other or Pace.Until

	// Stalls is true if the target paces its output so that the rest would take
	// longer than the case may last.
	Stalls bool
	Took   time.Duration
}

// Whole reports whether exactly the wanted bytes came, whatever the end.
func (r Reading) Whole() bool { return r.Same == len(r.Want) && len(r.Other) == 0 }

// String describes the reading in words that show the bytes where it went wrong.
func (r Reading) String() string {
	switch {
	case len(r.Other) > 0 && r.Same == len(r.Want):
		return fmt.Sprintf("the %d bytes, and then more: %s", r.Same, Quote(r.Other))
	case len(r.Other) > 0:
		from := max(0, r.Same-16)
		return fmt.Sprintf("%s where %s is due, at byte %d of %d, after %s",
			Quote(r.Other), Quote(r.Want[r.Same:]), r.Same, len(r.Want), Quote(r.Want[from:r.Same]))
	case r.Same < len(r.Want):
		return fmt.Sprintf("%v after %d of %d bytes", r.End, r.Same, len(r.Want))
	default:
		return fmt.Sprintf("the %d bytes, then %v", r.Same, r.End)
	}
}

// Quote quotes the first bytes of data for a message.
func Quote(data []byte) string {
	const most = 32
	if len(data) > most {
		return fmt.Sprintf("%q...", data[:most])
	}
	return fmt.Sprintf("%q", data)
}

const (
	readChunk = 64 << 10
	// rateAfter is how long a transfer goes on before its rate is judged.
	rateAfter = 3 * time.Second
)

// Match reads the connection and holds it against want, without keeping what
// came. It stops at the first byte that differs, at the end, after pace.Until
// bytes, or when the target's pace shows that the case cannot end in time.
func (k *Conn) Match(want []byte, pace Pace) Reading {
	chunk := pace.Chunk
	if chunk == 0 {
		chunk = readChunk
	}
	buf := make([]byte, chunk)
	r := Reading{Want: want}
	start := now()
	for {
		n, end := k.Read(buf)
		r.Took = now().Sub(start)
		if end != Open {
			r.End = end
			return r
		}
		same := commonPrefix(buf[:n], want[r.Same:])
		r.Same += same
		if same < n {
			r.Other = bytes.Clone(buf[same:min(n, same+64)])
			return r
		}
		if pace.Until > 0 && r.Same >= pace.Until {
			return r
		}
		if r.Took > rateAfter && k.c.tooSlow(r) {
			r.Stalls = true
			return r
		}
		if pace.Every > 0 {
			k.c.Pause(pace.Every)
		}
	}
}

// commonPrefix returns how many bytes a and b share from their start.
func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) {
		return n
	}
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// tooSlow reports whether, at the rate so far, the rest of a reading would take
// longer than the case has left.
func (c *Case) tooSlow(r Reading) bool {
	deadline, ok := c.ctx.Deadline()
	if !ok || r.Same == 0 {
		return false
	}
	rest := time.Duration(float64(r.Took) / float64(r.Same) * float64(len(r.Want)-r.Same))
	return rest > deadline.Sub(now())
}
