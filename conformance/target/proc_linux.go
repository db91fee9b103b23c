package target

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"scansion/conformance"
)

// listeners returns the addresses on which something listens at a port. It
// connects to nothing.
func listeners(port int) ([]netip.Addr, error) {
	var addrs []netip.Addr
	err := socketsAt(port, true, func(local netip.Addr) { addrs = append(addrs, local) })
	return addrs, err
}

// portInUse reports whether any socket, in whatever state, has the port.
func portInUse(port int) bool {
	used := false
	err := socketsAt(port, false, func(netip.Addr) { used = true })
	return used && err == nil // without an answer, binding will tell
}

// holds reports whether there is a socket with these two ends on this machine, or
// nobody knows.
func holds(local, remote netip.AddrPort) bool {
	found, err := hasSocket(local, remote)
	return found || err != nil
}

// claimPort keeps a port from other judges, unless one of them has it. The claim is a
// name in the kernel, which has no file and ends with this process at the latest.
func claimPort(port int) (release func(), ok bool) {
	claim, err := new(net.ListenConfig).ListenPacket(context.Background(), "unixgram", "@scansion-port-"+strconv.Itoa(port))
	switch {
	case err == nil:
		return func() { _ = claim.Close() }, true // nothing is to be written
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, false
	default:
		return func() {}, true // without claims, collisions are rare
	}
}

// socketsAt calls f with the local address of every TCP socket of this machine
// that has the port at its own end, or only of those that listen. It asks the
// kernel, or, where that may not be asked, reads its table, which is slow.
func socketsAt(port int, listening bool, f func(netip.Addr)) error {
	if found, err := askSockets(port, listening); err == nil {
		for _, addr := range found {
			f(addr)
		}
		return nil
	}
	return readSockets(port, listening, f)
}

// tableEntry is one entry of the kernel's process table.
type tableEntry struct {
	pid, parent, group int
	ended              bool // and nobody has waited for it
}

func processes() []tableEntry {
	var all []tableEntry
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	names, _ := dir.Readdirnames(0) // without one, there are none
	_ = dir.Close()
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue // not a process
		}
		stat, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // ended meanwhile
		}
		// The command's name, in parentheses, may hold anything; what follows is plain.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 3 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		group, _ := strconv.Atoi(fields[2])
		all = append(all, tableEntry{pid, parent, group, fields[0] == "Z"})
	}
	return all
}

// family returns a process, its group, and all their descendants.
func family(leader int) []tableEntry {
	return descendants(func(p tableEntry) bool { return p.pid == leader || p.group == leader })
}

// descendants returns the processes that are roots, and all that descend from them.
func descendants(root func(tableEntry) bool) []tableEntry {
	all := processes()
	in := map[int]bool{}
	var found []tableEntry
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !in[p.pid] && (root(p) || in[p.parent]) {
				in[p.pid] = true
				found = append(found, p)
				grown = true
			}
		}
	}
	return found
}

// usage counts what a process and its family hold.
func usage(leader int) (conformance.Usage, error) {
	var sum conformance.Usage
	for _, p := range family(leader) {
		sum.Processes++
		if p.ended {
			continue // it holds nothing else
		}
		dir := "/proc/" + strconv.Itoa(p.pid)
		if status, err := os.ReadFile(dir + "/status"); err == nil {
			addStatus(&sum, string(status))
		}
		if open, err := os.ReadDir(dir + "/fd"); err == nil {
			sum.Descriptors += len(open)
		}
		if table, err := os.ReadFile(dir + "/maps"); err == nil {
			addMappings(&sum, string(table))
		}
	}
	if sum.Processes == 0 {
		return sum, os.ErrProcessDone
	}
	return sum, nil
}

// addStatus adds what /proc/PID/status tells.
func addStatus(sum *conformance.Usage, status string) {
	for line := range strings.Lines(status) {
		key, value, _ := strings.Cut(line, ":")
		number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		switch key {
		case "RssAnon", "VmSwap":
			kib, _ := strconv.ParseInt(number, 10, 64)
			sum.Memory += kib << 10
		case "Threads":
			threads, _ := strconv.Atoi(number)
			sum.Threads += threads
		}
	}
}

