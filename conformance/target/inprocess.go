package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"scansion/conformance"
)

const (
	// stopWithin is how long a program may take to end after SIGTERM before it is
	// killed, where no check looks at that.
	stopWithin = 2 * time.Second
	// killWithin is how long a killed program may take to end.
	killWithin = 10 * time.Second
)

// InProcess is a target that runs a Go function as if it were a program: with files, a
// place to listen, connections, signals, outputs and an exit status of its own.
type InProcess struct {
	name     string
	network  conformance.Network
	lifetime conformance.Lifetime
	main     func(*Process) error
}

var _ conformance.Target = (*InProcess)(nil)

// NewInProcess returns a target that runs main, which serves, as often as needed, each
// time in a goroutine of its own. Main ends as a program does: nil is exit status 0, an
// error is written to the output and is exit status 1, unless it is an [ExitStatus].
func NewInProcess(name string, network conformance.Network, main func(*Process) error) *InProcess {
	return &InProcess{name, network, conformance.Serves, main}
}

// NewInProcessOnce is [NewInProcess] for programs that run once.
func NewInProcessOnce(name string, network conformance.Network, main func(*Process) error) *InProcess {
	return &InProcess{name, network, conformance.RunsOnce, main}
}

// Serve adapts a function that serves a poem to all who connect to the listener,
// until the listener is closed: the shape of most Go servers.
func Serve(serve func(listener net.Listener, poem []byte) error) func(*Process) error {
	return func(p *Process) error {
		poem, err := p.ReadFile("poem")
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

// Start runs the function and, if it is to serve, waits until it listens.
func (t *InProcess) Start(ctx context.Context, launch conformance.Launch) (*conformance.Instance, error) {
	p := newProcess(ctx, t.network, launch)
	go p.run(t.main, t.lifetime == conformance.RunsOnce)
	instance := &conformance.Instance{
		Process: p, Launch: launch, Signals: p,
		Usage: p.usage,
	}
	if t.lifetime == conformance.RunsOnce {
		return instance, nil
	}
	limit := time.NewTimer(readyWithin)
	defer limit.Stop()
	select {
	case <-p.ready:
	case <-p.exited:
		if p.address() == "" { // it may have listened, and that it returned will be seen
			return nil, p.startError(fmt.Sprintf("the function returned before it listened (%s)", p.exit.How), &p.exit)
		}
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), p.Stop())
	case <-limit.C:
		err := p.startError(fmt.Sprintf("the function did not listen within %v, and was still running", readyWithin), nil)
		return nil, errors.Join(err, p.Stop())
	}
	instance.Addr = p.address()
	return instance, nil
}
