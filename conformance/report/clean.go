package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes any string fit for a terminal and for XML: newlines, tabs and what
// can be printed stay, everything else becomes an escape, as in a Go string. A
// backslash stays as it is, so that what is readable stays readable.
func clean(s string) string {
	return escape(s, func(r rune) bool { return r == '\n' || r == '\t' || unicode.IsPrint(r) })
}

// cleanLine is clean for what has to stay on one line: white space of any kind
// becomes one space.
func cleanLine(s string) string { return clean(strings.Join(strings.Fields(s), " ")) }

// valid makes any string valid UTF-8 without losing what was in it, by writing
// the other bytes as escapes.
func valid(s string) string {
	return escape(s, func(rune) bool { return true })
}

// escape replaces invalid UTF-8 and the runes that are not kept.
func escape(s string, keep func(rune) bool) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1, r < utf8.RuneSelf && !keep(r):
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case keep(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[size:]
	}
	return b.String()
}

// shorten cuts a line after so many characters, and says so.
func shorten(line string, most int) string {
	if utf8.RuneCountInString(line) <= most {
		return line
	}
	return string([]rune(line)[:most]) + " ..."
}

// lines splits a text into its lines, without blank ones at its end.
func lines(s string) []string {
	s = strings.TrimRight(s, " \t\r\n")
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// indent puts margin before every line that is not blank.
func indent(margin string, text []string) string {
	var b strings.Builder
	for _, line := range text {
		if strings.TrimSpace(line) != "" {
			b.WriteString(margin + line)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
