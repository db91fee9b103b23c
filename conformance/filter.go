package conformance

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Globs is a list of patterns on requirement IDs. In a pattern, * stands for any
// characters, the slash among them, ? for one, and [a-z] for one of a class. A
// pattern is held against the whole ID and against the part after the slash.
type Globs []string

// Match reports whether a pattern matches the ID.
func (g Globs) Match(id string) bool {
	for _, pattern := range g {
		if globMatches(pattern, id) {
			return true
		}
	}
	return false
}

// Check returns an error for the first pattern that is malformed or matches none
// of the IDs: a filter that matches nothing is a mistake, not a wish. What names the
// patterns' purpose in the error ("--run"), and kind what the IDs are of.
func (g Globs) Check(what, kind string, ids []string) error {
	for _, pattern := range g {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%s %q: %w", what, pattern, err)
		}
		if !slices.ContainsFunc(ids, func(id string) bool { return globMatches(pattern, id) }) {
			return fmt.Errorf("%s %q matches no %s", what, pattern, kind)
		}
	}
	return nil
}

// globMatches holds one pattern against an ID. path.Match does not let * cross a
// slash, so the slash is hidden from it.
func globMatches(pattern, id string) bool {
	hide := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
	_, slug, _ := strings.Cut(id, "/")
	whole, _ := path.Match(hide(pattern), hide(id))
	part, _ := path.Match(hide(pattern), slug)
	return whole || part
}
