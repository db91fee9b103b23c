// Package patience decides when a program that ought to do something has been silent for
// too long. Silence is time in which the program neither showed an activity, nor used the
// processor, nor was kept from it by a machine that was busy with others: a slow machine
// or a long computation lengthens a wait, and only silence ends it.
//
// It works on Go's time, so that it can be used in a bubble of testing/synctest.
package patience

import "time"

// MostStarved is by how much a wait may become longer, at the most, because the machine
// did not run the program, unless a Config says otherwise.
const MostStarved = 20 * time.Second

const (
	// firstSample is when the counters are read first, at the latest, after an activity.
	// Most waits end before, and reading them takes milliseconds.
	firstSample = time.Second
	// interval is how long a caller may rely on Next: what ends the silence may not wake it.
	interval = time.Second
	// smallest is the least by which a wait becomes longer.
	smallest = time.Millisecond
)

// Config describes a wait.
type Config struct {
	// Silence returns how long the program may be silent. It is asked whenever the wait is
	// looked at, and may return another duration each time.
	Silence func() time.Duration

	// LastActive returns when the program last did something. The zero time and nil mean
	// that only [Wait.Active] tells.
	LastActive func() time.Time

	// Busy returns how much processor time the program has used so far, and for how long it
	// has been ready to run without being run. Nil means that nobody knows.
	Busy func() (computed, starved time.Duration)
	// MostStarved is by how much the wait may become longer while the program is starved,
	// from one activity to the next. Zero means the constant of that name.
	MostStarved time.Duration
	// MostComputed is by how much it may while the program computes. A program in an endless
	// loop is waited for that much longer. Zero means that computing counts as silence.
	MostComputed time.Duration

	// FromStart says that the program was started just now: both counters are known to
	// have been zero.
	FromStart bool
}

// Always returns a Silence that is always d.
func Always(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

// Wait is one wait for something that a program ought to do. It is for one goroutine at a
// time.
//
// A caller blocks until [Wait.Next] or receives from [Wait.C], and then asks [Wait.Over].
type Wait struct {
	config Config
	timer  *time.Timer // nil until C is called

	from    time.Time     // the silence began
	sampled bool          // the counters were read since
	base    sample        // what they were when they were read first
	excused time.Duration // by how much the wait has become longer
}

// sample is what the counters were at a time.
type sample struct {
	at                time.Time
	computed, starved time.Duration
}

// New returns a wait that begins now.
func New(c Config) *Wait {
	if c.MostStarved == 0 {
		c.MostStarved = MostStarved
	}
	w := &Wait{config: c, from: now()}
	w.sampled, w.base = c.FromStart, sample{at: w.from}
	return w
}

// Active records that the program did something just now: the silence begins anew.
func (w *Wait) Active() {
	w.begin(now())
	w.reset()
}

func (w *Wait) begin(at time.Time) {
	w.from, w.sampled, w.excused = at, false, 0
}

// refresh takes notice of what the program has done meanwhile.
func (w *Wait) refresh() {
	if w.config.LastActive == nil {
		return
	}
	if last := w.config.LastActive(); last.After(w.from) {
		w.begin(last)
	}
}

// Due returns when the program will have been silent for too long, for all that is known
// now. Over may make it later, and so may an activity.
func (w *Wait) Due() time.Time {
	w.refresh()
	return w.from.Add(w.config.Silence() + w.excused)
}

// Next returns when to ask Over. It is not after Due, and at most a second from now.
func (w *Wait) Next() time.Time {
	due := w.Due()
	next := now().Add(interval)
	if !w.sampled {
		next = earlier(next, w.firstSample())
	}
	return earlier(due, next)
}

func (w *Wait) firstSample() time.Time {
	return w.from.Add(min(firstSample, w.config.Silence()/2))
}

// Over reports whether the program has been silent for too long. It reads the counters if
// that is due, which may take milliseconds. It reads them at least twice before it reports
// true: a caller that comes late has not seen the silence.
func (w *Wait) Over() bool {
	over := w.over()
	if !over {
		w.reset()
	}
	return over
}

func (w *Wait) over() bool {
	due, at := w.Due(), now()
	past := !at.Before(due)
	switch {
	case !w.sampled && !past && at.Before(w.firstSample()):
		return false
	case !w.sampled:
		w.sampled, w.base = true, w.read(at)
		if past {
			// Nobody looked in time, for the machine is busy: half of it is waited for anew.
			w.from = at.Add(-w.config.Silence() / 2)
		}
		return false
	case !past:
		return false
	}
	latest := w.read(at)
	starved := min(max(0, latest.starved-w.base.starved), w.config.MostStarved)
	computed := min(max(0, latest.computed-w.base.computed), w.config.MostComputed)
	// Threads that run, or wait, side by side do not make time pass faster.
	excused := min(starved+computed, at.Sub(w.base.at))
	if excused < w.excused+smallest {
		return true
	}
	w.excused = excused
	return !at.Before(w.Due())
}

func (w *Wait) read(at time.Time) sample {
	s := sample{at: at}
	if w.config.Busy != nil {
		s.computed, s.starved = w.config.Busy()
	}
	return s
}

// C delivers when Over should be asked, until Stop is called, which must be in the end.
func (w *Wait) C() <-chan time.Time {
	if w.timer == nil {
		w.timer = time.NewTimer(w.Next().Sub(now()))
	}
	return w.timer.C
}

// Stop ends what C has begun.
func (w *Wait) Stop() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}

func (w *Wait) reset() {
	if w.timer != nil {
		w.timer.Reset(w.Next().Sub(now()))
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// now is the only clock of the package.
func now() time.Time { return time.Now() } //nolint:forbidigo // the one clock, which is a bubble's in a bubble
