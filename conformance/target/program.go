package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"scansion/conformance"
	"scansion/internal/bounded"
	"scansion/internal/patience"
	"scansion/internal/process"
	"scansion/internal/sockets"
)

const (
	readyEvery = 5 * time.Millisecond // between two looks at whether a program listens
	// looksElsewhere is how many looks, 2 s of them, a program is given that listens
	// at some address, but not yet at the one that it was told.
	looksElsewhere = 400
	// staysFor is how long a program is watched that is seen to listen for the first
	// time: one that binds and then goes into the background is about to end.
	staysFor = 300 * time.Millisecond
)

// program is a command that serves, or runs once.
type program struct {
	*process.Process
	stdout  *bounded.Buffer // of one that runs once; nil if it serves
	addr    netip.AddrPort  // where it listens, if it does
	release func()          // gives up the claim to its port
}

var (
	_ conformance.Process  = (*program)(nil)
	_ conformance.Signaler = (*program)(nil)
)

// start starts a command. The error is a *StartError if it is to blame.
func start(s process.Spec) (*process.Process, error) {
	p, err := process.Start(s)
	if errors.Is(err, process.ErrNotRunnable) {
		return nil, &conformance.StartError{Reason: err.Error()}
	}
	return p, err
}

const stdoutMost = 64 << 20 // bytes kept of the standard output of a program that runs once

// newStdout returns a place for the standard output of a program that runs once.
func newStdout() *bounded.Buffer {
	return bounded.New(stdoutMost, 0).Allow(func(written, _ int64) bool { return written <= stdoutMost })
}

// waiting is for what a program is looked at again and again.
type waiting struct {
	within time.Duration
	look   func() (done bool, err error) // nil: never

	ended   string // when it is a fault that the program has ended
	overdue string // what it is a fault to have waited for in vain; empty if that is none
}

// wait waits. The error is a *StartError if the program is to blame.
func (p *program) wait(ctx context.Context, w waiting) error {
	limit := p.Patience(patience.Config{Silence: patience.Always(w.within), FromStart: true})
	defer limit.Stop()
	next := time.NewTicker(readyEvery)
	defer next.Stop()
	for {
		done := false
		if w.look != nil {
			var err error
			if done, err = w.look(); err != nil {
				return err
			}
		}
		switch {
		case !p.Running():
			return p.endedEarly(w.ended)
		case done:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.Exited():
		case <-next.C:
		case <-limit.C():
			switch {
			case !limit.Over():
			case w.overdue == "":
				return nil
			default:
				return &conformance.StartError{Reason: w.overdue, Output: p.Log()}
			}
		}
	}
}

// listens is for the program to listen at its port, which is noted. ToldHost tells that
// the program knows at which address it should.
func (p *program) listens(within time.Duration, toldHost bool) waiting {
	elsewhere := 0 // looks that found it listening only where it was not told to
	port := p.addr.Port()
	look := func() (bool, error) {
		addrs, err := sockets.Listeners(int(port))
		if err != nil {
			return false, fmt.Errorf("the system's table of listening sockets cannot be read: %w", err)
		}
		if len(addrs) == 0 {
			return false, nil
		}
		at, fits := choose(addrs, toldHost)
		p.addr = netip.AddrPortFrom(at, port)
		elsewhere++
		return fits || elsewhere > looksElsewhere, nil
	}
	return waiting{
		within: within, look: look, ended: "before it listened",
		overdue: fmt.Sprintf("nothing listened at port %d within %v of the start; the command tells the program its port with {port} or SCANSION_PORT", port, within),
	}
}

// stays is for a program that has just become ready to go into the background.
var stays = waiting{within: staysFor, ended: "as soon as it listened"}

// givesUp is for a program that cannot have its port to end.
func givesUp(within time.Duration) waiting {
	return waiting{within: within, ended: "before it listened", overdue: fmt.Sprintf("the program was still running after %v", within)}
}

// choose picks, from where a program listens, the address to connect to, and reports
// whether it is one that it should listen at: the one that it was told, unless the
// command has no way to tell it.
func choose(addrs []netip.Addr, told bool) (at netip.Addr, fits bool) {
	covers := func(a netip.Addr) bool { return a.IsUnspecified() || a == loopback }
	switch {
	case slices.ContainsFunc(addrs, covers):
		return loopback, true
	case told:
		return loopback, false
	default:
		return addrs[0], true
	}
}

// endedEarly tells of a program that has ended when it should have become ready.
func (p *program) endedEarly(when string) error {
	<-p.Exited()
	exit := p.Exit()
	reason := fmt.Sprintf("the program ended %s (%s)", when, exit.How)
	if !exit.Failed() && p.LeftBehind() {
		reason = "the program went into the background: start it in the foreground, so that it can be watched and stopped"
	}
	return &conformance.StartError{Reason: reason, Exit: &exit, Output: p.Log()}
}

// instance is the program with its facets.
func (p *program) instance(launch conformance.Launch) *conformance.Instance {
	instance := &conformance.Instance{
		Process: p, Launch: launch, Signals: p,
		Usage: func() (conformance.Usage, error) {
			usage, err := p.Usage()
			return conformance.Usage(usage), err
		},
		Busy: func() (computed, starved time.Duration) { return p.CPU(), p.Starved() },
	}
	if p.addr.IsValid() {
		instance.Addr, instance.Holds = p.addr.String(), p.holds
	}
	return instance
}

// holds reports whether the program's side of a connection from client exists. A kernel
// whose queue for the program is full drops connections that the client has reason to
// think made: the program will never see them.
func (p *program) holds(client net.Addr) bool {
	there, err := netip.ParseAddrPort(client.String())
	return err != nil || sockets.Exists(p.addr, there)
}

// Exit tells how the program ended, and what it took.
func (p *program) Exit() conformance.Exit {
	exit := p.Process.Exit()
	resident, _ := p.Peak()
	return conformance.Exit{Status: exit.Status, How: exit.How, Computed: p.CPU(), Memory: resident}
}

// Output is what the program wrote.
func (p *program) Output() conformance.Output {
	output := conformance.Output{Log: p.Log()}
	if p.stdout != nil {
		output.Stdout, output.Flooded = p.stdout.Bytes(), p.stdout.IsFlooded()
	}
	return output
}

// SignalMain signals the command's own process, and no other, if it is a server: if
// it holds the socket that listens. A shell or another wrapper does not, and whether
// it passes signals on is its own affair.
func (p *program) SignalMain(signal os.Signal) (pointless string, err error) {
	switch listens, err := sockets.ListensAt(p.PID(), int(p.addr.Port())); {
	case errors.Is(err, errors.ErrUnsupported):
		return "which process listens can only be told on Linux", nil
	case err != nil:
		return "", err
	case !listens:
		return "the process that the command starts is not the one that listens: a wrapper, or a master that leaves its port to others", nil
	}
	return "", p.Process.SignalMain(signal)
}

// Stop ends the program and all that it started.
func (p *program) Stop() error {
	defer p.release()
	return p.Process.Stop()
}
