//go:build !linux

package reactor

// writeNow leaves all to a goroutine.
func (s *tcpSocket) writeNow(pieces [][]byte) (rest [][]byte) { return pieces }

// uncork has nothing to do.
func (s *tcpSocket) uncork() {}

type finWaiters struct{}

// awaitFIN leaves all to a goroutine.
func (s *tcpSocket) awaitFIN() { s.startReading() }
