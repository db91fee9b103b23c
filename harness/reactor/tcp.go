package reactor

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"
)

// TCP is the real [Reactor]: the computer's clock, and its network.
//
// Behind the loop, a connection has a goroutine that reads, one that writes only
// while the kernel does not take what is written at once, and a port one that
// accepts. They do nothing but wait for the kernel and post what it said to the
// loop.
type TCP struct {
	*Base

	loop *loop
}

var _ Reactor = (*TCP)(nil)

// NewTCP returns a reactor on real time and real sockets, which is yet to run.
func NewTCP(config Config) *TCP {
	l := &loop{
		wake:   make(chan struct{}, 1),
		done:   make(chan struct{}),
		timers: NewTimers(wallNow),
	}
	r := &TCP{Base: NewBase(l, config), loop: l}
	l.log = r.log
	return r
}

// AdoptListener is ListenTCP on a listener made elsewhere, which is the reactor's
// from then on, unless there is an error. Its connections may be of any type. For an
// orderly end they should have the method CloseWrite of [net.TCPConn], and for a
// reset SetLinger; without them they are only closed.
func (r *TCP) AdoptListener(listener net.Listener, factory ServerFactory) (Port, error) {
	return r.Adopt(&tcpListener{loop: r.loop, Listener: listener}, factory)
}

// Run is described at [Reactor].
func (r *TCP) Run(ctx context.Context) error {
	signals, release := r.signals()
	defer release()
	if err := r.Start(); err != nil {
		return err
	}
	r.loop.goroutines.Go(func() {
		select {
		case <-ctx.Done():
		case <-signals:
			release() // before the end, which may hang in somebody's callback
		case <-r.loop.done:
			return
		}
		_ = r.Stop() // somebody else may have been faster
	})
	a := newAlarm()
	defer a.clear()
	for r.loop.iterate(); !r.Ended(); r.loop.iterate() {
		r.loop.sleep(a)
	}
	r.loop.end()
	return nil
}

// loop is the System of a TCP reactor.
type loop struct {
	log  *slog.Logger
	wake chan struct{} // holds a value whenever the loop may have missed something
	done chan struct{} // closed when the loop has ended

	mu     sync.Mutex // guards the two below, which any goroutine may use
	ended  bool
	posted []func()

	// The rest belongs to the loop goroutine.
	timers     *Timers
	spare      []func() // an empty slice, to be posted's next
	goroutines sync.WaitGroup
}

var _ System = (*loop)(nil)

func (l *loop) Now() time.Time { return wallNow() }

func (l *loop) CallLater(d time.Duration, f func()) DelayedCall { return l.timers.Add(d, f) }

func (l *loop) Go(f func()) { l.goroutines.Go(f) }

func (l *loop) Post(f func()) { l.post(f) }

// post is Post, and reports whether f will be called.
func (l *loop) post(f func()) bool {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return false
	}
	l.posted = append(l.posted, f)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default: // it will wake anyway
	}
	return true
}

// iterate runs what there is to run now. What was posted is taken whole before it
// runs, so that what the callbacks add waits for the next iteration.
func (l *loop) iterate() {
	l.mu.Lock()
	batch := l.posted
	l.posted = l.spare
	l.mu.Unlock()
	for i, f := range batch {
		batch[i] = nil
		f()
	}
	l.spare = batch[:0]
	l.timers.RunDue(func(f func()) { f() })
}

// sleep waits until there is something to do.
func (l *loop) sleep(a alarm) {
	due, ok := l.timers.Next()
	if !ok {
		<-l.wake
		return
	}
	wait := due.Sub(l.Now())
	if wait <= 0 {
		return
	}
	a.set(wait)
	select {
	case <-l.wake:
		a.clear()
	case <-a.rings():
	}
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
	close(l.done)
	l.goroutines.Wait()
}
