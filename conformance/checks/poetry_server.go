package checks

import (
	"fmt"
	"slices"
	"time"

	"scansion/conformance"
)

const roleServer conformance.Role = "poetry-server"

// PoetryServer returns the catalogue for programs that serve a poem to whoever
// connects (tutorial Parts 11 and 16).
func PoetryServer() conformance.Catalogue {
	requirements := slices.Concat(
		serverConnection(),
		serverBytes(),
		serverDelivery(),
		serverClients(),
		serverAbortedClients(),
		serverResources(),
		serverInput(),
		serverProcess(),
		serverWorkers(),
	)
	for i := range requirements {
		requirements[i].Role = roleServer
		requirements[i].ID = string(roleServer) + "/" + requirements[i].ID
	}
	return conformance.Catalogue{Role: roleServer, Control: small, Requirements: requirements}
}

// source is a statement of section 1 of the specification, from Part 11 of the
// tutorial unless another is named.
func source(statement int, part ...string) conformance.Source {
	s := conformance.Source{Section: fmt.Sprintf("1.%d", statement), Part: "Part 11"}
	if len(part) > 0 {
		s.Part = part[0]
	}
	return s
}

// serverConnection: statements 1 to 4 and 8, the course of one connection.
func serverConnection() []conformance.Requirement {
	return []conformance.Requirement{{
		ID: "accepts-connections", Level: conformance.Must, Source: source(1), Fixture: small,
		Statement: "A poetry server MUST accept TCP connections at its address.",
		Check: func(c *conformance.Case) {
			for range 3 {
				switch r := c.Dial(conformance.DialOptions{}).Match(c.Poem(), conformance.Pace{}); {
				case r.Same == 0 && r.End == conformance.RST:
					c.Wrong("a connection that is accepted", "a reset before the first byte")
				case r.End == conformance.Silent || r.Stalls:
					return // it is connected, which is all that is asked here
				}
			}
		},
	}, {
		ID: "sends-without-waiting", Level: conformance.Must, Source: source(2), Fixture: small,
		Statement: "It MUST start sending without waiting for a single byte from the client.",
		Check: func(c *conformance.Case) {
			conn := c.Dial(conformance.DialOptions{})
			if n, end := conn.Read(make([]byte, 1)); n == 0 {
				c.Wrong("the poem's first byte, though the client sends nothing", end.String())
			}
		},
	}, {
		ID: "closes-after-poem", Level: conformance.Must, Source: source(4), Fixture: small,
		Statement: "It MUST close the connection after the last byte, so that the client reads end of file.",
		Check: func(c *conformance.Case) {
			// Whatever it sends: what that should be is another requirement.
			conn := c.Dial(conformance.DialOptions{})
			for got, buf := 0, make([]byte, 64*kib); ; {
				n, end := conn.Read(buf)
				got += n
				switch {
				case end == conformance.FIN:
					return
				case end != conformance.Open:
					c.Wrong("an orderly close after the last byte", fmt.Sprintf("%v after %d bytes", end, got))
				case got > len(c.Poem())+mib:
					c.Wrong(fmt.Sprintf("an orderly close after the poem's %d bytes", len(c.Poem())), fmt.Sprintf("no end after %d bytes", got))
				}
			}
		},
	}, {
		ID: "serves-empty-poem", Level: conformance.Must, Source: source(8), Fixture: empty,
		Statement: "It MUST serve an empty poem: zero bytes, then an orderly close.",
		Check: func(c *conformance.Case) {
			for range 3 {
				r := receive(c, c.Dial(conformance.DialOptions{}), conformance.Pace{})
				expectWhole(c, r)
				expectOrderlyEnd(c, r)
			}
		},
	}}
}

// receive reads a connection and holds it against the poem.
func receive(c *conformance.Case, conn *conformance.Conn, pace conformance.Pace) conformance.Reading {
	return match(c, conn, c.Poem(), pace)
}

// match reads a connection and holds it against what is due. A target that paces
// its output too much for the case is not judged.
func match(c *conformance.Case, conn *conformance.Conn, due []byte, pace conformance.Pace) conformance.Reading {
	r := conn.Match(due, pace)
	if r.Stalls {
		c.Skip("could not be judged: the target paces its output, %d bytes in %v, and all of %d would take too long; a greater --timeout may help",
			r.Same, r.Took.Round(time.Millisecond), len(r.Want))
	}
	return r
}

// expectWhole fails the case unless exactly the poem came. How the connection
// ended is not looked at.
func expectWhole(c *conformance.Case, r conformance.Reading) {
	if !r.Whole() {
		c.Wrong(fmt.Sprintf("exactly the poem's %d bytes", len(r.Want)), r.String())
	}
}

// expectOrderlyEnd fails the case unless the connection ended by a FIN.
func expectOrderlyEnd(c *conformance.Case, r conformance.Reading) {
	if r.End != conformance.FIN {
		c.Wrong(fmt.Sprintf("the poem's %d bytes, then an orderly close", len(r.Want)), r.String())
	}
}

// fetch is one client that wants the poem, and gets it whole.
func fetch(c *conformance.Case) {
	conn := c.Dial(conformance.DialOptions{})
	expectWhole(c, receive(c, conn, conformance.Pace{}))
	conn.Close()
}

// served is one client that is served: it gets the poem whole or, from a target
// that paces its output, as much of it as comes in some seconds. It is for checks
// that are not about the poem but about whether it is served at all.
func served(c *conformance.Case) {
	conn := c.Dial(conformance.DialOptions{})
	expectServed(c, conn.Match(c.Poem(), conformance.Pace{}))
	conn.Close()
}

// expectServed fails the case unless the poem came whole, or goes on coming.
func expectServed(c *conformance.Case, r conformance.Reading) {
	if r.Stalls {
		c.Note("the target paces its output: %d bytes in %v are taken for the whole", r.Same, r.Took.Round(time.Millisecond))
		return
	}
	expectWhole(c, r)
}

// beginReading connects a client that reads one byte and then no more for now.
func beginReading(c *conformance.Case, o conformance.DialOptions) *conformance.Conn {
	conn := c.Dial(o)
	if r := receive(c, conn, conformance.Pace{Chunk: 1, Until: 1}); r.Same == 0 {
		c.Wrong("the poem's first byte", r.String())
	}
	return conn
}

// finishReading reads what beginReading left.
func finishReading(c *conformance.Case, conn *conformance.Conn) conformance.Reading {
	return conn.Match(c.Poem()[1:], conformance.Pace{})
}
