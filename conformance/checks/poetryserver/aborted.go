package poetryserver

import (
	"time"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

const (
	abortedEach  = 40  // of each kind
	manyAborted  = 150 // more than a pool has workers
	clientsAfter = 3   // that must be served afterwards
)

// abortedClients: statement 7, clients that go before they have the poem.
func abortedClients() []conformance.Requirement {
	return []conformance.Requirement{
		survives("survives-close-before-poem", "before the poem, by closing", abortedEach, func(c *conformance.Case) {
			c.Dial(conformance.Narrow()).Close()
		}),
		survives("survives-reset-before-poem", "before the poem, by a reset", abortedEach, func(c *conformance.Case) {
			c.Dial(conformance.Narrow()).Reset()
		}),
		survives("survives-close-mid-poem", "in the middle of the poem, by closing", abortedEach, func(c *conformance.Case) {
			conn := c.Dial(conformance.Narrow())
			if r := match(c, conn, poem(c), conformance.Pace{Chunk: poems.KiB, Until: 2 * poems.KiB}); r.Same < 2*poems.KiB {
				c.Wrong("the first bytes of the poem, for a client that will leave", r.String())
			}
			conn.Close()
		}),
		survives("survives-reset-mid-poem", "in the middle of the poem, by a reset", abortedEach, func(c *conformance.Case) {
			beginReading(c).Reset()
		}),
		survives("survives-half-close-then-reset", "by a reset after it has closed its sending side", abortedEach, func(c *conformance.Case) {
			conn := c.Dial(conformance.Narrow())
			conn.CloseWrite()
			conn.Reset()
		}),
		survives("survives-many-aborted-clients", "in great numbers", manyAborted, func(c *conformance.Case) {
			beginReading(c).Reset()
		}),
	}
}

// survives is the requirement that clients that leave do not hurt those that
// come after them.
func survives(slug, how string, times int, leave func(*conformance.Case)) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: conformance.Must, Source: source(7),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated,
		Statement: "It MUST keep serving after a client has gone " + how + ".",
		Check: func(c *conformance.Case) {
			c.Precondition("a client that stays gets the poem", func() { serve(c) })
			n := c.Repeat(3, times, repeatFor, func(int) { leave(c) })
			c.Note("%d clients have left", n)
			for range clientsAfter {
				serve(c)
			}
			// A server may learn of a reset, and die of it, only at its next write.
			c.Pause(100 * time.Millisecond)
			serve(c)
		},
	}
}
