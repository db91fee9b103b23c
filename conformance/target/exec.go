package target

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"scansion/conformance"
)

const (
	host = "127.0.0.1" // where targets are told to listen

	// readyWithin is how long a program may take to listen, the first time.
	readyWithin = 10 * time.Second
	// againWithin is how long it may take once it has been seen to start: if it is
	// slow now, the machine is busy.
	againWithin = 40 * time.Second
)

// Exec is a target that is started with a command, as often as needed, each time
// on a port of its own and in a process group of its own.
type Exec struct {
	name    string
	command command
	dir     string // of the fixtures' files
	mark    string // in the environment of every process of this target
	ready   time.Duration
	proven  atomic.Bool // it has been seen to start

	mu    sync.Mutex
	files map[string]string // fixture name to file

	// learn finds out once what a command serves that has no {poem}.
	learn  sync.Once
	learnt error
	own    []byte // nil if it serves the fixtures all the same, told by SCANSION_POEM
}

var _ conformance.Target = (*Exec)(nil)

// NewExec returns a target for a command of the role, with placeholders as the
// specification lists them. It starts nothing. The error says what is wrong with
// the command.
func NewExec(role conformance.Role, line string) (*Exec, error) {
	parsed, err := parseCommand(role, line)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "scansion-")
	if err != nil {
		return nil, err
	}
	// A program may give up its rights before it reads the poem, or have others.
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // poems are no secret
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &Exec{
		name: line, command: parsed, dir: dir, ready: readyWithin,
		mark:  newMark(),
		files: map[string]string{},
	}, nil
}

// newMark returns a variable for the environment of every process of a target.
func newMark() string { return "SCANSION_RUN=" + rand.Text() }

// Named sets what reports call the target, in place of its command, and returns it.
func (e *Exec) Named(name string) *Exec {
	e.name = name
	return e
}

// Name is the command line, unless another name was set.
func (e *Exec) Name() string { return e.name }

// Kind is "exec".
func (e *Exec) Kind() string { return "exec" }

// Single is false.
func (e *Exec) Single() bool { return false }

// Lacks tells what this command, or this system, cannot serve. It is asked once
// an instance has been started.
func (e *Exec) Lacks(need conformance.Need) string {
	switch {
	case need&conformance.NeedUsage != 0 && !canCount:
		return "a program's descriptors and memory can only be counted on Linux"
	case need&conformance.NeedHost != 0 && !e.command.uses("host"):
		return "the command has no {host}, so the program is not told which interface to listen on"
	case need&conformance.NeedPoem != 0 && !e.command.uses("poem") && e.own != nil:
		return "the command has no {poem}, so the program is not told which poem to serve"
	}
	return ""
}

// Close removes the fixtures' files, and kills whatever the target's processes
// have left outside their process groups.
func (e *Exec) Close() error {
	killMarked(e.mark)
	return os.RemoveAll(e.dir)
}

// Start starts the command and waits until it listens.
func (e *Exec) Start(ctx context.Context, setup conformance.Setup) (conformance.Instance, error) {
	for attempt := 1; ; attempt++ {
		p, portless, err := e.try(ctx, setup)
		switch {
		case err == nil:
			e.proven.Store(true)
			if !e.command.uses("poem") {
				e.learn.Do(func() { p, e.learnt = e.learnOwn(ctx, p, setup) })
			}
			if e.learnt != nil {
				return nil, errors.Join(e.learnt, p.Stop())
			}
			if e.own != nil {
				p.poem = func() []byte { return e.own }
			}
			return p, nil
		case !portless || attempt == 3:
			return nil, err
		}
	}
}

// try starts the command once. Portless tells whether the failure may be due to
// the port having been taken by somebody else.
func (e *Exec) try(ctx context.Context, setup conformance.Setup) (p *program, portless bool, err error) {
	port, release := setup.TakenPort, func() {}
	if port == 0 {
		if port, release, err = freePort(host); err != nil {
			return nil, false, err
		}
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	poem := filepath.Join(e.dir, "missing", "poem.txt")
	if !setup.MissingPoem {
		if poem, err = e.file(setup.Fixture); err != nil {
			return nil, false, err
		}
	}
	p, err = spawn(e.command, e.mark, map[string]string{"host": host, "port": strconv.Itoa(port), "poem": poem})
	if err != nil {
		return nil, false, err
	}
	p.addr = net.JoinHostPort(host, strconv.Itoa(port))
	if setup.TakenPort != 0 {
		err = p.waitGone(ctx, e.ready)
	} else {
		err = p.waitReady(ctx, port, e.patience(setup), e.command.uses("host"))
	}
	if err == nil && !e.proven.Load() {
		err = p.stays(ctx)
	}
	if err != nil {
		ended := p.ended()
		err = errors.Join(err, p.Stop())
		taken, _ := listeners(port)
		return nil, ended && setup.TakenPort == 0 && len(taken) > 0, err
	}
	p.poem = setup.Fixture.Bytes
	p.release = release
	return p, false, nil
}

// patience is how long the program may take to listen. Without its poem it is not
// expected to.
func (e *Exec) patience(setup conformance.Setup) time.Duration {
	if e.proven.Load() && !setup.MissingPoem {
		return max(e.ready, againWithin)
	}
	return e.ready
}

// file returns the file that holds a fixture, writing it at first use.
func (e *Exec) file(f conformance.Fixture) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if name, ok := e.files[f.Name]; ok {
		return name, nil
	}
	name := filepath.Join(e.dir, f.Name+".txt")
	if err := os.WriteFile(name, f.Bytes(), 0o644); err != nil { //nolint:gosec // poems are no secret
		return "", fmt.Errorf("the poem cannot be written for the target: %w", err)
	}
	e.files[f.Name] = name
	return name, nil
}

// learnOwn finds out what a command without {poem} serves: a poem of its own, or
// the one that SCANSION_POEM names. One that serves different poems for different
// fixtures is told by the environment, whatever it makes of them. It returns the
// program, which it may have had to start again.
func (e *Exec) learnOwn(ctx context.Context, p *program, setup conformance.Setup) (*program, error) {
	first, err := learn(ctx, p.addr)
	if err != nil {
		return p, &conformance.StartError{Reason: fmt.Sprintf("the command has no {poem}, and what it serves could not be learnt: %v", err), Output: p.Output()}
	}
	if first == nil || bytes.Equal(first, setup.Fixture.Bytes()) {
		return p, nil
	}
	second, err := e.servesAnother(ctx)
	if failed := (*conformance.StartError)(nil); errors.As(err, &failed) && failed.Exit != nil {
		// It may be that it cannot run twice at a time.
		if err := p.Stop(); err != nil {
			return p, err
		}
		if second, err = e.servesAnother(ctx); err != nil {
			return p, err
		}
		again, _, err := e.try(ctx, setup)
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

// servesAnother returns what the command serves if it is told another poem.
func (e *Exec) servesAnother(ctx context.Context) ([]byte, error) {
	other := conformance.Fixture{Name: "another", Bytes: func() []byte { return []byte("another poem, to see whether it is served\n") }}
	p, _, err := e.try(ctx, conformance.Setup{Fixture: other})
	if err != nil {
		return nil, err
	}
	poem, err := learn(ctx, p.addr)
	return poem, errors.Join(err, p.Stop())
}
