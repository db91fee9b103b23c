package poetryserver

import (
	"fmt"
	"time"

	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// Requirements that go together.
var (
	descriptors = []string{"frees-descriptors", "frees-descriptors-of-aborted-clients"}
	memory      = []string{"frees-memory", "frees-memory-of-aborted-clients"}
)

// descriptorFaults: statement 13, of descriptors.
func descriptorFaults() []peers.Peer {
	keepsEvery := func(nth int, name, which string, catches ...string) peers.Peer {
		return faulty(name, fmt.Sprintf("never closes its end %s", which), server{handle: func(c *client) error {
			if c.number%nth != 0 {
				return send(c)
			}
			_ = c.halfClose() // whether the client takes it or not
			return c.keep()
		}}, catches...)
	}
	return []peers.Peer{
		keepsEvery(1, "leaks-descriptors", "of a connection", descriptors...),
		keepsEvery(10, "leaks-some-descriptors", "for every tenth client", "frees-descriptors"),
		keepsEvery(20, "leaks-few-descriptors", "for every twentieth client", descriptors...),
		faulty("leaks-aborted-descriptors", "never closes its end if the client has left",
			notices(func(c *client, _ error) error { return c.keep() }), "frees-descriptors-of-aborted-clients"),
		onSockets(asksTheKernel, faulty("leaks-vanished-descriptors", "never closes its end if the client had gone before it was accepted", server{handle: func(c *client) error {
			c.pause(5 * time.Millisecond) // as a busy program does
			if c.peer() != nil {
				return c.keep()
			}
			return send(c)
		}}, "frees-descriptors-of-aborted-clients")),
	}
}

// memoryFaults: statement 13, of memory.
func memoryFaults() []peers.Peer {
	holds := func(bytes int64, name, about string) peers.Peer {
		return faulty(name, about, server{handle: func(c *client) error {
			c.server.Hold(bytes)
			return send(c)
		}}, memory...)
	}
	return []peers.Peer{
		holds(256<<10, "keeps-some", "keeps 256 KiB for each client"),
		holds(1<<20, "keeps-buffers", "keeps a megabyte for each client"),
		faulty("keeps-poems", "keeps a copy of the poem for each client that has left", server{
			load: func(p *target.Process) ([]byte, error) {
				p.Hold(1 << 20)
				return loadPoem(p)
			},
			handle: writer{failed: func(c *client, _ error) error {
				c.server.Hold(int64(len(c.server.poem)))
				return c.drop()
			}}.send,
		}, "frees-memory-of-aborted-clients"),
	}
}
