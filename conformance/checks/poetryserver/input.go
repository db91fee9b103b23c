package poetryserver

import (
	"fmt"
	"time"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

const (
	// sentFirst is how much of its input a client sends before it reads: more would be
	// waited for, if the server neither reads nor closes.
	sentFirst = 8 * poems.KiB
	// offences is how often a client must get nothing but a reset for what it sent.
	offences = 3

	// senders is how many clients that send try it, one after another: whether a server
	// happens to read what one sent before it closes is a matter of microseconds.
	senders = 4

	// A client that goes on sending does so, a piece after each part, in the first
	// half of a poem of 8 MiB.
	piece      = poems.KiB
	pieces     = 80
	partOfPoem = 50 * poems.KiB
)

// input: statements 9 and 12, clients that send something.
func input() []conformance.Requirement {
	small := poems.Small
	small.Suits = poems.IsSmall
	return []conformance.Requirement{{
		Slug: "ignores-client-bytes", Level: conformance.Must, Source: source(9),
		Launch: serving(small), Instance: conformance.Dedicated,
		Statement: "It MUST NOT let bytes that a client sends change what is sent: the protocol is one-way.",
		Check: func(c *conformance.Case) {
			for _, input := range []string{
				"\n", "GET / HTTP/1.0\r\n\r\n", "QUIT\r\n", "5:hello,", "\x00", "\x04", "\xff\xfd\x01", "small\n",
				string(noise(c, poems.KiB)), string(noise(c, 5*poems.KiB)), string(noise(c, 70*poems.KiB)),
			} {
				ignores(c, []byte(input))
			}
			fetch(c)
		},
	}, {
		Slug: "delivers-to-client-that-sent", Level: conformance.Should, Source: source(12),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated,
		Statement: "It SHOULD deliver the poem whole, with an orderly close, to a client that has sent bytes: " +
			"input that was not read at the close makes a kernel send a reset, which destroys the tail of the poem.",
		Check: func(c *conformance.Case) {
			for range senders {
				conn := sender(c, []byte("GET /poem HTTP/1.0\r\n\r\n"))
				c.Pause(100 * time.Millisecond) // the bytes are there before the server can be done
				expectDelivery(c, conn, poem(c), conformance.Pace{})
			}
		},
	}, {
		Slug: "delivers-to-client-that-goes-on-sending", Level: conformance.Should, Source: source(12),
		Launch: serving(poems.EightMiB), Instance: conformance.Dedicated,
		Statement: "It SHOULD deliver the poem whole, with an orderly close, also to a client that goes on sending in the first half of it, 85 KiB in all.",
		Check: func(c *conformance.Case) {
			for range senders {
				goesOnSending(c)
			}
		},
	}}
}

// sender is a client that sends something at once.
func sender(c *conformance.Case, data []byte) *conformance.Conn {
	conn := c.Dial(conformance.Narrow())
	if err := conn.Send(data); err != nil {
		c.Wrong("a connection that stays open until the poem is delivered", err.Error())
	}
	return conn
}

// goesOnSending is a client that sends a piece after each part of the poem's first half.
func goesOnSending(c *conformance.Case) {
	conn, more := sender(c, noise(c, 5*poems.KiB)), noise(c, piece)
	due := make(chan struct{}, pieces) // a piece each
	c.Each(2, func(i int) {
		if i == 1 {
			for range due {
				_ = conn.Send(more) // whether it can be sent, reading will tell
			}
			return
		}
		rest := poem(c)
		func() {
			defer close(due)
			for range pieces {
				r := match(c, conn, rest, conformance.Pace{Until: partOfPoem})
				if r.Same < partOfPoem {
					c.Wrong(fmt.Sprintf("the rest of the poem, %d bytes", len(rest)), r.String())
				}
				rest = rest[r.Same:]
				due <- struct{}{}
			}
		}()
		expectDelivery(c, conn, rest, conformance.Pace{})
	})
}

// noise is n random bytes.
func noise(c *conformance.Case, n int) []byte {
	bytes := make([]byte, n)
	for i := range bytes {
		bytes[i] = byte(c.Rand().Uint32())
	}
	return bytes
}

// ignores fails the case if input changes what a client gets. A server that closes
// with input that it has not read makes its kernel send a reset, and forget of the poem
// what it has not sent yet: where a server has written the poem in parts, the kernel
// holds back all but the first until that has been acknowledged. So what is missing
// before a reset is not judged here, as long as something came: it falls under
// statement 12. A part that an orderly close ends is the server's doing.
func ignores(c *conformance.Case, input []byte) {
	for range offences {
		var (
			conn   = c.Dial(conformance.DialOptions{})
			first  = input[:min(len(input), sentFirst)]
			failed = conn.Send(first)
			r      conformance.Reading
		)
		c.Each(2, func(i int) {
			switch {
			case i == 0:
				r = match(c, conn, poem(c), conformance.Pace{})
			case failed == nil && len(first) < len(input):
				failed = conn.Send(input[len(first):])
			}
		})
		conn.Close()
		// A reset that was told to the sender is not told to the reader again.
		reset := r.End == conformance.RST || failed != nil
		switch {
		case r.Whole():
			return
		case len(r.Other) > 0 || !reset:
			expectWhole(c, r)
		case r.Same > 0:
			c.Note("what is missing before a reset is judged elsewhere")
			return
		}
	}
	c.Wrong(fmt.Sprintf("the poem, for a client that has sent %d bytes", len(input)), fmt.Sprintf("a reset before the first byte, %d times", offences))
}
