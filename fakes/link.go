package fakes

import (
	"fmt"
	"time"
)

// What a Link has where its fields are zero: a full Ethernet segment, and buffers of
// the size that kernels begin with.
const (
	defaultMaxSegment = 1460
	defaultBuffer     = 64 << 10
)

// Link is what the connections between two hosts are like. The zero value takes no
// time, and cuts and joins nothing that it does not have to.
type Link struct {
	// MinLatency and MaxLatency are how long a segment travels: for each, something
	// from the one to the other is drawn. A MaxLatency of zero is MinLatency. A
	// segment never overtakes one that was sent before it in the same direction of
	// the same connection, but may well overtake others.
	MinLatency, MaxLatency time.Duration

	// MaxSegment is how many bytes travel, and arrive, in one piece at most; zero is
	// 1460. What was written in two writes does not travel in one piece.
	MaxSegment int

	// RandomCuts has about every second segment cut anywhere, so that it is shorter than
	// it could be, and what arrives at one moment be received joined, now and then.
	RandomCuts bool

	// SendBuffer is how many bytes are taken from a sender before they are under way,
	// ReceiveBuffer how many may be under way to, or wait at, a receiver who does not
	// read; zero is 64 KiB. So a sender whose peer does not read stalls after the sum
	// of both. That the receiver has read, the sender knows at once.
	SendBuffer, ReceiveBuffer int
}

// SocketOptions are what one side of a connection sets before it dials or listens. The
// zero value is what the [Link] has.
type SocketOptions struct {
	// SendBuffer and ReceiveBuffer are as in Link, for this side: see
	// [Conn.SetWriteBuffer] and [Conn.SetReadBuffer].
	SendBuffer, ReceiveBuffer int

	// MaxSegment bounds the segments of both directions, unless the Link, or the other
	// side, has a smaller bound.
	MaxSegment int
}

// apply sets the options for one side of a connection.
func (o SocketOptions) apply(e *endpoint) {
	if o.SendBuffer > 0 {
		e.out.sendBuffer = o.SendBuffer
	}
	if o.ReceiveBuffer > 0 {
		e.in.receiveBuffer = o.ReceiveBuffer
	}
	if o.MaxSegment > 0 {
		e.out.maxSegment = min(e.out.maxSegment, o.MaxSegment)
		e.in.maxSegment = min(e.in.maxSegment, o.MaxSegment)
	}
}

// withDefaults returns the link with all its fields set. It panics if they make no
// sense.
func (l Link) withDefaults() Link {
	if l.MaxLatency == 0 {
		l.MaxLatency = l.MinLatency
	}
	if l.MinLatency < 0 || l.MaxLatency < l.MinLatency {
		panic(fmt.Sprintf("fakes: a Link's latency from %v to %v: it must be zero or more, and the least not above the most",
			l.MinLatency, l.MaxLatency))
	}
	for _, size := range []struct {
		name  string
		value *int
		usual int
	}{
		{"MaxSegment", &l.MaxSegment, defaultMaxSegment},
		{"SendBuffer", &l.SendBuffer, defaultBuffer},
		{"ReceiveBuffer", &l.ReceiveBuffer, defaultBuffer},
	} {
		switch {
		case *size.value < 0:
			panic(fmt.Sprintf("fakes: a Link's %s is %d: it must be more than zero, or zero for %d",
				size.name, *size.value, size.usual))
		case *size.value == 0:
			*size.value = size.usual
		}
	}
	return l
}
