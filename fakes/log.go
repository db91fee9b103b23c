package fakes

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Err is what went wrong: the log cannot be written to, after which nothing more is
// written, or programs have changed what they had written, which is found out at the end
// of the connection at the latest: see [ErrWriteChanged].
func (n *Network) Err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return errors.Join(append([]error{n.logErr}, n.misuse...)...)
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
