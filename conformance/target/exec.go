package target

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"scansion/conformance"
	"scansion/internal/process"
	"scansion/internal/sockets"
)

const (
	host = "127.0.0.1" // where targets are told to listen

	// readyWithin is how long a program may take to listen, the first time.
	readyWithin = 10 * time.Second
	// againWithin is how long it may take once it has been seen to start: if it is
	// slow now, the machine is busy.
	againWithin = 40 * time.Second
)

var loopback = netip.MustParseAddr(host)

// Exec is a target that is started with a command, as often as needed, each time in a
// process group of its own and, if it serves, on a port of its own.
type Exec struct {
	name    string
	role    conformance.Role
	command command
	dir     string // of the files that programs are given
	ready   time.Duration
	proven  atomic.Bool // it has been seen to start

	mu    sync.Mutex
	files map[string]string // file name to path

	// A command that is not told the variable which can be learnt may have a file of its
	// own, which is found out once.
	learn  sync.Once
	learnt error
	own    []byte // nil if the program has what its environment names
}

var _ conformance.Target = (*Exec)(nil)

// NewExec returns a target for a command of the role, with placeholders for the role's
// variables. It starts nothing. The error says what is wrong with the command.
func NewExec(role conformance.Role, line string) (*Exec, error) {
	parsed, err := parseCommand(role, line)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "scansion-")
	if err != nil {
		return nil, err
	}
	// A program may give up its rights before it reads its files, or have others.
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // poems are no secret
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &Exec{
		name: line, role: role, command: parsed, dir: dir, ready: readyWithin,
		files: map[string]string{},
	}, nil
}

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
	if need == conformance.NeedUsage && !process.Measurable {
		return "a program's descriptors and memory can only be counted on Linux"
	}
	for _, v := range e.role.Variables {
		if need != conformance.NeedVariable(v.Name) || e.command.uses(v.Name) || (v.Learn != nil && e.own == nil) {
			continue
		}
		return fmt.Sprintf("the command has no {%s}, so the program is not told %s", v.Name, v.Help)
	}
	return ""
}

// Close removes the files.
func (e *Exec) Close() error { return os.RemoveAll(e.dir) }

// Start starts the command and, if it serves, waits until it listens.
func (e *Exec) Start(ctx context.Context, launch conformance.Launch) (*conformance.Instance, error) {
	if e.role.Lifetime == conformance.RunsOnce {
		p, err := e.run(launch, nil)
		if err != nil {
			return nil, err
		}
		return p.instance(launch), nil
	}
	p, err := e.serve(ctx, launch)
	if err != nil {
		return nil, err
	}
	variable := learnable(e.role)
	if variable == nil || e.command.uses(variable.Name) {
		return p.instance(launch), nil
	}
	e.learn.Do(func() { p, e.learnt = e.learnOwn(ctx, p, launch, *variable) })
	if e.learnt != nil {
		return nil, errors.Join(e.learnt, p.Stop())
	}
	return p.instance(withOwn(launch, *variable, e.own)), nil
}

// serve starts the command until it has a port.
func (e *Exec) serve(ctx context.Context, launch conformance.Launch) (*program, error) {
	for attempt := 1; ; attempt++ {
		p, portless, err := e.try(ctx, launch)
		switch {
		case err == nil:
			e.proven.Store(true)
			return p, nil
		case !portless || attempt == 3:
			return nil, err
		}
	}
}

// try starts the command once. Portless tells whether the failure may be due to
// the port having been taken by somebody else.
func (e *Exec) try(ctx context.Context, launch conformance.Launch) (p *program, portless bool, err error) {
	occupied := launch["port"].Occupied()
	port, release := occupied, func() {}
	if port == 0 {
		if port, release, err = sockets.FreePort(host); err != nil {
			return nil, false, err
		}
	}
	p, err = e.run(launch, map[string]string{"host": host, "port": strconv.Itoa(port)})
	if err != nil {
		release()
		return nil, false, err
	}
	p.addr, p.release = netip.AddrPortFrom(loopback, uint16(port)), release //nolint:gosec // ports fit
	if occupied != 0 {
		err = p.wait(ctx, givesUp(e.ready))
	} else {
		err = p.wait(ctx, p.listens(e.patience(launch), e.command.uses("host")))
	}
	if err == nil && !e.proven.Load() {
		err = p.wait(ctx, stays)
	}
	if err != nil {
		ended := !p.Running()
		err = errors.Join(err, p.Stop())
		taken, _ := sockets.Listeners(port)
		return nil, ended && occupied == 0 && len(taken) > 0, err
	}
	return p, false, nil
}

// run starts the command as a program that serves at an address, or runs once.
func (e *Exec) run(launch conformance.Launch, at map[string]string) (*program, error) {
	values, err := e.values(launch)
	if err != nil {
		return nil, err
	}
	for name, value := range at {
		values[name] = []string{value}
	}
	p := &program{release: func() {}}
	if at == nil {
		p.stdout = newStdout()
	}
	spec := process.Spec{Words: e.command.fill(values), Stdout: p.stdout}
	for name, words := range values {
		spec.Env = append(spec.Env, "SCANSION_"+strings.ToUpper(name)+"="+strings.Join(words, " "))
	}
	p.Process, err = start(spec)
	return p, err
}

// patience is how long the program may take to listen. Without its files it is not
// expected to.
func (e *Exec) patience(launch conformance.Launch) time.Duration {
	for _, v := range launch {
		if v.Missing() {
			return e.ready
		}
	}
	if e.proven.Load() {
		return max(e.ready, againWithin)
	}
	return e.ready
}

// values is what the variables of a launch stand for, as words of a command line.
func (e *Exec) values(launch conformance.Launch) (map[string][]string, error) {
	values := map[string][]string{}
	for name, v := range launch {
		file, isFile := v.File()
		switch {
		case v.Missing():
			values[name] = []string{filepath.Join(e.dir, "missing", name+".txt")}
		case isFile:
			path, err := e.file(file)
			if err != nil {
				return nil, err
			}
			values[name] = []string{path}
		case v.Occupied() == 0:
			values[name] = v.Words()
		}
	}
	return values, nil
}

// file returns the path of a file, writing it at first use.
func (e *Exec) file(f conformance.File) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if path, ok := e.files[f.Name]; ok {
		return path, nil
	}
	path := filepath.Join(e.dir, f.Name+".txt")
	if err := os.WriteFile(path, f.Bytes(), 0o644); err != nil { //nolint:gosec // poems are no secret
		return "", fmt.Errorf("the file cannot be written for the target: %w", err)
	}
	e.files[f.Name] = path
	return path, nil
}
