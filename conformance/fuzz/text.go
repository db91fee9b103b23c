package fuzz

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// firstLine of a case's text names the format and its version.
const firstLine = "netstring case 1"

const (
	pieceBytes  = 64       // at the most, but for runs
	pieceRun    = 16       // equal bytes from which on they are a piece of their own
	longestCase = 16 << 20 // bytes of a stream: a slip in a number must not fill the memory
)

// Name is a file name for the case, which depends on its stream and cuts only: the
// start of a SHA-256 in hexadecimal, and ".case".
func (c Case) Name() string {
	text, _ := c.MarshalText()
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]) + ".case"
}

// MarshalText writes the case in its text form, a stable one. The error is nil.
//
//	netstring case 1
//	# a line like this one, and an empty one, say nothing
//	text "5:hel"
//	hex 00 ff
//	text "a" * 4096
//	cuts 1 2 5
//
// Lines of text, a quoted string as in Go, and hex are the stream, one after the other;
// "* 4096" repeats what is before it. A line of cuts holds the offsets of the cuts, or
// "all", which are those of single bytes.
func (c Case) MarshalText() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintln(&b, firstLine)
	for rest := c.Bytes; len(rest) > 0; {
		p, times := piece(rest)
		word := "hex"
		if printable(p[0]) {
			word = "text"
		}
		fmt.Fprintln(&b, word, quoted(p, times))
		rest = rest[len(p)*times:]
	}
	switch {
	case len(c.Cuts) > 3 && len(c.Cuts) == len(c.Bytes)-1:
		fmt.Fprintln(&b, "cuts all")
	case len(c.Cuts) > 0:
		fmt.Fprintln(&b, "cuts", strings.Trim(fmt.Sprint(c.Cuts), "[]"))
	}
	return b.Bytes(), nil
}

// piece is what data begins with, and how many times: a byte that comes often, or else
// bytes that are all printable, or all not.
func piece(data []byte) (p []byte, times int) {
	if n := run(data); n >= pieceRun {
		return data[:1], n
	}
	n := 1
	for n < min(len(data), pieceBytes) && printable(data[n]) == printable(data[0]) && run(data[n:]) < pieceRun {
		n++
	}
	return data[:n], 1
}

// run counts the bytes at the start of data that equal the first.
func run(data []byte) int {
	n := 1
	for n < len(data) && data[n] == data[0] {
		n++
	}
	return n
}

func printable(b byte) bool { return ' ' <= b && b <= '~' }

// quoted shows a piece.
func quoted(p []byte, times int) string {
	text := strconv.Quote(string(p))
	if !printable(p[0]) {
		text = fmt.Sprintf("% x", p)
	}
	if times > 1 {
		text += fmt.Sprintf(" * %d", times)
	}
	return text
}

// UnmarshalText reads the text form. Errors name the line.
func (c *Case) UnmarshalText(text []byte) error {
	read := Case{Bytes: []byte{}}
	begun := false // with the first line
	for i, line := range strings.Split(string(text), "\n") {
		var err error
		switch line = strings.TrimSpace(line); {
		case line == "" || line[0] == '#':
		case begun:
			err = read.add(line)
		case line != firstLine:
			err = fmt.Errorf("%q is not %q", line, firstLine)
		default:
			begun = true
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if !begun {
		return fmt.Errorf("%q is missing", firstLine)
	}
	if n := len(read.Cuts); n > 0 && read.Cuts[n-1] >= len(read.Bytes) {
		return fmt.Errorf("the cut at %d is not inside the stream of %d bytes", read.Cuts[n-1], len(read.Bytes))
	}
	*c = read
	return nil
}

// add reads a line that is not the first.
func (c *Case) add(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case c.Cuts != nil:
		return errors.New("the cuts are the last line")
	case word == "cuts":
		return c.addCuts(rest)
	case word == "text":
		text, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return fmt.Errorf("%s is not a quoted string", rest)
		}
		data, _ := strconv.Unquote(text) // QuotedPrefix has looked
		return c.addData([]byte(data), rest[len(text):])
	case word == "hex":
		digits, _, _ := strings.Cut(rest, "*")
		data, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
		if err != nil {
			return fmt.Errorf("%q is not hexadecimal: %w", strings.TrimSpace(digits), err)
		}
		return c.addData(data, rest[len(digits):])
	default:
		return fmt.Errorf("%q is none of text, hex and cuts", word)
	}
}

// addData appends data to the stream, repeated as "* 12" says, or once if that is "".
func (c *Case) addData(data []byte, repeated string) error {
	times := 1
	if repeated = strings.TrimSpace(repeated); repeated != "" {
		number, found := strings.CutPrefix(repeated, "*")
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if !found || err != nil || n < 1 {
			return fmt.Errorf("%q is not \"*\" and how many times", repeated)
		}
		times = n
	}
	if times > longestCase || len(c.Bytes)+len(data)*times > longestCase {
		return fmt.Errorf("the stream would be longer than %d bytes", longestCase)
	}
	c.Bytes = append(c.Bytes, bytes.Repeat(data, times)...)
	return nil
}

func (c *Case) addCuts(list string) error {
	if list == "all" {
		c.Cuts = everyOffset(len(c.Bytes))
		return nil
	}
	last := 0
	for field := range strings.FieldsSeq(list) {
		at, err := strconv.Atoi(field)
		if err != nil || at <= last {
			return fmt.Errorf("the cut %q is not an offset after the one before it", field)
		}
		c.Cuts = append(c.Cuts, at)
		last = at
	}
	if c.Cuts == nil {
		return errors.New("a line of cuts has none")
	}
	return nil
}
