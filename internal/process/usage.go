package process

import (
	"os"
	"time"
)

// Usage is what a program and all that it has started hold.
type Usage struct {
	Descriptors int
	Processes   int // children that have ended and were not waited for included
	Threads     int

	// Memory is what has been written to and no file holds, in bytes.
	Memory int64

	// Mappings are the pieces that the address spaces are made of, among them a stack for
	// each thread that nobody has waited for.
	Mappings int

	// Reserved is the largest piece that no file holds, in bytes. Programs whose memory is
	// collected late reserve gigabytes in one piece.
	Reserved int64
}

// Usage counts what the program and all that it has started hold now. The error is
// [os.ErrProcessDone] if there is nobody left, and [errors.ErrUnsupported] where the system
// does not tell.
func (p *Process) Usage() (Usage, error) { return usage(p.PID()) }

// CPU returns how much processor time the program has used so far, with what it has
// started, or -1 where the system does not tell. After its end, what it has started counts
// as far as it has waited for that.
func (p *Process) CPU() time.Duration {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	default:
		return cpu(p.PID())
	}
}

// Starved returns for how long the program's threads, and those of all that it has started,
// have been ready to run without being run, as far as they still live. It is 0 where the
// system does not tell.
func (p *Process) Starved() time.Duration { return starved(p.PID()) }

// OwnStarved is Starved of this process.
func OwnStarved() time.Duration { return starved(os.Getpid()) }

// Peak returns the most memory that the program and its children have had whenever Peak was
// called, in bytes: resident, and reserved as address space. After the program's end,
// resident is also the most that its own process ever had, if that was more than this
// process has: the kernel counts a program as the copy of this process which it was at
// first. Either is -1 if nobody knows.
func (p *Process) Peak() (resident, reserved int64) {
	select {
	case <-p.ended:
		resident, reserved = mostResident(p.cmd.ProcessState), -1
	default:
		resident, reserved = peaks(p.PID())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resident, p.reserved = max(p.resident, resident), max(p.reserved, reserved)
	return p.resident, p.reserved
}
