package target

import (
	"errors"
	"fmt"
	"sync"
)

const outputEnds = 8 << 10 // bytes kept of a program's first output, and of its last

// output keeps the first and the last of what a program writes, however much
// that is. It may be used from any goroutine.
type output struct {
	mu      sync.Mutex
	first   []byte
	last    []byte
	dropped int64
}

// Write keeps p, or its part, and never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := len(p)
	if room := outputEnds - len(o.first); room > 0 {
		taken := min(room, len(p))
		o.first = append(o.first, p[:taken]...)
		p = p[taken:]
	}
	o.last = append(o.last, p...)
	if over := len(o.last) - outputEnds; over > 0 {
		o.dropped += int64(over)
		o.last = append(o.last[:0], o.last[over:]...)
	}
	return n, nil
}

// String returns what was kept.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dropped > 0 {
		return fmt.Sprintf("%s\n[... %d bytes left out ...]\n%s", o.first, o.dropped, o.last)
	}
	return string(o.first) + string(o.last)
}

const capturedMost = 64 << 20 // bytes kept of a program's standard output

// captured keeps what a program writes on standard output, up to capturedMost bytes. It
// may be used from any goroutine.
type captured struct {
	mu      sync.Mutex
	data    []byte
	flooded bool
}

var errFlood = errors.New("nobody reads any more: it is too much")

// Write keeps p, or fails once there was too much.
func (c *captured) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.data)+len(p) > capturedMost {
		c.flooded = true
		return 0, errFlood
	}
	c.data = append(c.data, p...)
	return len(p), nil
}

// written returns what was written so far, which nobody may change, and whether there was
// more than is kept.
func (c *captured) written() (data []byte, flooded bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.data[:len(c.data):len(c.data)], c.flooded
}
