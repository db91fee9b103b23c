package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"scansion/conformance"
)

// InProcess is a target that runs a Go function as if it were a program: with a
// poem, a place to listen, signals, outputs and an exit status of its own.
type InProcess struct {
	name string
	main func(*Process) error
}

var _ conformance.Target = (*InProcess)(nil)

// NewInProcess returns a target that runs main, as often as needed, each time in
// a goroutine of its own. Main ends as a program does: nil is exit status 0, an
// error is written to the output and is exit status 1.
func NewInProcess(name string, main func(*Process) error) *InProcess {
	return &InProcess{name: name, main: main}
}

// Serve adapts a function that serves poem to all who connect to the listener,
// until the listener is closed: the shape of most Go servers.
func Serve(serve func(listener net.Listener, poem []byte) error) func(*Process) error {
	return func(p *Process) error {
		poem, err := p.ReadPoem()
		if err != nil {
			return err
		}
		listener, err := p.Listen()
		if err != nil {
			return err
		}
		go func() {
			select {
			case <-p.Signals():
			case <-p.Context().Done():
			}
			_ = listener.Close() // ends serve
		}()
		if err := serve(listener, poem); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}

// Name is the name that was given.
func (t *InProcess) Name() string { return t.name }

// Kind is "in-process".
func (t *InProcess) Kind() string { return "in-process" }

// Single is false.
func (t *InProcess) Single() bool { return false }

// Lacks nothing: what a function cannot have of a process, it is given.
func (t *InProcess) Lacks(conformance.Need) string { return "" }

// Close does nothing.
func (t *InProcess) Close() error { return nil }

// Start runs the function and waits until it listens.
func (t *InProcess) Start(ctx context.Context, setup conformance.Setup) (conformance.Instance, error) {
	p := &Process{
		setup:   setup,
		signals: make(chan os.Signal, 8),
		ready:   make(chan struct{}),
		exited:  make(chan struct{}),
	}
	p.held.Store(-1)
	p.killed, p.kill = context.WithCancel(context.WithoutCancel(ctx))
	go p.run(t.main)

	limit := time.NewTimer(readyWithin)
	defer limit.Stop()
	select {
	case <-p.ready:
		return p, nil
	case <-p.exited:
		if p.Addr() != "" {
			return p, nil // it has listened, and that it returned will be seen
		}
		return nil, p.startError(fmt.Sprintf("the function returned before it listened (%s)", p.exit.How), &p.exit)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), p.Stop())
	case <-limit.C:
		err := p.startError(fmt.Sprintf("the function did not listen within %v, and was still running", readyWithin), nil)
		return nil, errors.Join(err, p.Stop())
	}
}

// Process is what a function run in process has in place of a process.
type Process struct {
	setup   conformance.Setup
	killed  context.Context //nolint:containedctx // it stands for SIGKILL
	kill    context.CancelFunc
	signals chan os.Signal
	output  output
	held    atomic.Int64

	leaderOnly atomic.Bool // it was signalled by SignalLeader

	readyOnce sync.Once
	ready     chan struct{}
	exited    chan struct{}
	exit      conformance.Exit

	mu     sync.Mutex
	addr   string
	opened map[interface{ Close() error }]bool // listeners and connections
	gone   bool                                // nothing may be opened any more
}

var _ conformance.Instance = (*Process)(nil)

// Context ends when the program is killed: it must return then. Everything that it
// accepted or listened on is closed at the same time.
func (p *Process) Context() context.Context { return p.killed }

// ReadPoem returns what to serve, or an error if the file that it was told is missing.
// Nobody may change the bytes.
func (p *Process) ReadPoem() ([]byte, error) {
	if p.setup.MissingPoem {
		return nil, &os.PathError{Op: "open", Path: "poem.txt", Err: syscall.ENOENT}
	}
	return p.setup.Fixture.Bytes(), nil
}

// Listen listens where the program was told to.
func (p *Process) Listen() (net.Listener, error) { return p.ListenWith(net.ListenConfig{}, host) }

