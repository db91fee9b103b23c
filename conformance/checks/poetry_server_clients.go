package checks

import (
	"fmt"
	"sync"
	"time"

	"scansion/conformance"
)

const (
	oneAfterAnother = 1000 // clients one after another
	sideBySide      = 6    // clients that read a large poem at the same time
	manyAtOnce      = 10   // clients that must all be served at the same time
	stalledClients  = 3
	heldConnections = 1000
	fullyRead       = 50 // of the held connections, read to the end
	// lanes is how many connections are made at a time where many are wanted:
	// fewer than most backlogs. Where one is shorter, lost connections are made again.
	lanes = 4

	// repeatFor bounds what is repeated, for targets that take their time.
	repeatFor = 5 * time.Second
)

// serverClients: statements 6, 10 and 11, many clients.
func serverClients() []conformance.Requirement {
	return []conformance.Requirement{{
		ID: "sends-same-poem-every-time", Level: conformance.Must, Source: source(6), Fixture: small, Alone: true,
		Statement: "It MUST send the same whole poem on every connection, for as long as it runs.",
		Check: func(c *conformance.Case) {
			n := c.Repeat(10, oneAfterAnother, repeatFor, func(int) { fetch(c) })
			c.Note("%d clients were served, one after another", n)
		},
	}, {
		ID: "serves-side-by-side", Level: conformance.Must, Source: source(6), Fixture: eightMiB, Alone: true, Heavy: true,
		Statement: "It MUST send the whole poem to each of several clients that read at the same time.",
		Check: func(c *conformance.Case) {
			c.Control("a client alone gets the poem", func() { fetch(c) })
			c.Each(sideBySide, func(i int) {
				conn := c.Dial(conformance.Narrow())
				expectWhole(c, receive(c, conn, conformance.Pace{Chunk: (4 + i) * kib}))
			})
		},
	}, {
		ID: "serves-many-at-once", Level: conformance.Should, Source: source(10), Fixture: eightMiB, Alone: true, Heavy: true,
		Statement: "It SHOULD serve many clients at once.",
		Check: func(c *conformance.Case) {
			conns := make([]*conformance.Conn, manyAtOnce)
			for i := range conns {
				conns[i] = beginReading(c, conformance.Narrow())
			}
			c.Each(manyAtOnce, func(i int) { expectServed(c, finishReading(c, conns[i])) })
		},
	}, {
		ID: "serves-while-others-stall", Level: conformance.Should, Source: source(10), Fixture: eightMiB, Alone: true,
		Statement: "A client that does not read SHOULD NOT delay another.",
		Check: func(c *conformance.Case) {
			c.Control("a client alone gets the poem", func() { served(c) })
			for range stalledClients {
				c.Dial(conformance.Narrow())
			}
			for range stalledClients {
				beginReading(c, conformance.Narrow())
			}
			served(c)
		},
	}, {
		ID: "holds-1000-connections", Level: conformance.Should, Source: source(11), Fixture: medium, Alone: true, Heavy: true,
		Descriptors: 2*heldConnections + 100,
		Statement:   "It SHOULD hold at least 1,000 connections at the same time.",
		Check: func(c *conformance.Case) {
			var (
				conns = make([]*conformance.Conn, heldConnections)
				mu    sync.Mutex
				next  int
			)
			c.Each(lanes, func(int) {
				for {
					mu.Lock()
					i := next
					next++
					mu.Unlock()
					if i >= heldConnections {
						return
					}
					conns[i] = hold(c, i)
				}
			})
			for range fullyRead {
				i := c.Rand().IntN(heldConnections)
				if conns[i] == nil {
					continue // drawn before
				}
				r := finishReading(c, conns[i])
				expectServed(c, r)
				if r.Stalls {
					break // all of them would take too long
				}
				conns[i].Close()
				conns[i] = nil
			}
		},
	}}
}

// hold connects one of many clients and sees it served its first byte.
func hold(c *conformance.Case, i int) *conformance.Conn {
	conn := c.Dial(conformance.DialOptions{Segment: 536, Window: 2 * kib})
	if n, end := conn.Read(make([]byte, 1)); n == 0 {
		c.Wrong(fmt.Sprintf("the first byte of the poem for client %d, while %d others are connected", i+1, i),
			end.String())
	}
	return conn
}
