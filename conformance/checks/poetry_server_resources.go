package checks

import (
	"fmt"
	"time"

	"scansion/conformance"
)

const (
	leakRound = 200 // clients between two counts

	// descriptorSlack is how many descriptors more a server may hold after a round.
	descriptorSlack = 8

	// A program whose memory is collected grows for a while and then stops. Growth
	// is a leak if it is still going on after leakBytes, in every round, at
	// leakPerClient or more.
	leakPerClient = 16 * kib
	leakBytes     = 300 * mib
	leakRounds    = 40
	leakFor       = 30 * time.Second
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
	first := c.Repeat(20, leakRound, repeatFor, client)
	between := settled(c, before.Descriptors+descriptorSlack)
	if between.Descriptors <= before.Descriptors+descriptorSlack {
		return
	}
	second := c.Repeat(20, leakRound, repeatFor, client)
	after := settled(c, between.Descriptors+descriptorSlack)
	if after.Descriptors > between.Descriptors+descriptorSlack {
		c.Wrong(fmt.Sprintf("about %d open descriptors, as before", before.Descriptors),
			fmt.Sprintf("%d after %d clients, and %d after %d more", between.Descriptors, first, after.Descriptors, second))
	}
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

// freesMemory lets rounds of clients come and go for as long as the target grows
// with each of them.
func freesMemory(c *conformance.Case, client func(int)) {
	c.Control("a client that stays gets the poem", func() { served(c) })
	c.Repeat(3, 20, repeatFor, client)
	start := settled(c, 0)
	if start.Memory < 0 {
		c.Skip("could not be judged: the memory of a target in this process cannot be told from the judge's own")
	}
	began := c.Clock()
	clients, last := 0, start
	for round := range leakRounds {
		n := c.Repeat(20, leakRound, repeatFor, client)
		clients += n
		usage := count(c)
		// Threads and processes end a moment after their clients have gone, so only
		// what has not ended after several rounds is waited for.
		tasks := grownTasks(last, usage, n)
		if tasks && round >= 2 {
			if tasks = !c.Until(func() bool { usage = count(c); return !grownTasks(last, usage, n) }); tasks {
				c.Wrong(fmt.Sprintf("about %d processes and %d threads, as before", start.Processes, start.Threads),
					fmt.Sprintf("%d processes (those that nobody waited for included) and %d threads, after %d clients",
						usage.Processes, usage.Threads, clients))
			}
		}
		if !tasks && usage.Memory-last.Memory < int64(n)*leakPerClient {
			return
		}
		if grown := usage.Memory - start.Memory; grown > leakBytes && round >= 2 {
			c.Wrong("memory that does not grow with the number of clients",
				fmt.Sprintf("%d MiB more after %d clients, growing with each round of %d", grown/mib, clients, n))
		}
		if c.Clock().Sub(began) > leakFor {
			return
		}
		last = usage
	}
}

// grownTasks reports whether about as many threads or processes have come to stay
// as there were clients.
func grownTasks(before, after conformance.Usage, clients int) bool {
	return after.Threads-before.Threads > clients/2 || after.Processes-before.Processes > clients/2
}
