package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"scansion/conformance"
)

const (
	readyEvery = 5 * time.Millisecond // between two looks at whether a program listens
	// looksElsewhere is how many looks, 2 s of them, a program is given that listens
	// at some address, but not yet at the one that it was told.
	looksElsewhere = 400
	// staysFor is how long a program is watched that is seen to listen for the first
	// time: one that binds and then goes into the background is about to end.
	staysFor = 300 * time.Millisecond
	// pipesWithin is how long a program's outputs may stay open after its end, held
	// by something that it started. The end is known only then, so it is shorter than
	// the judge waits for one.
	pipesWithin = 100 * time.Millisecond
)

// program is a running command: one process group.
type program struct {
	cmd     *exec.Cmd
	addr    string
	marks   []string // in the environment of all that the program starts, and of nobody else
	output  output
	stdout  captured      // of one that runs once
	exited  chan struct{} // closed once cmd has been waited for
	release func()        // gives up the claim to its port; nil until it has started
}

var (
	_ conformance.Process  = (*program)(nil)
	_ conformance.Signaler = (*program)(nil)
)

// spawn starts a command. The outputs of one that runs once are kept apart.
func spawn(c command, mark string, values map[string][]string, once bool) (*program, error) {
	p := &program{exited: make(chan struct{})}
	p.cmd, p.marks = prepare(c, mark, values)
	p.cmd.Stdout = &p.output
	p.cmd.Stderr = &p.output
	if once {
		p.cmd.Stdout = &p.stdout
	}
	if err := p.cmd.Start(); err != nil {
		return nil, notStartable(err)
	}
	giveDescriptors(p.cmd.Process.Pid)
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // the state tells how it ended
	}()
	return p, nil
}

// prepare makes a command ready to be started, in a group of its own, with values for its
// placeholders, which it gets in its environment too. The marks are what of that nobody
// else has.
func prepare(c command, mark string, values map[string][]string) (cmd *exec.Cmd, marks []string) {
	words := c.fill(values)
	// Ended by Stop, as a group; a context would kill the leader alone.
	cmd = exec.Command(words[0], words[1:]...) //nolint:noctx,gosec // running the user's command is the purpose
	cmd.Env = append(os.Environ(), mark)
	marks = []string{mark}
	for name, words := range values {
		variable := "SCANSION_" + strings.ToUpper(name) + "=" + strings.Join(words, " ")
		cmd.Env = append(cmd.Env, variable)
		if name == "port" {
			marks = append(marks, variable)
		}
	}
	cmd.WaitDelay = pipesWithin
	cmd.SysProcAttr = ownGroup()
	return cmd, marks
}

func notStartable(err error) error {
	return &conformance.StartError{Reason: fmt.Sprintf("the command could not be started: %v", err)}
}

// waitReady waits until the program listens at the port, and notes where. ToldHost tells
// that the program knows at which address it should.
func (p *program) waitReady(ctx context.Context, port int, within time.Duration, toldHost bool) error {
	limit := newVigil(p.cmd.Process.Pid, within)
	defer limit.stop()
	elsewhere := 0 // looks that found it listening only where it was not told to
	look := time.NewTicker(readyEvery)
	defer look.Stop()
	for {
		addrs, err := listeners(port)
		if err != nil {
			return fmt.Errorf("the system's table of listening sockets cannot be read: %w", err)
		}
		if p.gone() {
			return p.endedEarly("before it listened")
		}
		if len(addrs) > 0 {
			at, fits := choose(addrs, toldHost)
			if elsewhere++; fits || elsewhere > looksElsewhere {
				p.addr = net.JoinHostPort(at, strconv.Itoa(port))
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.exited:
		case <-look.C:
		case <-limit.over():
			if !limit.isOver() {
				continue
			}
			return &conformance.StartError{
				Reason: fmt.Sprintf("nothing listened at port %d within %v of the start; the command tells the program its port with {port} or SCANSION_PORT", port, within),
				Output: p.output.String(),
			}
		}
	}
}

// choose picks, from where a program listens, the address to connect to, and reports
// whether it is one that it should listen at: the one that it was told, unless the
// command has no way to tell it.
func choose(addrs []netip.Addr, told bool) (at string, fits bool) {
	covers := func(a netip.Addr) bool { return a.IsUnspecified() || a.String() == host }
	switch {
	case slices.ContainsFunc(addrs, covers):
		return host, true
	case told:
		return host, false
	default:
		return addrs[0].String(), true
	}
}

// stays watches a program that has just become ready for as long as it takes one to go
// into the background.
func (p *program) stays(ctx context.Context) error {
	limit := time.NewTimer(staysFor)
	defer limit.Stop()
	look := time.NewTicker(readyEvery)
	defer look.Stop()
	for !p.gone() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		case <-limit.C:
			return nil
		}
	}
	return p.endedEarly("as soon as it listened")
}

