package target

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// onCPU returns how long a process and its family have run, with threads that have
// ended; and, in hundredths of a second, with children that have.
func onCPU(leader int) time.Duration {
	const tick = time.Second / 100 // in which every Linux counts for programs
	var ran time.Duration
	for _, p := range family(leader) {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/stat")
		if err != nil {
			continue // ended meanwhile
		}
		// utime, stime, cutime and cstime, after the command's name, which may hold anything.
		const first, last = 11, 14
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) <= last {
			continue
		}
		own, children := fields[first:first+2], fields[first+2:last+1]
		if exact := processTime(p.pid); exact >= 0 {
			own, ran = nil, ran+exact
		}
		for _, field := range slices.Concat(own, children) {
			ticks, _ := strconv.ParseInt(field, 10, 64)
			ran += time.Duration(ticks) * tick
		}
	}
	return ran
}

// processTime returns how long all threads of a process have run, or -1.
func processTime(pid int) time.Duration {
	// As clock_getcpuclockid has it: the process, and the scheduler's count.
	const scheduler = 2
	var t unix.Timespec
	if unix.ClockGettime(int32(^pid<<3|scheduler), &t) != nil { //nolint:gosec // numbers of processes are far smaller
		return -1
	}
	return time.Duration(t.Nano())
}

// threadTime returns how long the calling thread has run, or -1.
func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return -1
	}
	return time.Duration(t.Nano())
}

// peaks returns the most memory that a process and its children have had so far, in
// bytes: resident, and reserved as address space; or -1 for what nobody knows.
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
	resident, reserved = -1, -1
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return resident, reserved // ended meanwhile
	}
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(line, ":")
		number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		kib, _ := strconv.ParseInt(number, 10, 64)
		switch key {
		case "VmHWM":
			resident = kib << 10
		case "VmPeak":
			reserved = kib << 10
		}
	}
	return resident, reserved
}

// mostResident returns the largest resident set that a process has had that has ended, in
// bytes, or -1 if that is not known: the kernel counts that of this process, which it was
// a copy of at first, as its own.
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
