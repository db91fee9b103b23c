package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// Measurable reports whether Usage, CPU and Peak work on this system.
const Measurable = true

func usage(leader int) (Usage, error) {
	var sum Usage
	for _, p := range family(leader) {
		sum.Processes++
		if p.ended {
			continue // it holds nothing else
		}
		proc, err := procfs.NewProc(p.pid)
		if err != nil {
			continue // ended meanwhile
		}
		sum.Threads += p.threads
		if status, err := proc.NewStatus(); err == nil {
			sum.Memory += int64(status.RssAnon + status.VmSwap) //nolint:gosec // memory fits
		}
		if open, err := proc.FileDescriptorsLen(); err == nil {
			sum.Descriptors += open
		}
		maps, _ := proc.ProcMaps() // it may have ended meanwhile
		sum.Mappings += len(maps)
		for _, m := range maps {
			if m.Inode == 0 { // no file is behind it
				sum.Reserved = max(sum.Reserved, int64(m.EndAddr-m.StartAddr)) //nolint:gosec // user space has 2^56 bytes at the most
			}
		}
	}
	if sum.Processes == 0 {
		return sum, os.ErrProcessDone
	}
	return sum, nil
}

func starved(leader int) time.Duration {
	var waited time.Duration
	for _, p := range family(leader) {
		threads, _ := procfs.AllThreads(p.pid) // it may have ended meanwhile
		for _, thread := range threads {
			if stat, err := thread.Schedstat(); err == nil {
				waited += time.Duration(stat.WaitingNanoseconds) //nolint:gosec // centuries fit
			}
		}
	}
	return waited
}

// cpu counts the processes that live, exactly, with threads that have ended; and children
// that have, in hundredths of a second.
func cpu(leader int) time.Duration {
	var ran time.Duration
	for _, p := range family(leader) {
		ran += p.waitedFor
		if own := processTime(p.pid); own >= 0 {
			ran += own
		} else {
			ran += p.ran
		}
	}
	return ran
}

// processTime returns how long all threads of a process have run, or -1. It has the
// scheduler's count, where procfs has one of ticks.
func processTime(pid int) time.Duration {
	// As clock_getcpuclockid(3) has it.
	const scheduler = 2
	return clock(int32(^pid<<3 | scheduler)) //nolint:gosec // numbers of processes are far smaller
}

// ThreadTime returns how long the calling thread has run, or -1.
func ThreadTime() time.Duration { return clock(unix.CLOCK_THREAD_CPUTIME_ID) }

func clock(id int32) time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(id, &t) != nil {
		return -1
	}
	return time.Duration(t.Nano())
}

// peaks returns the peaks of a process and its children. procfs does not tell the children
// of a process, and looking at all processes would take too long for each chunk of a stream.
func peaks(pid int) (resident, reserved int64) {
	resident, reserved = memoryPeaks(pid)
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // not kept by every kernel
	for child := range strings.FieldsSeq(string(children)) {
		number, _ := strconv.Atoi(child)
		r, v := peaks(number)
		resident, reserved = resident+max(r, 0), reserved+max(v, 0)
	}
	return resident, reserved
}

// memoryPeaks is peaks of one process alone.
func memoryPeaks(pid int) (resident, reserved int64) {
	proc, err := procfs.NewProc(pid)
	if err != nil {
		return -1, -1 // ended meanwhile
	}
	status, err := proc.NewStatus()
	if err != nil || status.VmPeak == 0 { // it has given up its memory
		return -1, -1
	}
	return int64(status.VmHWM), int64(status.VmPeak) //nolint:gosec // memory fits
}

func mostResident(ended *os.ProcessState) int64 {
	usage, ok := ended.SysUsage().(*syscall.Rusage)
	if !ok {
		return -1
	}
	theirs := usage.Maxrss << 10
	if ours, _ := memoryPeaks(os.Getpid()); theirs <= ours {
		return -1
	}
	return theirs
}

// nap blocks the thread for about d, which may be less than Go's timers can tell apart.
func nap(d time.Duration) {
	_ = unix.Nanosleep(&unix.Timespec{Nsec: d.Nanoseconds()}, nil) // a signal may end it early
}

func unread(fd int) (n int, known bool) {
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	return n, err == nil
}
