package checks

import (
	"syscall"

	"scansion/conformance"
)

// serverWorkers: statement 14, for servers of several processes.
func serverWorkers() []conformance.Requirement {
	return []conformance.Requirement{{
		ID: "stops-workers-with-master", Level: conformance.Should, Source: source(14, "Part 16"), Fixture: small,
		Alone: true, Needs: conformance.NeedProcess,
		Statement: "It SHOULD, where SIGTERM is sent to its first process alone, as supervisors do, free its port within 5 seconds: no worker goes on.",
		Check: func(c *conformance.Case) {
			c.Control("before the signal, it serves its poem", func() {
				served(c)
				atRest(c)
			})
			addr := c.Instance().Addr()
			c.SignalLeader(syscall.SIGTERM)
			if !c.Within(stopLimit, func() bool { return free(c, addr) }) {
				c.Wrong("a free port within 5 seconds of SIGTERM to the first process", "something that still listens at "+addr)
			}
		},
	}}
}
