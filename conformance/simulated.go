package conformance

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"scansion/fakes"
)

// Simulated is a network without sockets, in a bubble of testing/synctest: what happens
// on it takes no real time. It is made by [NewSimulated].
type Simulated struct {
	network *fakes.Network
	host    *fakes.Host
	refused atomic.Int32 // ports at which nobody will ever listen
}

var (
	_ Network = (*Simulated)(nil)
	_ Socket  = (*fakes.Conn)(nil)
)

// NewSimulated returns a network. It must be called in the bubble in which the network is
// used, and closed before the bubble ends.
func NewSimulated(seed uint64) *Simulated {
	network := fakes.NewNetwork(fakes.NewTimerClock(), fakes.NetworkConfig{Seed: seed, ReadableAfterReset: true})
	return &Simulated{network: network, host: network.Host("machine")}
}

// Dial connects to an address.
func (s *Simulated) Dial(ctx context.Context, addr string, o DialOptions) (Socket, error) {
	conn, err := s.host.DialWith(ctx, addr, fakes.SocketOptions{ReceiveBuffer: o.Window, MaxSegment: o.Segment})
	if err != nil {
		return nil, err // and not a *fakes.Conn that is nil
	}
	return conn, nil
}

// Listen listens at an address of IPv4, of which alone the network has any.
func (s *Simulated) Listen(_ context.Context, addr string) (net.Listener, error) {
	if at, err := netip.ParseAddrPort(addr); err == nil && at.Addr().Is6() {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Addr: net.TCPAddrFromAddrPort(at), Err: os.NewSyscallError("bind", syscall.EADDRNOTAVAIL)}
	}
	listener, err := s.host.Listen(addr)
	if err != nil {
		return nil, err
	}
	return listener, nil
}

// Refuse returns an address at which nobody listens.
func (s *Simulated) Refuse() (addr string, release func(), err error) {
	return fmt.Sprintf("127.0.0.1:%d", s.refused.Add(1)), func() {}, nil
}

// Close resets all connections, and ends what waits for the network.
func (s *Simulated) Close() { s.network.Close() }

// whatEnds is the simulated time in which that may end by itself, such as a timer, which a
// program has left behind when it was stopped.
const whatEnds = time.Minute

// TestSimulated is [Test] in a bubble of testing/synctest, in which a slow reader's
// twelve seconds take none. The program is made for the bubble's network; requirements
// that mean something on real sockets only are skipped.
func TestSimulated(t *testing.T, role Role, program func(Network) Target, level Level, options Options) {
	t.Helper()
	for _, requirement := range role.Requirements {
		t.Run(requirement.Slug, func(t *testing.T) {
			if requirement.Kernel != "" {
				t.Skip("judged on real sockets only: " + requirement.Kernel)
			}
			synctest.Test(t, func(t *testing.T) {
				network := NewSimulated(options.Seed)
				defer network.Close()
				o := options
				o.Network = network
				judge := NewJudge(role, program(network), o)
				result := judge.Judge(t.Context(), requirement)
				if err := judge.Close(); err != nil {
					t.Error(err)
				}
				<-time.NewTimer(whatEnds).C
				tell(t, result, level)
			})
		})
	}
}
