package target

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"

	"scansion/conformance"
)

// Addr is a server that runs already. All cases share it.
type Addr struct {
	label
	role  conformance.Role
	given []byte // what it has for the variable that can be learnt, or nil

	once     sync.Once
	instance *conformance.Instance
	err      error
}

var _ conformance.Target = (*Addr)(nil)

// NewAddr returns a target for the server of a role at addr, host:port. What it has for
// the variable of the role that can be learnt is learnt from the first connection, unless
// it is given.
func NewAddr(role conformance.Role, addr string, given []byte) (*Addr, error) {
	if err := CheckAddr(addr); err != nil {
		return nil, err
	}
	return &Addr{label: label{name: addr, kind: "addr", single: true}, role: role, given: given}, nil
}

// CheckAddr fails unless addr is the address of a server, host:port, as it is written.
func CheckAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if number, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || number == 0 {
		return fmt.Errorf("the address %q is not HOST:PORT, with a port from 1 to 65535", addr)
	}
	return nil
}

// Lacks tells that a server that runs already can only be connected to.
func (a *Addr) Lacks(conformance.Need) string {
	return "needs a program that Scansion starts itself: use --exec"
}

// Close does nothing: the server goes on running.
func (a *Addr) Close() error { return nil }

// Start makes sure that the server is there, and learns what it has.
func (a *Addr) Start(ctx context.Context, launch conformance.Launch) (*conformance.Instance, error) {
	a.once.Do(func() { a.instance, a.err = a.find(ctx, launch) })
	return a.instance, a.err
}

func (a *Addr) find(ctx context.Context, launch conformance.Launch) (*conformance.Instance, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.name)
	if err != nil {
		return nil, &conformance.StartError{Reason: fmt.Sprintf("nothing accepts connections at %s: %v", a.name, err)}
	}
	defer func() { _ = conn.Close() }() // only read from
	instance := &conformance.Instance{Process: elsewhere{}, Launch: launch, Addr: a.name}
	variable := learnable(a.role)
	if variable == nil {
		return instance, nil
	}
	own := a.given
	if own == nil {
		if own, err = variable.Learn(ctx, conn); err != nil {
			return nil, &conformance.StartError{Reason: fmt.Sprintf("the %s of %s could not be learnt: %v; give it with --%s",
				variable.Name, a.name, err, variable.Name)}
		}
	}
	instance.WasSilent = own == nil // it will be judged to say nothing of what it was told
	instance.Launch = withOwn(launch, *variable, own)
	return instance, nil
}

// elsewhere is a process that is not ours.
type elsewhere struct{}

// Exited never closes: nobody can tell.
func (elsewhere) Exited() <-chan struct{} { return nil }

// Exit is never told.
func (elsewhere) Exit() conformance.Exit { return conformance.Exit{} }

// Output is nothing: it goes elsewhere.
func (elsewhere) Output() conformance.Output { return conformance.Output{} }

// Stop does nothing.
func (elsewhere) Stop() error { return nil }
