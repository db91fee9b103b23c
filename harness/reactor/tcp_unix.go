//go:build unix

package reactor

// writeNow gives the kernel as much as it takes without waiting, and returns the
// rest. What is wrong, a Write that waits will find.
//
// In ConnectionMade the last packet is held back until that returns: often a FIN
// follows, which then shares the packet.
func (s *tcpSocket) writeNow(pieces [][]byte) (rest [][]byte) {
	if s.raw == nil {
		return pieces
	}
	left := mostAtOnce
	s.corked = !s.begun
	_ = s.raw.Write(func(fd uintptr) bool { // fails where the socket is closed
		for len(pieces) > 0 && left > 0 {
			n, err := send(int(fd), pieces[0][:min(left, len(pieces[0]))], s.corked)
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

// uncork sends what writeNow held back.
func (s *tcpSocket) uncork() {
	s.corked = false
	_ = s.raw.Control(func(fd uintptr) { push(int(fd)) }) // fails where the socket is closed
}
