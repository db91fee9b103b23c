package poetryclient

import (
	"fmt"
	"time"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

// verse is one of several poems, each of which is told from the others at every place.
func verse(number int) []byte {
	names := []string{"first", "second", "third", "fourth"}
	return poems.Generated(300+50*number, "the "+names[number-1]+" voice sings line %")
}

func ordinal(i int) string { return []string{"first", "second", "third", "fourth"}[i] }

// severalPoems: statements 4 and 8.
func severalPoems() []conformance.Requirement {
	return []conformance.Requirement{{
		Slug: "hands-on-every-poem-once", Level: conformance.Must, Source: source(4, "Part 5"),
		Statement: "It MUST, given several addresses, hand on every poem once.",
		Check: func(c *conformance.Case) {
			f := fetch(c, sendWhole(verse(1)), sendWhole(verse(2)), sendWhole(verse(3)))
			expectExactly(c, f, verse(1), verse(2), verse(3))
		},
	}, {
		Slug: "keeps-poems-apart", Level: conformance.Must, Source: source(4, "Part 5"),
		Statement: "It MUST keep poems apart that come at the same time, piece by piece.",
		Check: func(c *conformance.Case) {
			const every = 15 * time.Millisecond
			f := fetch(c, sendPieces(c, verse(1), 20, every), sendPieces(c, verse(2), 25, every), sendPieces(c, verse(3), 30, every))
			expectEach(c, f, verse(1), verse(2), verse(3))
		},
	}, {
		Slug: "hands-on-equal-poems", Level: conformance.Must, Source: source(4, "Part 5"),
		Statement: "It MUST hand on every poem also where two servers have the same one.",
		Check: func(c *conformance.Case) {
			f := fetch(c, sendWhole(verse(1)), sendWhole(verse(1)))
			expectEach(c, f, verse(1), verse(1))
		},
	}, {
		Slug: "hands-on-poems-of-slow-and-fast-servers", Level: conformance.Must, Source: source(4, "Part 5"),
		Statement: "It MUST hand on every poem where one server is slow and another has finished long before.",
		Check: func(c *conformance.Case) {
			f := fetch(c, sendPieces(c, verse(1), 60, 250*time.Millisecond), func(conn *conformance.Conn) {
				c.Pause(100 * time.Millisecond) // in which the other has begun
				sendWhole(verse(2))(conn)
			})
			expectEach(c, f, verse(1), verse(2))
		},
	}, {
		Slug: "downloads-side-by-side", Level: conformance.Should, Source: source(8, "Part 5"),
		Statement: "It SHOULD download from all addresses at once: the time is the slowest server's, not the sum.",
		Check: func(c *conformance.Case) {
			// Each server waits with its poem until the client has connected to all of them.
			const servers = 3
			var (
				connected = make(chan bool, servers)
				all       = make(chan struct{}) // closed when they have, or one has not
				addrs     []string
				parts     []part
				missing   int
			)
			for i := range servers {
				listener := c.Listen("server")
				addrs = append(addrs, listener.Addr())
				parts = append(parts, func(*conformance.Program) {
					var conn *conformance.Conn
					func() {
						defer func() { connected <- conn != nil }() // also if the case is over
						conn = listener.TryAccept()
					}()
					if <-all; conn != nil {
						sendWhole(verse(i + 1))(conn)
					}
				})
			}
			parts = append(parts, func(*conformance.Program) {
				defer close(all)
				for range servers {
					if !<-connected {
						missing++
					}
				}
			})
			play(c, addresses(addrs...), parts...)
			switch {
			case missing == servers:
				c.Inconclusive("the program does not connect")
			case missing > 0:
				c.Wrong(fmt.Sprintf("connections to all of %d servers, none of which has sent its poem yet", servers),
					fmt.Sprintf("connections to %d of them", servers-missing))
			}
		},
	}}
}
