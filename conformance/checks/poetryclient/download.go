package poetryclient

import (
	"slices"
	"strconv"
	"time"

	"scansion/conformance"
)

// script is what a server does on a connection, from its beginning.
type script func(*conformance.Conn)

// server is a server of the check's own, which plays a script on every connection.
type server struct {
	*conformance.Listener
	script script
	conns  []*conformance.Conn // that were made to it
}

// listen makes a server.
func listen(c *conformance.Case, s script) *server {
	return &server{Listener: c.Listen("server"), script: s}
}

// serve plays the script on connections until no more come.
func (s *server) serve() {
	for conn := s.TryAccept(); conn != nil; conn = s.TryAccept() {
		s.conns = append(s.conns, conn)
		s.script(conn)
	}
}

// finished is what came of a client.
type finished struct {
	conformance.Output
	exit  conformance.Exit
	ended bool // it did not hang
}

// download starts a client on some servers, and waits for its end.
func download(c *conformance.Case, servers []*server) finished {
	addrs := make([]string, len(servers))
	for i, s := range servers {
		addrs[i] = s.Addr()
	}
	return run(c, addresses(addrs...), servers)
}

// run starts a client, lets servers play their scripts, and waits for the client's end.
func run(c *conformance.Case, launch conformance.Launch, servers []*server) finished {
	parts := make([]part, len(servers))
	for i, s := range servers {
		parts[i] = func(*conformance.Program) { s.serve() }
	}
	return play(c, launch, parts...)
}

// part is what one server does while a client runs.
type part func(client *conformance.Program)

// play starts a client, plays parts at the same time, and waits for the client's end.
func play(c *conformance.Case, launch conformance.Launch, parts ...part) finished {
	launch, more := complete(c, launch)
	client := c.Start(launch)
	var f finished
	sideBySide(c, client, append(more, append(parts, func(client *conformance.Program) {
		f.exit, f.ended = client.Wait()
	})...))
	f.Output = client.Output()
	return f
}

func sideBySide(c *conformance.Case, client *conformance.Program, parts []part) {
	c.Each(len(parts), func(i int) { parts[i](client) })
}

// complete adds to a launch what a client may always be told: a time-out, which is a long
// one, and a transform server, which leaves poems as they are, and whose part is returned.
func complete(c *conformance.Case, launch conformance.Launch) (all conformance.Launch, parts []part) {
	if _, told := launch["timeout"]; !told {
		launch = with(launch, "timeout", strconv.Itoa(longTimeLimit))
	}
	if _, told := launch["transform"]; !told && canTransform(c) == "" {
		t := newTransformer(c, same)
		launch = t.tell(launch)
		parts = append(parts, func(*conformance.Program) { t.serve() })
	}
	return launch, parts
}

// fetch downloads from servers with these scripts.
func fetch(c *conformance.Case, scripts ...script) finished {
	servers := make([]*server, len(scripts))
	for i, s := range scripts {
		servers[i] = listen(c, s)
	}
	return download(c, servers)
}

// sendWhole sends a poem as it comes, and closes.
func sendWhole(poem []byte) script {
	return func(conn *conformance.Conn) {
		_ = conn.Send(poem) // a client that has gone is judged by what it hands on
		conn.CloseWrite()
	}
}

// sendPieces sends a poem in pieces of so many bytes, with a pause after each, and closes.
func sendPieces(c *conformance.Case, poem []byte, size int, every time.Duration) script {
	return func(conn *conformance.Conn) {
		for rest := poem; len(rest) > 0; {
			piece := rest[:min(size, len(rest))]
			if conn.Send(piece) != nil {
				return // it has gone
			}
			rest = rest[len(piece):]
			c.Pause(every)
		}
		conn.CloseWrite()
	}
}

// sendSegments sends a poem in segments of so many bytes that are to be read apart, and
// closes. Where the machine is late with one, the next come sooner: the poem takes as long
// on a busy machine, on which it could else take longer than the judge waits for the client.
func sendSegments(c *conformance.Case, poem []byte, size int) script {
	return func(conn *conformance.Conn) {
		due := c.Clock()
		for segment := range slices.Chunk(poem, size) {
			if conn.Send(segment) != nil {
				return // it has gone
			}
			due = due.Add(between)
			if early := due.Sub(c.Clock()); early > 0 {
				c.Pause(early)
			}
		}
		conn.CloseWrite()
	}
}

// resetAfter sends the first bytes of a poem, and resets the connection.
func resetAfter(c *conformance.Case, poem []byte, n int) script {
	return resetLater(c, poem, n, 50*time.Millisecond)
}

// resetLater sends the first bytes of a poem, and resets the connection after a pause, in
// which the client is to read them: the reset discards what was not read yet.
func resetLater(c *conformance.Case, poem []byte, n int, pause time.Duration) script {
	return func(conn *conformance.Conn) {
		_ = conn.Send(poem[:n]) // if it has gone, the reset says no more
		c.Pause(pause)
		conn.Reset()
	}
}

// half sends half of a poem.
func half(poem []byte) script {
	return func(conn *conformance.Conn) { _ = conn.Send(poem[:len(poem)/2]) }
}

// nothing accepts, and says nothing.
func nothing(*conformance.Conn) {}
