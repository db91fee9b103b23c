package harness

import (
	"context"
	"sync/atomic"
	"time"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// realLoop has a goroutine of its own, on which a TCP reactor runs.
type realLoop struct {
	tcp      *reactor.TCP
	ended    chan struct{} // closed when the goroutine has
	exited   bool          // a callback has ended it; known when ended is closed
	patience time.Duration
}

var _ loop = (*realLoop)(nil)

func newRealLoop(config reactor.Config, patience time.Duration) *realLoop {
	l := &realLoop{tcp: reactor.NewTCP(config), ended: make(chan struct{}), exited: true, patience: patience}
	go func() {
		defer close(l.ended) // also where a callback has ended this goroutine
		_ = l.tcp.Run(context.Background())
		l.exited = false
	}()
	return l
}

func (l *realLoop) reactor() reactor.Reactor { return l.tcp }

func (l *realLoop) outstanding() []reactor.Outstanding { return l.tcp.Outstanding() }

func (l *realLoop) wait(ctx context.Context, w *wait, limit time.Duration, start func(), panics <-chan *deferred.PanicError) (why end, cause error) {
	l.tcp.CallFromThread(start)
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-w.done:
	case <-l.ended:
		why = hasStopped
		if l.exited {
			why = hasExited
		}
	case <-ctx.Done():
		why, cause = isCancelled, context.Cause(ctx)
	case <-late.C:
		why = isLate
	case p := <-panics:
		return hasPanicked, p
	}
	// Where several have come at once, the choice is not left to chance.
	select {
	case p := <-panics:
		return hasPanicked, p
	default:
	}
	select {
	case <-w.done:
		return isOver, nil
	default:
		return why, cause
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
	late := time.NewTimer(l.patience)
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

func (l *realLoop) turn() bool {
	// What is posted on the loop runs in the next iteration, before its delayed calls.
	again := make(chan struct{})
	ok := l.call(func() {
		l.tcp.CallFromThread(func() {
			l.tcp.CallFromThread(func() { close(again) })
		})
	})
	if !ok {
		return false
	}
	late := time.NewTimer(l.patience)
	defer late.Stop()
	select {
	case <-again:
	case <-l.ended:
	case <-late.C:
		return false
	}
	return true
}

func (l *realLoop) until(there func() bool, atMost time.Duration) bool {
	late := time.NewTimer(atMost)
	defer late.Stop()
	const longest = 20 * time.Millisecond
	for pause := 100 * time.Microsecond; ; pause = min(2*pause, longest) {
		found := false
		if !l.call(func() { found = there() }) {
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

func (l *realLoop) stop() string {
	_ = l.tcp.Stop() // the spec may have done it
	late := time.NewTimer(l.patience)
	defer late.Stop()
	select {
	case <-l.ended:
		if l.exited {
			return "a callback" + exit
		}
		return ""
	case <-late.C:
		return unstoppable
	}
}
