package harness

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// fakeLoop runs on the goroutine of the spec, which moves a clock.
type fakeLoop struct {
	clock       *fakes.Clock
	network     *fakes.Network
	fake        *fakes.Reactor
	gracePeriod time.Duration

	// busy is true while wait or attempt runs. Ginkgo abandons a node that does not
	// return, so it can be true for the nodes that follow.
	busy atomic.Bool
}

var _ loop = (*fakeLoop)(nil)

func newFakeLoop(config reactor.Config, gracePeriod time.Duration, seed int64) *fakeLoop {
	l := &fakeLoop{clock: fakes.NewClock(), gracePeriod: gracePeriod}
	l.clock.SetTrace()
	l.network = fakes.NewNetwork(l.clock, fakes.NetworkConfig{Seed: uint64(seed), Trace: true})
	l.fake = l.network.Host("spec").Reactor(config)
	_ = l.fake.Start() // the first time
	return l
}

func (l *fakeLoop) reactor() reactor.Reactor { return l.fake }

func (l *fakeLoop) outstanding() []reactor.Outstanding {
	left := append(l.fake.Outstanding(), l.clock.Outstanding()...)
	for _, other := range l.network.Reactors() {
		if other != l.fake {
			for _, o := range other.Outstanding() {
				o.What += fmt.Sprintf(", on host %q", other.Host())
				left = append(left, o)
			}
		}
	}
	return left
}

func (l *fakeLoop) wait(ctx context.Context, w *wait, limit time.Duration, start func(), panics <-chan *deferred.PanicError) (err error) {
	if !l.busy.CompareAndSwap(false, true) {
		return errLoopBusy
	}
	defer l.busy.Store(false)
	if l.fake.Ended() {
		return errReactorStopped
	}
	started := false
	over := func() bool {
		if !started { // when the time-out is set
			started = true
			start()
		}
		select {
		case p := <-panics:
			err = p
			return true
		default:
		}
		switch {
		case w.over:
		case l.fake.Ended():
			err = errReactorStopped
		case ctx.Err() != nil:
			err = errCancelled(ctx)
		default:
			return false
		}
		return true
	}
	switch {
	case l.step(over, limit, max(limit, l.gracePeriod)):
		return err
	case l.clock.Idle():
		return errNothingLeft
	default:
		return errTimedOut(limit)
	}
}

// realTimeTurns is after how many turns of the loop the real time is looked at: simulated
// time may never pass.
const realTimeTurns = 4096

// step moves the clock until done returns true. It gives up, and returns false, when the
// simulated time is over, or the real one.
func (l *fakeLoop) step(done func() bool, simulated, realTime time.Duration) bool {
	late := false
	alarm := l.clock.CallLater(simulated, func() { late = true })
	defer func() {
		if alarm.Active() {
			_ = alarm.Cancel() // it is active
		}
	}()
	var reallyLate *time.Timer
	for turns := 1; !done(); turns++ {
		if late {
			return false
		}
		if turns%realTimeTurns == 0 {
			if reallyLate == nil {
				reallyLate = time.NewTimer(realTime)
				defer reallyLate.Stop()
			}
			select {
			case <-reallyLate.C:
				return false
			default:
			}
		}
		l.clock.Step()
	}
	return true
}

func (l *fakeLoop) call(f func()) bool {
	if l.busy.Load() {
		return false
	}
	f()
	return true
}

func (l *fakeLoop) attempt(f func()) bool {
	done := make(chan struct{})
	l.busy.Store(true)
	go func() {
		defer close(done)
		defer l.busy.Store(false)
		f()
	}()
	return closedWithin(l.gracePeriod, done)
}

func (l *fakeLoop) iterate() bool {
	return l.call(func() {
		for range 2 {
			l.clock.Post(func() {}) // so that the next turn is one of this time
			l.clock.Step()
		}
	})
}

// longSimulatedTime costs nothing if nothing happens.
const longSimulatedTime = 24 * time.Hour

func (l *fakeLoop) until(done func() bool, atMost time.Duration) bool {
	return !l.busy.Load() && (done() || l.step(done, longSimulatedTime, atMost))
}

func (l *fakeLoop) stop() error {
	stopAll := func() {
		for _, r := range l.network.Reactors() {
			_ = r.Stop() // it may not run, or the spec may have stopped it
		}
	}
	if l.call(stopAll) && l.until(l.fake.Ended, l.gracePeriod) {
		return nil
	}
	return errDoesNotStop
}
