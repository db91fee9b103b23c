package fakes

import (
	"fmt"
	"strconv"
	"time"
)

// LogErr is what went wrong when the log was written to, after which nothing more is
// written.
func (n *Network) LogErr() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.logErr
}

// note writes a line, which details may add to. The lock is held.
func (n *Network) note(c *Connection, mark byte, what string, details func(line []byte) []byte) {
	if n.config.Log == nil || n.logErr != nil {
		return
	}
	id := 0
	if c != nil {
		id = c.id
	}
	now := n.now()
	b := fmt.Appendf(n.line[:0], "%d.%09d #", now/time.Second, now%time.Second)
	b = strconv.AppendInt(b, int64(id), 10)
	b = append(b, ' ', mark, ' ')
	b = append(b, what...)
	if details != nil {
		b = details(append(b, ' '))
	}
	b = append(b, '\n')
	n.line = b
	if _, err := n.config.Log.Write(b); err != nil {
		n.logErr = fmt.Errorf("cannot write the log of the network: %w", err)
	}
}
