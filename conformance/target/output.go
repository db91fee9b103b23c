package target

import (
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
