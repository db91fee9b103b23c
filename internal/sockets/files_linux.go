package sockets

import (
	"net"
	"net/netip"
	"os"

	"github.com/prometheus/procfs"
	"github.com/vishvananda/netlink"
)

// files is the table that /proc/net/tcp and /proc/net/tcp6 are. It does not tell which
// sockets are for IPv6 only.
type files struct{}

var _ table = files{}

func (files) at(port int, listening bool) ([]socket, error) {
	return readFiles(func(s socket) bool {
		return int(s.local.Port()) == port && (!listening || s.state == netlink.TCP_LISTEN)
	})
}

func (files) has(local, remote netip.AddrPort) (bool, error) {
	found, err := readFiles(func(s socket) bool { return s.local == local && s.remote == remote })
	return len(found) > 0, err
}

// readFiles returns the sockets of both files that are wanted.
func readFiles(wanted func(socket) bool) ([]socket, error) {
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
	for _, lines := range []procfs.NetTCP{four, six} {
		for _, line := range lines {
			s := socket{
				local:  end(line.LocalAddr, line.LocalPort),
				remote: end(line.RemAddr, line.RemPort),
				state:  uint8(line.St),     //nolint:gosec // states are small
				inode:  uint32(line.Inode), //nolint:gosec // they have 32 bits
			}
			if wanted(s) {
				found = append(found, s)
			}
		}
	}
	return found, nil
}

func end(ip net.IP, port uint64) netip.AddrPort {
	addr, _ := netip.AddrFromSlice(ip)                    // they are 4 or 16 bytes
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)) //nolint:gosec // ports fit
}
