package harness

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// realLoop has a goroutine of its own, on which a TCP reactor runs.
type realLoop struct {
	tcp         *reactor.TCP
	ended       chan struct{} // closed when the goroutine has
	exited      bool          // a callback has ended it; known when ended is closed
	gracePeriod time.Duration
}

var _ loop = (*realLoop)(nil)

func newRealLoop(config reactor.Config, gracePeriod time.Duration) *realLoop {
	l := &realLoop{tcp: reactor.NewTCP(config), ended: make(chan struct{}), exited: true, gracePeriod: gracePeriod}
	go func() {
		defer close(l.ended) // also where a callback has ended this goroutine
		_ = l.tcp.Run(context.Background())
		l.exited = false
	}()
	return l
}

func (l *realLoop) reactor() reactor.Reactor { return l.tcp }

func (l *realLoop) outstanding() []reactor.Outstanding { return l.tcp.Outstanding() }

func (l *realLoop) wait(ctx context.Context, w *wait, limit time.Duration, start func(), panics <-chan *deferred.PanicError) (err error) {
	l.tcp.CallFromThread(start)
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-w.done:
	case <-l.ended:
		err = errReactorStopped
		if l.exited {
			err = errLoopExited
		}
	case <-ctx.Done():
		err = errCancelled(ctx)
	case <-late.C:
		err = errTimedOut(limit)
	case p := <-panics:
		return p
	}
	// Where several have come at once, the choice is not left to chance.
	select {
	case p := <-panics:
		return p
	default:
	}
	select {
	case <-w.done:
		return nil
	default:
		return err
	}
}

func (l *realLoop) call(f func()) bool {
	done := make(chan struct{})
	var begun atomic.Bool // by the loop, or by who gives up waiting for that
	once := func() {
		if begun.CompareAndSwap(false, true) {
			defer close(done)
			f()
		}
	}
	l.tcp.CallFromThread(once)
	late := time.NewTimer(l.gracePeriod)
	defer late.Stop()
	select {
	case <-done:
		return true
	case <-l.ended:
		once() // nobody else will
		return true
	case <-late.C:
		begun.Store(true)
		return false
	}
}

func (l *realLoop) attempt(f func()) bool { return l.call(f) }

func (l *realLoop) iterate() bool {
	// What is posted on the loop runs in the next iteration, before its delayed calls.
	for range 3 {
		if !l.call(func() {}) {
			return false
		}
	}
	return true
}

func (l *realLoop) until(done func() bool, atMost time.Duration) bool {
	late := time.NewTimer(atMost)
	defer late.Stop()
	const longest = 20 * time.Millisecond
	for pause := 100 * time.Microsecond; ; pause = min(2*pause, longest) {
		found := false
		if !l.call(func() { found = done() }) {
			return false
		}
		if found {
			return true
		}
		next := time.NewTimer(pause)
		select {
		case <-next.C:
		case <-late.C:
			next.Stop()
			return false
		}
	}
}

func (l *realLoop) stop() error {
	_ = l.tcp.Stop() // the spec may have done it
	if !closedWithin(l.gracePeriod, l.ended) {
		return errDoesNotStop
	}
	if l.exited {
		return errors.New("a callback" + endedLoop)
	}
	return nil
}
