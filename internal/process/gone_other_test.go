//go:build !linux

package process_test

// isGone reports whether a process has ended.
func isGone(pid int) bool { return !exists(pid) }
