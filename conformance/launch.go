package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Launch is how a program is started: what its variables stand for, by their names. Where
// it listens is for the target to choose, unless the launch says so.
type Launch map[string]Value

// Value is what a variable stands for. It is made by [Words], [Content], [MissingFile] or
// [OccupiedPort].
type Value struct {
	words    []string
	file     File
	missing  bool
	occupied int
}

// Words returns a value of some words, each of which is one argument of the command.
func Words(words ...string) Value { return Value{words: words} }

// Content returns the path of a file that holds what f does.
func Content(f File) Value { return Value{file: f} }

// MissingFile returns the path of a file that does not exist.
func MissingFile() Value { return Value{missing: true} }

// OccupiedPort returns a port that somebody else listens at. A program that is told it is
// expected to give up, so that the target waits for its end, not for it to listen.
func OccupiedPort(port int) Value { return Value{occupied: port} }

// Words returns the words of a value that was made by [Words].
func (v Value) Words() []string { return v.words }

// File returns the file of a value that was made by [Content], and whether it was.
func (v Value) File() (File, bool) { return v.file, v.file.Bytes != nil }

// Missing reports whether the value was made by [MissingFile].
func (v Value) Missing() bool { return v.missing }

// Occupied returns the port of a value that was made by [OccupiedPort], and otherwise 0.
func (v Value) Occupied() int { return v.occupied }

// key tells launches apart: programs started alike can be shared.
func (l Launch) key() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(l)) {
		v := l[name]
		fmt.Fprintf(&b, "%s=%q %q %t %d\n", name, v.words, v.file.Name, v.missing, v.occupied)
	}
	return b.String()
}

// About says what is special about the launch, for people.
func (l Launch) About() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(l)) {
		switch v := l[name]; {
		case v.file.About != "":
			parts = append(parts, v.file.About)
		case len(v.words) > 0:
			parts = append(parts, name+" "+strings.Join(v.words, " "))
		}
	}
	return strings.Join(parts, ", ")
}

// File is content with a name, which a program finds in a file. Files are told apart by
// name.
type File struct {
	Name  string
	About string // what is special about it, for people

	// Bytes returns the content. It may be called from any goroutine, and
	// returns the same slice each time, which nobody may change.
	Bytes func() []byte

	// Suits reports whether other content can stand in for this file's, for
	// targets that have their own. Nil means that any content can.
	Suits func([]byte) bool
}
