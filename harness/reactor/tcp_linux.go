package reactor

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// On Linux a short connection is cheaper than elsewhere. Without what is here each would
// take, of the processor time that BenchmarkConnections measures for 3 KB, more by
//   - 25 % (one client) and 12 % (16 at a time), without awaitFIN;
//   - 8 to 16 % and 3 to 4 %, without the delay of the last packet in writeNow.
//
// The third such thing, which is for all systems, is postAndDrive: 31 % and 5 %.

// writeNow gives the kernel as much as it takes without waiting, and returns the
// rest. What is wrong, a Write that waits will find.
//
// In ConnectionMade the kernel may hold back the last packet until that returns: often a
// FIN follows, which then shares the packet.
func (s *tcpSocket) writeNow(pieces [][]byte) (rest [][]byte) {
	if s.raw == nil {
		return pieces
	}
	left, flags := maxLoopWrite, 0
	if s.corked = !s.begun; s.corked {
		flags = unix.MSG_MORE
	}
	_ = s.raw.Write(func(fd uintptr) bool { // fails where the socket is closed
		for len(pieces) > 0 && left > 0 {
			n, err := unix.SendmsgN(int(fd), pieces[0][:min(left, len(pieces[0]))], nil, nil, flags)
			if err != nil {
				break
			}
			left -= n
			if n < len(pieces[0]) {
				// The slice is the caller's, who does not look at it again.
				pieces[0] = pieces[0][n:]
				continue
			}
			pieces = pieces[1:]
		}
		return true
	})
	return pieces
}

// uncork has the kernel send what writeNow let it hold back: to set this option does so,
// also where it was set before, as Go does for all connections.
func (s *tcpSocket) uncork() {
	s.corked = false
	_ = s.raw.Control(func(fd uintptr) { // fails where the socket is closed
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	})
}

// How often a socket that has only the peer's FIN to wait for is polled, before a
// goroutine waits for it: twice as long after each time, 310 ms in all.
const (
	finPolls     = 5
	firstFINPoll = 10 * time.Millisecond
)

// finWaiters are the sockets that wait for the peer's FIN, by how often they have been
// polled.
type finWaiters struct {
	sockets [finPolls][]*tcpSocket
	dropped [firstReadBuffer]byte // what a poll reads
}

// detached is a TCP connection that the runtime does not watch.
type detached struct {
	net.Conn // closed; it knows the addresses
	fd       int
}

func (d *detached) Close() error { return unix.Close(d.fd) }

func (d *detached) SetLinger(seconds int) error {
	return unix.SetsockoptLinger(d.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: int32(seconds)})
}

// awaitFIN waits for the peer's FIN. To start a goroutine for that, and to have the
// runtime wake it, costs as much as half of a short connection. So for a while the
// runtime is kept out of it, and the sockets that wait are polled together. (To poll
// them while the runtime watches them, too, saves next to nothing.)
func (s *tcpSocket) awaitFIN() {
	if s.raw == nil || !s.detach() {
		s.startReading()
		return
	}
	s.loop.pollLater(s, 0)
}

// detach takes the socket from the runtime, if it can, as a duplicate.
func (s *tcpSocket) detach() bool {
	fd := -1
	_ = s.raw.Control(func(original uintptr) { // fails where the socket is closed
		fd, _ = unix.FcntlInt(original, unix.F_DUPFD_CLOEXEC, 0)
	})
	if fd < 0 {
		return false
	}
	_ = s.conn.Close() // the duplicate is open
	s.conn, s.raw = &detached{s.conn, fd}, nil
	return true
}

// attach gives a detached socket back to the runtime, and has a goroutine read.
func (s *tcpSocket) attach(d *detached) {
	file := os.NewFile(uintptr(d.fd), "")
	conn, err := net.FileConn(file)
	_ = file.Close() // the connection has a duplicate, or is lost
	if err != nil {
		s.conn = d.Conn
		s.events.ReadEnded(err)
		return
	}
	s.conn = conn
	s.startReading()
}

// pollLater has a socket polled, with all that are polled at the same time.
func (l *loop) pollLater(s *tcpSocket, polled int) {
	waiting := &l.finWaiters.sockets[polled]
	*waiting = append(*waiting, s)
	if len(*waiting) == 1 {
		l.CallLater(firstFINPoll<<polled, func() { l.poll(polled) })
	}
}

// poll polls the sockets that have been polled so often.
func (l *loop) poll(polled int) {
	sockets := l.finWaiters.sockets[polled]
	l.finWaiters.sockets[polled] = nil
	for _, s := range sockets {
		if s.closing {
			continue
		}
		d := s.conn.(*detached)
		n, err := unix.Read(d.fd, l.finWaiters.dropped[:])
		quiet := errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR)
		switch {
		case quiet && polled+1 < finPolls:
			l.pollLater(s, polled+1)
		case quiet || n > 0:
			s.attach(d)
		case err != nil:
			s.events.ReadEnded(os.NewSyscallError("read", err))
		default:
			s.events.ReadEnded(io.EOF)
		}
	}
}
