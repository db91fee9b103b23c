package sockets

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"syscall"

	"github.com/prometheus/procfs"
)

// socket is one TCP socket of this machine.
type socket struct {
	local, remote netip.AddrPort // IPv4 as such, even if the socket is an IPv6 one
	state         uint8
	inode         uint32
	onlyIPv6      bool // false also if that is not known
}

// table is a way of finding sockets.
type table interface {
	// at returns the sockets that have the port at their own end, or only those of
	// them that listen.
	at(port int, listening bool) ([]socket, error)

	// has reports whether there is a socket with these two ends.
	has(local, remote netip.AddrPort) (bool, error)
}

// socketsAt asks the kernel, or reads its table, which is slow if that is long.
func socketsAt(port int, listening bool) ([]socket, error) {
	found, err := diag{}.at(port, listening)
	if err != nil {
		return files{}.at(port, listening)
	}
	return found, nil
}

func listeners(port int) ([]netip.Addr, error) {
	found, err := socketsAt(port, true)
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, s := range found {
		addr := s.local.Addr()
		if addr == netip.IPv6Unspecified() && s.onlyIPv6 {
			addr = netip.IPv6Loopback() // for :: means 0.0.0.0 as well
		}
		addrs = append(addrs, addr)
	}
	return addrs, nil
}

func inUse(port int) bool {
	found, err := socketsAt(port, false)
	return err == nil && len(found) > 0 // without an answer, binding will tell
}

func exists(local, remote netip.AddrPort) bool {
	found, err := diag{}.has(local, remote)
	if err != nil {
		found, err = files{}.has(local, remote)
	}
	return found || err != nil
}

func listensAt(pid, port int) (bool, error) {
	listening, err := socketsAt(port, true)
	if err != nil {
		return false, err
	}
	proc, err := procfs.NewProc(pid)
	if err != nil {
		return false, err
	}
	open, err := proc.FileDescriptorTargets()
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(listening, func(s socket) bool {
		return slices.Contains(open, fmt.Sprintf("socket:[%d]", s.inode))
	}), nil
}

// claim takes a name in the kernel, which has no file and ends with this process at the
// latest.
func claim(port int) (release func(), ok bool) {
	name, err := new(net.ListenConfig).ListenPacket(context.Background(), "unixgram", "@scansion-port-"+strconv.Itoa(port))
	switch {
	case err == nil:
		return func() { _ = name.Close() }, true // nothing is to be written
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, false
	default:
		return func() {}, true // without claims, collisions are rare
	}
}
