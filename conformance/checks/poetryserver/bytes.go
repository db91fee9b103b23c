package poetryserver

import (
	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

// exactBytes: statement 3, exactly the poem's bytes. Each requirement is a poem
// that programs of some kind spoil.
func exactBytes() []conformance.Requirement {
	must, should := conformance.Must, conformance.Should
	return []conformance.Requirement{
		sends("sends-exact-poem", must, poems.Small,
			"It MUST send exactly the poem's bytes: none before, between or after them, none changed."),
		sends("sends-one-byte-poem", must, poems.OneByte,
			"It MUST send a poem of one byte as it is."),
		sends("keeps-missing-final-newline", must, poems.NoFinalNewline,
			"It MUST NOT add a line end to a poem whose last line has none."),
		sends("keeps-blanks", must, poems.Blanks,
			"It MUST keep blanks and empty lines, at the start and the end of the poem and of its lines."),
		sends("keeps-empty-lines", must, poems.EmptyLines,
			"It MUST keep empty lines, however many, in the middle of the poem and at its end."),
		sends("keeps-punctuation", must, poems.Punctuation,
			"It MUST send what formats, shells and templates use (%s, \\n, $x, {x}) as it stands."),
		sends("keeps-multibyte-text", must, poems.Multibyte,
			"It MUST keep characters of several bytes, of whatever script, as they are written."),
		sends("keeps-long-multibyte-text", must, poems.LongMultibyte,
			"It MUST keep characters of several bytes whole where the poem is sent in pieces."),
		sends("keeps-long-text-beyond-bmp", must, poems.LongAstral,
			"It MUST keep characters of four bytes, which are two in UTF-16, whole where the poem is sent in pieces."),
		sends("keeps-control-characters", must, poems.ControlCharacters,
			"It MUST keep control characters (Ctrl-Z, form feed, escape, delete) as they are, and what follows them."),
		sends("keeps-unusual-characters", must, poems.Unusual,
			"It MUST keep characters that programs split lines at, drop, compose or replace, as they are written."),
		sends("keeps-long-lines", must, poems.LongLines,
			"It MUST keep lines of 100 KB whole."),
		sends("keeps-byte-order-mark", must, poems.ByteOrderMark,
			"It MUST keep a byte order mark at the start of the poem, which is a character like any other."),
		sends("keeps-crlf", should, poems.CRLF,
			"It SHOULD keep CR LF and CR, which are bytes like any other."),
		sends("keeps-nul-and-ff", should, poems.NULAndFF,
			"It SHOULD send NUL and 0xFF bytes as they are, and what follows them."),
		sends("keeps-every-byte", should, poems.AllBytes,
			"It SHOULD send every byte from 0 to 255 as it is."),
	}
}

// sends is the requirement that a poem arrives as it is.
func sends(slug string, level conformance.Level, file conformance.File, statement string) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: level, Source: source(3), Launch: serving(file), Statement: statement,
		Check: func(c *conformance.Case) {
			for range 2 {
				fetch(c)
			}
		},
	}
}
