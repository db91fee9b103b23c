package poetryclient

import (
	"time"

	"scansion/conformance"
)

// failures: statements 5, 9 and 10, servers that fail.
func failures() []conformance.Requirement {
	return []conformance.Requirement{
		survives("survives-refused-connection", "one connection is refused", func(c *conformance.Case, others ...script) (finished, bool) {
			return refusedFirst(c, others...), true
		}),
		survives("survives-reset-before-poem", "one connection is reset before the first byte", withFailing(func(c *conformance.Case) script {
			return resetAfter(c, verse(4), 0)
		})),
		survives("survives-reset-mid-poem", "one connection is reset in the middle of the poem", withFailing(func(c *conformance.Case) script {
			return resetAfter(c, verse(4), len(verse(4))/2)
		})),
		survives("survives-reset-at-last-byte", "one connection is reset before the last byte of the poem", withFailing(func(c *conformance.Case) script {
			return resetAfter(c, verse(4), len(verse(4))-1)
		})),
		{
			Slug: "survives-late-failure", Level: conformance.Must, Source: source(5, "Part 5"),
			Statement: "It MUST, where a connection is reset after the other poems have come, hand those on and end.",
			Check: func(c *conformance.Case) {
				f := fetch(c, sendWhole(verse(1)), func(conn *conformance.Conn) {
					half(verse(4))(conn)
					c.Pause(500 * time.Millisecond)
					conn.Reset()
				})
				expectEnded(c, f, "after a late reset")
				expectEach(c, f, verse(1))
			},
		},
		{
			Slug: "says-that-connection-was-refused", Level: conformance.Must, Source: source(5, "Part 5"),
			Statement: "It MUST say that a connection was refused: something on standard error, or on standard output beyond the poems.",
			Check: func(c *conformance.Case) {
				usual := usually(c, verse(2))
				f := refusedFirst(c, sendWhole(verse(1)))
				if !f.saysMore(usual, verse(1), verse(2)) {
					c.Wrong("a message that tells of the refused connection, on standard error", silenceOf(f))
				}
			},
		},
		{
			Slug: "reports-cut-poem-as-failed", Level: conformance.Should, Source: source(9, "Part 5"),
			Statement: "It SHOULD report a poem cut off by a reset as failed, not as a poem: by a message or its exit status.",
			Check: func(c *conformance.Case) {
				cut := verse(2)[:len(verse(2))/2]
				usual := usually(c, cut)
				f := cutOff(c, len(cut), func(f finished) bool { return f.exit.Failed() || f.saysMore(usual, verse(1), cut) })
				if !f.ended {
					c.Inconclusive("the program does not end after a reset")
				}
				for _, u := range usual {
					if u.exit.Failed() {
						c.Inconclusive("the program fails where all poems come, too: %s", u.exit.How)
					}
				}
				if !f.exit.Failed() && !f.saysMore(usual, verse(1), cut) {
					c.Wrong("a message, or a non-zero exit status, for a poem that was cut off by a reset", silenceOf(f))
				}
			},
		},
		{
			Slug: "exits-non-zero-on-failure", Level: conformance.Should, Source: source(10, "Part 5"),
			Statement: "It SHOULD exit non-zero if any poem failed, and with 0 if all came.",
			Check: func(c *conformance.Case) {
				if f := fetch(c, sendWhole(verse(1)), sendWhole(verse(2))); f.ended && f.exit.Failed() {
					c.Wrong("exit status 0 where all poems came", f.exit.How)
				} else if !f.ended {
					c.Inconclusive("the program does not end")
				}
				for _, failed := range []struct {
					how string
					f   finished
				}{
					{"one connection was refused", refusedFirst(c, sendWhole(verse(1)))},
					{"the only connection was refused", refusedFirst(c)},
					{"one poem was cut off by a reset", cutOff(c, 100, func(f finished) bool { return f.exit.Failed() })},
				} {
					switch {
					case !failed.f.ended:
						c.Inconclusive("the program does not end where %s", failed.how)
					case !failed.f.exit.Failed():
						c.Wrong("a non-zero exit status where "+failed.how, failed.f.exit.How)
					}
				}
			},
		},
	}
}

// usually downloads two poems that come as they should, and one: what a client says then
// tells of no failure, the number of the poems included.
func usually(c *conformance.Case, second []byte) []finished {
	usual := []finished{fetch(c, sendWhole(verse(1)), sendWhole(second)), fetch(c, sendWhole(verse(1)))}
	for _, f := range usual {
		if !f.ended {
			c.Inconclusive("the program does not end, even where all poems come")
		}
		if f.Flooded {
			c.Inconclusive("the program writes without end, even where all poems come")
		}
	}
	return usual
}

// cutOff downloads a poem and a part of another, which is cut off by a reset: again and
// later, until the client reports that. Some runtimes cannot tell a reset from the end of a
// poem if both are there when they read.
func cutOff(c *conformance.Case, n int, reported func(finished) bool) (f finished) {
	for _, pause := range []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second} {
		f = fetch(c, sendWhole(verse(1)), resetLater(c, verse(2), n, pause))
		if !f.ended || reported(f) {
			break
		}
	}
	return f
}

// silenceOf says of a client that should have said something what it did.
func silenceOf(f finished) string {
	if len(f.remarks(verse(1), verse(2))) == 0 {
		return "not a word, and " + f.exit.How
	}
	return "nothing that it does not say where all goes well, and " + f.exit.How
}

// withFailing downloads from a server that fails, among others.
func withFailing(failing func(*conformance.Case) script) func(*conformance.Case, ...script) (finished, bool) {
	return func(c *conformance.Case, others ...script) (finished, bool) {
		servers := []*server{listen(c, failing(c))}
		for _, s := range others {
			servers = append(servers, listen(c, s))
		}
		f := download(c, servers)
		return f, len(servers[0].conns) > 0
	}
}

// refusedFirst downloads from an address that refuses, and then from servers.
func refusedFirst(c *conformance.Case, others ...script) finished {
	addrs := []string{c.Refusing()}
	servers := make([]*server, len(others))
	for i, s := range others {
		servers[i] = listen(c, s)
		addrs = append(addrs, servers[i].Addr())
	}
	return run(c, addresses(addrs...), servers)
}

// survives is the requirement that one failure does not cost the other poems. Try reports
// whether the failure has hit the client.
func survives(slug, how string, try func(c *conformance.Case, others ...script) (f finished, hit bool)) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: conformance.Must, Source: source(5, "Part 5"),
		Statement: "It MUST, where " + how + ", go on with the other poems and end.",
		Check: func(c *conformance.Case) {
			// The second poem is whole after the failure: it comes in two pieces.
			f, hit := try(c, sendWhole(verse(1)), sendPieces(c, verse(2), len(verse(2))/2+1, 300*time.Millisecond))
			expectEnded(c, f, "where "+how)
			expectEach(c, f, verse(1), verse(2))
			if !hit {
				c.Inconclusive("the program did not connect to the server that fails")
			}
		},
	}
}

// expectEnded fails the case unless the client has ended.
func expectEnded(c *conformance.Case, f finished, when string) {
	if !f.ended {
		c.Wrong("the client's end "+when, "a program that is still running")
	}
}
