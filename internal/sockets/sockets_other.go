//go:build !linux

package sockets

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// listeners connects to find out: the connection is a client of the program.
func listeners(port int) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", netip.AddrPortFrom(loopback, uint16(port)).String()) //nolint:gosec // ports fit
	if err != nil {
		return nil, nil //nolint:nilerr // nothing listens there yet
	}
	return []netip.Addr{loopback}, conn.Close()
}

// inUse does not know: binding will tell.
func inUse(int) bool { return false }

// exists does not know.
func exists(_, _ netip.AddrPort) bool { return true }

func listensAt(_, _ int) (bool, error) { return false, errors.ErrUnsupported }

// claim locks a file.
func claim(port int) (release func(), ok bool) {
	name := filepath.Join(os.TempDir(), "scansion-port-"+strconv.Itoa(port)+".lock")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return func() {}, true // without claims, collisions are rare
	}
	if unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		_ = file.Close() // somebody else has it
		return nil, false
	}
	return func() {
		_ = os.Remove(name)
		_ = file.Close() // and so unlocked
	}, true
}
