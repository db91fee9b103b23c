package poetryserver

import (
	"fmt"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

// connection: statements 1, 2, 4 and 8, the course of one connection.
func connection() []conformance.Requirement {
	return []conformance.Requirement{{
		Slug: "accepts-connections", Level: conformance.Must, Source: source(1), Launch: serving(poems.Small),
		Statement: "A poetry server MUST accept TCP connections at its address.",
		Check: func(c *conformance.Case) {
			for range 3 {
				switch r := c.Dial(conformance.DialOptions{}).Match(poem(c), conformance.Pace{}); {
				case r.Same == 0 && r.End == conformance.RST:
					c.Wrong("a connection that is accepted", "a reset before the first byte")
				case r.End == conformance.Silent || r.Stalls:
					return // it is connected, which is all that is asked here
				}
			}
		},
	}, {
		Slug: "sends-without-waiting", Level: conformance.Must, Source: source(2), Launch: serving(poems.Small),
		Statement: "It MUST start sending without waiting for a single byte from the client.",
		Check: func(c *conformance.Case) {
			conn := c.Dial(conformance.DialOptions{})
			if n, end := conn.Read(make([]byte, 1)); n == 0 {
				c.Wrong("the poem's first byte, though the client sends nothing", end.String())
			}
		},
	}, {
		Slug: "closes-after-poem", Level: conformance.Must, Source: source(4), Launch: serving(poems.Small),
		Statement: "It MUST close the connection after the last byte, so that the client reads end of file.",
		Check: func(c *conformance.Case) {
			// Whatever it sends: what that should be is another requirement.
			conn, size := c.Dial(conformance.DialOptions{}), len(poem(c))
			for got, buf := 0, make([]byte, 64*poems.KiB); ; {
				n, end := conn.Read(buf)
				got += n
				switch {
				case end == conformance.FIN:
					return
				case end != conformance.Open:
					c.Wrong("an orderly close after the last byte", fmt.Sprintf("%v after %d bytes", end, got))
				case got > size+poems.MiB:
					c.Wrong(fmt.Sprintf("an orderly close after the poem's %d bytes", size), fmt.Sprintf("no end after %d bytes", got))
				}
			}
		},
	}, {
		Slug: "serves-empty-poem", Level: conformance.Must, Source: source(8), Launch: serving(poems.Empty),
		Statement: "It MUST serve an empty poem: zero bytes, then an orderly close.",
		Check: func(c *conformance.Case) {
			for range 3 {
				expectDelivery(c, c.Dial(conformance.DialOptions{}), poem(c), conformance.Pace{})
			}
		},
	}}
}
