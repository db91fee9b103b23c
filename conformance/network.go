package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// Network is what cases make connections on: [TCP], or a simulated one.
type Network interface {
	// Dial connects to an address.
	Dial(ctx context.Context, addr string, o DialOptions) (Socket, error)

	// Listen listens at an address of this machine; port 0 is any that is free. What it
	// accepts is a [Socket].
	Listen(ctx context.Context, addr string) (net.Listener, error)

	// Refuse returns an address at which connections are refused until release is called.
	Refuse() (addr string, release func(), err error)
}

// Socket is one end of a connection, with what a [*net.TCPConn] has beside a [net.Conn].
type Socket interface {
	net.Conn
	CloseWrite() error
	SetLinger(seconds int) error
	SetNoDelay(on bool) error
	SetReadBuffer(bytes int) error
	SetWriteBuffer(bytes int) error
}

// DialOptions shape a connection. The zero value is an ordinary one.
type DialOptions struct {
	// Segment, if not zero, is the largest TCP segment that the target may send,
	// in bytes, as on a network where packets are smaller than on loopback. It
	// also keeps the target's send buffer small.
	Segment int

	// Window, if not zero, is the receive buffer in bytes.
	Window int
}

// Narrow returns options under which the kernel's buffers hold some tens of
// kilobytes rather than megabytes, so that a server notices a client that does
// not read.
func Narrow() DialOptions { return DialOptions{Segment: 1460, Window: 16 << 10} }

// TCP is the network of this machine.
type TCP struct{}

var (
	_ Network = TCP{}
	_ Socket  = (*net.TCPConn)(nil)
)

// Dial connects, without keep-alives: the address is a number, and the target near.
func (TCP) Dial(ctx context.Context, addr string, o DialOptions) (Socket, error) {
	dialer := net.Dialer{
		KeepAlive: -1,
		Control:   func(_, _ string, raw syscall.RawConn) error { return o.apply(raw) },
	}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// Listen listens with the backlog that the system gives.
func (TCP) Listen(ctx context.Context, addr string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", addr)
}

// Refuse binds a port at which it does not listen: nobody else can, either.
func (TCP) Refuse() (addr string, release func(), err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return "", nil, fmt.Errorf("make a socket: %w", err)
	}
	unix.CloseOnExec(fd)
	release = func() { _ = unix.Close(fd) } // nothing was written
	loopback := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	if err := unix.Bind(fd, loopback); err != nil {
		release()
		return "", nil, fmt.Errorf("bind a port: %w", err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		release()
		return "", nil, fmt.Errorf("ask for the port: %w", err)
	}
	return fmt.Sprintf("127.0.0.1:%d", bound.(*unix.SockaddrInet4).Port), release, nil
}

func (o DialOptions) apply(raw syscall.RawConn) error {
	var failed error
	set := func(fd uintptr) {
		if o.Window > 0 {
			failed = errors.Join(failed, syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, o.Window))
		}
		if o.Segment > 0 {
			failed = errors.Join(failed, syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, o.Segment))
		}
	}
	return errors.Join(raw.Control(set), failed)
}

// IsOurs reports whether an error tells of a lack on the judge's own side: of ports,
// descriptors or memory. No target is to blame for it.
func IsOurs(err error) bool {
	for _, lack := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL,
	} {
		if errors.Is(err, lack) {
			return true
		}
	}
	return false
}