// ListenWith listens at the program's port on an interface and with options of its
// choice.
func (p *Process) ListenWith(config net.ListenConfig, iface string) (net.Listener, error) {
	listener, err := config.Listen(p.killed, "tcp", net.JoinHostPort(iface, strconv.Itoa(p.setup.TakenPort)))
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p.mu.Lock()
	p.addr = net.JoinHostPort(host, port)
	p.mu.Unlock()
	tracked := &trackedListener{listener, p}
	p.opens(listener)
	p.readyOnce.Do(func() { close(p.ready) })
	return tracked, nil
}

// Signals delivers the signals that the program is sent.
func (p *Process) Signals() <-chan os.Signal { return p.signals }

// Write writes to the program's output.
func (p *Process) Write(data []byte) (int, error) { return p.output.Write(data) }

// Hold adds n bytes to the memory that the program says it holds: what it keeps
// cannot be told from the judge's own memory, so it must be told.
func (p *Process) Hold(n int64) {
	p.held.CompareAndSwap(-1, 0)
	p.held.Add(n)
}

// Addr is where the function listens.
func (p *Process) Addr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr
}

// Exited is closed when the function has returned.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Exit tells what it returned.
func (p *Process) Exit() conformance.Exit { return p.exit }

// Signal delivers a signal. A function that does not look at its signals does not
// get it, as a program that blocks them.
func (p *Process) Signal(signal os.Signal) error {
	select {
	case p.signals <- signal:
	default: // enough are waiting
	}
	return nil
}

// Usage counts the listeners and connections that the function has open, as
// descriptors, and what it said it holds, as memory.
func (p *Process) Usage() (conformance.Usage, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return conformance.Usage{Processes: 1, Threads: 1, Descriptors: len(p.opened), Memory: p.held.Load()}, nil
}

// Output is what the function wrote.
func (p *Process) Output() string { return p.output.String() }

// Stop ends the function: SIGTERM, then the end of its context and of all that it
// has open.
func (p *Process) Stop() error {
	defer p.kill()
	_ = p.Signal(syscall.SIGTERM) // never fails
	if p.wait(stopWithin) {
		return p.closeAll()
	}
	p.kill()
	err := p.closeAll()
	if !p.wait(killWithin) {
		return errors.Join(err, errors.New("the function did not return within "+killWithin.String()+" of its context's end"))
	}
	return err
}

func (p *Process) wait(d time.Duration) bool { return closedWithin(p.exited, d) }

// run is the life of the program.
func (p *Process) run(main func(*Process) error) {
	defer close(p.exited)
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(p, "panic: %v\n", r)
			p.exit = conformance.Exit{Status: 2, How: "exit status 2"}
		}
	}()
	if err := main(p); err != nil {
		fmt.Fprintln(p, err)
		p.exit = conformance.Exit{Status: 1, How: "exit status 1"}
		return
	}
	p.exit = conformance.Exit{Status: 0, How: "exit status 0"}
}

func (p *Process) startError(reason string, exit *conformance.Exit) error {
	return &conformance.StartError{Reason: reason, Exit: exit, Output: p.Output()}
}

func (p *Process) opens(c interface{ Close() error }) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		_ = c.Close() // accepted just before its listener was closed
		return
	}
	if p.opened == nil {
		p.opened = map[interface{ Close() error }]bool{}
	}
	p.opened[c] = true
}

func (p *Process) closes(c interface{ Close() error }) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.opened, c)
}

// closeAll closes what the function has open, as the end of a process does.
func (p *Process) closeAll() error {
	p.mu.Lock()
	opened := p.opened
	p.opened, p.gone = nil, true
	p.mu.Unlock()
	var failed error
	for c := range opened {
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// trackedListener counts what it accepts.
type trackedListener struct {
	net.Listener
	process *Process
}

// Accept accepts a *TrackedConn.
func (l *trackedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.process.opens(conn)
	return &TrackedConn{conn.(*net.TCPConn), l.process}, nil
}

// Close closes the listener.
func (l *trackedListener) Close() error {
	l.process.closes(l.Listener)
	return l.Listener.Close()
}

// TrackedConn is a connection that an in-process program accepted: a TCP
// connection that is counted until it is closed.
type TrackedConn struct {
	*net.TCPConn
	process *Process
}

// Close closes the connection.
func (c *TrackedConn) Close() error {
	c.process.closes(c.TCPConn)
	return c.TCPConn.Close()
}

// Poem is what the function was told to serve.
func (p *Process) Poem() []byte { return p.setup.Fixture.Bytes() }
