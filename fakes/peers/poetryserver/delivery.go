package poetryserver

import (
	"errors"
	"io"
	"time"

	"scansion/fakes/peers"
)

// deliveryFaults: statements 5 and 12.
func deliveryFaults() []peers.Peer {
	return []peers.Peer{
		faulty("drops-what-does-not-fit", "writes what the buffers take and forgets the rest", server{handle: func(c *client) error {
			if err := c.SetWriteDeadline(soon(50 * time.Millisecond)); err != nil {
				return c.drop()
			}
			_, _ = c.Write(c.server.poem)
			return c.finish()
		}}, "delivers-to-late-reader"),
		faulty("skips-what-does-not-fit", "goes on behind what the buffers did not take", server{handle: func(c *client) error {
			for rest := c.server.poem; len(rest) > 0; rest = rest[min(len(rest), 64<<10):] {
				if err := c.SetWriteDeadline(soon(20 * time.Millisecond)); err != nil {
					return c.drop()
				}
				_, _ = c.Write(rest[:min(len(rest), 64<<10)])
			}
			return c.finish()
		}}, "delivers-to-late-reader"),
		faulty("loses-tail-of-large", "closes by a reset where the poem is large", server{handle: func(c *client) error {
			_, _ = c.Write(c.server.poem)
			if len(c.server.poem) > 1<<20 {
				return c.reset()
			}
			return c.finish()
		}}, "delivers-large-poem", "delivers-to-late-reader", "delivers-to-slow-reader"),
		faulty("drops-half-closed", "takes a client's end of file for its having gone", server{handle: func(c *client) error {
			go func() { // until the connection is closed
				if _, err := c.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
					_ = c.reset()
				}
			}()
			return send(c)
		}}, "delivers-to-half-closed-client"),
		faulty("looks-before-it-sends", "does not serve a client that has closed its sending side",
			listens(20*time.Millisecond, 1, func(c *client, _ []byte, err error) error {
				if errors.Is(err, io.EOF) {
					return c.drop()
				}
				return send(c)
			}), "serves-small-poem-to-half-closed-client", "delivers-to-half-closed-client"),
	}
}

// timeFaults: statements 5 and 16.
func timeFaults() []peers.Peer {
	// inAll sends the poem with a time-out for all of it.
	inAll := func(d time.Duration) server { return server{handle: writer{piece: 1 << 30, within: d}.send} }
	return []peers.Peer{
		faulty("hurries", "gives up on a write that takes a second", server{handle: writer{within: time.Second}.send},
			"delivers-to-late-reader", "gives-up-no-sooner-than-10s"),
		faulty("impatient", "gives up on a client that makes no progress for 5 s", server{handle: writer{within: 5 * time.Second}.send},
			"gives-up-no-sooner-than-10s"),
		faulty("total-limit-1s", "gives every client one second", inAll(time.Second),
			"delivers-to-slow-reader", "delivers-to-late-reader"),
		faulty("total-limit-5s", "gives every client five seconds", inAll(5*time.Second), "never-gives-up-on-slow-reader"),
		faulty("total-limit-10s", "gives every client ten seconds", inAll(10*time.Second), "never-gives-up-on-slow-reader"),
	}
}
