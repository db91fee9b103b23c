package peers

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"scansion/conformance/target"
)

// closeFaults: statements 1, 2, 4 and 8.
func closeFaults() []Peer {
	return []Peer{
		faulty("deaf", "stops listening as soon as it listens", poetryServer{listen: func(p *target.Process) (net.Listener, error) {
			l, err := p.Listen()
			if err == nil {
				err = l.Close()
			}
			return blocked{l, make(chan struct{}), new(sync.Once)}, err
		}}, "accepts-connections"),
		faulty("hangs-up", "resets every connection at once", poetryServer{handle: (*client).reset},
			"accepts-connections", "sends-without-waiting"),
		faulty("silent", "accepts and says nothing", poetryServer{handle: func(c *client) error {
			_, _ = io.Copy(io.Discard, c.TCPConn)
			return c.drop()
		}}, "sends-without-waiting", "sends-exact-poem", "serves-empty-poem"),
		faulty("waits-for-request", "waits for a line from the client", poetryServer{handle: func(c *client) error {
			if _, err := c.Read(make([]byte, 1024)); err != nil {
				return c.drop()
			}
			return send(c)
		}}, "sends-without-waiting"),
		faulty("never-closes", "leaves the connection open", poetryServer{handle: func(c *client) error {
			_, _ = c.Write(c.server.poem)
			_, _ = io.Copy(io.Discard, c.TCPConn)
			return c.drop()
		}}, "closes-after-poem", "serves-empty-poem"),
		faulty("closes-second", "waits for the client to close first", poetryServer{handle: func(c *client) error {
			_, _ = c.Write(c.server.poem)
			if _, err := io.Copy(io.Discard, c.TCPConn); err != nil {
				return c.drop()
			}
			return c.finish()
		}}, "closes-after-poem"),
		faulty("closes-by-reset", "closes by a reset", poetryServer{handle: func(c *client) error {
			_, _ = c.Write(c.server.poem)
			return c.reset()
		}}, "closes-after-poem", "delivers-to-late-reader"),
		faulty("never-ends", "sends the poem again and again", poetryServer{handle: func(c *client) error {
			for {
				if _, err := c.Write(c.server.poem); err != nil || len(c.server.poem) == 0 {
					return c.drop()
				}
			}
		}}, "closes-after-poem", "sends-exact-poem"),
		faulty("waits-with-empty-poem", "does not close where there is nothing to send", poetryServer{handle: func(c *client) error {
			if len(c.server.poem) == 0 {
				_, _ = io.Copy(io.Discard, c.TCPConn)
				return c.drop()
			}
			return send(c)
		}}, "serves-empty-poem"),
		faulty("refuses-empty-poem", "does not start with an empty poem", poetryServer{load: func(p *target.Process) ([]byte, error) {
			poem, err := p.ReadPoem()
			if err == nil && len(poem) == 0 {
				err = errors.New("the poem is empty")
			}
			return poem, err
		}}, "serves-empty-poem"),
		faulty("fails-with-empty-poem", "dies when it serves an empty poem", poetryServer{handle: func(c *client) error {
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

// deliveryFaults: statements 5, 12 and 16.
func deliveryFaults() []Peer {
	return []Peer{
		faulty("drops-what-does-not-fit", "writes what the buffers take and forgets the rest", poetryServer{handle: func(c *client) error {
			if err := c.SetWriteDeadline(soon(50 * time.Millisecond)); err != nil {
				return c.drop()
			}
			_, _ = c.Write(c.server.poem)
			return c.finish()
		}}, "delivers-to-late-reader"),
		faulty("skips-what-does-not-fit", "goes on behind what the buffers did not take", poetryServer{handle: func(c *client) error {
			for rest := c.server.poem; len(rest) > 0; rest = rest[min(len(rest), 64<<10):] {
				if err := c.SetWriteDeadline(soon(20 * time.Millisecond)); err != nil {
					return c.drop()
				}
				_, _ = c.Write(rest[:min(len(rest), 64<<10)])
			}
			return c.finish()
		}}, "delivers-to-late-reader"),
		faulty("hurries", "gives up on a write that takes a second", poetryServer{handle: writesWithin(time.Second)},
			"delivers-to-late-reader", "gives-up-no-sooner-than-10s"),
		faulty("impatient", "gives up on a client that makes no progress for 5 s", poetryServer{handle: writesWithin(5 * time.Second)},
			"gives-up-no-sooner-than-10s"),
		faulty("total-limit-1s", "gives every client one second", poetryServer{handle: hasInAll(time.Second)},
			"delivers-to-slow-reader", "delivers-to-late-reader"),
		faulty("total-limit-5s", "gives every client five seconds", poetryServer{handle: hasInAll(5 * time.Second)},
			"never-gives-up-on-slow-reader"),
		faulty("total-limit-10s", "gives every client ten seconds", poetryServer{handle: hasInAll(10 * time.Second)},
			"never-gives-up-on-slow-reader"),
		faulty("loses-tail-of-large", "closes by a reset where the poem is large", poetryServer{handle: func(c *client) error {
			_, _ = c.Write(c.server.poem)
			if len(c.server.poem) > 1<<20 {
				return c.reset()
			}
			return c.finish()
		}}, "delivers-large-poem", "delivers-to-late-reader", "delivers-to-slow-reader"),
		faulty("drops-half-closed", "takes a client's end of file for its having gone", poetryServer{handle: func(c *client) error {
			go func() {
				if _, err := c.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
					_ = c.reset()
				}
			}()
			return send(c)
		}}, "delivers-to-half-closed-client"),
		faulty("looks-before-it-sends", "does not serve a client that has closed its sending side", poetryServer{handle: func(c *client) error {
			if err := c.SetReadDeadline(soon(20 * time.Millisecond)); err != nil {
				return c.drop()
			}
			if _, err := c.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
				return c.drop()
			}
			return send(c)
		}}, "serves-small-poem-to-half-closed-client", "delivers-to-half-closed-client"),
	}
}

// hasInAll sends the poem with a time-out for all of it.
func hasInAll(d time.Duration) func(*client) error {
	return func(c *client) error {
		if err := c.SetWriteDeadline(soon(d)); err != nil {
			return c.drop()
		}
		if _, err := c.Write(c.server.poem); err != nil {
			return c.drop()
		}
		return c.finish()
	}
}

// clientFaults: statements 6, 9, 10 and 11.
func clientFaults() []Peer {
	return []Peer{
		faulty("serves-once", "serves the first client only", poetryServer{first: 1}, "sends-same-poem-every-time"),
		faulty("serves-ten", "serves the first ten clients only", poetryServer{first: 10}, "sends-same-poem-every-time"),
		faulty("serves-a-hundred", "serves the first hundred clients only", poetryServer{first: 100}, "sends-same-poem-every-time"),
		faulty("ends-after-one", "ends after the first client", poetryServer{handle: func(c *client) error {
			_ = send(c)
			return errors.New("done")
		}}, "sends-same-poem-every-time", "survives-close-before-poem"),
		faulty("reads-file-once", "leaves its file at the end for the next client", poetryServer{handle: func(c *client) error {
			if c.number > 1 {
				return c.finish()
			}
			return send(c)
		}}, "sends-same-poem-every-time", "sends-exact-poem"),
		faulty("appends", "adds the poem to a buffer that it never clears", poetryServer{handle: func(c *client) error {
			for range min(c.number, 3) {
				if _, err := c.Write(c.server.poem); err != nil {
					return c.drop()
				}
			}
			return c.finish()
		}}, "sends-same-poem-every-time", "sends-exact-poem"),
		faulty("alternates", "sends every 16th client a cut poem", poetryServer{handle: func(c *client) error {
			poem := c.server.poem
			if c.number%16 == 0 {
				poem = poem[:len(poem)/2]
			}
			return c.sends(poem)
		}}, "sends-same-poem-every-time"),
		faulty("shares-place", "keeps one place in the poem for all clients that are there", poetryServer{handle: func(c *client) error {
			s := c.server
			if s.open() == 1 {
				s.cursor.Store(0)
			}
			for {
				const piece = 16 << 10
				at := int(s.cursor.Add(piece)) - piece
				if at >= len(s.poem) {
					return c.finish()
				}
				if _, err := c.Write(s.poem[at:min(len(s.poem), at+piece)]); err != nil {
					return c.drop()
				}
			}
		}}, "serves-side-by-side"),
		faulty("echoes", "sends back what the client sends", poetryServer{handle: func(c *client) error {
			if err := c.SetReadDeadline(soon(20 * time.Millisecond)); err != nil {
				return c.drop()
			}
			input := make([]byte, 2048)
			n, _ := c.Read(input)
			return c.sends(append(input[:n:n], c.server.poem...))
		}}, "ignores-client-bytes"),
		faulty("obeys", "takes what the client sends for a command", poetryServer{handle: func(c *client) error {
			if err := c.SetReadDeadline(soon(20 * time.Millisecond)); err != nil {
				return c.drop()
			}
			if n, _ := c.Read(make([]byte, 2048)); n > 4 {
				return c.sends([]byte("HTTP/1.0 400 Bad Request\r\n\r\n"))
			}
			return send(c)
		}}, "ignores-client-bytes"),
		faulty("takes-offence", "closes the connection of a client that sends something", poetryServer{handle: func(c *client) error {
			if err := c.SetReadDeadline(soon(20 * time.Millisecond)); err != nil {
				return c.drop()
			}
			if n, _ := c.Read(make([]byte, 2048)); n > 0 {
				return c.finish()
			}
			return send(c)
		}}, "ignores-client-bytes"),
		faulty("dies-of-input", "dies of input that is not UTF-8", poetryServer{handle: func(c *client) error {
			if err := c.SetReadDeadline(soon(20 * time.Millisecond)); err != nil {
				return c.drop()
			}
			input := make([]byte, 2048)
			if n, _ := c.Read(input); n > 0 && input[0] == 0xFF {
				return errors.New("invalid start byte")
			}
			return send(c)
		}}, "ignores-client-bytes"),
		faulty("limits-input", "drops a client that has sent more than 4 KiB", poetryServer{handle: func(c *client) error {
			if err := c.SetReadDeadline(soon(50 * time.Millisecond)); err != nil {
				return c.drop()
			}
			if n, _ := io.ReadFull(c, make([]byte, 4<<10+1)); n > 4<<10 {
				return c.drop()
			}
			return send(c)
		}}, "ignores-client-bytes"),
		faulty("destroys-talkers", "resets a client that sends more than 4 KiB while it gets the poem", poetryServer{handle: func(c *client) error {
			go func() {
				if n, _ := io.CopyN(io.Discard, c.TCPConn, 4<<10+1); n > 4<<10 {
					_ = c.reset()
				}
			}()
			return send(c)
		}}, "delivers-to-client-that-goes-on-sending"),
		faulty("four-workers", "serves four clients at a time", poetryServer{atATime: 4},
			"serves-many-at-once", "holds-1000-connections", "serves-while-others-stall"),
		faulty("five-hundred-clients", "turns away the 501st client at a time", poetryServer{handle: func(c *client) error {
			if c.server.open() > 500 {
				return c.drop()
			}
			return send(c)
		}}, "holds-1000-connections"),
		faulty("fixed-table", "serves 256 clients at a time", poetryServer{atATime: 256}, "holds-1000-connections"),
	}
}
