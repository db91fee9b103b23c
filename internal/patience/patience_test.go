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

// busy is what a program is busy with, by its counters. Nil is one that stays at zero.
func busy(computed, starved func() time.Duration) func() (time.Duration, time.Duration) {
	read := func(counter func() time.Duration) time.Duration {
		if counter == nil {
			return 0
		}
		return counter()
	}
	return func() (time.Duration, time.Duration) { return read(computed), read(starved) }
}

func TestAWaitLasts(t *testing.T) {
	t.Parallel()
	const first = time.Second // what comes before the counters are read is silence
	for _, test := range []struct {
		name    string
		config  patience.Config
		atLeast time.Duration
		atMost  time.Duration
	}{
		{"as long as the silence, if nobody knows more", patience.Config{}, silence, silence},
		{"as long as the silence, if the program sleeps", patience.Config{Busy: busy(nil, nil), MostComputed: time.Hour}, silence, silence},
		{"longer by as much as the program was starved", patience.Config{Busy: busy(nil, until(8*time.Second, 50))}, 14 * time.Second, 14 * time.Second},
		{"not longer than the bound, if the program is always starved", patience.Config{Busy: busy(nil, share(100))}, silence + patience.MostStarved, silence + patience.MostStarved},
		{"not longer than a bound that was given", patience.Config{Busy: busy(nil, share(100)), MostStarved: time.Second}, silence + time.Second, silence + time.Second},
		{"longer by as much as the program computed", patience.Config{Busy: busy(until(30*time.Second, 100), nil), MostComputed: time.Minute}, 40 * time.Second, 40 * time.Second},
		{"not longer than the bound, if the program computes for ever", patience.Config{Busy: busy(share(100), nil), MostComputed: time.Minute}, silence + time.Minute, silence + time.Minute},
		{"as long as the silence, if computing counts as silence", patience.Config{Busy: busy(share(100), nil)}, silence, silence},
		{"hardly longer, if the program only looks at its clock now and then", patience.Config{Busy: busy(share(1), nil), MostComputed: time.Hour}, silence, silence + 200*time.Millisecond},
		{"twice as long, if it computes half of the time", patience.Config{Busy: busy(share(50), nil), MostComputed: time.Hour}, 2*silence - 2*first, 2 * silence},
		{"not for ever, if many threads compute until the bound", patience.Config{Busy: busy(share(800), nil), MostComputed: 30 * time.Second}, silence + 29*time.Second, silence + 30*time.Second},
		{"longer by both", patience.Config{Busy: busy(share(50), share(50)), MostStarved: time.Second, MostComputed: 2 * time.Second}, silence + 3*time.Second, silence + 3*time.Second},
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
	c := patience.Config{Silence: patience.Always(silence), Busy: busy(nil, starvedBefore)}
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
		w := patience.New(patience.Config{Silence: patience.Always(silence), Busy: busy(nil, share(100)), MostStarved: time.Second})
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

func TestAWaitThatWasStoppedCanGoOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := now()
		w := patience.New(patience.Config{Silence: patience.Always(silence)})
		<-w.C()
		w.Stop()
		defer w.Stop()
		for <-w.C(); !w.Over(); <-w.C() {
		}
		if lasted := since(start); lasted != silence {
			t.Errorf("it lasted %v", lasted)
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
	c := patience.Config{Silence: patience.Always(time.Minute), Busy: busy(nil, func() time.Duration { reads++; return 0 })}
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
