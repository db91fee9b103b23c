package harness

import (
	"context"
	"time"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// fakeLoop runs on the goroutine of the spec, which moves a clock.
type fakeLoop struct {
	clock   *fakes.Clock
	network *fakes.Network
	fake    *fakes.Reactor
}

var _ loop = (*fakeLoop)(nil)

func newFakeLoop(config reactor.Config, seed int64) *fakeLoop {
	l := &fakeLoop{clock: fakes.NewClock()}
	l.network = fakes.NewNetwork(l.clock, fakes.NetworkConfig{Seed: uint64(seed)})
	l.fake = l.network.Host("spec").Reactor(config)
	_ = l.fake.Start() // the first time
	return l
}

func (l *fakeLoop) reactor() reactor.Reactor { return l.fake }

func (l *fakeLoop) outstanding() []reactor.Outstanding { return l.fake.Outstanding() }

// tooManyTurns are not needed for anything to come to its end, even where simulated time
// stands still.
const tooManyTurns = 1 << 20

// manyTurns is after how many turns of the loop the real time is looked at: simulated
// time may stand still for ever.
const manyTurns = 4096

func (l *fakeLoop) wait(ctx context.Context, w *wait, limit time.Duration, start func(), panics <-chan *deferred.PanicError) (end, error) {
	if l.fake.Ended() {
		return hasStopped, nil
	}
	late := false
	alarm := l.clock.CallLater(limit, func() { late = true })
	defer func() {
		if alarm.Active() {
			_ = alarm.Cancel() // it is active
		}
	}()
	start()
	var reallyLate *time.Timer
	for turns := 1; ; turns++ {
		select {
		case p := <-panics:
			return hasPanicked, p
		default:
		}
		switch {
		case w.over:
			return isOver, nil
		case l.fake.Ended():
			return hasStopped, nil
		case ctx.Err() != nil:
			return isCancelled, context.Cause(ctx)
		case late && l.clock.Idle():
			return isStuck, nil
		case late:
			return isLate, nil
		}
		if turns%manyTurns == 0 {
			if reallyLate == nil {
				reallyLate = time.NewTimer(limit)
				defer reallyLate.Stop()
			}
			select {
			case <-reallyLate.C:
				return isLate, nil
			default:
			}
		}
		l.clock.Step()
	}
}

func (l *fakeLoop) call(f func()) bool {
	f()
	return true
}

func (l *fakeLoop) turn() bool {
	for range 2 {
		l.clock.Post(func() {}) // so that the next turn is one of this time
		l.clock.Step()
	}
	return true
}

func (l *fakeLoop) until(there func() bool, atMost time.Duration) bool {
	late := false
	alarm := l.clock.CallLater(atMost, func() { late = true })
	defer func() {
		if alarm.Active() {
			_ = alarm.Cancel() // it is active
		}
	}()
	for turns := 0; !there(); turns++ {
		if late || turns == tooManyTurns {
			return false
		}
		l.clock.Step()
	}
	return true
}

func (l *fakeLoop) stop() bool {
	_ = l.fake.Stop() // the spec may have done it
	const plenty = 24 * time.Hour
	return l.until(l.fake.Ended, plenty)
}
