package checks

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

// serverResources: statement 13, nothing kept of clients that have gone.
func serverResources() []conformance.Requirement {
	return []conformance.Requirement{{
		ID: "frees-descriptors", Level: conformance.Should, Source: source(13), Fixture: small,
		Alone: true, Needs: conformance.NeedUsage,
		Statement: "It SHOULD use no more file descriptors after many clients have been served than before.",
		Check: func(c *conformance.Case) {
			freesDescriptors(c, func(int) { fetch(c) })
		},
	}, {
		ID: "frees-descriptors-of-aborted-clients", Level: conformance.Should, Source: source(13), Fixture: eightMiB,
		Alone: true, Needs: conformance.NeedUsage,
		Statement: "It SHOULD use no more file descriptors after many clients have left early than before.",
		Check: func(c *conformance.Case) {
			freesDescriptors(c, func(i int) { leave(c, i) })
		},
	}, {
		ID: "frees-memory", Level: conformance.Should, Source: source(13), Fixture: medium,
		Alone: true, Needs: conformance.NeedUsage,
		Statement: "It SHOULD use no memory that grows with the number of clients that have been served: no threads or processes either.",
		Check: func(c *conformance.Case) {
			freesMemory(c, func(int) { fetch(c) })
		},
	}, {
		ID: "frees-memory-of-aborted-clients", Level: conformance.Should, Source: source(13), Fixture: oneMiB,
		Alone: true, Needs: conformance.NeedUsage,
		Statement: "It SHOULD use no memory that grows with the number of clients that have left early: no threads or processes either.",
		Check: func(c *conformance.Case) {
			freesMemory(c, func(i int) { leave(c, i) })
		},
	}}
}

// leave is a client that leaves, the i-th in one of the ways that there are.
func leave(c *conformance.Case, i int) {
	switch i % 3 {
	case 0:
		beginReading(c, conformance.Narrow()).Reset()
	case 1:
		c.Dial(conformance.Narrow()).Reset()
	case 2:
		c.Dial(conformance.Narrow()).Close()
	}
}

// freesDescriptors counts descriptors before and after two rounds of clients. A
// pool that fills once is not a leak; growth in both rounds is.
func freesDescriptors(c *conformance.Case, client func(int)) {
	c.Control("a client that stays gets the poem", func() { served(c) })
	c.Repeat(3, 20, repeatFor, client) // what is made at first use is made
	before := settled(c, 0)
	first, between := descriptorsAfter(c, before, client)
	if between.Descriptors <= before.Descriptors+descriptorSlack {
		return
	}
	second, after := descriptorsAfter(c, between, client)
	if after.Descriptors > between.Descriptors+descriptorSlack {
		c.Wrong(fmt.Sprintf("about %d open descriptors, as before", before.Descriptors),
			fmt.Sprintf("%d after %d clients, and %d after %d more", between.Descriptors, first, after.Descriptors, second))
	}
}

// descriptorsAfter lets a round of clients come and go, and returns how many those
// were and what the target holds then. It skips the case if some descriptors are lost
// to a round that the machine, or the program, was too slow for.
func descriptorsAfter(c *conformance.Case, before conformance.Usage, client func(int)) (clients int, after conformance.Usage) {
	clients = c.Repeat(20, descriptorRound, descriptorsFor, client)
	if some := count(c).Descriptors - before.Descriptors; some > 1 && some <= descriptorSlack {
		clients += c.Repeat(0, descriptorRound-clients, descriptorsFor, func(i int) { client(clients + i) })
	}
	after = settled(c, before.Descriptors+descriptorSlack)
	if more := after.Descriptors - before.Descriptors; clients >= descriptorRound || more <= 1 || more > descriptorSlack {
		return clients, after
	}
	after = settled(c, before.Descriptors+1)
	if more := after.Descriptors - before.Descriptors; more > 1 {
		c.Skip("could not be judged: %d descriptors more after %d clients, and more clients did not come in time", more, clients)
	}
	return clients, after
}

// settled returns the target's usage once it holds no more than most descriptors,
// or as it is if it never does. A most of zero takes it as it is once two counts in
// a row agree.
func settled(c *conformance.Case, most int) conformance.Usage {
	last := count(c)
	c.Until(func() bool {
		previous := last
		last = count(c)
		if most == 0 {
			return last.Descriptors == previous.Descriptors && last.Processes == previous.Processes
		}
		return last.Descriptors <= most
	})
	return last
}

func count(c *conformance.Case) conformance.Usage {
	usage, err := c.Instance().Usage()
	if err != nil {
		c.Skip("could not be judged: what the target holds could not be counted: %v", err)
	}
	return usage
}
