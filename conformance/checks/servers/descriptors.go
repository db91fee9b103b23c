package servers

import (
	"fmt"
	"time"

	"scansion/conformance"
)

const (
	// descriptorRound is how many clients come between two counts of descriptors, so
	// that one that is lost to every hundredth shows.
	descriptorRound = 1000
	// descriptorSlack is how many descriptors more a server may hold after a round.
	descriptorSlack = 8
	// descriptorsFor bounds a round, which for most programs takes less than a second,
	// and once more if some have been lost, but too few to tell.
	descriptorsFor = 8 * time.Second
)

// FreesDescriptors is the requirement that clients that were served cost no descriptors.
func (s Server) FreesDescriptors(source conformance.Source) conformance.Requirement {
	return s.requirement("frees-descriptors", source, needUsage, "SHOULD use no more file descriptors after many clients have been served than before.",
		func(c *conformance.Case, clients Clients) {
			freesDescriptors(c, clients, func(int) { clients.Fetch() })
		})
}

// FreesDescriptorsOfAbortedClients is the requirement that clients that left early cost no
// descriptors.
func (s Server) FreesDescriptorsOfAbortedClients(source conformance.Source) conformance.Requirement {
	return s.requirement("frees-descriptors-of-aborted-clients", source, needUsage, "SHOULD use no more file descriptors after many clients have left early than before.",
		func(c *conformance.Case, clients Clients) { freesDescriptors(c, clients, clients.Leave) })
}

// freesDescriptors counts descriptors before and after two rounds of clients. A
// pool that fills once is not a leak; growth in both rounds is.
func freesDescriptors(c *conformance.Case, clients Clients, client func(int)) {
	before := warmedUp(c, clients, client)
	first, between := descriptorsAfter(c, clients, before, client)
	if between.Descriptors <= before.Descriptors+descriptorSlack {
		return
	}
	second, after := descriptorsAfter(c, clients, between, client)
	if after.Descriptors > between.Descriptors+descriptorSlack {
		c.Wrong(fmt.Sprintf("about %d open descriptors, as before", before.Descriptors),
			fmt.Sprintf("%d after %d clients, and %d after %d more", between.Descriptors, first, after.Descriptors, second))
	}
}

// warmedUp returns what the program holds once it has made what it makes at first use.
func warmedUp(c *conformance.Case, clients Clients, client func(int)) conformance.Usage {
	c.Precondition("a client that stays is served", clients.Serve)
	c.Repeat(3, 20, repeatFor, client)
	last := clients.Program.Count()
	c.Until(func() bool {
		previous := last
		last = clients.Program.Count()
		return last.Descriptors == previous.Descriptors && last.Processes == previous.Processes
	})
	return last
}

// descriptorsAfter lets a round of clients come and go, and returns how many those
// were and what the program holds then. The case is inconclusive if some descriptors are
// lost to a round that the machine, or the program, was too slow for.
func descriptorsAfter(c *conformance.Case, on Clients, before conformance.Usage, client func(int)) (clients int, after conformance.Usage) {
	// more is how many descriptors have come to be held once they are no more than most,
	// or for good.
	more := func(most int) int {
		c.Until(func() bool {
			after = on.Program.Count()
			return after.Descriptors <= before.Descriptors+most
		})
		return after.Descriptors - before.Descriptors
	}
	clients = c.Repeat(20, descriptorRound, descriptorsFor, client)
	if some := on.Program.Count().Descriptors - before.Descriptors; some > 1 && some <= descriptorSlack {
		clients += c.Repeat(0, descriptorRound-clients, descriptorsFor, func(i int) { client(clients + i) })
	}
	if some := more(descriptorSlack); clients >= descriptorRound || some <= 1 || some > descriptorSlack {
		return clients, after
	}
	if lost := more(1); lost > 1 {
		c.Inconclusive("%d descriptors more after %d clients, and more clients did not come in time", lost, clients)
	}
	return clients, after
}
