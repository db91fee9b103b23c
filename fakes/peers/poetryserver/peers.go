// Package poetryserver holds poetry servers with known verdicts.
package poetryserver

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"scansion/conformance"
	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// Peers returns the poetry servers: the faultless one, the variants, the faulty.
func Peers() []peers.Peer {
	return slices.Concat(
		conforming(),
		byteFaults(), closeFaults(), emptyPoemFaults(),
		deliveryFaults(), timeFaults(), clientFaults(), inputFaults(), limitFaults(),
		abortFaults(), descriptorFaults(), memoryFaults(),
		signalFaults(), startFaults(), portFaults(),
	)
}

// faulty is a poetry server with a fault.
func faulty(name, about string, s server, catches ...string) peers.Peer {
	return program(name, about, s.main, catches...)
}

// variant is a poetry server that is unusual, and within its rights but for SHOULDs.
func variant(name, about string, s server, catches ...string) peers.Peer {
	p := faulty(name, about, s, catches...)
	p.Variant = true
	return p
}

// program is a poetry server with a main function of its own, which has a fault.
func program(name, about string, main func(*target.Process) error, catches ...string) peers.Peer {
	return peers.Peer{
		Name: name, About: about, Role: "poetry-server", Catches: catches,
		Target: func(network conformance.Network) conformance.Target {
			return target.NewInProcess(name, network, main)
		},
	}
}

// onSockets marks a peer that means something on real sockets only.
func onSockets(why string, p peers.Peer) peers.Peer {
	p.Kernel = why
	return p
}

// Requirements that go together.
var (
	sideBySide = []string{"serves-many-at-once", "serves-while-others-stall", "holds-1000-connections"}
	afterInput = []string{"delivers-to-client-that-sent", "delivers-to-client-that-goes-on-sending"}
)

func conforming() []peers.Peer {
	return []peers.Peer{
		faulty("faultless", "does everything right", server{}),
		variant("byte-at-a-time", "sends the first 512 bytes in segments of one byte", server{handle: func(c *client) error {
			poem := c.server.poem
			first := min(len(poem), 512)
			for i := range first {
				if _, err := c.Write(poem[i : i+1]); err != nil {
					return c.drop()
				}
			}
			return c.sends(poem[first:])
		}}),
		variant("late", "begins 300 ms after the client has connected", server{handle: func(c *client) error {
			c.pause(300 * time.Millisecond)
			return send(c)
		}}),
		variant("late-close", "closes 300 ms after the last byte", server{handle: writer{finish: func(c *client) error {
			c.pause(300 * time.Millisecond)
			return c.finish()
		}}.send}),
		variant("slow-to-start", "listens 500 ms after its start", server{load: func(p *target.Process) ([]byte, error) {
			pause(p.Context(), nil, 500*time.Millisecond)
			return loadPoem(p)
		}}),
		variant("noisy", "writes 100 KB to its output for each client", server{handle: func(c *client) error {
			fmt.Fprintf(c.server, "%0100000d\n", c.number)
			return send(c)
		}}),
		variant("small-pieces", "sends in pieces of 1,000 bytes", server{handle: writer{piece: 1000}.send}),
		variant("paced", "sends 200 bytes every 100 ms, as slowpoetry does", server{handle: writer{piece: 200, every: 100 * time.Millisecond}.send}),
		variant("small-buffers", "keeps its send buffer small", server{handle: func(c *client) error {
			if err := c.SetWriteBuffer(4 << 10); err != nil {
				return c.drop()
			}
			return send(c)
		}}),
		variant("lingers", "keeps its end of a finished connection for the client to close", server{handle: func(c *client) error {
			if c.halfClose() != nil {
				return c.drop()
			}
			_, _ = c.Read(make([]byte, 1)) // end of file, or the end of the program
			return c.finish()
		}}),
		variant("patient-for-15s", "gives up on a client that makes no progress for 15 s", server{handle: writer{within: 15 * time.Second}.send}),
		variant("plain-close", "closes without reading what the client has sent, as simple servers do", server{handle: func(c *client) error {
			_, _ = c.Write(c.server.poem)
			return c.drop()
		}}, afterInput...),
		variant("line-by-line", "writes each line by itself, with Nagle's algorithm, and closes without reading", server{handle: func(c *client) error {
			if err := c.SetNoDelay(false); err != nil {
				return c.drop()
			}
			for line := range bytes.Lines(c.server.poem) {
				if _, err := c.Write(line); err != nil {
					break
				}
			}
			return c.drop()
		}}, afterInput...),
		variant("fills-a-pool", "keeps a buffer of 64 KiB for each of the first thousand clients", server{handle: func(c *client) error {
			if c.number <= 1000 {
				c.server.Hold(64 << 10)
			}
			return send(c)
		}}),
		variant("collects-late", "frees what clients leave behind once it has come to 32 MiB", server{handle: func(c *client) error {
			const left, most = 64 << 10, 512
			c.server.Hold(left)
			if c.number%most == 0 {
				c.server.Hold(-left * most)
			}
			return send(c)
		}}),
		variant("serial", "serves one client at a time", server{serial: true}, sideBySide...),
		variant("serial-and-lingering", "serves one client at a time, and waits for each to close", server{serial: true, handle: func(c *client) error {
			if c.halfClose() != nil {
				return c.drop()
			}
			return c.drain()
		}}, sideBySide...),
		variant("serial-and-paced", "serves one client at a time, 20 bytes every 5 ms", server{
			serial: true, handle: writer{piece: 20, every: 5 * time.Millisecond, finish: (*client).drop}.send,
		}, sideBySide...),
	}
}
