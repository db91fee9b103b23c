package fakes_test

import (
	"bytes"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"scansion/fakes"
)

// expectTaken has the network take from a side, whose peer does not read, what buffers of
// these sizes hold.
func expectTaken(t *testing.T, c *fakes.Conn, send, receive int) {
	t.Helper()
	soon := fakes.NewTimerClock().Now().Add(time.Hour)
	must(t, c.SetWriteDeadline(soon))
	n, err := c.Write(verse(1 << 20))
	expectError(t, err, "write", os.ErrDeadlineExceeded)
	if n != send+receive {
		t.Errorf("%d bytes were taken, not %d + %d", n, send, receive)
	}
}

func TestConnBuffersHoldWhatTheyAreSetTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, far := joinedConns(t, fakes.Link{MaxSegment: 500})
		must(t, near.SetWriteBuffer(5000))
		must(t, far.SetReadBuffer(3000))
		expectTaken(t, near, 5000, 3000)
		expectTaken(t, far, 64<<10, 64<<10)

		must(t, far.SetReadBuffer(4000))
		expectTaken(t, near, 0, 1000)
		must(t, near.SetWriteBuffer(5500))
		expectTaken(t, near, 500, 0)
		must(t, far.SetReadBuffer(1))
		must(t, near.SetWriteBuffer(0))
		expectTaken(t, near, 0, 0)

		var reading sync.WaitGroup
		reading.Go(func() { expectRead(t, far, string(verse(8000))+string(verse(1000))+string(verse(500))) })
		must(t, near.CloseWrite())
		reading.Wait()
	})
}

func TestConnOptionsHoldFromTheFirstByteOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		n := fakes.NewNetwork(fakes.NewTimerClock(), fakes.NetworkConfig{Log: &log})
		l, err := n.Host("far").ListenWith(":80", fakes.SocketOptions{ReceiveBuffer: 100, SendBuffer: 200, MaxSegment: 50})
		must(t, err)
		var serving sync.WaitGroup
		serving.Go(func() {
			far, err := l.Accept()
			must(t, err)
			expectTaken(t, far.(*fakes.Conn), 200, 1000)
			must(t, far.Close())
		})
		near, err := n.Host("near").DialWith(t.Context(), "far:80", fakes.SocketOptions{ReceiveBuffer: 1000, MaxSegment: 40})
		must(t, err)
		serving.Wait()
		expectRead(t, near, string(verse(1200)))
		must(t, near.Close())
		pass(time.Second)
		synctest.Wait()
		if count := strings.Count(log.String(), "data 40 "); count != 1200/40 {
			t.Errorf("%d segments have 40 bytes:\n%s", count, log.String())
		}
	})
}

func TestConnTakesOptionsOfTCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, _ := joinedConns(t, fakes.Link{})
		for _, set := range []func() error{
			func() error { return near.SetNoDelay(true) },
			func() error { return near.SetKeepAlive(true) },
			func() error { return near.SetReadBuffer(1) },
			func() error { return near.SetWriteBuffer(1) },
		} {
			must(t, set())
			defer func() { expectError(t, set(), "set", net.ErrClosed) }()
		}
		must(t, near.Close())
	})
}

func TestConnCloseReadEndsReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, far := joinedConns(t, fakes.Link{})
		var blocked sync.WaitGroup
		blocked.Go(func() { expectRead(t, near, "") })
		synctest.Wait()
		must(t, near.CloseRead())
		blocked.Wait()
		_, err := far.Write([]byte("what comes is read"))
		must(t, err)
		pass(time.Second)
		expectRead(t, near, "what comes is read")
		_, err = near.Write([]byte("and writing goes on"))
		must(t, err)
		must(t, near.Close())
		expectRead(t, far, "and writing goes on")
	})
}

func TestConnCloseWriteReleasesWhoWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, far := joinedConns(t, fakes.Link{SendBuffer: 10, ReceiveBuffer: 10})
		var blocked sync.WaitGroup
		blocked.Go(func() {
			n, err := near.Write(verse(100))
			expectError(t, err, "write", syscall.EPIPE)
			if n != 20 {
				t.Errorf("%d bytes were written, not those that the buffers hold", n)
			}
		})
		synctest.Wait()
		must(t, near.CloseWrite())
		blocked.Wait()
		expectRead(t, far, string(verse(20)))
	})
}

// A closed network has no goroutine wait: the bubble would fail.
func TestNetworkCloseReleasesEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, near, far := joinedConns(t, fakes.Link{SendBuffer: 10, ReceiveBuffer: 10, MinLatency: time.Second})
		var blocked sync.WaitGroup
		blocked.Go(func() {
			_, err := near.Read(make([]byte, 1))
			expectError(t, err, "read", syscall.ECONNRESET)
		})
		synctest.Wait()
		blocked.Go(func() {
			// Who is first to learn of a reset is told ECONNRESET, others EPIPE.
			if n, err := near.Write(verse(100)); n != 20 || err == nil {
				t.Errorf("%d bytes were written, and the error is %v", n, err)
			}
		})
		l, err := n.Host("far").Listen(":81")
		must(t, err)
		waiting, err := n.Host("near").Dial(t.Context(), "far:81")
		must(t, err)
		blocked.Go(func() {
			_, err := io.ReadAll(waiting)
			expectError(t, err, "read", syscall.ECONNRESET)
		})
		idle, err := n.Host("far").Listen(":82")
		must(t, err)
		blocked.Go(func() {
			_, err := idle.Accept()
			expectError(t, err, "accept", net.ErrClosed)
		})
		n.Partition(n.Host("third"))
		blocked.Go(func() {
			_, err := n.Host("near").Dial(t.Context(), "third:80")
			expectError(t, err, "dial", net.ErrClosed)
		})
		synctest.Wait()
		n.Close()
		n.Close()
		blocked.Wait()

		_, err = l.Accept()
		expectError(t, err, "accept", net.ErrClosed)
		_, err = n.Host("near").Dial(t.Context(), "far:80")
		expectError(t, err, "dial", net.ErrClosed)
		_, err = n.Host("near").Listen(":80")
		expectError(t, err, "listen", net.ErrClosed)
		for _, c := range []*fakes.Conn{near, far, waiting} {
			must(t, c.SetDeadline(n.Now().Add(time.Hour)))
			must(t, c.Close())
		}
		if left := n.Connections(); len(left) > 0 {
			t.Errorf("there are still %v", left)
		}
	})
}