// addMappings adds what /proc/PID/maps tells. Its lines are "from-to rights offset
// device inode name", of which an inode of 0 means that no file is behind it.
func addMappings(sum *conformance.Usage, table string) {
	for line := range strings.Lines(table) {
		sum.Mappings++
		fields := strings.Fields(line)
		if len(fields) < 5 || fields[4] != "0" {
			continue
		}
		from, to, _ := strings.Cut(fields[0], "-")
		begin, _ := strconv.ParseUint(from, 16, 64)
		end, _ := strconv.ParseUint(to, 16, 64)
		sum.Reserved = max(sum.Reserved, int64(end-begin)) //nolint:gosec // user space has 2^56 bytes at the most
	}
}

// starved returns how long the threads of a process and its family that still live have
// been ready to run without being run.
func starved(leader int) time.Duration {
	var waited time.Duration
	for _, p := range family(leader) {
		names, _ := filepath.Glob("/proc/" + strconv.Itoa(p.pid) + "/task/*/schedstat") // the pattern is well formed
		for _, name := range names {
			stat, err := os.ReadFile(name)
			if err != nil {
				continue // ended meanwhile
			}
			if fields := strings.Fields(string(stat)); len(fields) > 1 {
				nanoseconds, _ := strconv.ParseInt(fields[1], 10, 64)
				waited += time.Duration(nanoseconds)
			}
		}
	}
	return waited
}

// unread returns how many bytes of a pipe have not been read yet.
func unread(pipe *os.File) (n int, known bool) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return 0, false
	}
	control := raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	return n, err == nil && control == nil
}

// nap blocks the thread for about d, which may be less than Go's timers can tell apart.
func nap(d time.Duration) {
	_ = unix.Nanosleep(&unix.Timespec{Nsec: d.Nanoseconds()}, nil) // a signal may end it early
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

// ownGroup has a command begin a process group, and end with this process, however
// that ends.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// AdoptOrphans makes this process the parent of whatever its children leave
// behind, so that KillOrphans finds it. It is for a program's main, for it
// concerns every child of the process.
func AdoptOrphans() error {
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// KillOrphans kills every process that descends from this one, and waits for them.
func KillOrphans() {
	for {
		// By parents, not by the group, which may be that of a whole pipeline.
		for _, p := range descendants(func(p tableEntry) bool { return p.parent == os.Getpid() }) {
			_ = syscall.Kill(p.pid, syscall.SIGKILL) // it may have ended by itself
		}
		if _, err := syscall.Wait4(-1, nil, 0, nil); err != nil && !errors.Is(err, syscall.EINTR) {
			return // no child is left
		}
		for { // all that have ended, before looking again: there may be thousands
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != nil || pid <= 0 {
				break
			}
		}
	}
}

// killMarked kills every process that has the mark: what a target left behind by
// leaving its process group.
func killMarked(mark string) {
	for _, pid := range marked(mark) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
	}
}

// killGroup kills what is left of a group whose leader has ended, perhaps long ago. If
// there is a process with the leader's number by now, the group may be that one's, and only
// what has the marks is killed.
func killGroup(leader int, marks []string) {
	all := processes()
	taken := slices.ContainsFunc(all, func(p tableEntry) bool { return p.pid == leader })
	ours := marked(marks...)
	for _, p := range all {
		if p.group == leader && (!taken || slices.Contains(ours, p.pid)) {
			_ = syscall.Kill(p.pid, syscall.SIGKILL) // it may have ended by itself
		}
	}
}

// marked returns the other processes whose environment holds all the variables, each
// with its value.
func marked(variables ...string) []int {
	var found []int
	names, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well formed
	for _, name := range names {
		environ, err := os.ReadFile(name)
		if err != nil {
			continue // ended meanwhile, or another user's
		}
		has := strings.Split(string(environ), "\x00")
		missing := func(variable string) bool { return !slices.Contains(has, variable) }
		if slices.ContainsFunc(variables, missing) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil && pid != os.Getpid() {
			found = append(found, pid)
		}
	}
	return found
}
