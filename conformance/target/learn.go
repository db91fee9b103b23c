package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"

	"scansion/conformance"
)

// learnable returns the variable of a role that can be learnt from a server that runs, or
// nil.
func learnable(role conformance.Role) *conformance.Variable {
	for _, v := range role.Variables {
		if v.Learn != nil {
			return &v
		}
	}
	return nil
}

// withOwn is a launch with the program's own content for a variable, unless that is nil.
func withOwn(launch conformance.Launch, v conformance.Variable, own []byte) conformance.Launch {
	if own == nil {
		return launch
	}
	known := conformance.Launch{}
	maps.Copy(known, launch)
	known[v.Name] = conformance.Content(conformance.File{Name: "own", About: "its own", Bytes: func() []byte { return own }})
	return known
}

// learn returns what the server at addr has for a variable, or nil if it says nothing.
func learn(ctx context.Context, addr string, v conformance.Variable) ([]byte, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, nil //nolint:nilerr // nothing comes, for which it will be judged
	}
	defer func() { _ = conn.Close() }() // only read from
	return v.Learn(ctx, conn)
}

// learnOwn finds out what a command has that is not told a variable: a file of its own,
// or the one that its environment names. One that has different content for different
// files is told by the environment, whatever it makes of them. It returns the program,
// which it may have had to start again.
func (e *Exec) learnOwn(ctx context.Context, p *program, launch conformance.Launch, v conformance.Variable) (*program, error) {
	told, _ := launch[v.Name].File()
	first, err := learn(ctx, p.addr.String(), v)
	if err != nil {
		return p, &conformance.StartError{
			Reason: fmt.Sprintf("the command has no {%s}, and what it has could not be learnt: %v", v.Name, err),
			Output: p.Log(),
		}
	}
	if first == nil || bytes.Equal(first, told.Bytes()) {
		return p, nil
	}
	second, err := e.hasAnother(ctx, v)
	if failed := (*conformance.StartError)(nil); errors.As(err, &failed) && failed.Exit != nil {
		// It may be that it cannot run twice at a time.
		if err := p.Stop(); err != nil {
			return p, err
		}
		if second, err = e.hasAnother(ctx, v); err != nil {
			return p, err
		}
		again, _, err := e.try(ctx, launch)
		if err != nil {
			return p, err
		}
		p = again
	}
	if err == nil && bytes.Equal(first, second) {
		e.own = first
	}
	return p, err
}

// hasAnother returns what the command has if it is told another file.
func (e *Exec) hasAnother(ctx context.Context, v conformance.Variable) ([]byte, error) {
	other := conformance.File{Name: "another", Bytes: func() []byte { return []byte("another text, to see whether it is used\n") }}
	p, _, err := e.try(ctx, conformance.Launch{v.Name: conformance.Content(other)})
	if err != nil {
		return nil, err
	}
	content, err := learn(ctx, p.addr.String(), v)
	return content, errors.Join(err, p.Stop())
}
