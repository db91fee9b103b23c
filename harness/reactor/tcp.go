package reactor

import (
	"context"
	"iter"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"sync"
	"time"
)

// TCP is the real [Reactor]: the computer's clock, and its network.
//
// Behind the loop, a connection has a goroutine that reads, unless it was done at
// once, one that writes only while the kernel does not take what is written at once,
// and a port one that accepts. They wait for the kernel and bring what it said to the loop.
//
// The loop goroutine is a coroutine ([iter.Pull]). One that has something for a loop
// that rests does not wake it and go to sleep itself, which costs a third of a short
// connection: it switches to the loop, and back when the loop rests again. Therefore a
// callback must not leave its goroutine locked to its thread ([runtime.LockOSThread]).
type TCP struct {
	*Base

	loop *loop
}

var _ Reactor = (*TCP)(nil)

// NewTCP returns a reactor on real time and real sockets, which is yet to run.
func NewTCP(config Config) *TCP {
	l := &loop{
		drive:  make(chan struct{}, 1),
		done:   make(chan struct{}),
		timers: NewTimers(wallNow),
	}
	l.alarm.ring = l.wake
	r := &TCP{Base: NewBase(l, config), loop: l}
	l.log = r.log
	return r
}

// AdoptListener is ListenTCP on a listener made elsewhere, which is the reactor's
// from then on, unless there is an error. Its connections may be of any type. For an
// orderly end they should have the method CloseWrite of [net.TCPConn], and for a
// reset SetLinger; without them they are only closed.
func (r *TCP) AdoptListener(listener net.Listener, factory ServerFactory) (Port, error) {
	if isNil(listener) {
		return r.Adopt(nil, factory) // it says what is wrong
	}
	return r.Adopt(&tcpListener{loop: r.loop, Listener: listener}, factory)
}

// Run is described at [Reactor].
func (r *TCP) Run(ctx context.Context) error {
	signals, release := r.signals()
	defer release()
	if err := r.enter(); err != nil {
		return err
	}
	// Not on this goroutine, which may be locked to its thread.
	go r.loop.run(func() { r.fire(Startup) }, r.Ended, r.abandon)
	select {
	case <-ctx.Done():
		_ = r.Stop() // somebody else may have been faster
	case <-signals:
		release() // before the end, which may hang in somebody's callback
		_ = r.Stop()
	case <-r.loop.done:
	}
	<-r.loop.done
	r.loop.end()
	if r.loop.broken {
		runtime.Goexit() // as a callback has done
	}
	return nil
}

// maxIterations is how many iterations a goroutine that brings something drives the loop
// through, before it leaves the rest to the loop's own driver.
const maxIterations = 4

// loop is the System of a TCP reactor.
//
// At any time it either rests or has one driver, who alone may call next, rest and
// the methods of what belongs to the loop goroutine. That is the goroutine in run, or
// one in postAndDrive which found the loop resting.
type loop struct {
	log   *slog.Logger
	next  func() (struct{}, bool) // does an iteration on the loop goroutine
	drive chan struct{}           // makes the goroutine in run the driver
	done  chan struct{}           // closed when the loop goroutine has ended

	broken bool // a callback has ended the loop goroutine; known when done is closed

	mu      sync.Mutex // guards the three below, which any goroutine may use
	ended   bool
	resting bool // there is nothing to do, and no driver
	posted  []func()

	// The rest belongs to the loop goroutine, and between iterations to the driver.
	timers     *Timers
	alarm      alarm    // rings when the timers are due
	spare      []func() // an empty slice, to be posted's next
	finWaiters finWaiters
	goroutines sync.WaitGroup
}

var _ System = (*loop)(nil)

func (l *loop) Now() time.Time { return wallNow() }

func (l *loop) CallLater(d time.Duration, f func()) DelayedCall { return l.timers.Add(d, f) }

func (l *loop) Go(f func()) { l.goroutines.Go(f) }

func (l *loop) Post(f func()) { l.post(f) }

// post is Post, and reports whether f will be called.
func (l *loop) post(f func()) bool {
	added, drives := l.add(f)
	if drives {
		// Not here: the caller may hold a lock that f needs.
		l.drive <- struct{}{}
	}
	return added
}

// postAndDrive is Post for a goroutine behind the loop, which holds no lock: if the loop
// rests, the caller drives it for a while. It reports whether f will be called, or was.
func (l *loop) postAndDrive(f func()) (added bool) {
	added, drives := l.add(f)
	if !drives {
		return added
	}
	rests := false
	defer func() {
		if !rests { // or a callback has ended its goroutine, and so this one
			l.drive <- struct{}{}
		}
	}()
	for range maxIterations {
		if _, more := l.next(); !more {
			return true
		}
		if rests = l.rest(); rests {
			return true
		}
	}
	return true
}

// add has f called in the next iteration, unless the loop has ended, and reports
// whether it will be, and whether the caller has become the driver.
func (l *loop) add(f func()) (added, drives bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false, false
	}
	l.posted = append(l.posted, f)
	drives, l.resting = l.resting, false
	return true, drives
}

// wake ends a rest.
func (l *loop) wake() { l.post(func() {}) }

// run starts the loop goroutine, and drives the loop when nobody else does, until it
// is over. If a callback ends the loop goroutine, and with it the one of the driver, it is
// abandoned.
func (l *loop) run(start func(), over func() bool, abandon func()) {
	defer close(l.done)
	defer l.alarm.clear()
	defer func() {
		if !over() {
			l.broken = true
			abandon()
		}
	}()
	next, stop := iter.Pull(func(yield func(struct{}) bool) {
		for start(); !over() && yield(struct{}{}); l.iterate() {
		}
	})
	defer stop()
	for l.next = next; ; {
		if _, more := next(); !more {
			return
		}
		if l.rest() {
			<-l.drive
		}
	}
}

// rest has the driver leave the loop to whoever has something for it, the alarm
// included, unless there is something to do already.
func (l *loop) rest() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.posted) > 0 {
		return false
	}
	if due, ok := l.timers.Next(); ok {
		now := l.Now()
		if !due.After(now) {
			return false
		}
		l.alarm.setBy(due, now)
	}
	l.resting = true
	return true
}

// iterate runs what there is to run now. What was posted is taken whole before it
// runs, so that what the callbacks add waits for the next iteration.
func (l *loop) iterate() {
	l.mu.Lock()
	batch := l.posted
	l.posted = l.spare
	l.mu.Unlock()
	i := 0
	defer func() {
		if i < len(batch) { // a callback has ended the goroutine; goroutines wait for the rest
			l.mu.Lock()
			defer l.mu.Unlock()
			l.posted = slices.Concat(batch[i+1:], l.posted)
		}
	}()
	for ; i < len(batch); i++ {
		f := batch[i]
		batch[i] = nil
		f()
	}
	l.spare = batch[:0]
	l.timers.RunDue(func(f func()) { f() })
}

// end lets nothing in any more, and waits for the goroutines.
func (l *loop) end() {
	l.mu.Lock()
	l.ended = true
	left := l.posted
	l.posted = nil
	l.mu.Unlock()
	for _, f := range left {
		f()
	}
	l.goroutines.Wait()
}
