//go:build !linux

package process

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// Measurable reports whether Usage, CPU and Peak work on this system.
const Measurable = false

// attributes has a program begin a process group.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func usage(int) (Usage, error) { return Usage{}, errors.ErrUnsupported }

// starved is not known here.
func starved(int) time.Duration { return 0 }

// cpu is not known here.
func cpu(int) time.Duration { return -1 }

// ThreadTime returns how long the calling thread has run, or -1.
func ThreadTime() time.Duration { return -1 }

// peaks is not known here.
func peaks(int) (resident, reserved int64) { return -1, -1 }

// mostResident is not known here.
func mostResident(*os.ProcessState) int64 { return -1 }

// unread is not known here.
func unread(int) (n int, known bool) { return 0, false }

// nap waits for about d.
func nap(d time.Duration) { <-time.NewTimer(d).C }

// AdoptOrphans makes this process the parent of whatever its children leave behind, so that
// KillOrphans finds it. It does nothing where the system cannot.
func AdoptOrphans() error { return nil }

// KillOrphans does nothing where AdoptOrphans does nothing.
func KillOrphans() {}

// KillMarked kills every process that has the mark in its environment. It does nothing
// where the system does not tell.
func KillMarked(string) {}

func leftBehind(leader int, _ string) bool { return syscall.Kill(-leader, 0) == nil }
