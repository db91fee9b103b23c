package conformance

import (
	"fmt"
	"strings"
	"time"
)

// QuickMost is how long a check of a quick run may last.
const QuickMost = 3 * time.Second

// Role is what a program under test is, for example "poetry-server".
type Role string

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

// Need is a set of things that a check asks of the way a target is reached.
type Need uint

// What a check may need beside a connection.
const (
	// NeedProcess: the target is started by the judge, so it can be started in
	// odd ways, sent signals, and its exit status and output can be seen.
	NeedProcess Need = 1 << iota
	// NeedUsage: the target's descriptors and memory can be counted.
	NeedUsage
	// NeedHost: the target is told which interface to listen on.
	NeedHost
	// NeedPoem: the target is told which poem to serve.
	NeedPoem
	// NeedStrings: of any stream, all the strings that the target delivers can be seen.
	NeedStrings
	// NeedFlow: a stream comes to the target as it is fed, rather than in one message.
	NeedFlow
)

// Requirement is one sentence of a specification and the function that checks it.
type Requirement struct {
	ID        string // role, slash, slug: "poetry-server/sends-exact-poem"
	Role      Role
	Level     Level
	Statement string // a full sentence, with the level's word in capitals
	Source    Source

	Fixture Fixture // what the instance serves
	Needs   Need    // what the check asks of the target

	// Alone gives the check an instance that no other case uses. Every check
	// that could disturb another client of the same server needs one.
	Alone bool

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

// Slug returns the part of the ID after the role.
func (r Requirement) Slug() string {
	_, slug, _ := strings.Cut(r.ID, "/")
	return slug
}

// Catalogue is the requirements of one role.
type Catalogue struct {
	Role Role

	// Control is a fixture that every program of the role can be started with:
	// a target that does not start with it cannot be judged.
	Control Fixture

	Requirements []Requirement
}

// Validate reports the first mistake in the catalogue: a requirement without one
// of its parts, an ID of another role, or one that stands there twice.
func (c Catalogue) Validate() error {
	seen := map[string]bool{}
	for _, r := range c.Requirements {
		role, slug, ok := strings.Cut(r.ID, "/")
		switch {
		case !ok || slug == "" || Role(role) != c.Role || r.Role != c.Role:
			return fmt.Errorf("requirement %q: the ID must be %s/slug and the role %s", r.ID, c.Role, c.Role)
		case seen[r.ID]:
			return fmt.Errorf("requirement %s stands in the catalogue twice", r.ID)
		case r.Source.Section == "" || r.Source.Part == "":
			return fmt.Errorf("requirement %s has no source", r.ID)
		case !strings.Contains(r.Statement, r.Level.String()):
			return fmt.Errorf("requirement %s: the statement does not say %s", r.ID, r.Level)
		case r.Check == nil || r.Fixture.Bytes == nil:
			return fmt.Errorf("requirement %s has no check or no fixture", r.ID)
		}
		seen[r.ID] = true
	}
	return nil
}

// Fixture is what an instance of a target is to serve: bytes with a name.
// Fixtures are told apart by name.
type Fixture struct {
	Name  string
	About string // what is special about it, for people

	// Bytes returns the content. It may be called from any goroutine, and
	// returns the same slice each time, which nobody may change.
	Bytes func() []byte

	// Suits reports whether other content can stand in for this fixture, for
	// targets that serve what they serve. Nil means that any content does.
	Suits func([]byte) bool
}
