package conformance

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
)

// Role is all that differs between the kinds of programs that are judged.
type Role struct {
	Name      string     // for commands and IDs: "echo-server"
	About     string     // one sentence, for lists and help
	Variables []Variable // what a command of the role may ask for
	Lifetime  Lifetime

	// Baseline is a launch that every program of the role must be able to start with: a
	// target that does not cannot be judged. Programs that run once have none.
	Baseline Launch

	// Try, for programs that run once, is a case that shows whether the program can be run
	// at all. It returns a [*StartError] if it cannot.
	Try func(*Case) error

	Requirements []Requirement
}

// Lifetime is when a program runs, and what its end means.
type Lifetime int

// The lifetimes.
const (
	Serves   Lifetime = iota // it is ready when it listens, and is judged while it runs: an early end is a fault
	RunsOnce                 // a check starts it, and judges what it does and how it ends
	Parses                   // it is fed streams, by one process each or one for many
)

// Variable is something that a command may be told, as {name} or in the environment.
type Variable struct {
	Name string
	Help string // what it stands for, in a few words

	// Learn, if not nil, finds out from a server that runs already what its own file for
	// this variable holds. Nil content means that the server says nothing.
	Learn func(ctx context.Context, conn net.Conn) ([]byte, error)
}

// ID returns the identity of one of the role's requirements: "echo-server/echoes".
func (r Role) ID(slug string) string { return r.Name + "/" + slug }

// IDs returns the IDs of all requirements, in order.
func (r Role) IDs() []string {
	ids := make([]string, len(r.Requirements))
	for i, requirement := range r.Requirements {
		ids[i] = r.ID(requirement.Slug)
	}
	return ids
}

// Requirement returns the requirement of a slug, and whether there is one.
func (r Role) Requirement(slug string) (Requirement, bool) {
	i := slices.IndexFunc(r.Requirements, func(q Requirement) bool { return q.Slug == slug })
	if i < 0 {
		return Requirement{}, false
	}
	return r.Requirements[i], true
}

// Filter returns the role with only those requirements that match run (all, if it is
// empty) and do not match skip.
func (r Role) Filter(run, skip Globs) Role {
	r.Requirements = slices.DeleteFunc(slices.Clone(r.Requirements), func(q Requirement) bool {
		return (len(run) > 0 && !run.Match(r.ID(q.Slug))) || skip.Match(r.ID(q.Slug))
	})
	return r
}

// Validate reports the first mistake in the role: a requirement without one of its
// parts, a slug that stands there twice, or a launch that names no variable of the role.
func (r Role) Validate() error {
	if r.Name == "" || r.About == "" {
		return fmt.Errorf("role %q: it must have a name and say what it is about", r.Name)
	}
	if (r.Lifetime == RunsOnce) != (r.Try != nil) {
		return fmt.Errorf("role %s: programs that run once are tried, and no others", r.Name)
	}
	seen := map[string]bool{}
	for _, q := range r.Requirements {
		switch id := r.ID(q.Slug); {
		case q.Slug == "" || strings.ContainsAny(q.Slug, "/ "):
			return fmt.Errorf("requirement %q: its slug must be one word, without a slash", id)
		case seen[q.Slug]:
			return fmt.Errorf("requirement %s: its role has two of that slug", id)
		case q.Source.Section == "" || q.Source.Part == "":
			return fmt.Errorf("requirement %s has no source", id)
		case !strings.Contains(q.Statement, q.Level.String()):
			return fmt.Errorf("requirement %s: the statement does not say %s", id, q.Level)
		case q.Check == nil:
			return fmt.Errorf("requirement %s has no check", id)
		case (r.Lifetime == RunsOnce) != (q.Instance == StartedByCheck) && r.Lifetime != Serves:
			return fmt.Errorf("requirement %s: programs that run once are started by the check, parsers are not", id)
		}
		for name := range q.Launch {
			if !r.Knows(name) {
				return fmt.Errorf("requirement %s launches with {%s}, which is no variable of its role", r.ID(q.Slug), name)
			}
		}
		seen[q.Slug] = true
	}
	return nil
}

// Knows reports whether the role has a variable of that name.
func (r Role) Knows(variable string) bool {
	return slices.ContainsFunc(r.Variables, func(v Variable) bool { return v.Name == variable })
}
