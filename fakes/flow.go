package fakes

import (
	"bytes"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"time"

	"scansion/harness/reactor"
)

// segmentKind is what a segment is for.
type segmentKind uint8

const (
	bytesSegment  segmentKind = iota
	wishSegment               // to connect
	grantSegment              // of that wish
	denialSegment             // of that wish
	finSegment                // no more bytes will come
	resetSegment              // no more bytes will come, and none are wanted
)

// connects tells whether the segment is of the beginning of a connection.
func (k segmentKind) connects() bool { return k >= wishSegment && k <= denialSegment }

// segment is what travels.
type segment struct {
	kind    segmentKind
	bytes   []byte        // the receiver's, once it arrives
	arrives time.Duration // of the network's time
}

// flow is one direction of a connection. Its methods are called with the network's
// lock held, but for arrive.
type flow struct {
	connection *Connection
	mark       byte // of the direction, in the log
	from, to   *end
	dice       rand.PCG

	maxSegment, sendBuffer, receiveBuffer int // as in Link

	pending [][]byte     // what a Write has not been able to give to unsent yet
	unsent  fifo[[]byte] // what the network has copied
	chunk   []byte       // the last piece of memory that was copied to; may have room
	waiting int          // bytes in unsent
	ending  bool         // a FIN follows all this
	ended   bool         // it has been sent

	delivered  int   // bytes that have arrived
	fault      Fault // of After, that is still to happen; or zero
	faultAt    int   // of delivered
	stalled    bool  // a fault holds what is in flight
	halfClosed bool  // a fault has taken away the rest

	flight fifo[segment]
	flying int                 // bytes in flight
	alarm  reactor.DelayedCall // has the first segment arrive; may have rung
	arrive func()              // what it calls
}

func (f *flow) init(c *Connection, mark byte, from, to *end) {
	f.connection, f.mark = c, mark
	f.from, f.to = from, to
	link := &c.link
	f.maxSegment, f.sendBuffer, f.receiveBuffer = link.MaxSegment, link.SendBuffer, link.ReceiveBuffer
	f.dice.Seed(c.network.config.Seed, uint64(c.id)<<8|uint64(mark))
	f.arrive = f.arrived
}

// draw returns a number from zero to below n.
func (f *flow) draw(n int) int {
	high, _ := bits.Mul64(f.dice.Uint64(), uint64(n))
	return int(high)
}

// busy tells whether there is anything on its way, or waiting for it.
func (f *flow) busy() bool {
	return f.flight.len() > 0 || f.unsent.len() > 0 || len(f.pending) > 0 || (f.ending && !f.ended)
}

// Segments are cut from pieces of memory, chunks, each of which lives as long as any of
// them. The chunks of a flow grow with what is sent.
const (
	firstChunk = 512
	lastChunk  = 16 << 10
)

// take copies as much of p as there is room for, and returns how much that is.
func (f *flow) take(p []byte) int {
	whole := max(1, lastChunk/f.maxSegment) * f.maxSegment
	taken := 0
	for {
		n := min(len(p)-taken, f.sendBuffer-f.waiting, whole)
		if n <= 0 {
			return taken
		}
		f.unsent.push(f.copied(p[taken : taken+n]))
		f.waiting += n
		taken += n
	}
}

// copied returns a copy of p.
func (f *flow) copied(p []byte) []byte {
	if len(p) > lastChunk/2 {
		return bytes.Clone(p)
	}
	if len(p) > cap(f.chunk)-len(f.chunk) {
		f.chunk = make([]byte, 0, max(len(p), firstChunk, min(2*cap(f.chunk), lastChunk)))
	}
	begin := len(f.chunk)
	f.chunk = append(f.chunk, p...)
	return f.chunk[begin:]
}

// consumed is called when the receiver has read something.
func (f *flow) consumed() {
	f.checkFault()
	f.pump()
}

// pump sends what can be sent.
func (f *flow) pump() {
	if f.unsent.len() == 0 && len(f.pending) == 0 && !f.ending {
		return
	}
	now := f.connection.network.now()
	progress := false
	for {
		refilled, sent := f.refill(), f.sendSome(now)
		progress = progress || refilled || sent
		if !sent {
			break
		}
	}
	if f.ending && !f.ended && f.unsent.len() == 0 && len(f.pending) == 0 {
		f.ended = true
		f.send(now, segment{kind: finSegment})
	}
	if progress && f.from.user != nil {
		f.from.user.writable()
	}
}

