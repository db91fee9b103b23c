package peers

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"scansion/conformance"
	"scansion/conformance/target"
)

const poetryServerRole conformance.Role = "poetry-server"

// PoetryServers returns the poetry servers: the faultless, the odd, the faulty.
func PoetryServers() []Peer {
	var all []Peer
	for _, list := range [][]Peer{goodServers(), byteFaults(), closeFaults(), deliveryFaults(), clientFaults(), abortFaults(), processFaults()} {
		all = append(all, list...)
	}
	for i := range all {
		all[i].Role = poetryServerRole
	}
	return all
}

// faulty is a poetry server with a fault.
func faulty(name, about string, s poetryServer, catches ...string) Peer {
	return Peer{Name: name, About: about, Main: s.main, Catches: catches}
}

// odd is a poetry server that is unusual, and within its rights but for SHOULDs.
func odd(name, about string, s poetryServer, catches ...string) Peer {
	return Peer{Name: name, About: about, Main: s.main, Catches: catches, Odd: true}
}

func goodServers() []Peer {
	return []Peer{
		{Name: "faultless", About: "does everything right", Main: poetryServer{}.main},
		odd("byte-at-a-time", "sends the first 512 bytes in segments of one byte", poetryServer{handle: func(c *client) error {
			poem := c.server.poem
			first := min(len(poem), 512)
			for i := range first {
				if _, err := c.Write(poem[i : i+1]); err != nil {
					return c.drop()
				}
			}
			return c.sends(poem[first:])
		}}),
		odd("late", "begins 300 ms after the client has connected", poetryServer{handle: func(c *client) error {
			c.pause(300 * time.Millisecond)
			return send(c)
		}}),
		odd("late-close", "closes 300 ms after the last byte", poetryServer{handle: func(c *client) error {
			if _, err := c.Write(c.server.poem); err != nil {
				return c.drop()
			}
			c.pause(300 * time.Millisecond)
			return c.finish()
		}}),
		odd("slow-to-start", "listens 500 ms after its start", poetryServer{load: func(p *target.Process) ([]byte, error) {
			pause(p.Context(), nil, 500*time.Millisecond)
			return p.ReadPoem()
		}}),
		odd("noisy", "writes 100 KB to its output for each client", poetryServer{handle: func(c *client) error {
			fmt.Fprintf(c.server, "%0100000d\n", c.number)
			return send(c)
		}}),
		odd("small-pieces", "sends in pieces of 1,000 bytes", poetryServer{handle: func(c *client) error {
			for rest := c.server.poem; len(rest) > 0; {
				n, err := c.Write(rest[:min(len(rest), 1000)])
				if err != nil {
					return c.drop()
				}
				rest = rest[n:]
			}
			return c.finish()
		}}),
		odd("paced", "sends 20 bytes every 10 ms, as slowpoetry does", poetryServer{handle: func(c *client) error {
			for rest := c.server.poem; len(rest) > 0; c.pause(10 * time.Millisecond) {
				n, err := c.Write(rest[:min(len(rest), 20)])
				if err != nil {
					return c.drop()
				}
				rest = rest[n:]
			}
			return c.finish()
		}}),
		odd("small-buffers", "keeps its send buffer small", poetryServer{handle: func(c *client) error {
			if err := c.SetWriteBuffer(4 << 10); err != nil {
				return c.drop()
			}
			return send(c)
		}}),
		odd("lingers", "keeps its end of a finished connection for the client to close", poetryServer{handle: func(c *client) error {
			if _, err := c.Write(c.server.poem); err != nil {
				return c.drop()
			}
			if err := c.CloseWrite(); err != nil {
				return c.drop()
			}
			_, _ = c.Read(make([]byte, 1)) // end of file, or the end of the program
			return c.finish()
		}}),
		odd("patient-for-15s", "gives up on a client that makes no progress for 15 s", poetryServer{handle: writesWithin(15 * time.Second)}),
		odd("plain-close", "closes without reading what the client has sent, as simple servers do", poetryServer{handle: func(c *client) error {
			_, _ = c.Write(c.server.poem)
			return c.drop()
		}}, "delivers-to-client-that-sent", "delivers-to-client-that-goes-on-sending"),
		odd("line-by-line", "writes each line by itself, with Nagle's algorithm, and closes without reading", poetryServer{handle: func(c *client) error {
			if err := c.SetNoDelay(false); err != nil {
				return c.drop()
			}
			for line := range bytes.Lines(c.server.poem) {
				if _, err := c.Write(line); err != nil {
					break
				}
			}
			return c.drop()
		}}, "delivers-to-client-that-sent", "delivers-to-client-that-goes-on-sending"),
		odd("fills-a-pool", "keeps a buffer of 64 KiB for each of the first thousand clients", poetryServer{handle: func(c *client) error {
			if c.number <= 1000 {
				c.server.Hold(64 << 10)
			}
			return send(c)
		}}),
		odd("collects-late", "frees what clients leave behind once it has come to 32 MiB", poetryServer{handle: func(c *client) error {
			const left, most = 64 << 10, 512
			c.server.Hold(left)
			if c.number%most == 0 {
				c.server.Hold(-left * most)
			}
			return send(c)
		}}),
		odd("serial", "serves one client at a time", poetryServer{serial: true},
			"serves-many-at-once", "serves-while-others-stall", "holds-1000-connections"),
		odd("serial-and-lingering", "serves one client at a time, and waits for each to close", poetryServer{serial: true, handle: func(c *client) error {
			if _, err := c.Write(c.server.poem); err != nil {
				return c.drop()
			}
			if err := c.CloseWrite(); err != nil {
				return c.drop()
			}
			_, _ = io.Copy(io.Discard, c.TCPConn)
			return c.drop()
		}}, "serves-many-at-once", "serves-while-others-stall", "holds-1000-connections"),
		odd("serial-and-paced", "serves one client at a time, 20 bytes every 5 ms", poetryServer{serial: true, handle: func(c *client) error {
			for rest := c.server.poem; len(rest) > 0; c.pause(5 * time.Millisecond) {
				n, err := c.Write(rest[:min(len(rest), 20)])
				if err != nil {
					return c.drop()
				}
				rest = rest[n:]
			}
			return c.drop()
		}}, "serves-many-at-once", "serves-while-others-stall", "holds-1000-connections"),
	}
}

// writesWithin sends the poem with a time-out for each 64 KiB.
func writesWithin(d time.Duration) func(*client) error {
	return func(c *client) error {
		for rest := c.server.poem; len(rest) > 0; {
			if err := c.SetWriteDeadline(soon(d)); err != nil {
				return c.drop()
			}
			n, err := c.Write(rest[:min(len(rest), 64<<10)])
			if err != nil {
				return c.drop()
			}
			rest = rest[n:]
		}
		return c.finish()
	}
}
