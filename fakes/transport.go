package fakes

import (
	"errors"
	"fmt"
	"net"
	"slices"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// Transport is a [reactor.Transport] that leads nowhere, for testing a protocol by
// itself: hand it to ConnectionMade, call DataReceived, and look at what was written.
// It does not call the protocol. The zero value is ready; it is for one goroutine.
//
// Like the real one, it takes nothing more after LoseConnection, LoseWriteConnection or
// AbortConnection. Unlike the real one, it never pauses a producer or asks one for more:
// that is up to the test.
type Transport struct {
	// PeerAddr and HostAddr are what Peer and Host return; if they are nil, that is
	// 192.0.2.1:54321 and 192.0.2.2:10000.
	PeerAddr, HostAddr net.Addr

	written     []byte
	writes      writes
	losing      bool
	writeClosed bool
	aborted     bool
	paused      bool
	producer    reactor.Producer
	streaming   bool
}

var (
	_ reactor.Transport    = (*Transport)(nil)
	_ reactor.PushProducer = (*Transport)(nil)
)

// Value is what was written, all in one, since the beginning or the last Clear.
func (t *Transport) Value() []byte { return slices.Clone(t.written) }

// Clear forgets what was written.
func (t *Transport) Clear() { t.written = nil }

// Err is [ErrWriteChanged] if the protocol has changed a slice after it wrote it.
func (t *Transport) Err() error { return t.writes.check() }

// Disconnecting tells whether LoseConnection, StopProducing or AbortConnection was
// called.
func (t *Transport) Disconnecting() bool { return t.losing || t.aborted }

// Aborted tells whether AbortConnection was called.
func (t *Transport) Aborted() bool { return t.aborted }

// WriteClosed tells whether nothing more is taken.
func (t *Transport) WriteClosed() bool { return t.writeClosed || t.Disconnecting() }

// Paused tells whether PauseProducing was called, and not ResumeProducing since.
func (t *Transport) Paused() bool { return t.paused }

// Producer is what was registered, and nil if nothing is.
func (t *Transport) Producer() (p reactor.Producer, streaming bool) { return t.producer, t.streaming }

// Write collects data.
func (t *Transport) Write(data []byte) {
	if !t.WriteClosed() {
		t.written = append(t.written, data...)
		t.writes.add(data)
	}
}

// LoseConnection is recorded, and stops the producer.
func (t *Transport) LoseConnection() {
	t.losing = true
	t.stop()
}

// LoseWriteConnection is recorded, and stops the producer.
func (t *Transport) LoseWriteConnection() {
	t.writeClosed = true
	t.stop()
}

// AbortConnection is recorded, and stops the producer. What was written stays.
func (t *Transport) AbortConnection() {
	t.aborted = true
	t.stop()
}

// stop stops the producer.
func (t *Transport) stop() {
	if p := t.producer; p != nil {
		t.UnregisterProducer()
		p.StopProducing()
	}
}

// RegisterProducer records a producer. It fails as that of a real transport does, and
// stops a producer that comes too late.
func (t *Transport) RegisterProducer(p reactor.Producer, streaming bool) error {
	if p == nil {
		return fmt.Errorf("cannot register a producer: %w", deferred.ErrNil)
	}
	if t.producer != nil {
		return reactor.ErrProducing
	}
	if _, ok := p.(reactor.PushProducer); streaming && !ok {
		return errors.New("a streaming producer needs the method PauseProducing")
	}
	if t.WriteClosed() {
		p.StopProducing()
		return nil
	}
	t.producer, t.streaming = p, streaming
	return nil
}

// UnregisterProducer forgets the producer.
func (t *Transport) UnregisterProducer() { t.producer, t.streaming = nil, false }

// PauseProducing is recorded.
func (t *Transport) PauseProducing() { t.paused = true }

// ResumeProducing is recorded.
func (t *Transport) ResumeProducing() { t.paused = false }

// StopProducing is LoseConnection.
func (t *Transport) StopProducing() { t.LoseConnection() }

// Peer is PeerAddr.
func (t *Transport) Peer() net.Addr { return addrOr(t.PeerAddr, net.IPv4(192, 0, 2, 1), 54321) }

// Host is HostAddr.
func (t *Transport) Host() net.Addr { return addrOr(t.HostAddr, net.IPv4(192, 0, 2, 2), 10000) }

func addrOr(addr net.Addr, ip net.IP, port int) net.Addr {
	if addr != nil {
		return addr
	}
	return &net.TCPAddr{IP: ip, Port: port}
}
