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
	Took   time.Duration // since the first byte
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
	// A transfer is taken for one that its sender paces if, after this long and so
	// many reads, the rest would take many times what a case may last. One that is
	// only slow, on a machine that is, goes on.
	pacedAfter = 5 * time.Second
	pacedReads = 20
	pacedTimes = 2
)

// Match reads the connection and holds it against want, without keeping what
// came. It stops at the first byte that differs, at the end, after pace.Until
// bytes, or when the target's pace shows that the case cannot end in time. At the
// end it closes the connection, as clients do: a server may wait for that.
func (k *Conn) Match(want []byte, pace Pace) Reading {
	chunk := pace.Chunk
	if chunk == 0 {
		chunk = readChunk
	}
	buf := make([]byte, chunk)
	r := Reading{Want: want}
	var start time.Time // of the first byte: what was waited before is no pace
	for reads := 1; ; reads++ {
		read := k.Read
		if r.Same == len(want) {
			read = k.ReadEnd
		}
		n, end := read(buf)
		if end != Open {
			r.End = end
			if end != Silent {
				k.Close()
			}
			return r
		}
		if reads == 1 {
			start = now()
		}
		r.Took = now().Sub(start)
		same := commonPrefix(buf[:n], want[r.Same:])
		r.Same += same
		if same < n {
			r.Other = bytes.Clone(buf[same:min(n, same+64)])
			return r
		}
		if pace.Until > 0 && r.Same >= pace.Until {
			return r
		}
		if reads > pacedReads && r.Took > pacedAfter && r.rest() > pacedTimes*k.c.judge.options.Timeout {
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

// rest is how long the rest of a reading would take at the rate so far.
func (r Reading) rest() time.Duration {
	return time.Duration(r.Took.Seconds() / float64(r.Same) * float64(len(r.Want)-r.Same) * float64(time.Second))
}
