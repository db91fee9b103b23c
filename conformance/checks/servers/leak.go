package servers

import (
	"fmt"
	"math"
	"slices"
	"time"

	"scansion/conformance"
)

// How a leak is told from growth that ends. A program without one may grow by much,
// at first: pools and caches fill, code is compiled, and what is collected is so only
// once enough has come together. But then it stays as it is, or rises and falls. So a
// leak is growth that is as strong in the second half of many clients as before, and
// has then come to more than young generations have in which memory waits to be
// collected. Measured over 40,000 to 60,000 clients one after another: programs in C,
// Go and Python do not grow by a page in a thousand clients once a few hundred (Go:
// ten thousand) have been served; JavaScript in V8 grows by 40 MiB in the first
// 30,000, in steps, and Java by up to 400 MiB in the first 8,000.
const (
	leakStep   = 50  // clients between two counts, at first
	leakCounts = 161 // after which every second one is left out, and the step doubled; odd, so that the last stays

	// leastClients come before a program is taken not to leak, manyClients before it is
	// taken to leak, so that pools of a thousand threads are full by the first quarter.
	// Where more do not come in time, fewClients are enough; for memory, which must have
	// grown by much, half of them, and hardlyAny for processes, which no pool makes one by
	// one as clients come.
	leastClients = 2000
	manyClients  = 4000
	fewClients   = 1000
	hardlyAny    = 200

	// leakBytes is growth in the half of the clients that are looked at. At 4,000
	// clients a second, which plain programs serve, leaks of some 2 KiB a client reach
	// it in leakFor; at 1,000, those of 7 KiB.
	leakBytes = 64 * mib
	// muchMemory is all of it that a program is let grow, for other programs' sake.
	muchMemory = 512 * mib
	// leakThings is growth in threads, processes or mappings, and thingsPerClient how
	// many clients there may be to each.
	leakThings      = 100
	clientsPerThing = 30

	// Simulated time may stand still while clients come. Where they are quicker than
	// real ones ever are, each is taken for a slow one.
	quickestClient = 50 * time.Microsecond
	slowClient     = time.Millisecond

	leakFor = 20 * time.Second
	// surelyFor is for a program that grows steadily, but not yet by enough.
	surelyFor = 30 * time.Second

	// lateHeap is address space in one piece that shows a heap of which all may be
	// filled before anything in it is collected: the runtimes of Java and of .NET
	// reserve it, 1 GiB and more, whereas Go's and V8's largest pieces are 512 MiB.
	lateHeap = 768 * mib

	kib = 1 << 10
	mib = 1 << 20
)

// sample is what a target holds after so many clients.
type sample struct {
	clients int
	usage   conformance.Usage
}

// record is what a target held as clients came and went, the start first.
type record []sample

// metric is one of the things that are counted.
type metric struct {
	of    func(conformance.Usage) int64
	least func(clients int) int64 // growth in so many clients that is a leak
	after int                     // clients, before which growth is no leak
	few   int                     // the same, where more clients do not come in time
	heap  bool                    // it is memory, which may be collected late
}

// metrics are what must not grow with the number of clients.
func metrics() []metric {
	things := func(clients int) int64 { return int64(max(leakThings, clients/clientsPerThing)) }
	return []metric{{
		of:    func(u conformance.Usage) int64 { return u.Memory },
		least: func(int) int64 { return leakBytes }, after: manyClients, few: fewClients / 2, heap: true,
	}, {
		of: func(u conformance.Usage) int64 { return int64(u.Processes) }, least: things, after: leastClients, few: hardlyAny,
	}, {
		of: func(u conformance.Usage) int64 { return int64(u.Threads) }, least: things, after: manyClients, few: fewClients,
	}, {
		of: func(u conformance.Usage) int64 { return int64(u.Mappings) }, least: things, after: manyClients, few: fewClients,
	}}
}

// clients is how many clients have been served.
func (r record) clients() int { return r[len(r)-1].clients }

// last is what the target holds now.
func (r record) last() conformance.Usage { return r[len(r)-1].usage }

// grown returns by how much a metric has grown in the half of the clients from the
// first quarter of them to the third, and whether steadily so. What rises and falls
// counts where it is lowest.
func (r record) grown(m metric) (by int64, steadily bool) {
	n := r.clients()
	first, second, third := r.low(m, n/4, n/2), r.low(m, n/2, n*3/4), r.low(m, n*3/4, n)
	by = third - first
	return by, by > 0 && second-first >= by/4 && third-second >= by/4
}

// low returns the least of a metric after more than from and up to so many clients.
func (r record) low(m metric, from, to int) int64 {
	least := int64(math.MaxInt64)
	for _, s := range r {
		if s.clients > from && s.clients <= to {
			least = min(least, m.of(s.usage))
		}
	}
	return least
}

