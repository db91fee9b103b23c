package poetryclient

import (
	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

// connecting: statements 1 and 11, the connections to the servers.
func connecting() []conformance.Requirement {
	return []conformance.Requirement{{
		Slug: "connects-to-every-address", Level: conformance.Must, Source: source(1, "Part 5"),
		Statement: "A poetry client MUST connect to every address that it is given.",
		Check: func(c *conformance.Case) {
			servers := []*server{listen(c, sendWhole(verse(1))), listen(c, sendWhole(verse(2))), listen(c, sendWhole(verse(3)))}
			download(c, servers)
			for i, s := range servers {
				if len(s.conns) == 0 {
					c.Wrong("a connection to each of three servers", "none to the "+ordinal(i))
				}
			}
		},
	}, {
		Slug: "sends-nothing", Level: conformance.Must, Source: source(1, "Part 5"),
		Statement: "It MUST NOT send a byte to a poetry server.",
		Check: func(c *conformance.Case) {
			quiet := func(poem []byte) script {
				return func(conn *conformance.Conn) {
					sendWhole(poem)(conn)
					conn.ExpectNothingSent()
				}
			}
			late := func(conn *conformance.Conn) { // one that asks may do so when nothing comes
				if conn.ListenFor(lateBy) == conformance.Open {
					c.Wrong("a client that says nothing while it waits for the poem", "bytes from the client")
				}
				quiet(verse(2))(conn)
			}
			servers := []*server{listen(c, quiet(verse(1))), listen(c, late)}
			download(c, servers)
			for _, s := range servers {
				if len(s.conns) == 0 {
					c.Inconclusive("the program did not connect to each server")
				}
			}
		},
	}, {
		Slug: "keeps-sending-side-open", Level: conformance.Should, Source: source(11, "Part 5"),
		Statement: "It SHOULD NOT close its sending side before the server closes.",
		Check: func(c *conformance.Case) {
			poem, server := poems.Small.Bytes(), c.Listen("server")
			play(c, addresses(server.Addr()), func(client *conformance.Program) {
				conn := server.TryAccept()
				if conn == nil {
					c.Inconclusive("the program does not connect")
				}
				half(poem)(conn)
				rest := poem[len(poem)/2:]
				switch conn.ListenFor(quietFor) {
				case conformance.FIN:
					if hasLeft(c, conn, rest) || ended(client) {
						c.Inconclusive("the program has left in the middle of the poem")
					}
					c.Wrong("a connection whose both directions stay open while the poem comes", "a FIN from the client in the middle of the poem")
				case conformance.RST:
					c.Inconclusive("the program has left in the middle of the poem")
				case conformance.Silent, conformance.Open: // what it should not send is another requirement's
				}
				sendWhole(rest)(conn)
			})
		},
	}}
}

// hasLeft reports whether a program that has sent a FIN has closed its socket, and not only
// its sending side: then what comes next is answered with a reset, and cannot be followed.
func hasLeft(c *conformance.Case, conn *conformance.Conn, next []byte) bool {
	if conn.Send(next[:1]) != nil {
		return true
	}
	c.Pause(quietFor)
	return conn.Send(next[1:2]) != nil
}

func ended(p *conformance.Program) bool {
	select {
	case <-p.Exited():
		return true
	default:
		return false
	}
}

// exactBytes: statements 2 and 7, the poem as it is. Each requirement is a poem that
// programs of some kind spoil.
func exactBytes() []conformance.Requirement {
	must, should := conformance.Must, conformance.Should
	return []conformance.Requirement{
		handsOn("hands-on-exact-poem", must, poems.Small,
			"It MUST take the server's orderly close for the end of the poem, and hand on the poem's exact bytes on standard output."),
		handsOn("keeps-missing-final-newline", must, poems.NoFinalNewline,
			"It MUST hand on a poem whose last line has no line end, followed by at most one line end."),
		handsOn("keeps-blanks", must, poems.Blanks,
			"It MUST keep blanks and empty lines, at the start and the end of the poem and of its lines."),
		handsOn("keeps-empty-lines", must, poems.EmptyLines,
			"It MUST keep empty lines, however many, in the middle of the poem and at its end."),
		handsOn("keeps-punctuation", must, poems.Punctuation,
			"It MUST hand on what formats, shells and templates use (%s, \\n, $x, {x}) as it stands."),
		handsOn("keeps-multibyte-text", must, poems.Multibyte,
			"It MUST keep characters of several bytes, of whatever script, as they are written."),
		handsOn("keeps-long-multibyte-text", must, poems.LongMultibyte,
			"It MUST keep characters of several bytes whole where the poem comes in pieces."),
		handsOn("keeps-long-text-beyond-bmp", must, poems.LongAstral,
			"It MUST keep characters of four bytes, which are two in UTF-16, whole where the poem comes in pieces."),
		handsOn("keeps-control-characters", must, poems.ControlCharacters,
			"It MUST keep control characters (Ctrl-Z, form feed, escape, delete) as they are, and what follows them."),
		handsOn("keeps-unusual-characters", must, poems.Unusual,
			"It MUST keep characters that programs split lines at, drop, compose or replace, as they are written."),
		handsOn("keeps-long-lines", must, poems.LongLines,
			"It MUST keep lines of 100 KB whole."),
		handsOn("keeps-byte-order-mark", must, poems.ByteOrderMark,
			"It MUST keep a byte order mark at the start of the poem, which is a character like any other."),
		handsOn("hands-on-large-poem", must, poems.EightMiB,
			"It MUST hand on a poem of 8 MiB whole."),
		handsOn("keeps-crlf", should, poems.CRLF,
			"It SHOULD keep CR LF and CR, which are bytes like any other."),
		handsOn("keeps-nul-and-ff", should, poems.NULAndFF,
			"It SHOULD hand on NUL and 0xFF bytes as they are, and what follows them."),
		handsOn("keeps-every-byte", should, poems.AllBytes,
			"It SHOULD hand on every byte from 0 to 255 as it is."),
		{
			Slug: "takes-empty-poem", Level: must, Source: source(7, "Part 5"),
			Statement: "It MUST take an empty poem without hanging or failing.",
			Check: func(c *conformance.Case) {
				for _, scripts := range [][]script{{sendWhole(nil)}, {sendWhole(nil), sendWhole(verse(1))}} {
					f := fetch(c, scripts...)
					switch {
					case !f.ended:
						c.Wrong("the client's end after an empty poem", "a program that is still running")
					case f.exit.Failed():
						c.Wrong("exit status 0 after an empty poem", f.exit.How)
					case len(scripts) == 1 && !isExactly(f.Stdout, nil):
						c.Wrong("nothing, or a line end, for an empty poem", conformance.Quote(f.Stdout))
					case len(scripts) > 1:
						expectEach(c, f, verse(1))
					}
				}
			},
		},
	}
}

// handsOn is the requirement that a poem is handed on as it is.
func handsOn(slug string, level conformance.Level, poem conformance.File, statement string) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: level, Source: source(2, "Part 5"), Statement: statement,
		Check: func(c *conformance.Case) {
			expectExactly(c, fetch(c, sendWhole(poem.Bytes())), poem.Bytes())
		},
	}
}
