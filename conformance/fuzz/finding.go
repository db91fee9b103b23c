package fuzz

import (
	"context"
	"errors"
	"fmt"

	"scansion/conformance/oracle"
)

// Finding is a kind of fault that was found.
type Finding struct {
	Case     Case  // as small as it could be made
	Err      error // what is wrong with what the parser made of it
	Original Case  // as generated, or read from the corpus
	Run      int   // number of the original, from 1
	Tries    int   // cases that were tried to make it smaller

	Times int    // how many cases have failed likewise
	File  string // in the corpus; empty without one
}

// String tells the finding in lines for people.
func (f *Finding) String() string {
	text := fmt.Sprintf("%v\n%v", f.Case, f.Err)
	if len(f.Case.Bytes) < len(f.Original.Bytes) {
		text += fmt.Sprintf("\nfirst found, in case %d, with %v", f.Run, f.Original)
	}
	return text
}

// shrink makes a case smaller for as long as there is a fault of the same kind, until no
// step makes it smaller, the context ends or the parser is gone. After a step that does it
// goes on with the next one: those before have just failed.
func (r *session) shrink(ctx context.Context, f *Finding) {
	steps := stepsOf(f.Case)
	for at, left := 0, len(steps); left > 0; at, left = at+1, left-1 {
		c := steps[at%len(steps)]()
		if f.Case.equal(c) {
			continue
		}
		f.Tries++
		wrong, err := r.try(ctx, []Case{c})
		if err != nil || ctx.Err() != nil {
			return
		}
		if wrong[0] != nil && kind(wrong[0]) == kind(f.Err) {
			f.Case, f.Err = c, wrong[0]
			steps = stepsOf(c)
			left = len(steps) + 1
		}
	}
}

// kind is what kind of fault an error of the oracle tells of, or "".
func kind(err error) oracle.Wrong {
	if m := (*oracle.Misfit)(nil); errors.As(err, &m) {
		return m.What
	}
	return ""
}
