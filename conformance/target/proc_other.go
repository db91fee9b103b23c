//go:build !linux

package target

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"scansion/conformance"
)

// listeners connects to find out, where the kernel has no table to read: the
// connection is a client of the run.
func listeners(port int) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(loopback.String(), strconv.Itoa(port)))
	if err != nil {
		return nil, nil //nolint:nilerr // nothing listens there yet
	}
	return []netip.Addr{loopback}, conn.Close()
}

func portInUse(int) bool { return false } // binding will tell

// holds does not know.
func holds(_, _ netip.AddrPort) bool { return true }

// claimPort keeps a port from other judges by a locked file.
func claimPort(port int) (release func(), ok bool) {
	name := filepath.Join(os.TempDir(), "scansion-port-"+strconv.Itoa(port)+".lock")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return func() {}, true // without claims, collisions are rare
	}
	if unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		_ = file.Close() // it is another judge's
		return nil, false
	}
	return func() {
		_ = os.Remove(name)
		_ = file.Close() // and so unlocked
	}, true
}

func usage(int) (conformance.Usage, error) {
	return conformance.Usage{}, errors.ErrUnsupported
}

// starved is not known here.
func starved(int) time.Duration { return 0 }

// onCPU is not known here.
func onCPU(int) time.Duration { return -1 }

// threadTime is not known here.
func threadTime() time.Duration { return -1 }

// peaks is not known here.
func peaks(int) (resident, reserved int64) { return -1, -1 }

// mostResident is not known here.
func mostResident(*os.ProcessState) int64 { return -1 }

// unread is not known here.
func unread(*os.File) (n int, known bool) { return 0, false }

// nap is not needed here, where nobody waits for a pipe.
func nap(time.Duration) {}

const canCount = false

func giveDescriptors(int) {}

func killMarked(string) {}

// killGroup kills what is left of a group whose leader has ended.
func killGroup(leader int, _ []string) {
	_ = syscall.Kill(-leader, syscall.SIGKILL) // there may be nothing left
}

// marked is not known here.
func marked(...string) []int { return nil }

func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// AdoptOrphans does nothing where the system cannot.
func AdoptOrphans() error { return nil }

// KillOrphans does nothing where AdoptOrphans does nothing.
func KillOrphans() {}
