package conformance

import (
	"os"
	"time"
)

// leader is implemented by instances whose first process can be told from those that
// it has started.
type leader interface {
	// SignalLeader sends a signal to the first process alone. It returns why that
	// would prove nothing, or "" if it was sent.
	SignalLeader(os.Signal) (pointless string, err error)
}

// SignalLeader sends a signal to the first process of the instance alone, as those do
// who started it and know no other, and expects its end. It skips the case where the
// first process is not the server: what it is and does is then not the server's doing.
func (c *Case) SignalLeader(signal os.Signal) {
	l, ok := c.running.Instance.(leader)
	if !ok {
		c.Skip("could not be judged: the target's processes cannot be told from each other")
	}
	c.running.expectExit()
	c.transcript.note(0, "the target's first process is sent %v", signal)
	switch pointless, err := l.SignalLeader(signal); {
	case err != nil:
		c.Skip("could not be judged: the signal could not be sent: %v", err)
	case pointless != "":
		c.Skip("could not be judged: %s", pointless)
	}
}

// Within calls done again and again, until it returns true or limit has passed, and
// returns whether it did.
func (c *Case) Within(limit time.Duration, done func() bool) bool {
	for end := now().Add(limit); !done(); c.Pause(10 * time.Millisecond) {
		if now().After(end) {
			return false
		}
	}
	return true
}
