package fakes_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/reactor"
)

// faultAfter is a network whose connections have a fault in one direction, and the sides
// of one: who sends in that direction, and who receives.
func faultAfter(t *testing.T, direction fakes.Direction, n int, fault fakes.Fault) (sender, receiver *fakes.Conn) {
	t.Helper()
	network := fakes.NewNetwork(fakes.NewTimerClock(), fakes.NetworkConfig{OnDial: func(c *fakes.Connection) {
		if err := c.After(direction, n, fault); err != nil {
			t.Error(err)
		}
	}})
	l, err := network.Host("far").Listen(":80")
	must(t, err)
	near, err := network.Host("near").Dial(t.Context(), "far:80")
	must(t, err)
	far, err := l.Accept()
	must(t, err)
	must(t, l.Close())
	t.Cleanup(network.Close)
	if direction == fakes.ToServer {
		return near, far.(*fakes.Conn)
	}
	return far.(*fakes.Conn), near
}

// forEachCount runs a test in a bubble for both directions and for counts of bytes around
// the ends of segments, of buffers and of what is sent, which is sent bytes.
func forEachCount(t *testing.T, fault fakes.Fault, test func(t *testing.T, n int, sender, receiver *fakes.Conn)) {
	t.Helper()
	for _, direction := range []fakes.Direction{fakes.ToServer, fakes.ToClient} {
		for _, n := range []int{0, 1, 1459, 1460, 1461, 65536, 65537, 150_000, sent - 1, sent} {
			t.Run(fmt.Sprint(direction, " ", n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sender, receiver := faultAfter(t, direction, n, fault)
					test(t, n, sender, receiver)
				})
			})
		}
	}
}

// sent is more than all buffers hold.
const sent = 300_000

// expectBytes expects exactly the first n of what is sent, and the error after them.
func expectBytes(t *testing.T, from io.Reader, n int, end error) {
	t.Helper()
	got, err := io.ReadAll(from)
	if !bytes.Equal(got, verse(sent)[:n]) || !errors.Is(err, end) {
		t.Errorf("%d bytes were received, not %d, or others, and then %v", len(got), n, err)
	}
}

// expectOther has the other direction carry a few bytes.
func expectOther(t *testing.T, receiver, sender *fakes.Conn) {
	t.Helper()
	_, err := receiver.Write([]byte("still here"))
	must(t, err)
	if _, err := io.ReadFull(sender, make([]byte, len("still here"))); err != nil {
		t.Errorf("the other direction has come to %v", err)
	}
}

func TestConnectionAfterResets(t *testing.T) {
	forEachCount(t, fakes.Reset, func(t *testing.T, n int, sender, receiver *fakes.Conn) {
		t.Helper()
		var writing sync.WaitGroup
		writing.Go(func() {
			_, err := sender.Write(verse(sent))
			if err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the sender gets %v", err)
			}
			if _, err = sender.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
				t.Errorf("the sender reads %v", err)
			}
		})
		pass(time.Second)
		expectBytes(t, receiver, n, syscall.ECONNRESET)
		writing.Wait()
	})
}

func TestConnectionAfterStalls(t *testing.T) {
	forEachCount(t, fakes.Stall, func(t *testing.T, n int, sender, receiver *fakes.Conn) {
		t.Helper()
		var writing sync.WaitGroup
		writing.Go(func() {
			_, err := sender.Write(verse(sent))
			if err != nil {
				t.Error(err)
			}
			must(t, sender.CloseWrite())
		})
		must(t, receiver.SetReadDeadline(fakes.NewTimerClock().Now().Add(time.Hour)))
		expectBytes(t, receiver, n, os.ErrDeadlineExceeded)
		expectOther(t, receiver, sender)
		must(t, receiver.SetReadDeadline(time.Time{}))
		receiver.Connection().Resume()
		rest, err := io.ReadAll(receiver)
		if !bytes.Equal(rest, verse(sent)[n:]) || err != nil {
			t.Errorf("%d bytes came after it was resumed, and then %v", len(rest), err)
		}
		writing.Wait()
	})
}

func TestConnectionAfterHalfCloses(t *testing.T) {
	forEachCount(t, fakes.HalfClose, func(t *testing.T, n int, sender, receiver *fakes.Conn) {
		t.Helper()
		var writing sync.WaitGroup
		writing.Go(func() {
			if count, err := sender.Write(verse(sent)); count != sent || err != nil {
				t.Errorf("the sender has written %d bytes, and gets %v", count, err)
			}
		})
		expectBytes(t, receiver, n, nil)
		writing.Wait()
		expectOther(t, receiver, sender)
		must(t, sender.Close())
		must(t, receiver.Close())
	})
}