// leaks reports whether a metric has grown as only a leak does.
func (r record) leaks(m metric) bool {
	by, steadily := r.grown(m)
	return steadily && by >= m.least(r.clients()/2)
}

// suspects reports whether a metric grows steadily, though by less than a leak.
func (r record) suspects(m metric) bool {
	by, steadily := r.grown(m)
	return steadily && by >= m.least(r.clients()/2)/16
}

// mayLeak reports whether a metric could come to have grown as a leak does after some
// times as many clients: with a wide margin, for a target may become quicker once the
// machine has less to do.
func (r record) mayLeak(m metric, times float64) bool {
	const margin = 8
	by, _ := r.grown(m)
	return margin*times*float64(by) >= float64(m.least(int(times*float64(r.clients()))/2))
}

// thin leaves out every second sample but the first.
func (r record) thin() record {
	kept := r[:1]
	for i := 2; i < len(r); i += 2 {
		kept = append(kept, r[i])
	}
	return kept
}

// FreesMemory is the requirement that clients that were served cost no memory, threads or
// processes.
func (s Server) FreesMemory(source conformance.Source) conformance.Requirement {
	return s.requirement("frees-memory", source, needUsage,
		"SHOULD use no memory that grows with the number of clients that have been served: no threads or processes either.",
		func(c *conformance.Case, clients Clients) { freesMemory(c, clients, func(int) { clients.Fetch() }) })
}

// FreesMemoryOfAbortedClients is the requirement that clients that left early cost no
// memory, threads or processes.
func (s Server) FreesMemoryOfAbortedClients(source conformance.Source) conformance.Requirement {
	return s.requirement("frees-memory-of-aborted-clients", source, needUsage,
		"SHOULD use no memory that grows with the number of clients that have left early: no threads or processes either.",
		func(c *conformance.Case, clients Clients) { freesMemory(c, clients, clients.Leave) })
}

// freesMemory lets clients come and go until it is clear whether what the program
// holds grows with their number.
func freesMemory(c *conformance.Case, on Clients, client func(int)) {
	start := warmedUp(c, on, client)
	if start.Memory < 0 {
		c.Unsupported("the memory of a target in this process cannot be told from the judge's own")
	}
	r := record{{0, start}}
	for began, step := c.Clock(), leakStep; ; {
		from, clients := c.Clock(), r.clients()
		clients += c.Repeat(1, step, time.Second, func(i int) { client(clients + i) })
		counting := c.Clock()
		r = append(r, sample{clients, on.Program.Count()})
		switch {
		case len(r) == leakCounts:
			r, step = r.thin(), 2*step
		case c.Clock().Sub(counting) > counting.Sub(from)/2 && step < clients/32:
			step *= 2 // where there is much to count
		case len(r) < 8:
			continue // too few counts say nothing
		}
		took := c.Clock().Sub(began)
		much := r.last().Memory-start.Memory > muchMemory
		if took < time.Duration(clients)*quickestClient {
			took = time.Duration(clients) * slowClient
		}
		over := took > leakFor && (took > surelyFor || !slices.ContainsFunc(metrics(), r.suspects))
		for _, m := range metrics() {
			if (clients >= m.after || much || (over && clients >= m.few)) && r.leaks(m) {
				expectFreed(c, on.Program, r, m)
			}
		}
		goesOn := func(m metric) bool { return r.mayLeak(m, float64(leakFor)/float64(took)) }
		if over || much || (clients >= leastClients && !slices.ContainsFunc(metrics(), goesOn)) {
			c.Note("%d clients came and went", clients)
			return
		}
	}
}

// expectFreed fails the case unless what looks like a leak goes away: threads may
// stay for some seconds after their clients.
func expectFreed(c *conformance.Case, program *conformance.Program, r record, m metric) {
	start, last := r[0].usage, r.last()
	most := (m.of(start) + m.of(last)) / 2
	if c.Until(func() bool { last = program.Count(); return m.of(last) < most }) {
		c.Note("what had come to be held was freed a moment later")
		return
	}
	if m.heap && start.Reserved >= lateHeap {
		c.Inconclusive("%d MiB more after %d clients, but the program has reserved %d MiB in one piece, "+
			"as those do whose heap fills before anything in it is collected; with a smaller heap it would show",
			(last.Memory-start.Memory)/mib, r.clients(), start.Reserved/mib)
	}
	c.Wrong(fmt.Sprintf("about %d KiB of memory, %d mappings, %d processes and %d threads, as at first",
		start.Memory/kib, start.Mappings, start.Processes, start.Threads),
		fmt.Sprintf("%d KiB of memory, %d mappings, %d processes (those that nobody waited for included) and %d threads, "+
			"after %d clients, and more with each", last.Memory/kib, last.Mappings, last.Processes, last.Threads, r.clients()))
}
