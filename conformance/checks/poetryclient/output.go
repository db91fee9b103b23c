package poetryclient

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"scansion/conformance"
)

// isExactly reports whether an output is poems, in any order, each followed by at most one
// line end.
func isExactly(out []byte, poems ...[]byte) bool {
	if len(poems) == 0 {
		return len(out) == 0
	}
	for i, poem := range poems {
		rest, ok := bytes.CutPrefix(out, poem)
		if !ok {
			continue
		}
		others := slices.Delete(slices.Clone(poems), i, i+1)
		if isExactly(rest, others...) {
			return true
		}
		if after, ok := cutLineEnd(rest); ok && isExactly(after, others...) {
			return true
		}
	}
	return false
}

func cutLineEnd(out []byte) (rest []byte, ok bool) {
	if rest, ok = bytes.CutPrefix(out, []byte("\n")); ok {
		return rest, true
	}
	return bytes.CutPrefix(out, []byte("\r\n"))
}

// expectExactly fails the case unless the client has handed on these poems, and nothing
// else.
func expectExactly(c *conformance.Case, f finished, poems ...[]byte) {
	if !isExactly(f.Stdout, poems...) {
		c.Wrong("exactly "+describe(poems)+" on standard output, each followed by at most one line end",
			f.describe(poems))
	}
}

// expectEach fails the case unless each of the poems is in the output as often as it is
// named. What else is there is not looked at.
func expectEach(c *conformance.Case, f finished, poems ...[]byte) {
	for _, poem := range poems {
		due := 0
		for _, other := range poems {
			if bytes.Equal(poem, other) {
				due++
			}
		}
		if n := bytes.Count(f.Stdout, poem); n != due {
			c.Wrong(describe(poems)+" on standard output, whole and once each", f.describe(poems))
		}
	}
}

// describe says what poems are expected.
func describe(poems [][]byte) string {
	if len(poems) == 1 {
		return fmt.Sprintf("the poem's %d bytes", len(poems[0]))
	}
	sizes := make([]string, len(poems))
	for i, poem := range poems {
		sizes[i] = fmt.Sprint(len(poem))
	}
	return fmt.Sprintf("the %d poems, of %s bytes", len(poems), strings.Join(sizes, ", "))
}

// describe says what came instead of poems.
func (f finished) describe(poems [][]byte) string {
	seen := differs(f.Stdout, poems)
	switch {
	case f.Flooded:
		seen = fmt.Sprintf("more than %d bytes, without end", len(f.Stdout))
	case !f.ended:
		seen += "; and the program still runs"
	case f.exit.Failed():
		seen += "; and the program ended with " + f.exit.How
	}
	return seen
}

// differs says how an output differs from poems.
func differs(out []byte, poems [][]byte) string {
	if len(out) == 0 {
		return "nothing"
	}
	if len(poems) == 1 {
		return differsFrom(out, poems[0])
	}
	var parts []string
	for i, poem := range poems {
		if n := bytes.Count(out, poem); n != 1 && len(poem) > 0 {
			parts = append(parts, fmt.Sprintf("poem %d of %d stands there %s", i+1, len(poems), times(n)))
		}
	}
	if parts == nil {
		parts = []string{"the poems, and something else"}
	}
	return fmt.Sprintf("%d bytes: %s", len(out), strings.Join(parts, ", "))
}

func times(n int) string {
	if n == 0 {
		return "not once"
	}
	return fmt.Sprintf("%d times", n)
}

// differsFrom says where an output first differs from a poem.
func differsFrom(out, poem []byte) string {
	same := 0
	for same < min(len(out), len(poem)) && out[same] == poem[same] {
		same++
	}
	switch {
	case same == len(poem):
		return fmt.Sprintf("the poem's %d bytes, and then more: %s", len(poem), conformance.Quote(out[same:]))
	case same == len(out):
		return fmt.Sprintf("only the first %d of the poem's %d bytes", same, len(poem))
	default:
		return fmt.Sprintf("%s where %s is due, at byte %d of %d",
			conformance.Quote(out[same:]), conformance.Quote(poem[same:]), same, len(poem))
	}
}

// remarks returns the lines that a client wrote beside poems, with what differs from run
// to run left out: ports, times, addresses of objects.
func (f finished) remarks(poems ...[]byte) []string {
	text := string(f.Stdout)
	for _, poem := range poems {
		if len(poem) > 0 {
			text = strings.Replace(text, string(poem), "\n", 1)
		}
	}
	var lines []string
	for line := range strings.Lines(text + "\n" + f.Log) {
		if line = strings.TrimSpace(varying.ReplaceAllString(line, "#")); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// varying is what differs between two runs of a program that says the same.
var varying = regexp.MustCompile(`0x[0-9a-fA-F]+|[0-9]+([:.,-][0-9]+)+|[0-9]{4,}`)

// saysMore reports whether a client has made a remark that it did not make in other runs.
func (f finished) saysMore(than []finished, poems ...[]byte) bool {
	usual := map[string]bool{}
	for _, other := range than {
		for _, line := range other.remarks(poems...) {
			usual[line] = true
		}
	}
	return slices.ContainsFunc(f.remarks(poems...), func(line string) bool { return !usual[line] })
}
