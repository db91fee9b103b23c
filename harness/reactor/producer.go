package reactor

import (
	"errors"
	"fmt"

	"scansion/harness/deferred"
)

// ErrProducing is what a transport says that has a producer already.
var ErrProducing = errors.New("the transport already has a producer: unregister it first")

// highWater is how many bytes may wait in a transport before it pauses its
// [PushProducer].
const highWater = 64 << 10

// Producer writes to a transport at the pace at which the peer reads: see
// [Transport].RegisterProducer. Its methods are called on the loop goroutine.
type Producer interface {
	// ResumeProducing asks for data: once if it is a pull producer, until
	// PauseProducing if it is a [PushProducer].
	ResumeProducing()

	// StopProducing says that nothing is wanted any more, for the connection is
	// going or gone.
	StopProducing()
}

// PushProducer is a [Producer] that writes by itself until it is paused. A
// [Transport] is one, so that what comes on one connection can be written to
// another and neither piles up.
type PushProducer interface {
	Producer

	// PauseProducing asks for no data until ResumeProducing.
	PauseProducing()
}

// producerState is a connection's producer. The zero value has none.
type producerState struct {
	producer Producer
	push     PushProducer // producer, if it is one and was registered as such
	paused   bool
}

func (c *connection) RegisterProducer(p Producer, streaming bool) error {
	if c.producer.producer != nil {
		return ErrProducing
	}
	if isNil(p) {
		return fmt.Errorf("cannot register a producer: %w", deferred.ErrNil)
	}
	push, ok := p.(PushProducer)
	if streaming && !ok {
		return errors.New("a streaming producer needs the method PauseProducing")
	}
	if c.stage != open || c.writeDone {
		c.call("StopProducing", p.StopProducing)
		return nil
	}
	c.producer = producerState{producer: p}
	if streaming {
		c.producer.push = push
		c.producer.throttle(c)
		return nil
	}
	c.producer.refill(c)
	return nil
}

func (c *connection) UnregisterProducer() { c.producer = producerState{} }

func (c *connection) PauseProducing() {
	if c.stage == open {
		c.socket.Pause()
	}
}

func (c *connection) ResumeProducing() {
	if c.stage == open {
		c.socket.Resume()
	}
}

func (c *connection) StopProducing() { c.LoseConnection() }

// throttle pauses a push producer that is ahead of its peer.
func (p *producerState) throttle(c *connection) {
	if p.push == nil || p.paused || c.buffered <= highWater {
		return
	}
	p.paused = true
	c.call("PauseProducing", p.push.PauseProducing)
}

// refill asks for more if everything is sent.
func (p *producerState) refill(c *connection) {
	if p.producer == nil || c.stage != open || c.buffered > 0 || (p.push != nil && !p.paused) {
		return
	}
	p.paused = false
	c.call("ResumeProducing", p.producer.ResumeProducing)
}

// stop lets go of the producer.
func (p *producerState) stop(c *connection) {
	if producer := p.producer; producer != nil {
		*p = producerState{}
		c.call("StopProducing", producer.StopProducing)
	}
}
