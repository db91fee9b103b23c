package oracle

import (
	"bytes"
	"fmt"
	"strconv"

	"scansion/conformance"
)

// Misfit is what is wrong with what a parser made of a stream.
type Misfit struct {
	What Wrong  // the kind of it
	Text string // for people
}

// Wrong is a kind of misfit, in a phrase.
type Wrong string

// The kinds.
const (
	Died      Wrong = "it crashed, or was silent"
	Differs   Wrong = "a string is not as it was sent"
	Missing   Wrong = "a string was not delivered"
	Surplus   Wrong = "a string was delivered that is none"
	Accepted  Wrong = "what is malformed or not whole was accepted"
	Misjudged Wrong = "the verdict is another"
)

// Error is the text.
func (m *Misfit) Error() string { return m.Text }

func misfit(what Wrong, format string, args ...any) error {
	return &Misfit{What: what, Text: fmt.Sprintf(format, args...)}
}

// Fits returns nil if what a parser made of the stream is allowed, the stream having
// ended after its last byte. Otherwise the error is a *Misfit, which says what is wrong.
//
// The strings must be exactly those of the ruling, and so must the verdict, but for
// what a parser cannot be blamed for:
//   - Refused stands for Incomplete or Rejected.
//   - A rejected stream that ends before RejectBy may be called incomplete.
//   - An incomplete stream may be called rejected: many a parser takes the end of the
//     stream for one more thing that is wrong with it.
func (r Ruling) Fits(p conformance.Parsed) error { return r.fits(p, false) }

// FitsOpen is Fits for a stream that did not end: the parser waits, or has rejected
// it. A parser that rejects what a good rest could still complete does not fit.
func (r Ruling) FitsOpen(p conformance.Parsed) error { return r.fits(p, true) }

func (r Ruling) fits(p conformance.Parsed, open bool) error {
	switch p.Verdict {
	case conformance.Crashed, conformance.Hung:
		return misfit(Died, "%s, where %s was due: %s", said(p), r.due(), r.Why())
	default:
	}
	if err := r.fitStrings(p.Strings); err != nil {
		return err
	}
	if r.allows(p.Verdict, open) {
		return nil
	}
	if p.Verdict == conformance.Complete {
		return misfit(Accepted, "accepted, where %s", r.Why())
	}
	text := fmt.Sprintf("%s, where the stream is %v: %s", said(p), r.Verdict, r.Why())
	if r.Verdict == conformance.Rejected {
		text += fmt.Sprintf(" (to be rejected within %s, of %d)", count(r.RejectBy, "byte"), len(r.stream))
	}
	return misfit(Misjudged, "%s", text)
}

// allows tells whether a parser may come to a verdict, the strings being right.
func (r Ruling) allows(v conformance.ParserVerdict, open bool) bool {
	switch r.Verdict {
	case conformance.Complete:
		return v == conformance.Complete
	case conformance.Incomplete:
		return v == conformance.Incomplete || v == conformance.Refused || v == conformance.Rejected && !open
	default:
		return v == conformance.Rejected || v == conformance.Refused ||
			v == conformance.Incomplete && len(r.stream) < r.RejectBy
	}
}

// fitStrings holds the strings that were delivered against those that were due.
func (r Ruling) fitStrings(got [][]byte) error {
	for i := range min(len(got), len(r.Strings)) {
		if !bytes.Equal(got[i], r.Strings[i]) {
			g, w := apart(got[i], r.Strings[i])
			return misfit(Differs, "string %d is %s where %s was due", i+1, g, w)
		}
	}
	switch n := len(r.Strings); {
	case len(got) < n:
		return misfit(Missing, "string %d was not delivered: %s (%d of %s were)",
			len(got)+1, Describe(r.Strings[len(got)]), len(got), count(n, "string"))
	case len(got) == n:
		return nil
	case r.Verdict == conformance.Rejected:
		return misfit(Surplus, "delivered a string after the fault: string %d is %s, but %s", n+1, Describe(got[n]), r.Why())
	case r.Verdict == conformance.Incomplete:
		return misfit(Surplus, "delivered a string that is not whole: string %d is %s, but %s", n+1, Describe(got[n]), r.Why())
	default:
		return misfit(Surplus, "delivered a string too many: string %d is %s, but the stream has %s", n+1, Describe(got[n]), count(n, "string"))
	}
}

// apart describes two strings that differ so that the difference is seen: long ones
// from a little before it.
func apart(a, b []byte) (string, string) {
	first := 0
	for first < min(len(a), len(b)) && a[first] == b[first] {
		first++
	}
	if first <= excerpt/2 {
		return Describe(a), Describe(b)
	}
	from := first - excerpt/2
	show := func(s []byte) string {
		return fmt.Sprintf("%s with, from byte %d on, %s", count(len(s), "byte"), from, show(s[from:]))
	}
	return show(a), show(b)
}

// due is what should have come of the stream.
func (r Ruling) due() string {
	if len(r.Strings) == 0 {
		return fmt.Sprintf("%q without a string", r.Verdict)
	}
	return fmt.Sprintf("%q after %s", r.Verdict, count(len(r.Strings), "string"))
}

// said is a verdict in a parser's own words, too.
func said(p conformance.Parsed) string {
	if p.How == "" {
		return p.Verdict.String()
	}
	return fmt.Sprintf("%v (%s)", p.Verdict, p.How)
}

// excerpt is how many bytes of a long string are shown.
const excerpt = 24

// Describe shows a string to people, in hexadecimal and as text, the start of it where
// it is long: `3 bytes 61 62 63 "abc"`.
func Describe(s []byte) string {
	if len(s) == 0 {
		return "the empty string"
	}
	return count(len(s), "byte") + " " + show(s)
}

func show(s []byte) string {
	if len(s) == 0 {
		return "nothing"
	}
	more := ""
	if len(s) > excerpt {
		s, more = s[:excerpt], "..."
	}
	return fmt.Sprintf("% x%s %s%s", s, more, strconv.QuoteToASCII(string(s)), more)
}

// describeByte shows a byte: `'x' (78)`, or `ff` where it is no ASCII character.
func describeByte(b byte) string {
	if b > 0x7f {
		return fmt.Sprintf("%02x", b)
	}
	return fmt.Sprintf("%q (%02x)", rune(b), b)
}

// count is a number of things: "1 byte", "2 bytes".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
