package target

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kballard/go-shellquote"

	"scansion/conformance"
)

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
	for _, name := range variables(strings.Join(words, " ")) {
		if !role.Knows(name) {
			return command{}, fmt.Errorf("unknown placeholder {%s}: a %s command knows %s; write {{%s}} for the word itself",
				name, role.Name, placeholders(role), name)
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
	return slices.ContainsFunc(c.words, func(word string) bool { return slices.Contains(variables(word), name) })
}

// variables returns the names of those that a word asks for.
func variables(word string) (names []string) {
	for _, found := range placeholder.FindAllString(word, -1) {
		if name := strings.Trim(found, "{}"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// placeholders lists what a command of the role may ask for.
func placeholders(role conformance.Role) string {
	if len(role.Variables) == 0 {
		return "none"
	}
	names := make([]string, len(role.Variables))
	for i, v := range role.Variables {
		names[i] = "{" + v.Name + "}"
	}
	return strings.Join(names, ", ")
}

// fill returns the words with values in place of the placeholders. A word that asks for
// a variable of several values stands once for each of them, and for none not at all.
func (c command) fill(values map[string][]string) []string {
	var filled []string
	for _, word := range c.words {
		times := 1
		for _, name := range variables(word) {
			if n := len(values[name]); n == 0 || times == 0 {
				times = 0
			} else {
				times = max(times, n)
			}
		}
		for i := range times {
			filled = append(filled, fillWord(word, values, i))
		}
	}
	return filled
}

// fillWord is a word with the i-th values, or the last ones of those that have fewer, in
// place of the placeholders.
func fillWord(word string, values map[string][]string, i int) string {
	return placeholder.ReplaceAllStringFunc(word, func(found string) string {
		switch found {
		case "{{":
			return "{"
		case "}}":
			return "}"
		}
		of := values[strings.Trim(found, "{}")]
		return of[min(i, len(of)-1)]
	})
}
