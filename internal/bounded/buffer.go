// Package bounded keeps a part of what is written, however much that is.
package bounded

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrFlood is returned by [Buffer.Write] once more was written than the buffer allows.
var ErrFlood = errors.New("more was written than is allowed")

// Buffer keeps the first and the last bytes of what is written to it. It may be used from
// any goroutine. See [New].
type Buffer struct {
	head, tail int                             // how many bytes of each end are kept
	allows     func(written, lines int64) bool // nil: anything
	flooded    chan struct{}

	mu             sync.Mutex
	first, last    []byte // last holds up to twice as many as are kept
	written, lines int64
}

// New returns a buffer that keeps so many of the first bytes and so many of the last.
func New(head, tail int) *Buffer {
	return &Buffer{head: head, tail: tail, flooded: make(chan struct{})}
}

// Allow bounds what may be written: allows is called before each write with the number of
// bytes and line ends that there would be with it. The first time that it returns false is
// a flood: that write, and all that follow, are refused. It returns the buffer, which must
// not have been used before.
func (b *Buffer) Allow(allows func(written, lines int64) bool) *Buffer {
	b.allows = allows
	return b
}

// Write keeps p, or parts of it. The only error is [ErrFlood].
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.IsFlooded() {
		return 0, ErrFlood
	}
	n := len(p)
	if b.allows != nil {
		lines := b.lines + int64(bytes.Count(p, []byte{'\n'}))
		if !b.allows(b.written+int64(n), lines) {
			close(b.flooded)
			return 0, ErrFlood
		}
		b.lines = lines
	}
	b.written += int64(n)
	taken := min(b.head-len(b.first), n)
	b.first = append(b.first, p[:taken]...)
	p = p[taken:]
	b.last = append(b.last, p[max(0, len(p)-b.tail):]...)
	if over := len(b.last) - b.tail; over > b.tail {
		b.last = append(b.last[:0], b.last[over:]...)
	}
	return n, nil
}

// Flooded is closed by the first write that was not allowed.
func (b *Buffer) Flooded() <-chan struct{} { return b.flooded }

// IsFlooded reports whether there was a write that was not allowed.
func (b *Buffer) IsFlooded() bool {
	select {
	case <-b.flooded:
		return true
	default:
		return false
	}
}

// Written returns how many bytes were written, kept or not.
func (b *Buffer) Written() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.written
}

// Ends returns what was kept of the beginning, which nobody may change, and of the end, and
// how many bytes between them were not. If none were left out, the one is continued by the
// other.
func (b *Buffer) Ends() (first, last []byte, dropped int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last = b.last[max(0, len(b.last)-b.tail):]
	return slices.Clip(b.first), slices.Clone(last), b.written - int64(len(b.first)+len(last))
}

// Bytes returns what was kept, which nobody may change, without a sign of what was left out.
func (b *Buffer) Bytes() []byte {
	first, last, _ := b.Ends()
	return append(first, last...)
}

// String returns what was kept, for people.
func (b *Buffer) String() string {
	first, last, dropped := b.Ends()
	if dropped > 0 {
		return fmt.Sprintf("%s\n[... %d bytes left out ...]\n%s", first, dropped, last)
	}
	return string(first) + string(last)
}
