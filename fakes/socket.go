package fakes

import (
	"io"
	"net"
	"sync"

	"scansion/harness/reactor"
)

// socket is one side of a connection for a reactor. What happens to it is told on the
// loop, in look, which is posted when there may be something to tell.
type socket struct {
	loop Loop
	end  *end
	look func() // is s.tell

	// The network's lock guards the rest.
	events  reactor.SocketEvents
	posted  bool // look is
	paused  bool // Pause was called
	deaf    bool // Discard was called
	ended   bool // ReadEnded was called
	writing bool // Written will be called
	closing bool // Closed will be, unless there is nobody to tell
}

var (
	_ reactor.Socket = (*socket)(nil)
	_ user           = (*socket)(nil)
)

// newSocket gives a side of a connection to a reactor. The lock is held.
func newSocket(loop Loop, e *end) *socket {
	s := &socket{loop: loop, end: e}
	s.look = s.tell
	e.user = s
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
	defer s.locked().Unlock()
	out := s.end.out
	if !s.end.broken && !s.end.mute {
		out.pending = append(out.pending, pieces...)
		out.pump()
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
	s.deaf = true
	s.post()
}

func (s *socket) CloseWrite() error {
	defer s.locked().Unlock()
	if s.end.broken {
		return opError("close", s.end.local, s.end.remote, s.end.writeError())
	}
	s.end.closeWrite()
	return nil
}

func (s *socket) Close() {
	defer s.locked().Unlock()
	s.closing = true
	s.end.close()
	s.post()
}

func (s *socket) Abort() {
	defer s.locked().Unlock()
	s.closing = true
	s.end.abort()
	s.post()
}

// locked takes the network's lock, and returns it, to be unlocked.
func (s *socket) locked() *sync.Mutex {
	mu := &s.end.connection.network.mu
	mu.Lock()
	return mu
}

// The functions of a user, and post, are called with the lock held.

func (s *socket) readable() { s.post() }

func (s *socket) writable() {
	if s.writing && (len(s.end.out.pending) == 0 || s.end.broken || s.end.mute) {
		s.post()
	}
}

func (s *socket) joins() bool { return false }

// post has somebody look.
func (s *socket) post() {
	if !s.posted && s.events != nil {
		s.posted = true
		s.loop.Post(s.look)
	}
}

// happening is what there is to tell of.
type happening uint8

const (
	nothing happening = iota
	hasReceived
	hasReadAll
	hasWritten
	hasClosed
)

// tell tells the events of what has happened, one after the other.
func (s *socket) tell() {
	mu := &s.end.connection.network.mu
	mu.Lock()
	s.posted = false
	for events := s.events; ; mu.Lock() {
		what, bytes, err := s.next()
		mu.Unlock()
		switch what {
		case hasReceived:
			events.Received(bytes)
		case hasReadAll:
			events.ReadEnded(err)
		case hasWritten:
			events.Written(err)
		case hasClosed:
			events.Closed()
			return
		case nothing:
			return
		}
	}
}

// next finds what there is to tell of next. The lock is held.
func (s *socket) next() (what happening, bytes []byte, err error) {
	e := s.end
	switch {
	case s.events == nil:
		return nothing, nil, nil
	case s.closing:
		s.events = nil
		return hasClosed, nil, nil
	case s.writing && (e.broken || e.mute):
		s.writing = false
		return hasWritten, nil, opError("write", e.local, e.remote, e.writeError())
	case s.writing && len(e.out.pending) == 0:
		s.writing = false
		return hasWritten, nil, nil
	case s.paused && !s.deaf, s.ended:
		return nothing, nil, nil
	case e.buffered > 0 && s.deaf:
		e.unread()
		e.in.consumed()
	case e.buffered > 0:
		return hasReceived, e.read(e.connection.link.RandomCuts), nil
	}
	finished, err := e.finished()
	switch {
	case !finished:
		return nothing, nil, nil
	case err != nil:
		err = opError("read", e.local, e.remote, err)
	default:
		err = io.EOF
	}
	s.ended = true
	return hasReadAll, nil, err
}
