package sockets

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"

	"github.com/prometheus/procfs"
	"github.com/vishvananda/netlink"
)

// socket is one TCP socket of this machine.
type socket struct {
	local, remote netip.AddrPort // IPv4 as such, even if the socket is an IPv6 one
	state         uint8
	inode         uint32
	onlyIPv6      bool // false also if that is not known
}

// query is which sockets are looked for: those with two ends or, without a remote one, with
// the port of the local end, whatever its address.
type query struct {
	local, remote netip.AddrPort
	listening     bool // only those that listen
}

func atPort(port int, listening bool) query {
	return query{local: netip.AddrPortFrom(netip.Addr{}, uint16(port)), listening: listening} //nolint:gosec // ports fit
}

func (q query) matches(s socket) bool {
	if q.remote.IsValid() {
		return s.local == q.local && s.remote == q.remote
	}
	return s.local.Port() == q.local.Port() && (!q.listening || s.state == netlink.TCP_LISTEN)
}

// find asks the kernel, or reads its table, which is slow if that is long.
func find(q query) ([]socket, error) {
	found, err := askKernel(q)
	if err != nil {
		return readFiles(q)
	}
	return found, nil
}

func listeners(port int) ([]netip.Addr, error) {
	found, err := find(atPort(port, true))
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
	found, err := find(atPort(port, false))
	return err == nil && len(found) > 0 // without an answer, binding will tell
}

func exists(local, remote netip.AddrPort) bool {
	found, err := find(query{local: local, remote: remote})
	return len(found) > 0 || err != nil
}

func listensAt(pid, port int) (bool, error) {
	listening, err := find(atPort(port, true))
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

// readFiles finds sockets in /proc/net/tcp and /proc/net/tcp6, which do not tell which of
// them are for IPv6 only.
func readFiles(q query) ([]socket, error) {
	proc, err := procfs.NewDefaultFS()
	if err != nil {
		return nil, err
	}
	four, err := proc.NetTCP() //nolint:staticcheck // netlink, which it recommends, has not been permitted
	if err != nil {
		return nil, err
	}
	six, err := proc.NetTCP6()             //nolint:staticcheck // as above
	if err != nil && !os.IsNotExist(err) { // there may be no IPv6
		return nil, err
	}
	var found []socket
	for _, line := range slices.Concat(four, six) {
		s := socket{
			local:  end(line.LocalAddr, line.LocalPort),
			remote: end(line.RemAddr, line.RemPort),
			state:  uint8(line.St),     //nolint:gosec // states are small
			inode:  uint32(line.Inode), //nolint:gosec // they have 32 bits
		}
		if q.matches(s) {
			found = append(found, s)
		}
	}
	return found, nil
}

func end(ip net.IP, port uint64) netip.AddrPort {
	addr, _ := netip.AddrFromSlice(ip)                    // they are 4 or 16 bytes
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)) //nolint:gosec // ports fit
}
