package target

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"scansion/conformance"
)

const listenState = "0A" // TCP_LISTEN, as the kernel's table writes it

// socketsAt calls f for every TCP socket of this machine that has the port at its
// own end: its address and its state.
func socketsAt(port int, f func(local netip.Addr, state string)) error {
	mark := fmt.Sprintf(":%04X ", port)
	for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		table, err := os.ReadFile(name)
		if err != nil {
			if name == "/proc/net/tcp6" && os.IsNotExist(err) {
				continue // no IPv6
			}
			return err
		}
		for line := range strings.Lines(string(table)) {
			if !strings.Contains(line, mark) {
				continue // most, in a table that may be long
			}
			fields := strings.Fields(line)
			if len(fields) < 4 {
				continue
			}
			if local, ok := parseSocketAddress(fields[1]); ok && int(local.Port()) == port {
				f(local.Addr(), fields[3])
			}
		}
	}
	return nil
}

// parseSocketAddress reads "0100007F:1F90": 32-bit words in the machine's own
// byte order, and the port in hexadecimal.
func parseSocketAddress(s string) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(s, ":")
	if !ok {
		return netip.AddrPort{}, false
	}
	raw, err := hex.DecodeString(host)
	number, err2 := strconv.ParseUint(port, 16, 16)
	if err != nil || err2 != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	addr, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(number)), ok
}

// listeners returns the addresses on which something listens at a port. It
// connects to nothing.
func listeners(port int) ([]netip.Addr, error) {
	var addrs []netip.Addr
	err := socketsAt(port, func(local netip.Addr, state string) {
		if state == listenState {
			addrs = append(addrs, local)
		}
	})
	return addrs, err
}

// portInUse reports whether any socket, in whatever state, has the port.
func portInUse(port int) bool {
	used := false
	err := socketsAt(port, func(netip.Addr, string) { used = true })
	return used && err == nil // without a table, binding will tell
}

// tableEntry is one entry of the kernel's process table.
type tableEntry struct{ pid, parent, group int }

func processes() []tableEntry {
	var all []tableEntry
	names, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, name := range names {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // ended meanwhile
		}
		// The command's name, in parentheses, may hold anything; what follows is plain.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err != nil || len(fields) < 3 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		group, _ := strconv.Atoi(fields[2])
		all = append(all, tableEntry{pid, parent, group})
	}
	return all
}

// family returns a process, its group, and all their descendants.
func family(leader int) []int {
	all := processes()
	in := map[int]bool{leader: true}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !in[p.pid] && (p.group == leader || in[p.parent]) {
				in[p.pid] = true
				grown = true
			}
		}
	}
	var pids []int
	for _, p := range all {
		if in[p.pid] {
			pids = append(pids, p.pid)
		}
	}
	return pids
}

// usage counts what a process and its family hold.
func usage(leader int) (conformance.Usage, error) {
	var sum conformance.Usage
	for _, pid := range family(leader) {
		sum.Processes++
		dir := "/proc/" + strconv.Itoa(pid)
		if open, err := os.ReadDir(dir + "/fd"); err == nil {
			sum.Descriptors += len(open)
		}
		status, err := os.ReadFile(dir + "/status")
		if err != nil {
			continue // ended meanwhile
		}
		for line := range strings.Lines(string(status)) {
			key, value, _ := strings.Cut(line, ":")
			number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
			switch key {
			case "VmRSS":
				kib, _ := strconv.ParseInt(number, 10, 64)
				sum.Memory += kib << 10
			case "Threads":
				threads, _ := strconv.Atoi(number)
				sum.Threads += threads
			}
		}
	}
	if sum.Processes == 0 {
		return sum, os.ErrProcessDone
	}
	return sum, nil
}

// starved returns how long a process and its family have been ready to run
// without being run.
func starved(leader int) time.Duration {
	var sum time.Duration
	for _, pid := range family(leader) {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/schedstat")
		if err != nil {
			continue // ended meanwhile, or not kept by this kernel
		}
		if fields := strings.Fields(string(stat)); len(fields) > 1 {
			waited, _ := strconv.ParseInt(fields[1], 10, 64)
			sum += time.Duration(waited)
		}
	}
	return sum
}

// canCount reports whether usage works on this system.
const canCount = true

// giveDescriptors raises a process's soft limit of open files, so that a server
// is not failed for the shell that it happened to be started from.
func giveDescriptors(pid int) {
	const wanted = 4096
	var limit unix.Rlimit
	if unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &limit) != nil || limit.Cur >= wanted {
		return
	}
	limit.Cur = min(wanted, limit.Max)
	_ = unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil) // without it, the limit stays
}

// killMarked kills every process whose environment holds the mark: what a target
// left behind by leaving its process group.
func killMarked(mark string) {
	names, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well formed
	for _, name := range names {
		environ, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(environ, []byte(mark)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
		}
	}
}
