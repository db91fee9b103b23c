package patience_test

import (
	"testing"
	"testing/synctest"
	"time"

	"scansion/internal/patience"
)

const silence = 10 * time.Second

// measure returns how long a wait lasts that is looked at whenever it asks for it.
func measure(t *testing.T, c patience.Config) time.Duration {
	t.Helper()
	var lasted time.Duration
	synctest.Test(t, func(*testing.T) {
		start := now()
		w := patience.New(c)
		defer w.Stop()
		for <-w.C(); !w.Over(); <-w.C() {
		}
		lasted = since(start)
	})
	return lasted
}

// share is a counter of a program that has had so many hundredths of the time since the
// first call.
func share(percent int) func() time.Duration {
	var start time.Time
	return func() time.Duration {
		if start.IsZero() {
			start = now()
		}
		return since(start) * time.Duration(percent) / 100
	}
}

// until is share, up to a moment.
func until(end time.Duration, percent int) func() time.Duration {
	running := share(percent)
	most := end * time.Duration(percent) / 100
	return func() time.Duration { return min(running(), most) }
}

func TestAWaitLasts(t *testing.T) {
	t.Parallel()
	zero := func() time.Duration { return 0 }
	const first = time.Second // what comes before the counters are read is silence
	for _, test := range []struct {
		name    string
		config  patience.Config
		atLeast time.Duration
		atMost  time.Duration
	}{
		{"as long as the silence, if nobody knows more", patience.Config{}, silence, silence},
		{"as long as the silence, if the program sleeps", patience.Config{Starved: zero, CPU: zero, MostBusy: time.Hour}, silence, silence},
		{"longer by as much as the program was starved", patience.Config{Starved: until(8*time.Second, 50)}, 14 * time.Second, 14 * time.Second},
		{"not longer than the bound, if the program is always starved", patience.Config{Starved: share(100)}, silence + patience.MostStarved, silence + patience.MostStarved},
		{"not longer than a bound that was given", patience.Config{Starved: share(100), MostStarved: time.Second}, silence + time.Second, silence + time.Second},
		{"longer by as much as the program computed", patience.Config{CPU: until(30*time.Second, 100), MostBusy: time.Minute}, 40 * time.Second, 40 * time.Second},
		{"not longer than the bound, if the program computes for ever", patience.Config{CPU: share(100), MostBusy: time.Minute}, silence + time.Minute, silence + time.Minute},
		{"as long as the silence, if computing counts as silence", patience.Config{CPU: share(100)}, silence, silence},
		{"hardly longer, if the program only looks at its clock now and then", patience.Config{CPU: share(1), MostBusy: time.Hour}, silence, silence + 200*time.Millisecond},
		{"twice as long, if it computes half of the time", patience.Config{CPU: share(50), MostBusy: time.Hour}, 2*silence - 2*first, 2 * silence},
		{"not for ever, if many threads compute until the bound", patience.Config{CPU: share(800), MostBusy: 30 * time.Second}, silence + 29*time.Second, silence + 30*time.Second},
		{"longer by both", patience.Config{Starved: share(50), CPU: share(50), MostStarved: time.Second, MostBusy: 2 * time.Second}, silence + 3*time.Second, silence + 3*time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.config.Silence = patience.Always(silence)
			if lasted := measure(t, test.config); lasted < test.atLeast || lasted > test.atMost {
				t.Errorf("it lasted %v, not from %v to %v", lasted, test.atLeast, test.atMost)
			}
		})
	}
}

func TestCountersOfAProgramThatWasJustStartedBeginAtZero(t *testing.T) {
	t.Parallel()
	starvedBefore := func() time.Duration { return 500 * time.Millisecond } // before anybody looked
	c := patience.Config{Silence: patience.Always(silence), Starved: starvedBefore}
	if lasted := measure(t, c); lasted != silence {
		t.Errorf("the wait for an old program lasted %v, not %v", lasted, silence)
	}
	c.FromStart = true
	if lasted := measure(t, c); lasted != silence+500*time.Millisecond {
		t.Errorf("the wait for a new program lasted %v", lasted)
	}
}

func TestAnActivityBeginsTheWaitAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := now()
		w := patience.New(patience.Config{Silence: patience.Always(silence), Starved: share(100), MostStarved: time.Second})
		defer w.Stop()
		active := time.NewTicker(silence - time.Second)
		for range 5 {
			select {
			case <-active.C:
				w.Active()
			case <-w.C():
				if w.Over() {
					t.Fatalf("over after %v", since(start))
				}
			}
		}
		active.Stop()
		w.Active()
		start = now()
		for <-w.C(); !w.Over(); <-w.C() {
		}
		if lasted := since(start); lasted != silence+time.Second {
			t.Errorf("after the last activity, it lasted %v", lasted)
		}
	})
}

func TestTheLastActivityMayBeTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		last := now().Add(-time.Hour) // before the wait began
		w := patience.New(patience.Config{Silence: patience.Always(silence), LastActive: func() time.Time { return last }})
		start := now()
		sleep(silence - time.Nanosecond)
		last = now()
		if due := w.Due().Sub(start); due != 2*silence-time.Nanosecond {
			t.Errorf("it is due after %v", due)
		}
		for !w.Over() {
			if next := w.Next().Sub(now()); next <= 0 || next > time.Second {
				t.Fatalf("the next look is in %v", next)
			}
			sleep(w.Next().Sub(now()))
		}
		if lasted := since(start); lasted != 2*silence-time.Nanosecond {
			t.Errorf("it lasted %v", lasted)
		}
	})
}

func TestTheSilenceMayBecomeShorter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		allowed := silence
		w := patience.New(patience.Config{Silence: func() time.Duration { return allowed }})
		sleep(2 * time.Second)
		if w.Over() {
			t.Fatal("over too early")
		}
		allowed = 3 * time.Second
		sleep(w.Next().Sub(now()))
		if !w.Over() {
			t.Error("not over after the shorter silence")
		}
	})
}

// A judge that the machine kept from running would read no more, and fail the program for
// a silence that it did not see.
func TestACallerWhoComesLateWaitsForHalfOfTheSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := patience.New(patience.Config{Silence: patience.Always(silence)})
		sleep(time.Hour)
		if w.Over() {
			t.Fatal("over at the first look")
		}
		late := now()
		for !w.Over() {
			sleep(w.Next().Sub(now()))
		}
		if lasted := since(late); lasted != silence/2 {
			t.Errorf("it lasted %v more", lasted)
		}
	})
}

func TestCountersAreReadSeldom(t *testing.T) {
	t.Parallel()
	reads := 0
	c := patience.Config{Silence: patience.Always(time.Minute), Starved: func() time.Duration { reads++; return 0 }}
	if lasted := measure(t, c); lasted != time.Minute {
		t.Fatalf("it lasted %v", lasted)
	}
	if reads != 2 {
		t.Errorf("they were read %d times", reads)
	}
}

// now and sleep are a bubble's, where they take no time.
func now() time.Time { return time.Now() } //nolint:forbidigo // of a bubble

func since(t time.Time) time.Duration { return now().Sub(t) }

func sleep(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // of a bubble
