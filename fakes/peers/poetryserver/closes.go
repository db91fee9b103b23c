package poetryserver

import (
	"errors"
	"io"
	"net"
	"sync"

	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// closeFaults: statements 1, 2 and 4.
func closeFaults() []peers.Peer {
	return []peers.Peer{
		faulty("deaf", "stops listening as soon as it listens", server{listen: func(p *target.Process) (net.Listener, error) {
			l, err := p.Listen()
			if err == nil {
				err = l.Close()
			}
			return blocked{l, make(chan struct{}), new(sync.Once)}, err
		}}, "accepts-connections"),
		faulty("hangs-up", "resets every connection at once", server{handle: (*client).reset},
			"accepts-connections", "sends-without-waiting"),
		faulty("silent", "accepts and says nothing", server{handle: (*client).drain},
			"sends-without-waiting", "sends-exact-poem", "serves-empty-poem"),
		faulty("waits-for-request", "waits for a line from the client", server{handle: func(c *client) error {
			if _, err := c.Read(make([]byte, 1024)); err != nil {
				return c.drop()
			}
			return send(c)
		}}, "sends-without-waiting"),
		faulty("never-closes", "leaves the connection open", server{handle: writer{finish: (*client).drain}.send},
			"closes-after-poem", "serves-empty-poem"),
		faulty("closes-second", "waits for the client to close first", server{handle: writer{finish: func(c *client) error {
			if _, err := io.Copy(io.Discard, c); err != nil {
				return c.drop()
			}
			return c.finish()
		}}.send}, "closes-after-poem"),
		faulty("closes-by-reset", "closes by a reset", server{handle: writer{finish: (*client).reset}.send},
			"closes-after-poem", "delivers-to-late-reader"),
		faulty("never-ends", "sends the poem again and again", server{handle: func(c *client) error {
			for {
				if _, err := c.Write(c.server.poem); err != nil || len(c.server.poem) == 0 {
					return c.drop()
				}
			}
		}}, "closes-after-poem", "sends-exact-poem"),
	}
}

// emptyPoemFaults: statement 8.
func emptyPoemFaults() []peers.Peer {
	return []peers.Peer{
		faulty("waits-with-empty-poem", "does not close where there is nothing to send", server{handle: func(c *client) error {
			if len(c.server.poem) == 0 {
				return c.drain()
			}
			return send(c)
		}}, "serves-empty-poem"),
		faulty("refuses-empty-poem", "does not start with an empty poem", server{load: func(p *target.Process) ([]byte, error) {
			poem, err := loadPoem(p)
			if err == nil && len(poem) == 0 {
				err = errors.New("the poem is empty")
			}
			return poem, err
		}}, "serves-empty-poem"),
		faulty("fails-with-empty-poem", "dies when it serves an empty poem", server{handle: func(c *client) error {
			if len(c.server.poem) == 0 {
				return errors.New("index out of range")
			}
			return send(c)
		}}, "serves-empty-poem"),
	}
}

// blocked is a listener on which nobody will ever connect.
type blocked struct {
	net.Listener
	closed chan struct{}
	once   *sync.Once
}

// Accept waits for the listener's end.
func (b blocked) Accept() (net.Conn, error) {
	<-b.closed
	return nil, net.ErrClosed
}

// Close ends Accept.
func (b blocked) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}
