//go:build unix

package reactor

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// How often a socket that has only the peer's FIN to wait for is looked at, before a
// goroutine waits for it: twice as long after each time, 310 ms in all.
const (
	glances     = 5
	firstGlance = 10 * time.Millisecond
)

// leavers are the sockets that wait for the peer's FIN, by how often they have been
// looked at.
type leavers [glances][]*tcpSocket

// detached is a TCP connection that the runtime does not watch.
type detached struct {
	net.Conn // closed; it knows the addresses
	fd       int
}

func (d *detached) Close() error { return unix.Close(d.fd) }

func (d *detached) SetLinger(seconds int) error {
	return unix.SetsockoptLinger(d.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: int32(seconds)})
}

// awaitEnd waits for the peer's FIN. To start a goroutine for that, and to have the
// runtime wake it, costs as much as half of a short connection. So for a while the
// runtime is kept out of it, and the sockets that wait are looked at together, now
// and then.
func (s *tcpSocket) awaitEnd() {
	if s.raw == nil || !s.detach() {
		s.startReading()
		return
	}
	s.loop.glanceLater(s, 0)
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

// glanceLater has a socket looked at, with all that are looked at for the same time.
func (l *loop) glanceLater(s *tcpSocket, glanced int) {
	l.leaving[glanced] = append(l.leaving[glanced], s)
	if len(l.leaving[glanced]) == 1 {
		l.CallLater(firstGlance<<glanced, func() { l.glance(glanced) })
	}
}

// glance looks at the sockets that have been looked at that often.
func (l *loop) glance(glanced int) {
	sockets := l.leaving[glanced]
	l.leaving[glanced] = nil
	for _, s := range sockets {
		if s.closing {
			continue
		}
		d := s.conn.(*detached)
		n, err := unix.Read(d.fd, l.rubbish[:])
		quiet := errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR)
		switch {
		case quiet && glanced+1 < glances:
			l.glanceLater(s, glanced+1)
		case quiet || n > 0:
			s.attach(d)
		case err != nil:
			s.events.ReadEnded(os.NewSyscallError("read", err))
		default:
			s.events.ReadEnded(io.EOF)
		}
	}
}
