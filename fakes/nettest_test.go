package fakes_test

import (
	"context"
	"net"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"scansion/fakes"
)

// TestConn has Go's own certificate made for both sides of connections. It takes real
// time, as the certificate does.
func TestConn(t *testing.T) {
	for _, test := range []struct {
		name string
		link fakes.Link
	}{
		{"in no time", fakes.Link{}},
		{"slow, cut and joined", fakes.Link{MinLatency: 10 * time.Microsecond, MaxLatency: time.Millisecond, RandomCuts: true}},
		{"with tiny buffers", fakes.Link{SendBuffer: 64, ReceiveBuffer: 64}},
		{"with segments of a byte", fakes.Link{MaxSegment: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			t.Run("dialled", func(t *testing.T) { nettest.TestConn(t, pipe(test.link, false)) })
			t.Run("accepted", func(t *testing.T) { nettest.TestConn(t, pipe(test.link, true)) })
		})
	}
}

// pipe makes connections on networks of their own.
func pipe(link fakes.Link, swap bool) nettest.MakePipe {
	return func() (c1, c2 net.Conn, stop func(), err error) {
		n := fakes.NewNetwork(fakes.NewTimerClock(), fakes.NetworkConfig{Seed: 1, Link: link})
		l, err := n.Host("server").Listen(":80")
		if err != nil {
			return nil, nil, nil, err
		}
		c1, err = n.Host("client").Dial(context.Background(), "server:80")
		if err != nil {
			return nil, nil, nil, err
		}
		c2, err = l.Accept()
		if err != nil {
			return nil, nil, nil, err
		}
		if swap {
			c1, c2 = c2, c1
		}
		return c1, c2, func() {
			_ = c1.Close() // the test may have done it
			_ = c2.Close()
			_ = l.Close()
		}, nil
	}
}
