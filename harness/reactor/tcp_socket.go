package reactor

import (
	"bytes"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
)

// A socket reads into a buffer that starts small, since most peers of a server
// say little, and grows with what comes.
const (
	firstReadBuffer = 1 << 10
	lastReadBuffer  = 16 << 10
)

// maxLoopWrite is how many bytes the loop itself hands to the kernel before it leaves
// the rest to a goroutine.
const maxLoopWrite = 256 << 10

// tcpSocket is the Socket of a TCP reactor. Its fields belong to the loop
// goroutine, but for those at the end.
type tcpSocket struct {
	loop   *loop
	conn   net.Conn
	raw    syscall.RawConn // nil if there is none
	events SocketEvents

	begun   bool   // begin was called
	corked  bool   // the kernel may hold back what was written
	reading bool   // there is a goroutine in read
	finSent bool   // a FIN is sent, and what comes is dropped
	writing bool   // there is a goroutine in write
	closing bool   // conn is closed
	paused  bool   // Pause was called
	waiting bool   // the reader waits for consumed
	held    []byte // received while paused
	ended   error  // the end of reading, come while paused

	discarding atomic.Bool   // the reader is to drop what comes
	consumed   chan struct{} // tells the reader that the loop has dealt with its data
}

var _ Socket = (*tcpSocket)(nil)

func newSocket(l *loop, conn net.Conn) *tcpSocket {
	s := &tcpSocket{loop: l, conn: conn}
	if tcp, ok := conn.(*net.TCPConn); ok {
		s.raw, _ = tcp.SyscallConn() // or a goroutine writes
	}
	return s
}

func (s *tcpSocket) LocalAddr() net.Addr { return s.conn.LocalAddr() }

func (s *tcpSocket) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }

func (s *tcpSocket) Start(events SocketEvents) {
	s.events = events
}

// begin begins to read, once the socket has been handed out. Start does not, since a
// connection that is done in its ConnectionMade may do without a goroutine.
func (s *tcpSocket) begin() {
	s.begun = true
	if s.corked && !s.closing && !s.finSent {
		s.uncork()
	}
	switch {
	case s.closing:
	case s.finSent:
		s.awaitFIN()
	default:
		s.startReading()
	}
}

// startReading has a goroutine read.
func (s *tcpSocket) startReading() {
	s.reading = true
	s.consumed = make(chan struct{}, 1)
	s.loop.Go(s.read)
}

// read brings what comes to the loop, a piece at a time. Once the socket is discarding it
// reads on only to empty the kernel's buffer.
func (s *tcpSocket) read() {
	buffer := make([]byte, firstReadBuffer)
	for {
		n, err := s.conn.Read(buffer)
		if n > 0 && !s.discarding.Load() {
			data := bytes.Clone(buffer[:n])
			if !s.loop.postAndDrive(func() { s.received(data) }) {
				return // the loop was abandoned
			}
			<-s.consumed
		}
		if err != nil {
			s.loop.postAndDrive(func() { s.readEnded(err) })
			return
		}
		if n == len(buffer) && n < lastReadBuffer {
			buffer = make([]byte, 4*n)
		}
	}
}

func (s *tcpSocket) received(data []byte) {
	s.waiting = true
	if s.paused && !s.discarding.Load() {
		s.held = data
		return
	}
	s.deliver(data)
}

// deliver gives data to whom it is for, and lets the reader go on.
func (s *tcpSocket) deliver(data []byte) {
	s.held = nil
	if !s.discarding.Load() {
		s.events.Received(data)
	}
	s.resumeReader()
}

// resumeReader lets the reader go on, if it waits.
func (s *tcpSocket) resumeReader() {
	if s.waiting {
		s.waiting = false
		s.consumed <- struct{}{}
	}
}

func (s *tcpSocket) readEnded(err error) {
	s.reading = false
	switch {
	case s.closing:
		s.finish()
	case s.paused && !s.discarding.Load():
		s.ended = err
	default:
		s.events.ReadEnded(err)
	}
}

func (s *tcpSocket) Pause() { s.paused = true }

func (s *tcpSocket) Resume() {
	if !s.paused {
		return
	}
	s.paused = false
	s.loop.Post(s.deliverHeld)
}

func (s *tcpSocket) Discard() {
	s.discarding.Store(true)
	if s.held != nil || s.ended != nil {
		s.loop.Post(s.deliverHeld)
	}
}

// deliverHeld delivers what was held back.
func (s *tcpSocket) deliverHeld() {
	if s.closing || (s.paused && !s.discarding.Load()) {
		return
	}
	if s.held != nil {
		s.deliver(s.held)
	}
	if err := s.ended; err != nil && !s.closing {
		s.ended = nil
		s.events.ReadEnded(err)
	}
}

func (s *tcpSocket) Write(pieces [][]byte) bool {
	pieces = s.writeNow(pieces)
	if len(pieces) == 0 {
		return true
	}
	s.writing = true
	s.loop.Go(func() { s.write(pieces) })
	return false
}

// write sends what the kernel did not take at once, then lets the loop know.
func (s *tcpSocket) write(pieces [][]byte) {
	var err error
	for i, data := range pieces {
		if _, err = s.conn.Write(data); err != nil {
			break
		}
		pieces[i] = nil // it may be large, and the rest may take long
	}
	s.loop.postAndDrive(func() { s.written(err) })
}

func (s *tcpSocket) written(err error) {
	s.writing = false
	if s.closing {
		s.finish()
		return
	}
	s.events.Written(err)
}

func (s *tcpSocket) CloseWrite() error {
	if half, ok := s.conn.(interface{ CloseWrite() error }); ok {
		s.finSent = s.discarding.Load()
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

func (s *tcpSocket) Abort() {
	if conn, ok := s.conn.(interface{ SetLinger(seconds int) error }); ok {
		if err := conn.SetLinger(0); err != nil {
			s.loop.log.Debug("cannot reset the connection, only close it", "peer", s.RemoteAddr(), "error", err)
		}
	}
	s.Close()
}

// Close closes the socket. Closed follows when no goroutine uses it any more.
func (s *tcpSocket) Close() {
	s.closing = true
	s.discarding.Store(true)
	if err := s.conn.Close(); err != nil {
		s.loop.log.Debug("the socket did not close well", "peer", s.RemoteAddr(), "error", err)
	}
	s.held = nil
	s.resumeReader() // also if its data is being delivered just now: it finds the socket closed
	if s.events != nil {
		s.loop.Post(s.finish)
	}
}

// finish tells of the end, once.
func (s *tcpSocket) finish() {
	if s.reading || s.writing || s.events == nil {
		return
	}
	events := s.events
	s.events = nil
	events.Closed()
}
