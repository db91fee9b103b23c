package poetryserver

import (
	"fmt"
	"time"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

const (
	// lateBy is how late a late reader starts; writes with a time-out of a second
	// are common.
	lateBy = 1200 * time.Millisecond

	// stalledFor is how long a client does nothing that a server may not yet give
	// up on, with a margin for the machine below the limit of 10 s.
	stalledFor   = 8 * time.Second
	giveUpMargin = 9500 * time.Millisecond

	// slowFor is how long a client reads slowly, a piece after each slowStep: longer
	// than limits in use for a whole transfer, of which 10 s is a common one.
	slowFor  = 11500 * time.Millisecond
	slowStep = 300 * time.Millisecond

	// slowReadEvery is how often a slow reader reads, by which the poem takes it some
	// 2.4 s: the end of it may be in buffers half-way, and limits of a second are to show.
	slowReadEvery = 6 * time.Millisecond
	slowReadLasts = 2400 * time.Millisecond

	halfClosedClients = 25
)

// delivery: statements 5, 12 (for what clients send, see input) and 16, every byte
// delivered before the close, to clients of all kinds.
func delivery() []conformance.Requirement {
	return []conformance.Requirement{{
		Slug: "delivers-large-poem", Level: conformance.Must, Source: source(5), Launch: serving(poems.SixtyFourMiB), Heavy: true,
		Statement: "It MUST NOT close before every byte of a large poem (64 MiB) is delivered.",
		Check: func(c *conformance.Case) {
			expectDelivery(c, c.Dial(conformance.DialOptions{}), poem(c), conformance.Pace{})
		},
	}, {
		Slug: "delivers-to-late-reader", Level: conformance.Must, Source: source(5),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated, Lasts: lateBy,
		Statement: "It MUST deliver a poem larger than all buffers whole to a client that starts reading late.",
		Check: func(c *conformance.Case) {
			conn := c.Dial(conformance.Narrow())
			c.Pause(lateBy)
			expectDelivery(c, conn, poem(c), conformance.Pace{})
		},
	}, {
		Slug: "delivers-to-slow-reader", Level: conformance.Must, Source: source(5),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated, Lasts: slowReadLasts,
		Statement: "It MUST deliver a poem larger than all buffers whole to a client that reads slowly.",
		Check: func(c *conformance.Case) {
			expectDelivery(c, c.Dial(conformance.Narrow()), poem(c), conformance.Pace{Every: slowReadEvery})
		},
	}, {
		Slug: "never-gives-up-on-slow-reader", Level: conformance.Must, Source: source(16),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated, Lasts: slowFor,
		Statement: "It MUST NOT give up on a client that reads slowly, however long that takes.",
		Check: func(c *conformance.Case) {
			conn := beginReading(c)
			start := c.Clock()
			// Slowly for as long as limits on a whole transfer last, with so much left
			// then that no buffer holds it; the rest as it comes.
			rest := poem(c)[1:]
			for c.Clock().Sub(start) < slowFor && len(rest) > len(poem(c))/2 {
				r := match(c, conn, rest, conformance.Pace{Chunk: 32 * poems.KiB, Until: 64 * poems.KiB})
				if r.Same < 64*poems.KiB {
					c.Wrong(fmt.Sprintf("the rest of the poem, %d bytes, however slowly it is read", len(rest)),
						fmt.Sprintf("%v, %v after the start", r, c.Clock().Sub(start).Round(time.Millisecond)))
				}
				rest = rest[r.Same:]
				c.Pause(slowStep)
			}
			expectDelivery(c, conn, rest, conformance.Pace{})
		},
	}, {
		Slug: "gives-up-no-sooner-than-10s", Level: conformance.Must, Source: source(16),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated, Lasts: stalledFor,
		Statement: "It MUST NOT give up on a client that makes no progress sooner than after 10 seconds; from then on it MAY.",
		Check: func(c *conformance.Case) {
			conn := beginReading(c)
			start := c.Clock() // the server has made progress up to now
			c.Pause(stalledFor)
			if late := c.Clock().Sub(start); late > giveUpMargin {
				c.Inconclusive("on this machine, now, a pause of %v took %v, after which a server may give up", stalledFor, late)
			}
			expectDelivery(c, conn, poem(c)[1:], conformance.Pace{})
		},
	}, {
		Slug: "delivers-to-half-closed-client", Level: conformance.Should, Source: source(12),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated,
		Statement: "It SHOULD deliver the poem whole, with an orderly close, to a client that has closed its sending side.",
		Check: func(c *conformance.Case) {
			conn := c.Dial(conformance.Narrow())
			conn.CloseWrite()
			c.Pause(100 * time.Millisecond)
			expectDelivery(c, conn, poem(c), conformance.Pace{})
		},
	}, {
		Slug: "serves-small-poem-to-half-closed-client", Level: conformance.Should, Source: source(12), Launch: serving(poems.Small),
		Statement: "It SHOULD serve a small poem, too, to a client that has closed its sending side.",
		Check: func(c *conformance.Case) {
			// Whether the server learns of the end before it has written is a race.
			c.Repeat(3, halfClosedClients, repeatFor, func(int) {
				conn := c.Dial(conformance.DialOptions{})
				conn.CloseWrite()
				expectDelivery(c, conn, poem(c), conformance.Pace{})
			})
		},
	}}
}
