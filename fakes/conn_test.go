package fakes_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"scansion/fakes"
)

// These tests have goroutines that block, and run in bubbles: plain tests, since a
// failing expectation of Ginkgo's in a bubble takes the process down.

// joinedConns is both sides of a connection in a bubble.
func joinedConns(t *testing.T, link fakes.Link) (n *fakes.Network, near, far *fakes.Conn) {
	t.Helper()
	return joinedOn(t, fakes.NetworkConfig{Link: link})
}

// joinedOn is joinedConns on a network of any kind.
func joinedOn(t *testing.T, config fakes.NetworkConfig) (n *fakes.Network, near, far *fakes.Conn) {
	t.Helper()
	n = fakes.NewNetwork(fakes.NewTimerClock(), config)
	l, err := n.Host("far").Listen(":80")
	must(t, err)
	near, err = n.Host("near").Dial(t.Context(), "far:80")
	must(t, err)
	accepted, err := l.Accept()
	must(t, err)
	must(t, l.Close())
	return n, near, accepted.(*fakes.Conn)
}

// pass lets the bubble's time go by.
func pass(d time.Duration) { <-time.NewTimer(d).C }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expectError expects an error as package net has them.
func expectError(t *testing.T, err error, op string, target error) {
	t.Helper()
	var operation *net.OpError
	switch {
	case !errors.As(err, &operation) || operation.Op != op:
		t.Errorf("the error is %#v, not a *net.OpError of %s", err, op)
	case !errors.Is(err, target):
		t.Errorf("the error is %v, not %v", err, target)
	}
}

func expectRead(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got, err := io.ReadAll(r)
	must(t, err)
	if string(got) != want {
		t.Errorf("read %.100q (%d bytes), not %.100q (%d bytes)", got, len(got), want, len(want))
	}
}

func TestConnHalfCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, far := joinedConns(t, slow)
		_, err := near.Write([]byte("question"))
		must(t, err)
		must(t, near.CloseWrite())
		expectRead(t, far, "question")
		_, err = near.Write([]byte("more"))
		expectError(t, err, "write", syscall.EPIPE)
		_, err = far.Write([]byte("answer"))
		must(t, err)
		must(t, far.Close())
		expectRead(t, near, "answer")
		must(t, near.Close())
	})
}

func TestConnClosedWithSomethingLeftToReadIsReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, near, far := joinedConns(t, slow)
		_, err := near.Write([]byte("not read"))
		must(t, err)
		_, err = far.Write([]byte("cut off by the reset"))
		must(t, err)
		pass(time.Second)
		must(t, far.Close())
		pass(time.Second)
		for range 2 {
			_, err = near.Read(make([]byte, 100))
			expectError(t, err, "read", syscall.ECONNRESET)
		}
		_, err = near.Write([]byte("x"))
		expectError(t, err, "write", syscall.EPIPE)
		expectError(t, near.CloseWrite(), "close", syscall.ENOTCONN)
		must(t, near.Close())
		if left := n.Connections(); len(left) > 0 {
			t.Errorf("there are still %v", left)
		}
	})
}

func TestConnThatIsResetIsReadToItsEndWhereTheNetworkIsSoConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, far := joinedOn(t, fakes.NetworkConfig{Link: slow, ReadableAfterReset: true})
		_, err := near.Write([]byte("not read"))
		must(t, err)
		_, err = far.Write([]byte("received before the reset"))
		must(t, err)
		pass(time.Second)
		must(t, far.Close())
		pass(time.Second)
		got, err := io.ReadAll(near)
		if string(got) != "received before the reset" {
			t.Errorf("read %q", got)
		}
		expectError(t, err, "read", syscall.ECONNRESET)
		must(t, near.Close())
	})
}

func TestConnThatIsWrittenToAfterItsCloseIsReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, far := joinedConns(t, slow)
		must(t, far.Close())
		expectRead(t, near, "")
		_, err := near.Write([]byte("too late"))
		must(t, err)
		pass(time.Second)
		_, err = near.Write([]byte("again"))
		expectError(t, err, "write", syscall.ECONNRESET)
		_, err = near.Write([]byte("and again"))
		expectError(t, err, "write", syscall.EPIPE)
	})
}

func TestConnLingersNotAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, far := joinedConns(t, fakes.Link{MinLatency: time.Millisecond, ReceiveBuffer: 10, SendBuffer: 10})
		blocked := make(chan error)
		go func() {
			_, err := far.Write(verse(1000))
			blocked <- err
		}()
		must(t, near.SetLinger(5))
		must(t, near.SetLinger(0))
		pass(time.Second)
		must(t, near.Close())
		expectError(t, <-blocked, "write", syscall.ECONNRESET)
		_, err := far.Read(make([]byte, 1))
		expectError(t, err, "read", syscall.ECONNRESET)
	})
}

