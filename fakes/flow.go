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
	dataSegment    segmentKind = iota
	synSegment                 // to connect
	synAckSegment              // accepts a connection
	refusalSegment             // refuses one
	finSegment                 // no more bytes will come
	resetSegment               // no more bytes will come, and none are wanted
)

// connects tells whether the segment is of the beginning of a connection.
func (k segmentKind) connects() bool { return k >= synSegment && k <= refusalSegment }

// segment is what travels.
type segment struct {
	kind    segmentKind
	data    []byte        // the receiver's, once it arrives
	arrives time.Duration // of the network's time
}

// flow is one direction of a connection. Its methods are called with the network's
// lock held, but for timerFired.
type flow struct {
	connection *Connection
	mark       byte // of the direction, in the log
	from, to   *endpoint
	random     rand.PCG

	maxSegment, sendBuffer, receiveBuffer int // as in Link

	pending       [][]byte     // written, and not in buffered yet
	buffered      fifo[[]byte] // what the network has copied
	chunk         []byte       // the last piece of memory that was copied to; may have room
	bytesBuffered int          // bytes in buffered
	ending        bool         // a FIN follows all this
	ended         bool         // it has been sent

	delivered  int   // bytes that have arrived
	fault      Fault // of After, that is still to happen; or zero
	faultAt    int   // of delivered
	stalled    bool  // a fault holds what is in flight
	halfClosed bool  // a fault has taken away the rest

	inFlight      fifo[segment]
	bytesInFlight int                 // bytes in flight
	timer         reactor.DelayedCall // has the first segment arrive; may have fired
	onTimer       func()              // what it calls
}

func (f *flow) init(c *Connection, mark byte, from, to *endpoint) {
	f.connection, f.mark = c, mark
	f.from, f.to = from, to
	link := &c.link
	f.maxSegment, f.sendBuffer, f.receiveBuffer = link.MaxSegment, link.SendBuffer, link.ReceiveBuffer
	f.random.Seed(c.network.config.Seed, uint64(c.id)<<8|uint64(mark))
	f.onTimer = f.timerFired
}

// randomBelow returns a number from zero to below n.
func (f *flow) randomBelow(n int) int {
	high, _ := bits.Mul64(f.random.Uint64(), uint64(n))
	return int(high)
}

// busy tells whether there is anything on its way, or waiting for it.
func (f *flow) busy() bool {
	return f.inFlight.len() > 0 || f.buffered.len() > 0 || len(f.pending) > 0 || (f.ending && !f.ended)
}

// Segments are cut from pieces of memory, chunks, each of which lives as long as any of
// them. The chunks of a flow grow with what is sent.
const (
	firstChunk = 512
	lastChunk  = 16 << 10
)

// buffer copies as much of p as there is room for, and returns how much that is.
func (f *flow) buffer(p []byte) int {
	whole := max(1, lastChunk/f.maxSegment) * f.maxSegment
	taken := 0
	for {
		n := min(len(p)-taken, f.sendBuffer-f.bytesBuffered, whole)
		if n <= 0 {
			return taken
		}
		f.buffered.push(f.copied(p[taken : taken+n]))
		f.bytesBuffered += n
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
	f.transmit()
}

// transmit sends what can be sent.
func (f *flow) transmit() {
	if f.buffered.len() == 0 && len(f.pending) == 0 && !f.ending {
		return
	}
	now := f.connection.network.now()
	progress := false
	for {
		refilled, sent := f.bufferPending(), f.transmitSegment(now)
		progress = progress || refilled || sent
		if !sent {
			break
		}
	}
	if f.ending && !f.ended && f.buffered.len() == 0 && len(f.pending) == 0 {
		f.ended = true
		f.send(now, segment{kind: finSegment})
	}
	if progress && f.from.owner != nil {
		f.from.owner.writable()
	}
}

// bufferPending copies what is pending, if the send buffer is half empty, and reports whether it
// did. (If it filled every gap, it would cut what is pending into many small pieces.)
func (f *flow) bufferPending() bool {
	some := false
	if f.bytesBuffered > f.sendBuffer/2 {
		return false
	}
	for len(f.pending) > 0 {
		n := f.buffer(f.pending[0])
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

// transmitSegment sends one segment if the receiver has room for it, or for a good part of
// what it can hold.
func (f *flow) transmitSegment(now time.Duration) bool {
	if f.buffered.len() == 0 {
		return false
	}
	piece := f.buffered.first()
	n := min(len(*piece), f.maxSegment)
	room := f.receiveBuffer - f.bytesInFlight - f.to.bytesReceived
	if room < min(n, max(1, f.receiveBuffer/2)) {
		return false
	}
	n = min(n, room)
	if f.connection.link.RandomCuts && f.randomBelow(2) == 0 {
		n = 1 + f.randomBelow(n)
	}
	data := (*piece)[:n:n]
	if n == len(*piece) {
		f.buffered.pop()
	} else {
		*piece = (*piece)[n:]
	}
	f.bytesBuffered -= n
	f.send(now, segment{kind: dataSegment, data: data})
	return true
}

// send has a segment travel.
func (f *flow) send(now time.Duration, s segment) {
	link := &f.connection.link
	latency := link.MinLatency
	if spread := link.MaxLatency - link.MinLatency; spread > 0 {
		latency += time.Duration(f.randomBelow(int(spread) + 1))
	}
	s.arrives = now + latency // or when those before it have arrived
	f.inFlight.push(s)
	f.bytesInFlight += len(s.data)
	if f.inFlight.len() == 1 {
		f.schedule(now)
	}
}

// schedule sets the timer for the first segment.
func (f *flow) schedule(now time.Duration) {
	if f.timer != nil || f.blocked() {
		return
	}
	f.timer = f.connection.network.loop.later(f.inFlight.first().arrives-now, f.onTimer)
}

// unschedule stops the timer.
func (f *flow) unschedule() {
	if f.timer != nil {
		_ = f.timer.Cancel() // it may have fired
		f.timer = nil
	}
}

// timerFired is called when it is time for the first segment.
func (f *flow) timerFired() {
	c := f.connection
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	if f.timer == nil || f.timer.Active() {
		return // this timer was stopped while it fired
	}
	f.timer = nil
	now := c.network.now()
	for {
		s := f.arriving()
		f.bytesInFlight -= len(s.data)
		f.delivered += len(s.data)
		f.deliver(s)
		f.checkFault()
		if f.blocked() || f.inFlight.first().arrives > now || !f.coalesces() {
			break
		}
	}
	if f.halfClosed {
		f.transmit() // what is lost makes room
	}
	f.schedule(now)
	c.finish()
}

// coalesces tells whether what arrives at one moment is to be noticed in one go.
func (f *flow) coalesces() bool {
	return (f.to.owner != nil && f.to.owner.coalesces()) || (f.connection.link.RandomCuts && f.randomBelow(2) == 0)
}

// deliver brings a segment to the receiver.
func (f *flow) deliver(s segment) {
	c, e := f.connection, f.to
	switch s.kind {
	case synSegment:
		c.synArrived()
	case synAckSegment, refusalSegment:
		c.answerArrived(s.kind)
	case dataSegment:
		if e.disconnected || (f.halfClosed && !e.closed) {
			f.note("lost", s.data)
			return
		}
		f.note("data", s.data)
		e.receive(s.data)
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
	f.pending, f.bytesBuffered, f.ending = nil, 0, false
	f.buffered.drop()
}

// discard forgets what is under way, too.
func (f *flow) discard() {
	f.drop()
	f.unschedule()
	f.inFlight.drop()
	f.bytesInFlight = 0
}
