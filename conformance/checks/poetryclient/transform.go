package poetryclient

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

// requestMost is the most bytes that a request to a transform server may have.
const requestMost = 99_999

// transforming: statement 14, a transform server between the servers and the output.
func transforming() []conformance.Requirement {
	return []conformance.Requirement{
		{
			Slug: "sends-poem-to-transform-server", Level: conformance.Must, Source: source(14, "Part 13"),
			Statement: "It MUST, given a transform server, send each poem through it: in a netstring, the name of a transformation, a dot and the poem.",
			Check: func(c *conformance.Case) {
				t := newTransformer(c, answer)
				t.fetch(c, verse(1), verse(2))
				for i, poem := range [][]byte{verse(1), verse(2)} {
					if !t.got(poem) {
						c.Wrong(fmt.Sprintf("a request with the %s poem at the transform server", ordinal(i)), t.seen())
					}
				}
			},
		},
		transforms("hands-on-transformed-poem", "hand on what the transform server has made of each poem", answer),
		transforms("assembles-transformed-poem", "put the transformed poem together, in whatever pieces it comes", func(t *transformer, conn *conformance.Conn, poem []byte) {
			sendPieces(t.c, netstring(transformed(poem)), 7, between)(conn)
		}),
		fallsBack("hands-on-original-when-refused", "is not there", nil, verse(1)),
		fallsBack("hands-on-original-when-closed", "closes without an answer", func(_ *transformer, conn *conformance.Conn, _ []byte) {
			conn.CloseWrite()
		}, verse(1)),
		fallsBack("hands-on-original-when-reset", "resets the connection", func(_ *transformer, conn *conformance.Conn, _ []byte) {
			conn.Reset()
		}, verse(1)),
		fallsBack("hands-on-original-when-cut", "closes in the middle of its answer", func(_ *transformer, conn *conformance.Conn, poem []byte) {
			_ = conn.Send(netstring(transformed(poem))[:len(poem)/2])
			conn.CloseWrite()
		}, verse(1)),
		fallsBack("hands-on-original-when-malformed", "answers with what is no netstring", func(_ *transformer, conn *conformance.Conn, _ []byte) {
			_ = conn.Send([]byte("HTTP/1.0 400 Bad Request\r\n\r\n"))
			conn.CloseWrite()
		}, verse(1)),
		fallsBack("hands-on-original-beyond-limit", "closes because the poem is beyond its limit", answer,
			poems.Generated(requestMost+1, "one line more, %, than can be transformed")),
	}
}

// transformer is a transform server of the check's own.
type transformer struct {
	*conformance.Listener
	c      *conformance.Case
	answer func(t *transformer, conn *conformance.Conn, poem []byte)

	mu       sync.Mutex
	requests [][]byte // as they came, in netstrings or not
}

func newTransformer(c *conformance.Case, answer func(*transformer, *conformance.Conn, []byte)) *transformer {
	return &transformer{Listener: c.Listen("transform"), c: c, answer: answer}
}

// canTransform returns why the target cannot be told a transform server, or "".
func canTransform(c *conformance.Case) (reason string) {
	if c.Lacks(conformance.NeedVariable("transform_port")) == "" {
		return ""
	}
	return c.Lacks(conformance.NeedVariable("transform"))
}

// needsTransform ends the case unless the target can be told a transform server.
func needsTransform(c *conformance.Case) {
	if reason := canTransform(c); reason != "" {
		c.Unsupported("%s", reason)
	}
}

// tell adds a transform server to a launch.
func tell(l conformance.Launch, addr string) conformance.Launch {
	return with(with(l, "transform", addr), "transform_port", portOf(addr))
}

func (t *transformer) tell(l conformance.Launch) conformance.Launch { return tell(l, t.Addr()) }

// fetch downloads poems through the transform server.
func (t *transformer) fetch(c *conformance.Case, poems ...[]byte) finished {
	needsTransform(c)
	parts := []part{func(*conformance.Program) { t.serve() }}
	addrs := make([]string, len(poems))
	for i, poem := range poems {
		s := listen(c, sendWhole(poem))
		addrs[i] = s.Addr()
		parts = append(parts, func(*conformance.Program) { s.serve() })
	}
	return play(c, t.tell(addresses(addrs...)), parts...)
}

// serve takes requests, one after another, until no more come.
func (t *transformer) serve() {
	for conn := t.TryAccept(); conn != nil; conn = t.TryAccept() {
		t.take(conn)
	}
}

