package poetryserver

import (
	"time"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

const (
	oneAfterAnother = 1000 // clients one after another
	sideBySide      = 6    // clients that read a large poem at the same time
	manyAtOnce      = 10   // clients that must all be served at the same time
	stalledClients  = 3

	// repeatFor bounds what is repeated, for programs that take their time.
	repeatFor = 5 * time.Second
)

// manyClients: statements 6, 10 and 11, many clients.
func manyClients() []conformance.Requirement {
	return []conformance.Requirement{{
		Slug: "sends-same-poem-every-time", Level: conformance.Must, Source: source(6),
		Launch: serving(poems.Small), Instance: conformance.Dedicated,
		Statement: "It MUST send the same whole poem on every connection, for as long as it runs.",
		Check: func(c *conformance.Case) {
			n := c.Repeat(10, oneAfterAnother, repeatFor, func(int) { fetch(c) })
			c.Note("%d clients were served, one after another", n)
		},
	}, {
		Slug: "serves-side-by-side", Level: conformance.Must, Source: source(6),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated, Heavy: true,
		Statement: "It MUST send the whole poem to each of several clients that read at the same time.",
		Check: func(c *conformance.Case) {
			c.Precondition("a client alone gets the poem", func() { fetch(c) })
			c.Each(sideBySide, func(i int) {
				conn := c.Dial(conformance.Narrow())
				expectWhole(c, match(c, conn, poem(c), conformance.Pace{Chunk: (4 + i) * poems.KiB}))
			})
		},
	}, {
		Slug: "serves-many-at-once", Level: conformance.Should, Source: source(10),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated, Heavy: true,
		Statement: "It SHOULD serve many clients at once.",
		Check: func(c *conformance.Case) {
			conns := make([]*conformance.Conn, manyAtOnce)
			for i := range conns {
				conns[i] = beginReading(c)
			}
			c.Each(manyAtOnce, func(i int) { expectServed(c, finishReading(c, conns[i])) })
		},
	}, {
		Slug: "serves-while-others-stall", Level: conformance.Should, Source: source(10),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated,
		Statement: "A client that does not read SHOULD NOT delay another.",
		Check: func(c *conformance.Case) {
			c.Precondition("a client alone gets the poem", func() { serve(c) })
			for range stalledClients {
				c.Dial(conformance.Narrow())
			}
			for range stalledClients {
				beginReading(c)
			}
			serve(c)
		},
	}, on(poems.KiB128).Holds1000Connections(source(11))}
}
