package poetryserver

import (
	"errors"
	"syscall"
	"time"

	"scansion/fakes/peers"
)

// asksTheKernel is why a peer means something on real sockets only.
const asksTheKernel = "Only a kernel accepts a client that has gone, and says so."

// abortFaults: statement 7, clients that leave.
func abortFaults() []peers.Peer {
	dies := func(_ *client, err error) error { return err }
	return []peers.Peer{
		faulty("dies-of-sigpipe", "dies when it writes to a client that has gone", notices(dies),
			"survives-close-before-poem", "survives-reset-before-poem", "survives-close-mid-poem", "survives-reset-mid-poem", "survives-many-aborted-clients"),
		faulty("dies-of-reset", "dies of a reset, but not of a broken pipe", notices(func(c *client, err error) error {
			if errors.Is(err, syscall.ECONNRESET) {
				return err
			}
			return c.drop()
		}), "survives-reset-mid-poem"),
		faulty("stops-accepting-after-abort", "serves one client after one has left, and then no more", stopsAfterAbort(),
			"survives-reset-mid-poem", "survives-close-mid-poem"),
		faulty("paced-and-fragile", "sends 100 bytes every 50 ms, and dies when a client has gone",
			server{handle: writer{piece: 100, every: 50 * time.Millisecond, failed: dies}.send},
			"survives-reset-mid-poem", "survives-close-mid-poem"),
		faulty("loses-workers", "has 64 workers, and loses one with each client that leaves", server{
			atATime: 64, handle: writer{failed: func(c *client, _ error) error {
				_ = c.drop()
				return c.keep() // the worker is gone for good
			}}.send,
		}, "survives-many-aborted-clients"),
		faulty("hangs-after-abort", "hangs in a client that has left", server{
			serial: true, handle: writer{failed: func(c *client, _ error) error { return c.keep() }}.send,
		}, "survives-reset-mid-poem", "survives-close-mid-poem", "survives-many-aborted-clients"),
		onSockets(asksTheKernel, faulty("asks-who-is-there", "dies if a client has gone before it was accepted", server{handle: func(c *client) error {
			c.pause(5 * time.Millisecond) // as a busy program does
			if err := c.peer(); err != nil {
				return err
			}
			return send(c)
		}}, "survives-reset-before-poem", "survives-half-close-then-reset")),
	}
}

// stopsAfterAbort is a server that serves one more client once one has left.
func stopsAfterAbort() server {
	send := writer{failed: func(c *client, _ error) error {
		c.server.cursor.CompareAndSwap(0, 1)
		return c.drop()
	}}.send
	return server{handle: func(c *client) error {
		if c.server.cursor.Load() > 0 && c.server.cursor.Add(1) > 2 {
			return c.keep()
		}
		return send(c)
	}}
}

// peer asks the kernel who is there, and returns its error if nobody is.
func (c *client) peer() (gone error) {
	socket, ok := c.Socket.(syscall.Conn)
	if !ok {
		return errors.New("the connection has no socket")
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	if err := raw.Control(func(fd uintptr) { _, gone = syscall.Getpeername(int(fd)) }); err != nil {
		return err
	}
	return gone
}
