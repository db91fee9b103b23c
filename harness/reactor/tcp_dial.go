package reactor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Dial is described at [System].
func (l *loop) Dial(addr, local string, done func(Socket, error)) (cancel func()) {
	ctx, stop := context.WithCancel(context.Background())
	cancelled := false // for the loop goroutine
	l.Go(func() {
		defer stop()
		conn, err := dial(ctx, addr, local)
		posted := l.post(func() {
			switch {
			case !cancelled && err == nil:
				socket := newSocket(l, conn)
				done(socket, nil)
				socket.begin()
			case !cancelled:
				done(nil, err)
			case err == nil:
				_ = conn.Close() // nobody wants it
			}
		})
		if !posted && err == nil {
			_ = conn.Close() // nobody wants it
		}
	})
	return func() {
		cancelled = true
		stop()
	}
}

// dial connects, and gives failures their names.
func dial(ctx context.Context, addr, local string) (net.Conn, error) {
	var dialer net.Dialer
	if local != "" {
		from, err := net.ResolveTCPAddr("tcp", local)
		if err != nil {
			return nil, err
		}
		dialer.LocalAddr = from
	}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	var unknown *net.DNSError
	switch {
	case err == nil:
		return conn, nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w: %w", ErrConnectionRefused, err)
	case errors.As(err, &unknown) && unknown.IsNotFound:
		return nil, fmt.Errorf("%w: %w", ErrNameNotFound, err)
	default:
		return nil, err
	}
}