func TestConnectionAfterOneFaultAnotherMayCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, near, far := joinedConns(t, fakes.Link{})
		c := near.Connection()
		_, err := near.Write(verse(10))
		must(t, err)
		must(t, c.After(fakes.ToServer, 20, fakes.HalfClose))
		must(t, c.After(fakes.ToServer, 15, fakes.Stall))
		_, err = near.Write(verse(sent)[10:30])
		must(t, err)
		pass(time.Second)
		if err := c.After(fakes.ToServer, 14, fakes.Reset); err == nil {
			t.Error("a fault after 14 bytes was accepted, and 15 have arrived")
		}
		must(t, c.After(fakes.ToServer, 20, fakes.Reset))
		c.Resume()
		c.Resume()
		expectBytes(t, far, 20, syscall.ECONNRESET)
		must(t, near.Close())
		must(t, far.Close())
		if err := c.After(fakes.ToClient, 0, fakes.Reset); err == nil {
			t.Error("a fault was accepted of a connection that is over")
		}
		if left := n.Connections(); len(left) > 0 {
			t.Errorf("there are still %v", left)
		}
	})
}

// A receiver that closes does not keep the connection for a fault that waits for it to
// read.
func TestConnectionAfterWithoutReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, near, far := joinedConns(t, fakes.Link{})
		must(t, near.Connection().After(fakes.ToServer, 5, fakes.Reset))
		_, err := near.Write(verse(10))
		must(t, err)
		pass(time.Second)
		must(t, far.Close())
		_, err = near.Read(make([]byte, 1))
		expectError(t, err, "read", syscall.ECONNRESET)
		must(t, near.Close())
		pass(time.Second)
		if left := n.Connections(); len(left) > 0 {
			t.Errorf("there are still %v", left)
		}
	})
}

var _ = Describe("A fault after a number of bytes", func() {
	// carried has one reactor send 5000 bytes and close, to another, and returns what is received.
	carried := func(n int, fault fakes.Fault, link fakes.Link) (*small, *conversation) {
		GinkgoHelper()
		var log bytes.Buffer
		s := newSmallOf(fakes.NetworkConfig{Seed: uint64(GinkgoRandomSeed()), Link: link, Log: &log, OnDial: func(c *fakes.Connection) {
			Expect(c.After(fakes.ToServer, n, fault)).To(Succeed())
		}})
		s.log = &log
		far := &conversation{}
		s.joined(sends(verse(5000), reactor.Transport.LoseConnection), far)
		s.settle()
		return s, far
	}

	for _, link := range []fakes.Link{{}, {MaxLatency: time.Millisecond, MaxSegment: 100, RandomCuts: true, ReceiveBuffer: 300}} {
		for _, n := range []int{0, 1, 2500, 5000} {
			Context(fmt.Sprintf("of %d to a reactor, with random cuts: %v", n, link.RandomCuts), func() {
				It("resets", func() {
					s, far := carried(n, fakes.Reset, link)
					expectSame(far.received, verse(5000)[:n])
					Expect(far.reason).To(MatchError(reactor.ErrConnectionLost))
					Expect(s.log.String()).To(HaveSuffix("- reset\n"))
					Expect(s.network.Connections()).To(BeEmpty())
				})

				It("stalls, until it is resumed", func() {
					s, far := carried(n, fakes.Stall, link)
					expectSame(far.received, verse(5000)[:n])
					Expect(far.losses).To(BeZero())
					s.network.Connections()[0].Resume()
					s.settle()
					expectSame(far.received, verse(5000))
					Expect(far.reason).To(MatchError(reactor.ErrConnectionDone))
				})

				It("half-closes", func() {
					s, far := carried(n, fakes.HalfClose, link)
					expectSame(far.received, verse(5000)[:n])
					Expect(far.reason).To(MatchError(reactor.ErrConnectionDone))
					Expect(s.log.String()).To(ContainSubstring("> half-close\n"))
					Expect(s.network.Connections()).To(BeEmpty())
				})
			})
		}
	}

	It("may reset a connection while it is dialled, which then fails", func() {
		clock := fakes.NewClock()
		network := fakes.NewNetwork(clock, fakes.NetworkConfig{OnDial: (*fakes.Connection).Reset})
		r := network.Host("near").Reactor(quiet())
		Expect(r.Start()).To(Succeed())
		c := &client{}
		r.ConnectTCP("near:80", c, reactor.ConnectOptions{})
		clock.Elapse(time.Minute)
		Expect(c.failure).To(MatchError(syscall.ECONNRESET))
		Expect(network.Connections()).To(BeEmpty())
	})
})
