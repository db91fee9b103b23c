//go:build !unix

package reactor

// writeNow leaves all to a goroutine.
func (s *tcpSocket) writeNow(pieces [][]byte) (rest [][]byte) { return pieces }

type leavers struct{}

// awaitEnd leaves all to a goroutine.
func (s *tcpSocket) awaitEnd() { s.startReading() }

// uncork has nothing to do.
func (s *tcpSocket) uncork() {}
