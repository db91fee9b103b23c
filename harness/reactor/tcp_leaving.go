package reactor

import "time"

// How often a socket that has only the peer's FIN to wait for is looked at, before a
// goroutine waits for it: twice as long after each time, 310 ms in all.
const (
	glances     = 5
	firstGlance = 10 * time.Millisecond
)

// awaitEnd waits for the peer's FIN. To start a goroutine and have it wake for that
// costs as much as half of a short connection, so for a while the sockets that wait
// are looked at together, now and then.
func (l *loop) awaitEnd(s *tcpSocket) {
	if s.glanced == glances || s.raw == nil {
		s.startReading()
		return
	}
	waiting := &l.leaving[s.glanced]
	*waiting = append(*waiting, s)
	if len(*waiting) == 1 {
		l.CallLater(firstGlance<<s.glanced, func() { l.glanceAt(waiting) })
	}
}

// glanceAt looks at all sockets that wait for it since the same time.
func (l *loop) glanceAt(waiting *[]*tcpSocket) {
	sockets := *waiting
	*waiting = nil
	for _, s := range sockets {
		if s.closing {
			continue
		}
		s.glanced++
		switch quiet, end := s.glance(); {
		case end != nil:
			s.events.ReadEnded(end)
		case quiet:
			l.awaitEnd(s)
		default:
			s.startReading()
		}
	}
}
