package target

import (
	"strings"
	"testing"

	"scansion/conformance"
)

// No command line may do anything but be taken apart or be refused in one line.
func FuzzParseCommand(f *testing.F) {
	for _, line := range []string{
		`python3 server.py --port {port} {poem}`, `sh -c 'serve < {poem} | nc -l {port}'`, `a "b\n" c\ d '' {{x}}`, `x | y`, `'`, `{upstream}`,
	} {
		f.Add(line)
	}
	role := conformance.Role{Name: "fake-server", Variables: []conformance.Variable{{Name: "port"}, {Name: "poem"}}}
	f.Fuzz(func(t *testing.T, line string) {
		c, err := parseCommand(role, line)
		if err != nil {
			if message := err.Error(); strings.Contains(message, "\n") && !strings.Contains(line, "\n") {
				t.Fatalf("the error has several lines: %q", message)
			}
			return
		}
		if filled := c.fill(map[string][]string{"port": {"p"}, "poem": {"f"}}); len(filled) != len(c.words) {
			t.Fatalf("%q was filled in as %q", c.words, filled)
		}
		if filled := c.fill(map[string][]string{"port": {"p", "q"}}); len(filled) > 2*len(c.words) {
			t.Fatalf("%q was filled in as %q", c.words, filled)
		}
	})
}
