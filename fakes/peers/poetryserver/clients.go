package poetryserver

import (
	"errors"
	"fmt"
	"io"
	"time"

	"scansion/fakes/peers"
)

// clientFaults: statement 6.
func clientFaults() []peers.Peer {
	first := func(most int, name, clients string) peers.Peer {
		return faulty(name, fmt.Sprintf("serves the first %s only", clients), server{first: most}, "sends-same-poem-every-time")
	}
	return []peers.Peer{
		first(1, "serves-once", "client"),
		first(10, "serves-ten", "ten clients"),
		first(100, "serves-a-hundred", "hundred clients"),
		faulty("ends-after-one", "ends after the first client", server{handle: func(c *client) error {
			_ = send(c)
			return errors.New("done")
		}}, "sends-same-poem-every-time", "survives-close-before-poem"),
		faulty("reads-file-once", "leaves its file at the end for the next client", server{handle: func(c *client) error {
			if c.number > 1 {
				return c.finish()
			}
			return send(c)
		}}, "sends-same-poem-every-time", "sends-exact-poem"),
		faulty("appends", "adds the poem to a buffer that it never clears", server{handle: func(c *client) error {
			for range min(c.number, 3) {
				if _, err := c.Write(c.server.poem); err != nil {
					return c.drop()
				}
			}
			return c.finish()
		}}, "sends-same-poem-every-time", "sends-exact-poem"),
		faulty("alternates", "sends every 16th client a cut poem", server{handle: func(c *client) error {
			poem := c.server.poem
			if c.number%16 == 0 {
				poem = poem[:len(poem)/2]
			}
			return c.sends(poem)
		}}, "sends-same-poem-every-time"),
		faulty("shares-place", "keeps one place in the poem for all clients that are being sent it", server{handle: func(c *client) error {
			if c.sendsFromSharedPlace() != nil {
				return c.drop()
			}
			return c.finish()
		}}, "serves-side-by-side"),
	}
}

// sendsFromSharedPlace sends what nobody else has been sent of the poem, from its start if
// there is nobody else.
func (c *client) sendsFromSharedPlace() error {
	s := c.server
	if s.sending.Add(1) == 1 {
		s.cursor.Store(0)
	}
	defer s.sending.Add(-1)
	for {
		const piece = 16 << 10
		at := int(s.cursor.Add(piece)) - piece
		if at >= len(s.poem) {
			return nil
		}
		if _, err := c.Write(s.poem[at:min(len(s.poem), at+piece)]); err != nil {
			return err
		}
	}
}

// inputFaults: statement 9, and 12 of clients that send.
func inputFaults() []peers.Peer {
	reads := func(name, about string, then func(c *client, input []byte, err error) error) peers.Peer {
		return faulty(name, about, listens(20*time.Millisecond, 2048, then), "ignores-client-bytes")
	}
	return []peers.Peer{
		reads("echoes", "sends back what the client sends", func(c *client, input []byte, _ error) error {
			if _, err := c.Write(input); err != nil {
				return c.drop()
			}
			return send(c)
		}),
		reads("obeys", "takes what the client sends for a command", func(c *client, input []byte, _ error) error {
			if len(input) > 4 {
				return c.sends([]byte("HTTP/1.0 400 Bad Request\r\n\r\n"))
			}
			return send(c)
		}),
		reads("takes-offence", "closes the connection of a client that sends something", func(c *client, input []byte, _ error) error {
			if len(input) > 0 {
				return c.finish()
			}
			return send(c)
		}),
		reads("dies-of-input", "dies of input that is not UTF-8", func(c *client, input []byte, _ error) error {
			if len(input) > 0 && input[0] == 0xFF {
				return errors.New("invalid start byte")
			}
			return send(c)
		}),
		faulty("limits-input", "drops a client that has sent more than 4 KiB", server{handle: func(c *client) error {
			if err := c.SetReadDeadline(soon(50 * time.Millisecond)); err != nil {
				return c.drop()
			}
			if n, _ := io.ReadFull(c, make([]byte, 4<<10+1)); n > 4<<10 {
				return c.drop()
			}
			return send(c)
		}}, "ignores-client-bytes"),
		faulty("destroys-talkers", "resets a client that sends more than 4 KiB while it gets the poem", server{handle: func(c *client) error {
			go func() { // until the connection is closed
				if n, _ := io.CopyN(io.Discard, c, 4<<10+1); n > 4<<10 {
					_ = c.reset()
				}
			}()
			return send(c)
		}}, "delivers-to-client-that-goes-on-sending"),
	}
}

// limitFaults: statements 10 and 11.
func limitFaults() []peers.Peer {
	return []peers.Peer{
		faulty("four-workers", "serves four clients at a time", server{atATime: 4}, sideBySide...),
		faulty("fixed-table", "serves 256 clients at a time", server{atATime: 256}, "holds-1000-connections"),
		faulty("five-hundred-clients", "turns away the 501st client at a time", server{handle: func(c *client) error {
			if c.server.open() > 500 {
				return c.drop()
			}
			return send(c)
		}}, "holds-1000-connections"),
	}
}
