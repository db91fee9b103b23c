package poetryserver

import (
	"fmt"
	"syscall"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
	"scansion/conformance/checks/servers"
)

// on is the role with a poem to serve, for the requirements that other servers share.
func on(file conformance.File) servers.Server {
	return servers.Server{Subject: "It", Launch: serving(file), Begin: func(c *conformance.Case) servers.Clients {
		return servers.Clients{
			Program: c.Instance(),
			Fetch:   func() { fetch(c) },
			Serve:   func() { serve(c) },
			Stall:   func() { beginReading(c) },
			Leave:   func(i int) { leave(c, i) },
			Hold:    func(i int) *conformance.Conn { return hold(c, i) },
			Finish: func(conn *conformance.Conn) (paced bool) {
				r := finishReading(c, conn)
				expectServed(c, r)
				return r.Stalls
			},
		}
	}}
}

// leave is a client that leaves, the i-th in one of the ways that there are.
func leave(c *conformance.Case, i int) {
	switch i % 3 {
	case 0:
		beginReading(c).Reset()
	case 1:
		c.Dial(conformance.Narrow()).Reset()
	case 2:
		c.Dial(conformance.Narrow()).Close()
	}
}

// hold connects one of many clients and sees it served its first byte.
func hold(c *conformance.Case, i int) *conformance.Conn {
	conn := c.Dial(conformance.DialOptions{Segment: 536, Window: 2 * poems.KiB})
	if n, end := conn.Read(make([]byte, 1)); n == 0 {
		c.Wrong(fmt.Sprintf("the first byte of the poem for client %d, while %d others are connected", i+1, i), end.String())
	}
	return conn
}

// resources: statement 13, nothing kept of clients that have gone.
func resources() []conformance.Requirement {
	return []conformance.Requirement{
		on(poems.Small).FreesDescriptors(source(13)),
		on(poems.EightMiB).FreesDescriptorsOfAbortedClients(source(13)),
		on(poems.KiB128).FreesMemory(source(13)),
		on(poems.OneMiB).FreesMemoryOfAbortedClients(source(13)),
	}
}

// process: statements 14, 15 and 17, the server as a program.
func process() []conformance.Requirement {
	return []conformance.Requirement{
		on(poems.Small).StopsOn(syscall.SIGTERM, source(14)),
		on(poems.Small).StopsOn(syscall.SIGINT, source(14)),
		on(poems.EightMiB).StopsWhileClientStalls(source(14)),
		{
			Slug: "refuses-missing-poem", Level: conformance.Should, Source: source(15),
			Launch: serving(poems.Small), Instance: conformance.Dedicated,
			Needs:     []conformance.Need{conformance.NeedSignals, conformance.NeedVariable("poem")},
			Statement: "It SHOULD refuse, with a message and a non-zero exit status, to start without its poem file.",
			Check: func(c *conformance.Case) {
				c.Precondition("started with its poem, it serves it", func() { fetch(c) })
				c.Instance().End() // or it may refuse for what the other has: a lock, another port
				_, err := c.TryStart(conformance.Launch{"poem": conformance.MissingFile()})
				servers.ExpectRefusal(c, err, "without its poem file")
			},
		},
		on(poems.Small).RefusesTakenPort(source(15)),
		on(poems.Small).ListensOnGivenInterfaceOnly(source(17)),
		on(poems.Small).StopsWorkersWithMaster(source(14)),
	}
}
