// Package sockets tells which TCP sockets there are on this machine, without connecting to
// any, and finds ports that nobody uses.
//
// On Linux it asks the kernel by netlink, which filters by port, or, where that is not
// permitted, reads /proc/net/tcp. Elsewhere it connects to see whether something listens.
package sockets

import (
	"errors"
	"net/netip"
)

// ErrNoPort is returned by [FreePort] if it finds none.
var ErrNoPort = errors.New("no free port found: close some servers")

// Listeners returns the addresses on which something listens at a port. The unspecified
// IPv6 address stands for a socket that takes connections over IPv4 as well; one that
// takes none is given as the loopback address ::1, if the system tells the difference.
func Listeners(port int) ([]netip.Addr, error) { return listeners(port) }

// InUse reports whether any socket, in whatever state, has the port at its own end. False
// may mean that the system does not tell.
func InUse(port int) bool { return inUse(port) }

// Exists reports whether there is a connection's socket with these two ends on this
// machine, or nobody knows. A kernel whose queue for a listener is full drops connections
// that their client has reason to think made.
func Exists(local, remote netip.AddrPort) bool { return exists(local, remote) }

// ListensAt reports whether a process itself holds a socket that listens at a port. The
// error is [errors.ErrUnsupported] where the system does not tell.
func ListensAt(pid, port int) (bool, error) { return listensAt(pid, port) }
