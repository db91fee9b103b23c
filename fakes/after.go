package fakes

import "fmt"

// Direction is one of the two of a [Connection].
type Direction uint8

// The directions of a connection: the client is who has dialled.
const (
	ToServer Direction = iota
	ToClient
)

// Fault is what [Connection.After] has happen.
type Fault uint8

const (
	// Reset resets the connection, as [Connection.Reset] does, as soon as the receiver
	// has read what has arrived: otherwise it would lose that.
	Reset Fault = iota + 1

	// Stall has nothing more arrive in this direction until [Connection.Resume]. The other
	// direction goes on.
	Stall

	// HalfClose has the receiver see the end of the stream, as if the sender had closed its
	// side. The sender does not learn of it, and what it still sends is lost. The other
	// direction goes on.
	HalfClose
)

// String is what the log has.
func (f Fault) String() string { return [...]string{"nothing", "reset", "stall", "half-close"}[f] }

// After has the fault happen once exactly n bytes have arrived in the direction, of what
// was sent since the beginning of the connection; for none, as soon as it stands. A
// direction has one fault at a time: another call replaces one that has not happened yet.
// It fails if the connection is over, or if more than n bytes have arrived already: to be
// early, call it from [NetworkConfig].OnDial.
func (c *Connection) After(direction Direction, n int, fault Fault) error {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	f := &c.toServer
	if direction == ToClient {
		f = &c.toClient
	}
	switch {
	case c.over:
		return fmt.Errorf("cannot %v connection %v: it is over", fault, c)
	case n < f.delivered:
		return fmt.Errorf("cannot %v connection %v after %d bytes: %d have arrived already; call After earlier, from OnDial",
			fault, c, n, f.delivered)
	}
	f.fault, f.faultAt = fault, n
	f.checkFault()
	c.hold() // another fault may have held something
	c.finish()
	return nil
}

// checkFault has the fault of After happen if it is its turn.
func (f *flow) checkFault() {
	c, fault := f.connection, f.fault
	switch {
	case fault == 0, f.delivered < f.faultAt, !c.attempt.settled:
		return
	case fault == Reset && f.to.bytesReceived > 0 && !f.to.closed:
		return
	}
	f.fault = 0
	if fault == Reset {
		c.reset(errReset)
		return
	}
	c.network.note(c, f.mark, fault.String(), nil)
	if fault == Stall {
		f.stalled = true
		return
	}
	f.halfClosed = true
	f.to.receiveEnd()
}

// blocked tells whether nothing can arrive now.
func (f *flow) blocked() bool {
	if f.connection.held || f.stalled || f.inFlight.len() == 0 {
		return true
	}
	return f.fault != 0 && f.delivered == f.faultAt && !f.inFlight.first().kind.connects()
}

// arriving takes the first segment, or its part before the bytes that a fault is to
// precede.
func (f *flow) arriving() segment {
	first := f.inFlight.first()
	left := f.faultAt - f.delivered
	if f.fault == 0 || len(first.data) <= left {
		return f.inFlight.pop()
	}
	part := *first
	part.data = first.data[:left:left]
	first.data = first.data[left:]
	return part
}
