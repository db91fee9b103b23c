package target

import "time"

// mostStarved bounds how much longer a program may take because the machine was busy with
// others.
const mostStarved = 20 * time.Second

// vigil is a wait for a process that ought to do something. It lasts as long as patience,
// and longer by as much as the machine kept the process from running meanwhile. It is for
// one goroutine.
type vigil struct {
	pid      int
	patience time.Duration
	timer    *time.Timer

	begins  bool          // the process was started when the vigil began
	halfway bool          // before is known
	before  time.Duration // how long the process had been starved halfway
	given   time.Duration
}

func newVigil(pid int, patience time.Duration) *vigil {
	return &vigil{pid: pid, patience: patience, timer: time.NewTimer(patience / 2)}
}

// atStart says that the process was started just now, and returns the vigil: then all for
// which it has been starved is known to have been since.
func (v *vigil) atStart() *vigil {
	v.begins = true
	return v
}

// restart begins anew: the process has done something.
func (v *vigil) restart() {
	v.begins, v.halfway, v.given = false, false, 0
	v.timer.Reset(v.patience / 2)
}

// over delivers when isOver should be asked.
func (v *vigil) over() <-chan time.Time { return v.timer.C }

// isOver reports whether the wait has lasted too long. If not, over will deliver again.
func (v *vigil) isOver() bool {
	waited := starved(v.pid)
	if !v.halfway {
		v.halfway, v.before = true, waited
		if v.begins {
			v.before = 0
		}
		v.timer.Reset(v.patience / 2)
		return false
	}
	extra := min(waited-v.before, mostStarved) - v.given
	if extra <= 0 {
		return true
	}
	v.given += extra
	v.timer.Reset(extra)
	return false
}

func (v *vigil) stop() { v.timer.Stop() }
