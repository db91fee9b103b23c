package process

import (
	"errors"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// attributes has a program begin a process group, and end with this process, however that
// ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// entry is one process of this machine.
type entry struct {
	pid, parent, group int
	ended              bool // and nobody has waited for it
	threads            int
	ran, waitedFor     time.Duration // itself, and children that it has waited for
}

// processes returns all processes of this machine, or none if it does not tell.
func processes() []entry {
	all, _ := procfs.AllProcs()
	entries := make([]entry, 0, len(all))
	for _, p := range all {
		stat, err := p.Stat()
		if err != nil {
			continue // ended meanwhile
		}
		const tick = time.Second / 100 // in which every Linux counts for programs
		entries = append(entries, entry{
			pid: p.PID, parent: stat.PPID, group: stat.PGRP,
			ended:     stat.State == "Z" || stat.State == "X",
			threads:   stat.NumThreads,
			ran:       time.Duration(stat.UTime+stat.STime) * tick, //nolint:gosec // centuries fit
			waitedFor: time.Duration(stat.CUTime+stat.CSTime) * tick,
		})
	}
	return entries
}

// family returns a process, its group, and all their descendants.
func family(leader int) []entry {
	return descendants(func(p entry) bool { return p.pid == leader || p.group == leader })
}

// descendants returns the processes that are roots, and all that descend from them.
func descendants(root func(entry) bool) []entry {
	all := processes()
	in := map[int]bool{}
	var found []entry
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

// AdoptOrphans makes this process the parent of whatever its children leave behind, so that
// KillOrphans finds it. It is for a program's main, for it concerns every child of the
// process. It does nothing where the system cannot.
func AdoptOrphans() error {
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// KillOrphans kills every process that descends from this one, and waits for them. It is
// for the end of a program's main, and does nothing where AdoptOrphans does nothing.
func KillOrphans() {
	for {
		// By parents, not by the group, which may be that of a whole pipeline.
		for _, p := range descendants(func(p entry) bool { return p.parent == os.Getpid() }) {
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

// KillMarked kills every process that has the mark in its environment: what programs have
// left behind by leaving their process groups. It does nothing where the system does not
// tell.
func KillMarked(mark string) {
	for _, pid := range marked(mark) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
	}
}

// marked returns the other processes that have a variable in their environment, with its
// value.
func marked(variable string) []int {
	var found []int
	all, _ := procfs.AllProcs()
	for _, p := range all {
		environ, err := p.Environ()
		if err == nil && p.PID != os.Getpid() && slices.Contains(environ, variable) {
			found = append(found, p.PID)
		} // otherwise it has ended meanwhile, or is another user's
	}
	return found
}

func leftBehind(leader int, mark string) bool {
	ours := marked(mark)
	return slices.ContainsFunc(processes(), func(p entry) bool {
		return !p.ended && (slices.Contains(ours, p.pid) || p.group == leader)
	})
}
