package conformance

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Listener is a server of the case's own, for programs under test to connect to. One
// goroutine may use it.
type Listener struct {
	c         *Case
	name      string
	listeners []net.Listener

	mu       sync.Mutex
	waiting  []Socket      // accepted by the system, and not yet by the check
	arrived  chan struct{} // has an element if some may have come
	accepted int
	closed   bool
}

// Listen listens at a free address of this machine until the case ends, and, where there
// is IPv6, at the same port of its loopback address: programs that are told a port may try
// that first. The name is that of the lanes in the transcript: "upstream" for "upstream#1".
func (c *Case) Listen(name string) *Listener {
	l, err := c.ListenAt(name, "127.0.0.1:0")
	c.Must(err)
	_, port, err := net.SplitHostPort(l.Addr())
	c.Must(err)
	if second, err := c.judge.network.Listen(c.ctx, net.JoinHostPort("::1", port)); err == nil {
		l.add(second)
	}
	return l
}

// ListenAt is Listen at an address of the check's choice. The error tells that it cannot
// be had.
func (c *Case) ListenAt(name, addr string) (*Listener, error) {
	listener, err := c.judge.network.Listen(c.ctx, addr)
	if err != nil {
		return nil, err
	}
	l := &Listener{c: c, name: name, arrived: make(chan struct{}, 1)}
	l.add(listener)
	c.closeWithCase(l.close)
	return l, nil
}

// add accepts connections from a listener too, unless the case has ended meanwhile.
func (l *Listener) add(listener net.Listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = listener.Close() // nobody has connected to it
		return
	}
	l.listeners = append(l.listeners, listener)
	l.c.workers.Go(func() { l.acceptAll(listener) })
}

// Refusing returns an address at which connections are refused until the case ends.
func (c *Case) Refusing() string {
	addr, release, err := c.judge.network.Refuse()
	c.Must(err)
	c.closeWithCase(release)
	return addr
}

// Addr is where it listens, host:port.
func (l *Listener) Addr() string { return l.listeners[0].Addr().String() }

// acceptAll takes connections from the system as they come, so that none is lost where a
// check lets many wait.
func (l *Listener) acceptAll(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Our own descriptors have run out; what waits stays with the system.
			if pause(l.c.ctx, 10*time.Millisecond) != nil {
				return
			}
			continue
		}
		if !l.take(conn.(Socket)) {
			return
		}
	}
}

func (l *Listener) take(s Socket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = s.Close() // it came too late
		return false
	}
	l.waiting = append(l.waiting, s)
	l.c.activity.seen()
	for _, told := range []chan<- struct{}{l.arrived, l.c.accepted} {
		select {
		case told <- struct{}{}:
		default: // it is known
		}
	}
	return true
}

// next returns a connection that has come, if there is one.
func (l *Listener) next() *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		return nil
	}
	socket := l.waiting[0]
	l.waiting = l.waiting[1:]
	l.accepted++
	k := l.c.newConn(fmt.Sprintf("%s#%d", l.name, l.accepted), socket)
	l.c.recorder.note(k.lane, "accepted a connection from %s", socket.RemoteAddr())
	return k
}

// Accept returns the next connection that a program makes. That none comes for as long as
// the judge is patient, or before the programs that the check has started have ended, is
// a failure.
func (l *Listener) Accept() *Conn {
	k := l.TryAccept()
	if k == nil {
		l.c.Wrong("a connection to "+l.name, "none, "+l.c.whyNothing())
	}
	return k
}

// TryAccept is Accept where a connection need not come: nil if none did.
func (l *Listener) TryAccept() *Conn {
	wait := l.c.activity.wait(false)
	for {
		if k := l.next(); k != nil {
			return k
		}
		ended, running := l.c.ended()
		if ended != nil && !running { // nobody is left who could make one
			l.settle()
			return l.next()
		}
		if l.c.await(wait, l.arrived, ended) < 0 {
			l.c.recorder.note("", "no connection to %s for %v", l.name, now().Sub(wait.start).Round(time.Millisecond))
			return nil
		}
	}
}

// ExpectNoOther fails the case if a program has made a connection that was not accepted.
func (l *Listener) ExpectNoOther() {
	l.settle()
	if k := l.next(); k != nil {
		l.c.Wrong(fmt.Sprintf("no more than %d connections to %s", l.accepted-1, l.name), "one more")
	}
}

// settle waits until all connections have been accepted that were made by now. Systems
// hand them out in the order in which they were made, so one of our own comes last.
func (l *Listener) settle() {
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	if closed {
		return
	}
	for _, listener := range l.listeners {
		l.settleAt(listener.Addr().String())
	}
}

func (l *Listener) settleAt(addr string) {
	probe, err := l.c.judge.network.Dial(l.c.ctx, addr, DialOptions{})
	l.c.checkTime()
	l.c.Must(err)
	defer func() { _ = probe.Close() }() // nothing was sent
	for !l.removed(probe.LocalAddr().String()) {
		select {
		case <-l.arrived:
		case <-l.c.ctx.Done():
			l.c.checkTime()
		}
	}
}

// removed takes the connection from an address out of those that wait, if it is there.
func (l *Listener) removed(from string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, s := range l.waiting {
		if s.RemoteAddr().String() == from {
			l.waiting = append(l.waiting[:i:i], l.waiting[i+1:]...)
			_ = s.Close() // nothing was sent
			return true
		}
	}
	return false
}

// Close stops listening: from then on, connections are refused.
func (l *Listener) Close() {
	l.c.recorder.note("", "%s stops listening", l.name)
	l.close()
}

func (l *Listener) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, listener := range l.listeners {
		_ = listener.Close() // twice is fine
	}
	for _, s := range l.waiting {
		_ = s.Close() // nobody will use it
	}
	l.waiting = nil
}
