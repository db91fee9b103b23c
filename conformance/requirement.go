package conformance

import (
	"fmt"
	"strings"
	"time"
)

// QuickMost is how long a check of a quick run may last.
const QuickMost = 3 * time.Second

// Level is how binding a requirement is, in the words of BCP 14. Greater is
// more binding.
type Level int

// The levels. The zero value is none of them, so that a requirement that was
// given no level is found out.
const (
	May Level = iota + 1
	Should
	Must
)

var levelNames = map[Level]string{May: "MAY", Should: "SHOULD", Must: "MUST"}

// String returns "MUST", "SHOULD" or "MAY".
func (l Level) String() string {
	if name, ok := levelNames[l]; ok {
		return name
	}
	return fmt.Sprintf("Level(%d)", int(l))
}

// MarshalText gives the level its place in JSON, as String does.
func (l Level) MarshalText() ([]byte, error) {
	if _, ok := levelNames[l]; !ok {
		return nil, fmt.Errorf("%v is not a level", l)
	}
	return []byte(l.String()), nil
}

// UnmarshalText reads what MarshalText writes, in upper or lower case.
func (l *Level) UnmarshalText(text []byte) error {
	for level, name := range levelNames {
		if strings.EqualFold(name, string(text)) {
			*l = level
			return nil
		}
	}
	return fmt.Errorf("unknown level %q: use must, should or may", text)
}

// Source says where a requirement comes from.
type Source struct {
	Section string // of the specification, docs/specification.md: "1.3"
	Part    string // of the tutorial: "Part 11"
}

// String returns the source as reports print it.
func (s Source) String() string {
	return fmt.Sprintf("specification %s; tutorial %s", s.Section, s.Part)
}

// Use is how a check uses a running program.
type Use int

// The uses.
const (
	// Shared gives the check an instance that other cases use at the same time. Nothing
	// that it does may change what another case sees.
	Shared Use = iota
	// Dedicated gives the check an instance that no other case uses.
	Dedicated
	// StartedByCheck gives the check none: it starts the program itself.
	StartedByCheck
)

// Requirement is one sentence of a specification and the function that checks it.
type Requirement struct {
	Slug      string // its name within the role: "sends-exact-poem"
	Level     Level
	Statement string // a full sentence, with the level's word in capitals
	Source    Source

	Launch   Launch // what the instance is started with, beside the role's baseline
	Instance Use
	Needs    []Need // what the check asks of the target

	// Kernel, if not empty, says why the check means something on real sockets and real
	// processes only.
	Kernel string

	// Heavy marks checks that take much processor time or memory; only a few of
	// them run at once.
	Heavy bool

	// Descriptors is how many files this process must be able to open for the
	// check, those of a target in the same process included, where that is many.
	Descriptors int64

	// Lasts is how long the check takes however quick the target is, where that is
	// long. The longest are begun first, and quick runs leave out those over QuickMost.
	Lasts time.Duration

	// Check returns if the requirement holds. See [Case] for how it fails.
	Check func(*Case)
}
