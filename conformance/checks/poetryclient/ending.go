package poetryclient

import (
	"fmt"
	"strconv"
	"time"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

// ending: statement 6.
func ending() []conformance.Requirement {
	ends := func(slug, when string, download func(*conformance.Case) finished) conformance.Requirement {
		return conformance.Requirement{
			Slug: slug, Level: conformance.Must, Source: source(6, "Part 5"), Statement: "It MUST end " + when + ".",
			Check: func(c *conformance.Case) { expectEnded(c, download(c), when) },
		}
	}
	return []conformance.Requirement{
		ends("ends-after-poem", "when its only poem is in", func(c *conformance.Case) finished {
			return fetch(c, sendWhole(verse(1)))
		}),
		ends("ends-after-all-poems", "when all poems are in", func(c *conformance.Case) finished {
			return fetch(c, sendWhole(verse(1)), sendPieces(c, verse(2), 100, 100*time.Millisecond), sendWhole(nil))
		}),
		ends("ends-when-refused", "when its only connection was refused", func(c *conformance.Case) finished {
			return refusedFirst(c)
		}),
		ends("ends-when-all-failed", "when every poem has failed", func(c *conformance.Case) finished {
			return refusedFirst(c, resetAfter(c, verse(1), 0), resetAfter(c, verse(2), len(verse(2))/2))
		}),
	}
}

const (
	// A client's time is judged by how it grows when the poem is timesLonger: 8 times as
	// long if it is linear, and 64 times if it is quadratic. Up to fairGrowth no more is
	// asked; beyond mostGrowth, in the best of growthTries, it is not linear. By so much as
	// jitter is a process's time now more, now less. A client that takes longer than
	// slowTime for shortPoem is slow enough to be judged by slowPoem, and would take minutes
	// for more.
	shortPoem   = 4 * poems.MiB
	slowPoem    = 1 * poems.MiB
	slowTime    = 500 * time.Millisecond
	timesLonger = 8
	fairGrowth  = 12
	mostGrowth  = 20
	growthTries = 3
	jitter      = 20 * time.Millisecond

	// A client's memory for a poem is linear if it is no more than so many times its
	// length: runtimes hold text in four bytes a character, in several copies.
	memoryPoem  = 8 * poems.MiB
	mostCopies  = 16
	memorySlack = 128 * poems.MiB
)

// resources: statement 12.
func resources() []conformance.Requirement {
	return []conformance.Requirement{{
		Slug: "takes-linear-time", Level: conformance.Should, Source: source(12, "Part 5"), Heavy: true,
		Needs:     []conformance.Need{conformance.NeedUsage},
		Kernel:    "Only a real machine takes processor time and memory for what a program does.",
		Statement: "It SHOULD handle a large poem in time linear in its length.",
		Check: func(c *conformance.Case) {
			best := map[int]time.Duration{}
			took := func(size int) time.Duration {
				computed := measured(c, size).exit.Computed
				if last, ok := best[size]; !ok || computed < last {
					best[size] = computed
				}
				return best[size]
			}
			size, few := shortPoem, took(1)
			if took(size)-few > slowTime {
				size = slowPoem
			}
			var short, long time.Duration
			for range growthTries {
				few = took(1)
				short, long = max(0, took(size)-few), took(timesLonger*size)-few
				c.Note("%v for %d MiB, %v for %d MiB", short, size/poems.MiB, long, timesLonger*size/poems.MiB)
				if long <= fairGrowth*(short+jitter) {
					return
				}
			}
			if long > mostGrowth*(short+jitter) {
				c.Wrong(fmt.Sprintf("about %d times the time for %d times the poem", timesLonger, timesLonger),
					fmt.Sprintf("%v of processor time for %d MiB, %v for %d MiB, in the best of %d tries",
						long.Round(time.Millisecond), timesLonger*size/poems.MiB, short.Round(time.Millisecond), size/poems.MiB, growthTries))
			}
		},
	}, {
		Slug: "takes-linear-memory", Level: conformance.Should, Source: source(12, "Part 5"), Heavy: true,
		Needs:     []conformance.Need{conformance.NeedUsage},
		Kernel:    "Only a real machine takes processor time and memory for what a program does.",
		Statement: "It SHOULD handle a large poem in memory linear in its length.",
		Check: func(c *conformance.Case) {
			small, large := measured(c, 1).exit.Memory, measured(c, memoryPoem).exit.Memory
			c.Note("%d MiB of memory for one byte, %d MiB for %d MiB", small/poems.MiB, large/poems.MiB, memoryPoem/poems.MiB)
			if large-small > mostCopies*memoryPoem+memorySlack {
				c.Wrong(fmt.Sprintf("memory for a poem of %d MiB and some copies of it", memoryPoem/poems.MiB),
					fmt.Sprintf("%d MiB", large/poems.MiB))
			}
		},
	}}
}

// measured downloads a poem of a size, and makes sure that it came.
func measured(c *conformance.Case, size int) finished {
	poem := poems.Generated(size, "line % of a long evening's song, and the lamp goes on burning")
	f := fetch(c, sendWhole(poem))
	switch {
	case !f.ended:
		c.Inconclusive("the program does not end after a poem of %d bytes", size)
	case !isExactly(f.Stdout, poem):
		c.Inconclusive("a poem of %d bytes does not come through", size)
	case f.exit.Computed < 0:
		c.Unsupported("what a program took can only be told on Linux")
	}
	return f
}

const (
	// timeLimit is the time-out of a client that is to give up, in seconds, and
	// longTimeLimit that of one that is not.
	timeLimit     = 4
	longTimeLimit = 60
	// drip is how often a server that does not finish sends something, and drips how many
	// times: longer than the judge waits for the client.
	drip  = 100 * time.Millisecond
	drips = 200
)

// givingUp: statement 13.
func givingUp() []conformance.Requirement {
	return []conformance.Requirement{
		givesUp("gives-up-on-silent-server", "a server that never sends anything", func(c *conformance.Case) script { return nothing }),
		givesUp("gives-up-on-endless-server", "a server that goes on sending without end: the time-out is that of the whole poem", func(c *conformance.Case) script {
			return func(conn *conformance.Conn) {
				for range drips {
					if conn.Send([]byte("and on ")) != nil || conn.PeerHasLeft(drip) {
						return
					}
				}
			}
		}),
		{
			Slug: "waits-until-timeout", Level: conformance.Should, Source: source(13, "Part 18"), Lasts: time.Second,
			Needs:     []conformance.Need{conformance.NeedVariable("timeout")},
			Statement: "It SHOULD NOT give up before its time-out.",
			Check: func(c *conformance.Case) {
				s := listen(c, sendPieces(c, verse(1), len(verse(1))/2, time.Second))
				launch := with(addresses(s.Addr()), "timeout", strconv.Itoa(longTimeLimit))
				expectEach(c, run(c, launch, []*server{s}), verse(1))
			},
		},
	}
}

// givesUp is the requirement that a time-out ends the wait for a server.
func givesUp(slug, what string, play func(*conformance.Case) script) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: conformance.Should, Source: source(13, "Part 18"), Lasts: timeLimit * time.Second,
		Needs:     []conformance.Need{conformance.NeedVariable("timeout")},
		Statement: "It SHOULD, given a time-out, give up on " + what + ", and still hand on the others.",
		Check: func(c *conformance.Case) {
			servers := []*server{listen(c, play(c)), listen(c, sendWhole(verse(1)))}
			launch := with(addresses(servers[0].Addr(), servers[1].Addr()), "timeout", strconv.Itoa(timeLimit))
			f := run(c, launch, servers)
			expectEnded(c, f, fmt.Sprintf("after a time-out of %d s", timeLimit))
			expectEach(c, f, verse(1))
			if len(servers[0].conns) == 0 {
				c.Inconclusive("the program did not connect to %s", what)
			}
		},
	}
}