// refill gives what is pending to unsent, if that is half empty, and reports whether it
// did. (If it filled every gap, it would cut what is pending into many small pieces.)
func (f *flow) refill() bool {
	some := false
	if f.waiting > f.sendBuffer/2 {
		return false
	}
	for len(f.pending) > 0 {
		n := f.take(f.pending[0])
		if n == 0 {
			break
		}
		some = true
		if n < len(f.pending[0]) {
			f.pending[0] = f.pending[0][n:]
			break
		}
		f.pending[0] = nil
		f.pending = f.pending[1:]
	}
	return some
}

// sendSome sends one segment if the receiver has room for it, or for a good part of
// what it can hold.
func (f *flow) sendSome(now time.Duration) bool {
	if f.unsent.len() == 0 {
		return false
	}
	piece := f.unsent.first()
	n := min(len(*piece), f.maxSegment)
	room := f.receiveBuffer - f.flying - f.to.buffered
	if room < min(n, max(1, f.receiveBuffer/2)) {
		return false
	}
	n = min(n, room)
	if f.connection.link.RandomCuts && f.draw(2) == 0 {
		n = 1 + f.draw(n)
	}
	data := (*piece)[:n:n]
	if n == len(*piece) {
		f.unsent.pop()
	} else {
		*piece = (*piece)[n:]
	}
	f.waiting -= n
	f.send(now, segment{kind: bytesSegment, bytes: data})
	return true
}

// send has a segment travel.
func (f *flow) send(now time.Duration, s segment) {
	link := &f.connection.link
	latency := link.MinLatency
	if spread := link.MaxLatency - link.MinLatency; spread > 0 {
		latency += time.Duration(f.draw(int(spread) + 1))
	}
	s.arrives = now + latency // or when those before it have arrived
	f.flight.push(s)
	f.flying += len(s.bytes)
	if f.flight.len() == 1 {
		f.schedule(now)
	}
}

// schedule sets the alarm for the first segment.
func (f *flow) schedule(now time.Duration) {
	if f.alarm != nil || f.blocked() {
		return
	}
	f.alarm = f.connection.network.loop.later(f.flight.first().arrives-now, f.arrive)
}

// unschedule stops the alarm.
func (f *flow) unschedule() {
	if f.alarm != nil {
		_ = f.alarm.Cancel() // it may have rung
		f.alarm = nil
	}
}

// arrived is called when it is time for the first segment.
func (f *flow) arrived() {
	c := f.connection
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	if f.alarm == nil || f.alarm.Active() {
		return // this alarm was stopped while it rang
	}
	f.alarm = nil
	now := c.network.now()
	for {
		s := f.arriving()
		f.flying -= len(s.bytes)
		f.delivered += len(s.bytes)
		f.deliver(s)
		f.checkFault()
		if f.blocked() || f.flight.first().arrives > now || !f.joins() {
			break
		}
	}
	if f.halfClosed {
		f.pump() // what is lost makes room
	}
	f.schedule(now)
	c.finish()
}

// joins tells whether what arrives at one moment is to be noticed in one go.
func (f *flow) joins() bool {
	return (f.to.user != nil && f.to.user.joins()) || (f.connection.link.RandomCuts && f.draw(2) == 0)
}

// deliver brings a segment to the receiver.
func (f *flow) deliver(s segment) {
	c, e := f.connection, f.to
	switch s.kind {
	case wishSegment:
		c.knocked()
	case grantSegment, denialSegment:
		c.answered(s.kind)
	case bytesSegment:
		if e.gone || (f.halfClosed && !e.closed) {
			f.note("lost", s.bytes)
			return
		}
		f.note("data", s.bytes)
		e.receive(s.bytes)
	case finSegment:
		f.note("FIN", nil)
		e.receiveEnd()
	case resetSegment:
		f.note("RST", nil)
		e.receiveReset()
	}
}

// note logs what has arrived.
func (f *flow) note(what string, data []byte) {
	n := f.connection.network
	if n.config.Log == nil {
		return
	}
	if data == nil {
		n.note(f.connection, f.mark, what, nil)
		return
	}
	n.note(f.connection, f.mark, what, func(b []byte) []byte {
		b = strconv.AppendInt(b, int64(len(data)), 10)
		b = append(b, ' ')
		return strconv.AppendQuoteToASCII(b, string(data))
	})
}

// drop forgets what has not been sent.
func (f *flow) drop() {
	f.pending, f.waiting, f.ending = nil, 0, false
	f.unsent.drop()
}

// discard forgets what is under way, too.
func (f *flow) discard() {
	f.drop()
	f.unschedule()
	f.flight.drop()
	f.flying = 0
}
