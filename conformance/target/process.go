package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"scansion/conformance"
	"scansion/internal/bounded"
)

// Process is what a function run in process has in place of a process.
type Process struct {
	network conformance.Network
	launch  conformance.Launch
	killed  context.Context //nolint:containedctx // it stands for SIGKILL
	kill    context.CancelFunc
	signals chan os.Signal
	log     *bounded.Buffer
	stdout  *bounded.Buffer
	held    atomic.Int64
	burnt   atomic.Int64 // nanoseconds

	mainOnly atomic.Bool // it was signalled by SignalMain

	readyOnce sync.Once
	ready     chan struct{}
	exited    chan struct{}
	exit      conformance.Exit

	mu     sync.Mutex
	addr   string
	opened map[io.Closer]bool // listeners and connections
	gone   bool               // nothing may be opened any more
}

var (
	_ conformance.Process  = (*Process)(nil)
	_ conformance.Signaler = (*Process)(nil)
)

// ExitStatus is an error that ends a function with a status, and without a message.
type ExitStatus int

// Error says the status.
func (e ExitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func newProcess(ctx context.Context, network conformance.Network, launch conformance.Launch) *Process {
	p := &Process{
		network: network, launch: launch,
		log: bounded.New(8<<10, 8<<10), stdout: newStdout(),
		signals: make(chan os.Signal, 8),
		ready:   make(chan struct{}),
		exited:  make(chan struct{}),
		opened:  map[io.Closer]bool{},
	}
	p.held.Store(-1)
	p.killed, p.kill = context.WithCancel(context.WithoutCancel(ctx))
	return p
}

// Context ends when the program is killed: it must return then. Everything that it
// accepted, dialled or listened on is closed at the same time.
func (p *Process) Context() context.Context { return p.killed }

// Words returns what a variable stands for: none if the program was not told it.
func (p *Process) Words(variable string) []string { return p.launch[variable].Words() }

// Word returns the only word that a variable stands for, or "".
func (p *Process) Word(variable string) string {
	if words := p.Words(variable); len(words) == 1 {
		return words[0]
	}
	return ""
}

// ReadFile returns the content of the file that a variable stands for, or an error if
// it is missing. Nobody may change the bytes.
func (p *Process) ReadFile(variable string) ([]byte, error) {
	file, ok := p.launch[variable].File()
	if !ok {
		return nil, &os.PathError{Op: "open", Path: variable + ".txt", Err: syscall.ENOENT}
	}
	return file.Bytes(), nil
}

// Listen listens where the program was told to.
func (p *Process) Listen() (net.Listener, error) { return p.ListenOn(host) }

// ListenOn listens at the program's port on an interface of its choice.
func (p *Process) ListenOn(iface string) (net.Listener, error) {
	listener, err := p.network.Listen(p.killed, net.JoinHostPort(iface, strconv.Itoa(p.Port())))
	if err != nil {
		return nil, err
	}
	return p.Adopt(listener)
}

// Port is the port that the program was told to listen on; 0 is any.
func (p *Process) Port() int { return p.launch["port"].Occupied() }

// Adopt makes a listener of the function's own one of the program's.
func (p *Process) Adopt(listener net.Listener) (net.Listener, error) {
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p.mu.Lock()
	p.addr = net.JoinHostPort(host, port)
	p.mu.Unlock()
	p.opens(listener)
	p.readyOnce.Do(func() { close(p.ready) })
	return &trackedListener{listener, p}, nil
}

// Dial connects to an address.
func (p *Process) Dial(addr string) (*TrackedConn, error) {
	socket, err := p.network.Dial(p.killed, addr, conformance.DialOptions{})
	if err != nil {
		return nil, err
	}
	p.opens(socket)
	return &TrackedConn{socket, p}, nil
}

// Signals delivers the signals that the program is sent.
func (p *Process) Signals() <-chan os.Signal { return p.signals }

// Write writes to the program's log: its standard error.
func (p *Process) Write(data []byte) (int, error) { return p.log.Write(data) }

// Stdout is the program's standard output.
func (p *Process) Stdout() io.Writer { return p.stdout }

// Hold adds n bytes to the memory that the program says it holds: what it keeps
// cannot be told from the judge's own memory, so it must be told.
func (p *Process) Hold(n int64) {
	p.held.CompareAndSwap(-1, 0)
	p.held.Add(n)
}

// Burn adds to the processor time that the program says it takes, for the same reason.
func (p *Process) Burn(d time.Duration) { p.burnt.Add(int64(d)) }

// MainOnly reports whether the program's main process alone was sent a signal.
func (p *Process) MainOnly() bool { return p.mainOnly.Load() }

func (p *Process) address() string {
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

// SignalMain delivers a signal that a function can tell from one to all of its
// processes, if it asks.
func (p *Process) SignalMain(signal os.Signal) (pointless string, err error) {
	p.mainOnly.Store(true)
	return "", p.Signal(signal)
}

// usage counts the listeners and connections that the function has open, as
// descriptors, and what it said it holds, as memory.
func (p *Process) usage() (conformance.Usage, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return conformance.Usage{Processes: 1, Threads: 1, Descriptors: len(p.opened), Memory: p.held.Load()}, nil
}

// Output is what the function wrote.
func (p *Process) Output() conformance.Output {
	return conformance.Output{Stdout: p.stdout.Bytes(), Log: p.log.String(), Flooded: p.stdout.IsFlooded()}
}

// Stop ends the function: SIGTERM, then the end of its context and of all that it
// has open.
func (p *Process) Stop() error {
	defer p.kill()
	_ = p.Signal(syscall.SIGTERM) // never fails
	if closedWithin(p.exited, stopWithin) {
		return p.closeAll()
	}
	p.kill()
	err := p.closeAll()
	if !closedWithin(p.exited, killWithin) {
		return errors.Join(err, errors.New("the function did not return within "+killWithin.String()+" of its context's end"))
	}
	return err
}

// closedWithin waits for a channel to be closed, and reports whether it was.
func closedWithin(c <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
		return false
	}
}

// run is the life of the program. What is open at the end of one that runs once is
// closed, as systems do; what one that serves leaves open, its workers may still hold.
func (p *Process) run(main func(*Process) error, once bool) {
	defer close(p.exited)
	if once {
		defer func() { _ = p.closeAll() }() // there is nobody to be told
	}
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(p, "panic: %v\n", r)
			p.exit = conformance.Exit{Status: 2, How: "exit status 2"}
		}
	}()
	err := main(p)
	var status ExitStatus
	switch {
	case errors.As(err, &status):
		p.exit = conformance.Exit{Status: int(status), How: status.Error()}
	case err != nil:
		fmt.Fprintln(p, err)
		p.exit = conformance.Exit{Status: 1, How: "exit status 1"}
	default:
		p.exit = conformance.Exit{Status: 0, How: "exit status 0"}
	}
	p.exit.Computed, p.exit.Memory = time.Duration(p.burnt.Load()), p.held.Load()
}

func (p *Process) startError(reason string, exit *conformance.Exit) error {
	return &conformance.StartError{Reason: reason, Exit: exit, Output: p.Output().Log}
}

func (p *Process) opens(c io.Closer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		_ = c.Close() // accepted just before its listener was closed
		return
	}
	p.opened[c] = true
}

func (p *Process) closes(c io.Closer) {
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
	return &TrackedConn{conn.(conformance.Socket), l.process}, nil
}

// Close closes the listener.
func (l *trackedListener) Close() error {
	l.process.closes(l.Listener)
	return l.Listener.Close()
}

// TrackedConn is a connection of an in-process program, which is counted until it is
// closed.
type TrackedConn struct {
	conformance.Socket
	process *Process
}

// Close closes the connection.
func (c *TrackedConn) Close() error {
	c.process.closes(c.Socket)
	return c.Socket.Close()
}
