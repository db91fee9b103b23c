// Package servers makes the requirements that several roles share whose programs listen
// for clients: how many clients they hold, what they keep of those that have gone, and how
// they start and stop as programs.
package servers

import (
	"sync/atomic"
	"time"

	"scansion/conformance"
)

// Server is what the shared requirements have to know of a role. Its methods make
// requirements; those of roles whose checks start the program themselves are to be given
// [conformance.StartedByCheck].
type Server struct {
	// Subject is what the statements call a program of the role: "It".
	Subject string

	// Launch is what a requirement's instance is started with.
	Launch conformance.Launch

	// Begin returns what clients do in a case. Its preconditions are its own.
	Begin func(*conformance.Case) Clients
}

// Clients are what clients do to the program of a case. But for Hold, none is called from
// several goroutines at once. Each fails the case where the program does not do its part.
type Clients struct {
	Program *conformance.Program

	// Launch is what another program like it is started with.
	Launch conformance.Launch

	// Fetch is a client that is served all that is due. Serve is one that is served, for
	// checks that are not about what is sent: much of it is enough where a program paces
	// its output.
	Fetch, Serve func()

	// Stall is a client for which the program has something to send, and which stops
	// reading.
	Stall func()

	// Leave is a client that leaves before it was served, the i-th in one of the ways
	// that there are.
	Leave func(i int)

	// Hold is the i-th of many clients, seen to be connected. Finish has it served, and
	// reports whether the program paces its output, so that it would take too long to
	// have many served.
	Hold   func(i int) *conformance.Conn
	Finish func(*conformance.Conn) (paced bool)
}

const (
	heldConnections = 1000
	fullyServed     = 50 // of the held connections
	// lanes is how many connections are made at a time where many are wanted: fewer than
	// most backlogs. Where one is shorter, lost connections are made again.
	lanes = 4

	// repeatFor bounds what is repeated, for programs that take their time.
	repeatFor = 5 * time.Second
)

var (
	needUsage   = []conformance.Need{conformance.NeedUsage}
	needSignals = []conformance.Need{conformance.NeedSignals}
)

// requirement is what the shared ones have in common. They are all SHOULD.
func (s Server) requirement(slug string, source conformance.Source, needs []conformance.Need,
	statement string, check func(*conformance.Case, Clients),
) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: conformance.Should, Source: source, Statement: s.Subject + " " + statement,
		Launch: s.Launch, Instance: conformance.Dedicated, Needs: needs,
		Check: func(c *conformance.Case) { check(c, s.Begin(c)) },
	}
}

// Holds1000Connections is the requirement that many clients can be connected at once.
func (s Server) Holds1000Connections(source conformance.Source) conformance.Requirement {
	r := s.requirement("holds-1000-connections", source, nil, "SHOULD hold at least 1,000 connections at the same time.",
		func(c *conformance.Case, clients Clients) {
			var made atomic.Int64
			conns := make([]*conformance.Conn, heldConnections)
			c.Each(lanes, func(int) {
				for i := int(made.Add(1)) - 1; i < len(conns); i = int(made.Add(1)) - 1 {
					conns[i] = clients.Hold(i)
				}
			})
			for range fullyServed {
				i := c.Rand().IntN(len(conns))
				if conns[i] == nil {
					continue // drawn before
				}
				if clients.Finish(conns[i]) {
					return
				}
				conns[i].Close()
				conns[i] = nil
			}
		})
	r.Heavy, r.Descriptors = true, 2*heldConnections+100
	return r
}