// endedEarly tells of a program that has ended when it should have become ready.
func (p *program) endedEarly(when string) error {
	<-p.exited
	exit := p.Exit()
	reason := fmt.Sprintf("the program ended %s (%s)", when, exit.How)
	if !exit.Failed() && (syscall.Kill(-p.cmd.Process.Pid, 0) == nil || len(marked(p.marks...)) > 0) {
		reason = "the program went into the background: start it in the foreground, so that it can be watched and stopped"
	}
	return &conformance.StartError{Reason: reason, Exit: &exit, Output: p.output.String()}
}

// waitGone waits for a program that cannot have its port to give up, which is
// told as a StartError in any case.
func (p *program) waitGone(ctx context.Context, within time.Duration) error {
	limit := time.NewTimer(within)
	defer limit.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-p.exited:
		return p.endedEarly("before it listened")
	case <-limit.C:
		return &conformance.StartError{
			Reason: fmt.Sprintf("the program was still running after %v", within),
			Output: p.output.String(),
		}
	}
}

func (p *program) ended() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// gone reports whether the process has ended, even if something that it started
// still holds its outputs.
func (p *program) gone() bool {
	return p.ended() || errors.Is(p.cmd.Process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// instance is the program with its facets.
func (p *program) instance(launch conformance.Launch) *conformance.Instance {
	return &conformance.Instance{
		Process: p, Launch: launch, Addr: p.addr, Signals: p,
		Usage: func() (conformance.Usage, error) { return usage(p.cmd.Process.Pid) },
		Busy: func() (computed, starving time.Duration) {
			return onCPU(p.cmd.Process.Pid), starved(p.cmd.Process.Pid)
		},
		Holds: p.holds,
	}
}

// holds reports whether the program's side of a connection from client exists. A kernel
// whose queue for the program is full drops connections that the client has reason to
// think made: the program will never see them.
func (p *program) holds(client net.Addr) bool {
	here, err := netip.ParseAddrPort(p.addr)
	if err != nil {
		return true
	}
	there, err := netip.ParseAddrPort(client.String())
	return err != nil || holds(here, there)
}

// Exited is closed when the command's own process has ended.
func (p *program) Exited() <-chan struct{} { return p.exited }

// Exit tells how the process ended.
func (p *program) Exit() conformance.Exit {
	state := p.cmd.ProcessState
	return conformance.Exit{
		Status: state.ExitCode(), How: state.String(),
		Computed: state.UserTime() + state.SystemTime(), Memory: mostResident(state),
	}
}

// Signal signals the whole group: the command may be a shell or another wrapper.
func (p *program) Signal(signal os.Signal) error {
	number, ok := signal.(syscall.Signal)
	if !ok {
		return fmt.Errorf("%v cannot be sent on this system", signal)
	}
	if err := syscall.Kill(-p.cmd.Process.Pid, number); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// Output is what the program wrote.
func (p *program) Output() conformance.Output {
	stdout, flooded := p.stdout.written()
	return conformance.Output{Stdout: stdout, Log: p.output.String(), Flooded: flooded}
}

// Stop ends the group: SIGTERM, then SIGKILL. What of it outlives the leader is
// killed in any case.
func (p *program) Stop() error {
	if p.release != nil {
		defer p.release()
	}
	if p.ended() {
		killGroup(p.cmd.Process.Pid, p.marks)
		return nil
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	p.wait(stopWithin)
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	if !p.wait(killWithin) {
		return fmt.Errorf("process %d did not end within %v of SIGKILL", p.cmd.Process.Pid, killWithin)
	}
	return nil
}

func (p *program) wait(d time.Duration) bool { return closedWithin(p.exited, d) }
