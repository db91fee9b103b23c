package poetryserver

import (
	"fmt"
	"time"

	"scansion/conformance"
)

// poem is what the instance serves.
func poem(c *conformance.Case) []byte { return c.File("poem") }

// match reads a connection and holds it against what is due. A server that paces
// its output too much for the case is not judged.
func match(c *conformance.Case, conn *conformance.Conn, due []byte, pace conformance.Pace) conformance.Reading {
	r := conn.Match(due, pace)
	if r.Stalls {
		c.Inconclusive("the target paces its output, %d bytes in %v, and all of %d would take too long; a greater --timeout may help",
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

// expectDelivery fails the case unless exactly what is due comes, and then a FIN.
func expectDelivery(c *conformance.Case, conn *conformance.Conn, due []byte, pace conformance.Pace) {
	r := match(c, conn, due, pace)
	expectWhole(c, r)
	if r.End != conformance.FIN {
		c.Wrong(fmt.Sprintf("the poem's %d bytes, then an orderly close", len(r.Want)), r.String())
	}
}

// fetch is one client that wants the poem, and gets it whole.
func fetch(c *conformance.Case) {
	conn := c.Dial(conformance.DialOptions{})
	expectWhole(c, match(c, conn, poem(c), conformance.Pace{}))
	conn.Close()
}

// serve is one client that is served: it gets the poem whole or, from a server
// that paces its output, as much of it as comes in some seconds. It is for checks
// that are not about the poem but about whether it is served at all.
func serve(c *conformance.Case) {
	conn := c.Dial(conformance.DialOptions{})
	expectServed(c, conn.Match(poem(c), conformance.Pace{}))
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
func beginReading(c *conformance.Case) *conformance.Conn {
	conn := c.Dial(conformance.Narrow())
	if r := match(c, conn, poem(c), conformance.Pace{Chunk: 1, Until: 1}); r.Same == 0 {
		c.Wrong("the poem's first byte", r.String())
	}
	return conn
}

// finishReading reads what beginReading left.
func finishReading(c *conformance.Case, conn *conformance.Conn) conformance.Reading {
	return conn.Match(poem(c)[1:], conformance.Pace{})
}
