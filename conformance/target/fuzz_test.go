package target

import (
	"strings"
	"testing"
)

// No command line may do anything but be taken apart or be refused in one line.
func FuzzParseCommand(f *testing.F) {
	for _, line := range []string{
		`python3 server.py --port {port} {poem}`, `sh -c 'serve < {poem} | nc -l {port}'`, `a "b\n" c\ d '' {{x}}`, `x | y`, `'`, `{upstream}`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, err := parseCommand("poetry-server", line)
		if err != nil {
			if message := err.Error(); strings.Contains(message, "\n") && !strings.Contains(line, "\n") {
				t.Fatalf("the error has several lines: %q", message)
			}
			return
		}
		filled := c.fill(map[string]string{"host": "h", "port": "p", "poem": "f"})
		if len(filled) == 0 || len(filled) != len(c.words) {
			t.Fatalf("%q was filled in as %q", c.words, filled)
		}
	})
}
