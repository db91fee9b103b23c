package fakes

import (
	"fmt"
	"io"
	"net"
	"sync"

	"scansion/harness/reactor"
)

// socket is one side of a connection for a reactor. What happens to it is told on the
// loop, in dispatch, which is posted when there may be something to tell.
type socket struct {
	system       *system
	end          *endpoint
	dispatchFunc func() // is s.tell
	writes       writes // for the loop

	// The network's lock guards the rest.
	events     reactor.SocketEvents
	posted     bool // dispatch is
	paused     bool // Pause was called
	discarding bool // Discard was called
	ended      bool // ReadEnded was called
	writing    bool // Written will be called
	closing    bool // Closed will be, unless there is nobody to tell
}

var (
	_ reactor.Socket = (*socket)(nil)
	_ owner          = (*socket)(nil)
)

// newSocket gives a side of a connection to a reactor. The lock is held.
func newSocket(system *system, e *endpoint) *socket {
	s := &socket{system: system, end: e}
	s.dispatchFunc = s.dispatch
	e.owner = s
	return s
}

func (s *socket) LocalAddr() net.Addr { return s.end.local }

func (s *socket) RemoteAddr() net.Addr { return s.end.remote }

func (s *socket) Start(events reactor.SocketEvents) {
	defer s.locked().Unlock()
	s.events = events
	s.post()
}

func (s *socket) Write(pieces [][]byte) bool {
	s.writes.add(pieces...)
	defer s.locked().Unlock()
	out := s.end.out
	if !s.end.wasReset && !s.end.writeClosed {
		out.pending = append(out.pending, pieces...)
		out.transmit()
		if len(out.pending) == 0 {
			return true
		}
	}
	s.writing = true
	s.writable()
	return false
}

func (s *socket) Pause() {
	defer s.locked().Unlock()
	s.paused = true
}

func (s *socket) Resume() {
	defer s.locked().Unlock()
	s.paused = false
	s.post()
}

func (s *socket) Discard() {
	defer s.locked().Unlock()
	s.discarding = true
	s.post()
}

func (s *socket) CloseWrite() error {
	defer s.locked().Unlock()
	if s.end.wasReset {
		return opError("close", s.end.local, s.end.remote, s.end.writeError())
	}
	s.end.closeWrite()
	return nil
}

func (s *socket) Close() {
	s.checkWrites()
	defer s.locked().Unlock()
	s.closing = true
	s.end.close()
	s.post()
}

func (s *socket) Abort() {
	s.checkWrites()
	defer s.locked().Unlock()
	s.closing = true
	s.end.abort()
	s.post()
}

// checkWrites has the reactor log that its program has changed what it had written.
func (s *socket) checkWrites() {
	if err := s.writes.check(); err != nil {
		err = fmt.Errorf("connection %v: %w", s.end.connection, err)
		s.system.log.Error("a program misuses its transport", "error", err)
		defer s.locked().Unlock()
		s.end.connection.network.misuse = append(s.end.connection.network.misuse, err)
	}
}

// locked takes the network's lock, and returns it, to be unlocked.
func (s *socket) locked() *sync.Mutex {
	mu := &s.end.connection.network.mu
	mu.Lock()
	return mu
}

// The functions of an owner, and post, are called with the lock held.

func (s *socket) readable() { s.post() }

func (s *socket) writable() {
	if s.writing && (len(s.end.out.pending) == 0 || s.end.wasReset || s.end.writeClosed) {
		s.post()
	}
}

func (s *socket) coalesces() bool { return false }

// post has dispatch called on the loop.
func (s *socket) post() {
	if !s.posted && s.events != nil {
		s.posted = true
		s.system.loop.Post(s.dispatchFunc)
	}
}

// socketEvent is what there is to tell of.
type socketEvent uint8

const (
	noEvent socketEvent = iota
	receivedEvent
	readEndedEvent
	writtenEvent
	closedEvent
)

// dispatch tells the events of what has happened, one after the other.
func (s *socket) dispatch() {
	mu := &s.end.connection.network.mu
	mu.Lock()
	s.posted = false
	for events := s.events; ; mu.Lock() {
		what, bytes, err := s.next()
		mu.Unlock()
		switch what {
		case receivedEvent:
			events.Received(bytes)
		case readEndedEvent:
			events.ReadEnded(err)
		case writtenEvent:
			events.Written(err)
		case closedEvent:
			events.Closed()
			return
		case noEvent:
			return
		}
	}
}

// next finds what there is to tell of next. The lock is held.
func (s *socket) next() (what socketEvent, bytes []byte, err error) {
	e := s.end
	switch {
	case s.events == nil:
		return noEvent, nil, nil
	case s.closing:
		s.events = nil
		return closedEvent, nil, nil
	case s.writing && (e.wasReset || e.writeClosed):
		s.writing = false
		return writtenEvent, nil, opError("write", e.local, e.remote, e.writeError())
	case s.writing && len(e.out.pending) == 0:
		s.writing = false
		return writtenEvent, nil, nil
	case s.paused && !s.discarding, s.ended:
		return noEvent, nil, nil
	case e.bytesReceived > 0 && s.discarding:
		e.discardReceived()
		e.in.consumed()
	case e.bytesReceived > 0:
		return receivedEvent, e.read(e.connection.link.RandomCuts), nil
	}
	finished, err := e.finished()
	switch {
	case !finished:
		return noEvent, nil, nil
	case err != nil:
		err = opError("read", e.local, e.remote, err)
	default:
		err = io.EOF
	}
	s.ended = true
	return readEndedEvent, nil, err
}
