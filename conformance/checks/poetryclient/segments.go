package poetryclient

import (
	"time"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

const (
	// lateBy is how late a server speaks: reads with a time-out of a second are common.
	lateBy = 1200 * time.Millisecond
	// quietFor is how long a client is listened to that should say nothing.
	quietFor = 400 * time.Millisecond
	// between is from one segment to the next that is to be read apart from it.
	between = 3 * time.Millisecond
)

// segmentation: statement 3, a poem in whatever pieces it comes.
func segmentation() []conformance.Requirement {
	return []conformance.Requirement{
		assembles("assembles-single-bytes", "single bytes", poems.NoFinalNewline, func(c *conformance.Case, poem []byte) script {
			return sendSegments(c, poem, 1)
		}),
		assembles("assembles-split-characters", "pieces that split characters of several bytes", poems.Multibyte, func(c *conformance.Case, poem []byte) script {
			return sendSegments(c, poem, 1)
		}),
		assembles("assembles-small-pieces", "many small pieces", poems.LongMultibyte, func(c *conformance.Case, poem []byte) script {
			return sendPieces(c, poem, 1021, 0) // odd, so that it splits characters of three bytes
		}),
		assembles("waits-for-late-poem", "one piece, more than a second after the connection was made", poems.Small, func(c *conformance.Case, poem []byte) script {
			return func(conn *conformance.Conn) {
				c.Pause(lateBy)
				sendWhole(poem)(conn)
			}
		}),
		assembles("waits-for-late-pieces", "pieces with pauses of more than a second", poems.Small, func(c *conformance.Case, poem []byte) script {
			return sendPieces(c, poem, len(poem)/2, lateBy)
		}),
		assembles("waits-for-late-close", "one piece, where the close comes more than a second later", poems.Small, func(c *conformance.Case, poem []byte) script {
			return sendPieces(c, poem, len(poem), lateBy)
		}),
	}
}

// assembles is the requirement that a poem is put together from pieces.
func assembles(slug, what string, poem conformance.File, send func(c *conformance.Case, poem []byte) script) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: conformance.Must, Source: source(3, "Part 5"),
		Statement: "It MUST put a poem together that comes in " + what + ".",
		Check: func(c *conformance.Case) {
			expectEach(c, fetch(c, send(c, poem.Bytes())), poem.Bytes())
		},
	}
}