func TestConnIsResetByItsCloseIfItLingersNotAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, linger := range []int{0, 5, -1} {
			_, near, far := joinedConns(t, slow)
			must(t, near.SetLinger(0))
			must(t, near.SetLinger(linger))
			must(t, near.Close())
			_, err := far.Read(make([]byte, 1))
			if linger != 0 {
				if err != io.EOF { //nolint:errorlint // it has to be bare
					t.Errorf("the error is %v", err)
				}
				continue
			}
			expectError(t, err, "read", syscall.ECONNRESET)
		}
	})
}

func TestConnDoesNotMixWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, far := joinedConns(t, fakes.Link{MinLatency: time.Millisecond, SendBuffer: 100, ReceiveBuffer: 100})
		var writing sync.WaitGroup
		for _, letter := range []string{"a", "b", "c"} {
			writing.Go(func() {
				if _, err := io.WriteString(near, strings.Repeat(letter, 1000)); err != nil {
					t.Error(err)
				}
			})
		}
		go func() {
			writing.Wait()
			near.CloseWrite()
		}()
		all, err := io.ReadAll(far)
		must(t, err)
		for _, letter := range []string{"a", "b", "c"} {
			if !strings.Contains(string(all), strings.Repeat(letter, 1000)) {
				t.Errorf("the write of %q was taken apart", letter)
			}
		}
	})
}

func TestConnDeadlinesDoNotPileUp(t *testing.T) {
	clock := fakes.NewClock()
	n := fakes.NewNetwork(clock, fakes.NetworkConfig{})
	l, err := n.Host("far").Listen(":80")
	must(t, err)
	dialled := make(chan *fakes.Conn)
	go func() {
		conn, err := n.Host("near").Dial(context.Background(), "far:80")
		if err != nil {
			t.Error(err)
		}
		dialled <- conn
	}()
	accepted := make(chan net.Conn)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
	}()
	for len(n.Connections()) == 0 {
		runtime.Gosched()
	}
	clock.Advance(0)
	conn := <-dialled
	for i := range 10 {
		must(t, conn.SetDeadline(clock.Now().Add(time.Duration(i)*time.Second)))
	}
	if pending := clock.Pending(); len(pending) != 2 {
		t.Errorf("%d calls are pending", len(pending))
	}
	must(t, conn.Close())
	must(t, (<-accepted).Close())
	clock.Advance(0)
	if !clock.Idle() {
		t.Errorf("%d calls are pending", len(clock.Pending()))
	}
}

// Faults may come from any goroutine, at any moment.
func TestConnUnderFaultsFromOtherGoroutines(t *testing.T) {
	n := fakes.NewNetwork(fakes.NewTimerClock(), fakes.NetworkConfig{
		Link: fakes.Link{MaxLatency: 50 * time.Microsecond, MaxSegment: 100, RandomCuts: true, ReceiveBuffer: 500},
	})
	l, err := n.Host("far").Listen(":80")
	must(t, err)
	near, err := n.Host("near").Dial(t.Context(), "far:80")
	must(t, err)
	far, err := l.Accept()
	must(t, err)
	data := verse(200_000)
	var busy sync.WaitGroup
	busy.Go(func() {
		if _, err := near.Write(data); err != nil {
			t.Error(err)
		}
		near.Close()
	})
	done := make(chan struct{})
	for range 2 {
		busy.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				near.Connection().Stall()
				near.Connection().Resume()
				runtime.Gosched()
			}
		})
	}
	received, err := io.ReadAll(far)
	must(t, err)
	close(done)
	busy.Wait()
	if !bytes.Equal(received, data) {
		t.Errorf("%d bytes were received, of %d, or others", len(received), len(data))
	}
	must(t, far.Close())
	must(t, l.Close())
}

func TestConnSendsTheRestAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, near, far := joinedConns(t, fakes.Link{MinLatency: time.Millisecond, ReceiveBuffer: 10, SendBuffer: 1000})
		_, err := near.Write(verse(1000))
		must(t, err)
		must(t, near.Close())
		pass(time.Hour)
		expectRead(t, far, string(verse(1000)))
		must(t, far.Close())
		pass(time.Second)
		if left := n.Connections(); len(left) > 0 {
			t.Errorf("there are still %v", left)
		}
	})
}

func TestConnAfterItsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, far := joinedConns(t, fakes.Link{SendBuffer: 10, ReceiveBuffer: 10})
		var blocked sync.WaitGroup
		blocked.Go(func() {
			_, err := near.Read(make([]byte, 1))
			expectError(t, err, "read", net.ErrClosed)
		})
		for range 2 {
			blocked.Go(func() {
				_, err := near.Write(verse(1000))
				expectError(t, err, "write", net.ErrClosed)
			})
		}
		synctest.Wait()
		must(t, near.Close())
		blocked.Wait()
		expectError(t, near.Close(), "close", net.ErrClosed)
		expectError(t, near.CloseWrite(), "close", net.ErrClosed)
		expectError(t, near.SetLinger(0), "set", net.ErrClosed)
		expectError(t, near.SetDeadline(time.Time{}), "set", net.ErrClosed)
		_ = far.Close() // there may be something to read
	})
}

func TestConnDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, near, far := joinedConns(t, fakes.Link{SendBuffer: 10, ReceiveBuffer: 10})
		began := n.Now()
		must(t, near.SetReadDeadline(began.Add(time.Hour)))
		must(t, near.SetWriteDeadline(began.Add(2*time.Hour)))
		_, err := near.Read(make([]byte, 1))
		expectError(t, err, "read", os.ErrDeadlineExceeded)
		if passed := n.Now().Sub(began); passed != time.Hour {
			t.Errorf("the read has given up after %v", passed)
		}
		count, err := near.Write(verse(100))
		expectError(t, err, "write", os.ErrDeadlineExceeded)
		if count != 20 {
			t.Errorf("%d bytes were written, not those that the buffers hold", count)
		}
		if passed := n.Now().Sub(began); passed != 2*time.Hour {
			t.Errorf("the write has given up after %v", passed)
		}
		must(t, near.SetDeadline(time.Time{}))
		go far.Write([]byte("x"))
		if _, err := near.Read(make([]byte, 1)); err != nil {
			t.Errorf("after the deadline is lifted: %v", err)
		}
	})
}

func TestDialFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := fakes.NewNetwork(fakes.NewTimerClock(), fakes.NetworkConfig{Link: slow})
		near, far := n.Host("near"), n.Host("far")
		conn, err := near.DialContext(t.Context(), "tcp", "far:80")
		expectError(t, err, "dial", syscall.ECONNREFUSED)
		if conn != nil {
			t.Errorf("the connection is %#v", conn)
		}
		_, err = near.DialContext(t.Context(), "udp", "far:80")
		expectError(t, err, "dial", net.UnknownNetworkError("udp"))
		_, err = near.Dial(t.Context(), "nowhere:80")
		var unknown *net.DNSError
		if !errors.As(err, &unknown) || !unknown.IsNotFound {
			t.Errorf("the error is %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = near.Dial(ctx, "far:80")
		expectError(t, err, "dial", context.Canceled)

		n.Partition(far)
		ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := n.Now()
		_, err = near.Dial(ctx, "far:80")
		expectError(t, err, "dial", context.DeadlineExceeded)
		if passed := n.Now().Sub(began); passed != time.Hour {
			t.Errorf("it has given up after %v", passed)
		}
		if left := n.Connections(); len(left) > 0 {
			t.Errorf("there are still %v", left)
		}
	})
}

func TestListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := fakes.NewNetwork(fakes.NewTimerClock(), fakes.NetworkConfig{Link: slow})
		far := n.Host("far")
		l, err := far.Listen(":80")
		must(t, err)
		if l.Addr().String() != "198.18.0.1:80" {
			t.Errorf("it listens at %v", l.Addr())
		}
		_, err = far.Listen(":80")
		expectError(t, err, "listen", syscall.EADDRINUSE)
		go func() {
			pass(time.Hour)
			l.Close()
		}()
		_, err = l.Accept()
		expectError(t, err, "accept", net.ErrClosed)
		expectError(t, l.Close(), "close", net.ErrClosed)
	})
}

func TestConnFaultsFromOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, near, far := joinedConns(t, slow)
		near.Connection().Stall()
		_, err := near.Write([]byte("x"))
		must(t, err)
		must(t, far.SetReadDeadline(n.Now().Add(time.Hour)))
		_, err = far.Read(make([]byte, 1))
		expectError(t, err, "read", os.ErrDeadlineExceeded)
		must(t, far.SetReadDeadline(time.Time{}))
		far.Connection().Resume()
		_, err = far.Read(make([]byte, 1))
		must(t, err)
		near.Connection().Reset()
		_, err = far.Read(make([]byte, 1))
		expectError(t, err, "read", syscall.ECONNRESET)
	})
}