// take reads a request, up to where it is a netstring, or cannot be one.
func (t *transformer) take(conn *conformance.Conn) {
	var request []byte
	buf := make([]byte, 64*poems.KiB)
	for {
		poem, state := parseRequest(request)
		if state == broken || len(request) > 2*requestMost {
			t.keep(request)
			conn.Close()
			return
		}
		if state == whole {
			t.keep(request)
			t.answer(t, conn, poem)
			return
		}
		n, end := conn.Read(buf)
		request = append(request, buf[:n]...)
		if end != conformance.Open {
			t.keep(request)
			return
		}
	}
}

func (t *transformer) keep(request []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests = append(t.requests, request)
}

// got reports whether a request with a poem has come.
func (t *transformer) got(poem []byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, request := range t.requests {
		if of, state := parseRequest(request); state == whole && bytes.Equal(of, poem) {
			return true
		}
	}
	return false
}

// seen says what has come.
func (t *transformer) seen() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.requests) == 0 {
		return "no request"
	}
	return conformance.Quote(t.requests[0]) + fmt.Sprintf(" (%d requests in all)", len(t.requests))
}

// The states of a request that has come in part.
const (
	partial = iota
	whole
	broken
)

// parseRequest returns the poem of a request, once it is whole.
func parseRequest(request []byte) (poem []byte, state int) {
	digits, rest, colon := bytes.Cut(request, []byte(":"))
	if !colon {
		if len(digits) > len(strconv.Itoa(requestMost)) {
			return nil, broken
		}
		return nil, partial
	}
	n, err := strconv.Atoi(string(digits))
	switch {
	case err != nil || strconv.Itoa(n) != string(digits) || n > requestMost:
		return nil, broken
	case len(rest) <= n:
		return nil, partial
	case rest[n] != ',' || len(rest) > n+1:
		return nil, broken
	}
	_, poem, dot := bytes.Cut(rest[:n], []byte("."))
	if !dot {
		return nil, broken
	}
	return poem, whole
}

func netstring(data []byte) []byte { return fmt.Appendf(nil, "%d:%s,", len(data), data) }

// transformed is what our transform server makes of a poem: no program would do the same
// by itself.
func transformed(poem []byte) []byte {
	return fmt.Appendf(nil, "of %d bytes, transformed: %s", len(poem), bytes.ReplaceAll(poem, []byte("sings"), []byte("whistles")))
}

// answer is a transform server that does what it should.
func answer(_ *transformer, conn *conformance.Conn, poem []byte) {
	_ = conn.Send(netstring(transformed(poem)))
	conn.CloseWrite()
}

// same is a transform server that leaves poems as they are.
func same(_ *transformer, conn *conformance.Conn, poem []byte) {
	_ = conn.Send(netstring(poem))
	conn.CloseWrite()
}

// transforms is the requirement that the transformed poems are handed on.
func transforms(slug, what string, answer func(*transformer, *conformance.Conn, []byte)) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: conformance.Must, Source: source(14, "Part 13"),
		Statement: "It MUST, given a transform server, " + what + ".",
		Check: func(c *conformance.Case) {
			f := newTransformer(c, answer).fetch(c, verse(1), verse(2))
			expectEach(c, f, transformed(verse(1)), transformed(verse(2)))
		},
	}
}

// fallsBack is the requirement that the original poem is handed on, with a message, where
// the transformation fails. Without an answer, the server is not there.
func fallsBack(slug, how string, answer func(*transformer, *conformance.Conn, []byte), poem []byte) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: conformance.Must, Source: source(14, "Part 13"),
		Statement: "It MUST hand on the original poem, with a message on standard error, where the transform server " + how + ".",
		Check: func(c *conformance.Case) {
			t := newTransformer(c, answer)
			if answer == nil {
				needsTransform(c)
				refuse(c, poem)
				return
			}
			expectFallBack(c, t.fetch(c, poem), poem)
		},
	}
}

// refuse downloads a poem where connections to the transform server are refused.
func refuse(c *conformance.Case, poem []byte) {
	servers := []*server{listen(c, sendWhole(poem))}
	expectFallBack(c, run(c, tell(addresses(servers[0].Addr()), c.Refusing()), servers), poem)
}

// expectFallBack fails the case unless a client has handed on the original poem and said
// why.
func expectFallBack(c *conformance.Case, f finished, poem []byte) {
	expectEnded(c, f, "after a transformation that failed")
	expectEach(c, f, poem)
	if len(bytes.TrimSpace([]byte(f.Log))) == 0 {
		c.Wrong("a message on standard error for a transformation that failed", "nothing on standard error, and "+f.exit.How)
	}
}
