//go:build unix

package fakes_test

import (
	"context"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"scansion/fakes"
)

// BenchmarkBulk sends bytes from blocking writers to blocking readers in a bubble, and
// prints how many go through in a second of processor time. (The bubble's time is not
// real, so the time for each operation counts what is around the bubble.)
func BenchmarkBulk(b *testing.B) {
	for _, test := range []struct {
		name         string
		link         fakes.Link
		conns, bytes int // bytes for each connection
		piece        int // that is written at once
	}{
		{"64 MiB", fakes.Link{}, 1, 64 << 20, 64 << 20},
		{"64 MiB at 10 ms", slow, 1, 64 << 20, 64 << 20},
		{"64 MiB through 16 KiB", fakes.Link{ReceiveBuffer: 16 << 10}, 1, 64 << 20, 64 << 20},
		{"1 MiB byte by byte", fakes.Link{}, 1, 1 << 20, 1},
		{"64 KiB over 1000 connections", fakes.Link{}, 1000, 64 << 10, 64 << 10},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			var used time.Duration
			poem := verse(test.bytes)
			for b.Loop() {
				used += inBubble(b, func(t *testing.T) {
					t.Helper()
					sendBulk(t, test.link, test.conns, poem, test.piece)
				})
			}
			b.ReportMetric(float64(b.N*test.conns*test.bytes)/1e6/used.Seconds(), "MB/cpu-s")
		})
	}
}

// BenchmarkIdle lets connections be idle for an hour, with a deadline at each minute, and
// prints how much processor time each needs, its beginning and its end included.
func BenchmarkIdle(b *testing.B) {
	const conns = 1000
	var used time.Duration
	for b.Loop() {
		used += inBubble(b, func(t *testing.T) {
			t.Helper()
			sendBulk(t, fakes.Link{}, conns, nil, 1)
		})
	}
	b.ReportMetric(float64(used.Microseconds())/conns/float64(b.N), "cpu-µs/connection")
}

// sendBulk has servers send a poem each, in pieces, or none for an hour.
func sendBulk(t *testing.T, link fakes.Link, conns int, poem []byte, piece int) {
	t.Helper()
	n := fakes.NewNetwork(fakes.NewTimerClock(), fakes.NetworkConfig{Link: link})
	l, err := n.Host("far").Listen(":80")
	must(t, err)
	var busy sync.WaitGroup
	for range conns {
		busy.Go(func() {
			conn, err := l.Accept()
			must(t, err)
			for rest := poem; len(rest) > 0; rest = rest[min(len(rest), piece):] {
				if _, err := conn.Write(rest[:min(len(rest), piece)]); err != nil {
					t.Error(err)
				}
			}
			if len(poem) == 0 {
				pass(time.Hour)
			}
			must(t, conn.Close())
		})
		busy.Go(func() {
			conn, err := n.Host("near").Dial(context.Background(), "far:80")
			must(t, err)
			if n, err := io.Copy(io.Discard, patient{n, conn}); n != int64(len(poem)) || err != nil {
				t.Errorf("%d bytes were received, and %v", n, err)
			}
			must(t, conn.Close())
		})
	}
	busy.Wait()
	n.Close()
}

// patient is a reader that looks around once a minute.
type patient struct {
	network *fakes.Network
	conn    net.Conn
}

func (p patient) Read(b []byte) (int, error) {
	for {
		if err := p.conn.SetReadDeadline(p.network.Now().Add(time.Minute)); err != nil {
			return 0, err
		}
		n, err := p.conn.Read(b)
		if timeout, ok := err.(net.Error); !ok || !timeout.Timeout() { //nolint:errorlint // it is package net's own
			return n, err
		}
	}
}

// inBubble runs f in a bubble, and returns how much processor time that has taken.
func inBubble(b *testing.B, f func(t *testing.T)) time.Duration {
	b.Helper()
	before := processorTime()
	if !testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{
		Name: b.Name(), F: func(t *testing.T) {
			t.Helper()
			synctest.Test(t, f)
		},
	}}) {
		b.Fatal("it has failed in the bubble")
	}
	return processorTime() - before
}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
