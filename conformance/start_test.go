package conformance

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestListenInACaseThatIsOver shows that a server which a check asks for after the end of
// its case is closed: the case would wait for it for ever.
func TestListenInACaseThatIsOver(t *testing.T) {
	t.Parallel()
	j := NewJudge(Role{Name: "fake", Lifetime: RunsOnce}, nil, Options{Timeout: time.Millisecond})
	judged := make(chan Result)
	go func() {
		result, _ := j.run(context.Background(), Requirement{Slug: "listen", Check: func(c *Case) {
			<-c.ctx.Done()
			c.workers.Go(func() {}) // what a check leaves running
			for !c.isOver() {
				c.Listen("before the end")
			}
			c.Listen("after the end")
		}}, nil, func() {})
		judged <- result
	}()
	if result := <-judged; result.Outcome == Fail {
		t.Error(result.Message)
	}
}

func (c *Case) isOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// slowly is a program that the machine does not run at all until it is released.
type slowly struct {
	Process
	exited chan struct{}
}

func (s slowly) Exited() <-chan struct{} { return s.exited }
func (s slowly) Exit() Exit              { return Exit{} }

// TestAProgramThatIsKeptFromRunningHoldsItsPlace shows that others are not started because
// of a machine on which the first could not run yet, but because the first does nothing.
func TestAProgramThatIsKeptFromRunningHoldsItsPlace(t *testing.T) {
	t.Parallel()
	const starvedFor = 15 * time.Second
	for _, test := range []struct {
		name    string
		starved bool
		atLeast time.Duration
		atMost  time.Duration
	}{
		{"starved", true, starvedFor, starvedFor + 2*signWithin},
		{"silent", false, signWithin, signWithin + time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := now()
				busy := func() (computed, starved time.Duration) {
					if !test.starved {
						return 0, 0
					}
					return 0, min(now().Sub(start), starvedFor)
				}
				c := &Case{accepted: make(chan struct{}, 1), closers: map[int]func(){}, activity: &activity{history: &history{}}}
				released := make(chan struct{})
				c.untilSign(&Instance{Process: slowly{exited: make(chan struct{})}, Busy: busy}, func() { close(released) })
				<-released
				if held := now().Sub(start); held < test.atLeast || held > test.atMost {
					t.Errorf("others were started after %v", held)
				}
				c.closeAll()
				c.workers.Wait()
			})
		})
	}
}

// TestAProgramThatTheCheckStartsMayBeStarvedForLonger shows by how much a wait becomes
// longer while the program is kept from running.
func TestAProgramThatTheCheckStartsMayBeStarvedForLonger(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		starts, works bool
		silent        bool
		extra         time.Duration
	}{
		{"an instance", false, true, false, mostStarved},
		{"started by the check", true, true, false, mostStarvedAtStart},
		{"not known yet", true, false, false, mostStarvedAtStart},
		{"never seen to work", true, false, true, mostStarved},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := now()
				a := &activity{
					history: &history{}, patience: Patience{First: 5 * time.Second, Then: 5 * time.Second}, starts: test.starts,
					busy: func() (computed, starved time.Duration) { return 0, now().Sub(start) },
				}
				a.works.Store(test.works)
				a.silent.Store(test.silent)
				c := &Case{ctx: t.Context(), activity: a, idle: func() {}}
				wait, due := a.wait(false), a.current()+test.extra
				if c.await(wait, nil, nil) >= 0 {
					t.Fatal("something came")
				}
				if lasted := now().Sub(start); lasted < due-time.Second || lasted > due+time.Second {
					t.Errorf("the wait lasted %v, not %v", lasted, due)
				}
			})
		})
	}
}

// TestAProgramThatHasJustEnded shows that a program is not told to be running still where
// its end comes to be known just after the wait for it.
func TestAProgramThatHasJustEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		exited := make(chan struct{})
		c := &Case{
			ctx: t.Context(), recorder: newRecorder(), idle: func() {},
			activity: &activity{history: &history{}, patience: Patience{First: time.Second}},
		}
		time.AfterFunc(time.Second+endMoment/2, func() { close(exited) })
		p := &Program{Instance: &Instance{Process: slowly{exited: exited}}, c: c}
		if _, ended := p.Wait(); !ended {
			t.Error("it has ended")
		}
	})
}
