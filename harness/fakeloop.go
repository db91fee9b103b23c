package harness

import (
	"context"
	"fmt"
	"time"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// fakeLoop runs on the goroutine of the spec, which moves a clock.
type fakeLoop struct {
	clock    *fakes.Clock
	network  *fakes.Network
	fake     *fakes.Reactor
	patience time.Duration
	blocked  bool // an attempt has not returned
}

var _ loop = (*fakeLoop)(nil)

func newFakeLoop(config reactor.Config, patience time.Duration, seed int64) *fakeLoop {
	l := &fakeLoop{clock: fakes.NewClock(), patience: patience}
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

// tooManyTurns are not needed for anything to come to its end, even where simulated time
// stands still.
const tooManyTurns = 1 << 20

// manyTurns is after how many turns of the loop the real time is looked at: simulated
// time may stand still for ever.
const manyTurns = 4096

func (l *fakeLoop) wait(ctx context.Context, w *wait, limit time.Duration, start func(), panics <-chan *deferred.PanicError) (end, error) {
	switch {
	case l.blocked:
		return isBlocked, nil
	case l.fake.Ended():
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
	if l.blocked {
		return false
	}
	f()
	return true
}

func (l *fakeLoop) attempt(f func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	late := time.NewTimer(l.patience)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
		l.blocked = true
	}
	return !l.blocked
}

func (l *fakeLoop) turn() bool {
	if l.blocked {
		return false
	}
	for range 2 {
		l.clock.Post(func() {}) // so that the next turn is one of this time
		l.clock.Step()
	}
	return true
}

// plenty of simulated time costs nothing if nothing happens.
const plenty = 24 * time.Hour

func (l *fakeLoop) until(there func() bool, _ time.Duration) bool {
	switch {
	case l.blocked:
		return false
	case there():
		return true
	}
	late := false
	alarm := l.clock.CallLater(plenty, func() { late = true })
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

func (l *fakeLoop) stop() string {
	_ = l.fake.Stop() // the spec may have done it
	for _, other := range l.network.Reactors() {
		_ = other.Stop() // it may not run
	}
	if !l.until(l.fake.Ended, plenty) {
		return unstoppable
	}
	return ""
}
