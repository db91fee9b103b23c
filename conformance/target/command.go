package target

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kballard/go-shellquote"

	"scansion/conformance"
)

// placeholders are what a command of a role may ask for.
var placeholders = map[conformance.Role][]string{
	"poetry-server": {"host", "port", "poem"},
	"netstring":     {}, // the stream is on standard input
}

// assignment is how a shell's command begins that sets a variable.
var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

var placeholder = regexp.MustCompile(`\{\{|\}\}|\{[a-z_]+\}`)

// command is a command line, split into words, with placeholders to be filled in.
type command struct {
	words []string
}

// parseCommand splits a command line like a shell does, without running one, and
// makes sure that the role knows every placeholder in it.
func parseCommand(role conformance.Role, line string) (command, error) {
	words, err := shellquote.Split(line)
	switch found := operator(line); {
	case err != nil:
		return command{}, fmt.Errorf("the command %q cannot be split into words: %w", line, err)
	case found != 0:
		return command{}, fmt.Errorf("the command has the shell's %c, but no shell runs it: quote it, or use sh -c '...'", found)
	case len(words) > 0 && assignment.MatchString(words[0]):
		return command{}, fmt.Errorf("the command begins with the shell's %s, but no shell runs it: use env %s and then the program", words[0], words[0])
	case len(words) == 0:
		return command{}, fmt.Errorf("the command %q is empty", line)
	}
	known := placeholders[role]
	for _, found := range placeholder.FindAllString(strings.Join(words, " "), -1) {
		name := strings.Trim(found, "{}")
		if name != "" && len(known) == 0 {
			return command{}, fmt.Errorf("unknown placeholder %s: a %s command has none; write {{%s}} for the word itself", found, role, name)
		}
		if name != "" && !slices.Contains(known, name) {
			return command{}, fmt.Errorf("unknown placeholder %s: a %s command knows {%s}; write {{%s}} for the word itself",
				found, role, strings.Join(known, "}, {"), name)
		}
	}
	return command{words: words}, nil
}

// operator returns the first character of a command line that means something to a
// shell beyond the words, or 0.
func operator(line string) rune {
	var quote rune
	escaped := false
	for _, r := range line {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case strings.ContainsRune("|&;<>", r):
			return r
		}
	}
	return 0
}

// uses reports whether the command asks for a value.
func (c command) uses(name string) bool {
	for _, word := range c.words {
		if slices.Contains(placeholder.FindAllString(word, -1), "{"+name+"}") {
			return true
		}
	}
	return false
}

// fill returns the words with values in place of the placeholders.
func (c command) fill(values map[string]string) []string {
	filled := make([]string, len(c.words))
	for i, word := range c.words {
		filled[i] = placeholder.ReplaceAllStringFunc(word, func(found string) string {
			switch found {
			case "{{":
				return "{"
			case "}}":
				return "}"
			default:
				return values[strings.Trim(found, "{}")]
			}
		})
	}
	return filled
}
