package fakes_test

import (
	"container/heap"
	"fmt"
	"runtime"
	"testing"
	"time"

	"scansion/fakes"
	"scansion/harness/reactor"
)

// manyTimers is how many timers the benchmarks add before the first is due.
const manyTimers = 100_000

// bareCall and bareQueue are the least that a heap of calls needs.
type bareCall struct {
	due time.Time
	f   func()
}

type bareQueue []*bareCall

func (q bareQueue) Len() int           { return len(q) }
func (q bareQueue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q bareQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *bareQueue) Push(x any)        { *q = append(*q, x.(*bareCall)) }
func (q *bareQueue) Pop() any {
	last := len(*q) - 1
	call := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return call
}

// scattered is when the timer i is due: all differ, in an order that is not theirs.
func scattered(i int) time.Duration { return time.Duration(i * 7919 % manyTimers) }

// bareTimers adds and fires many timers on a bare heap.
func bareTimers() (fired int) {
	var q bareQueue
	began := fakes.NewClock().Now()
	for i := range manyTimers {
		heap.Push(&q, &bareCall{due: began.Add(scattered(i)), f: func() { fired++ }})
	}
	for q.Len() > 0 {
		heap.Pop(&q).(*bareCall).f()
	}
	return fired
}

// clockTimers does the same on a Clock.
func clockTimers() (fired int) {
	clock := fakes.NewClock()
	for i := range manyTimers {
		clock.CallLater(scattered(i), func() { fired++ })
	}
	clock.Advance(manyTimers)
	return fired
}

// BenchmarkTimers adds 100,000 timers and fires them, on a clock and on a bare heap in
// turn, and prints how many times as long the clock takes: the best time of each counts,
// for the machine may be busy.
func BenchmarkTimers(b *testing.B) {
	real := fakes.NewTimerClock()
	timed := func(f func() int) time.Duration {
		runtime.GC()
		began := real.Now()
		if fired := f(); fired != manyTimers {
			b.Fatalf("%d timers fired, of %d", fired, manyTimers)
		}
		return real.Now().Sub(began)
	}
	clock, bare := time.Hour, time.Hour
	for b.Loop() {
		bare = min(bare, timed(bareTimers))
		clock = min(clock, timed(clockTimers))
	}
	b.ReportMetric(float64(clock)/float64(bare), "times-bare-heap")
	b.ReportMetric(float64(clock.Nanoseconds())/manyTimers, "ns/timer")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSegment sends bytes between two reactors, and prints what a segment costs
// from one protocol to the other.
func BenchmarkSegment(b *testing.B) {
	for _, size := range []int{1, 100, 1460} {
		for _, link := range []struct {
			name string
			fakes.Link
		}{
			{"in no time", fakes.Link{}},
			{"in 1 to 50 ms", fakes.Link{MinLatency: time.Millisecond, MaxLatency: 50 * time.Millisecond}},
		} {
			b.Run(fmt.Sprintf("%d bytes %s", size, link.name), func(b *testing.B) {
				benchmarkSegment(b, size, link.Link)
			})
		}
	}
}

func benchmarkSegment(b *testing.B, size int, link fakes.Link) {
	b.Helper()
	link.MaxSegment = size
	clock := fakes.NewClock()
	network := fakes.NewNetwork(clock, fakes.NetworkConfig{Link: link})
	received, written := 0, 0
	data := verse(32 * size)
	source := &conversation{made: func(c *conversation) {
		var write func()
		write = func() {
			for range 32 {
				if written < b.N*size {
					written += len(data)
					c.transport.Write(data)
				}
			}
			if written < b.N*size {
				clock.CallLater(time.Millisecond, write)
			}
		}
		write()
	}}
	server, user := network.Host("server").Reactor(quiet()), network.Host("client").Reactor(quiet())
	if _, err := server.ListenTCP(":80", serving(&sink{received: &received})); err != nil {
		b.Fatal(err)
	}
	user.ConnectTCP("server:80", &client{protocol: source}, reactor.ConnectOptions{})
	_, _ = server.Start(), user.Start()
	b.ReportAllocs()
	b.ResetTimer()
	for received < b.N*size {
		if !clock.Step() {
			b.Fatal("nothing is left to happen")
		}
	}
}

// sink is a protocol that counts.
type sink struct{ received *int }

func (s *sink) ConnectionMade(reactor.Transport) {}
func (s *sink) DataReceived(data []byte)         { *s.received += len(data) }
func (s *sink) ConnectionLost(error)             {}
