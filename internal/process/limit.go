package process

import (
	"sync"
	"syscall"
)

// mostOpenFiles is enough for whatever a check does, and not so many that a program which
// closes all that it could have open, or keeps a table of them, takes seconds or gigabytes.
const mostOpenFiles = 1 << 16

// OpenFiles returns how many files this process may have open, and each program that
// [Start] starts: a program should not be failed for the limit of the shell that it happens
// to be started from.
//
// The first call, here or in Start, sets the soft limit, to 65536 or what the system allows
// if that is less. It does so before any program is started, so that none can see another
// one. Go has raised this process's limit as far as it goes, but has programs started with
// the one before, until somebody sets it.
func OpenFiles() int { return openFiles() }

var openFiles = sync.OnceValue(func() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 256 // which every system has
	}
	limit.Cur = min(limit.Cur, mostOpenFiles)
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) // without it, the limits stay
	return int(limit.Cur)                                //nolint:gosec // at most 65536
})
