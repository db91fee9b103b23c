package reactor

import (
	"context"
	"errors"
	"net"
	"time"
)

// How long to wait before accepting again after a failure, such as running out of
// file descriptors: twice as long each time, until one succeeds.
const (
	firstRetry = 5 * time.Millisecond
	lastRetry  = time.Second
)

// Listen looks a host name up before it returns. As with Twisted, the connections do
// not keep themselves alive: it would be four system calls more for each.
func (l *loop) Listen(addr string) (Listener, error) {
	config := net.ListenConfig{KeepAlive: -1}
	listener, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &tcpListener{loop: l, Listener: listener}, nil
}

// tcpListener is the Listener of a TCP reactor.
type tcpListener struct {
	net.Listener

	loop     *loop
	accepted func(Socket)
	closed   func()
	failures int         // to accept, since the last success
	retry    DelayedCall // to accept again; nil or inactive if not waiting for that
}

func (l *tcpListener) Accept(accepted func(Socket), closed func()) {
	l.accepted, l.closed = accepted, closed
	l.resume()
}

func (l *tcpListener) Close() error {
	err := l.Listener.Close()
	if l.retry != nil && l.retry.Active() {
		_ = l.retry.Cancel() // it is active
		l.loop.Post(l.closed)
	}
	return err
}

// resume accepts in a goroutine of its own, until there is an error. The
// goroutine ends at each error, so that waiting after one is the loop's business.
func (l *tcpListener) resume() {
	l.loop.Go(func() {
		for {
			conn, err := l.Listener.Accept()
			if err != nil {
				l.loop.postAndDrive(func() { l.failed(err) })
				return
			}
			added := l.loop.postAndDrive(func() {
				l.failures = 0
				socket := newSocket(l.loop, conn)
				l.accepted(socket)
				socket.begin()
			})
			if !added {
				_ = conn.Close() // the loop has ended
			}
		}
	})
}

func (l *tcpListener) failed(err error) {
	if errors.Is(err, net.ErrClosed) {
		l.closed()
		return
	}
	wait := min(firstRetry<<min(l.failures, 10), lastRetry)
	l.failures++
	l.loop.log.Warn("cannot accept a connection", "addr", l.Addr(), "error", err, "again in", wait)
	l.retry = l.loop.CallLater(wait, l.resume)
}
