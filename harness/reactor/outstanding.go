package reactor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"scansion/internal/stack"
)

// OutstandingKind says what is [Outstanding].
type OutstandingKind uint8

// The kinds, in the order in which [Base.Outstanding] lists them.
const (
	OutstandingCall       OutstandingKind = iota // a delayed call that is to come
	OutstandingPort                              // a port that listens
	OutstandingConnector                         // a connector that is connecting
	OutstandingConnection                        // a connection
)

// Outstanding is something that a reactor has been asked for and that is not over: for
// those who have to answer for it.
type Outstanding struct {
	Kind OutstandingKind

	// What says it as a piece of a sentence: what it is, and when it is due or which
	// addresses it has.
	What string

	// Closing tells that it is on its way out: nobody has to do anything about it.
	Closing bool

	// Made is the stack of the call that asked for it, from the first function outside
	// this package on: a line for each function and a line for its place. That of an
	// accepted connection is the port's. It is empty without [Config].Trace.
	Made string

	// Call is the delayed call, if it is one.
	Call DelayedCall
}

// Outstanding returns everything that is not over. Delayed calls are those that were
// made through CallLater, and not the reactor's own, in the order in which they will run;
// they are known only with [Config].Trace. It is for the loop goroutine, and may be called when the loop has
// ended.
func (b *Base) Outstanding() []Outstanding {
	left := b.outstandingCalls()
	for _, p := range b.ports {
		left = append(left, Outstanding{
			Kind: OutstandingPort, Closing: p.closing, Made: p.made.String(),
			What: fmt.Sprintf("a port listens at %v", p.Addr()),
		})
	}
	for _, c := range b.connectors {
		left = append(left, Outstanding{
			Kind: OutstandingConnector, Made: c.made.String(),
			What: fmt.Sprintf("a connector is connecting to %s", c.addr),
		})
	}
	for _, c := range slices.SortedFunc(maps.Keys(b.connections), older) {
		left = append(left, Outstanding{
			Kind: OutstandingConnection, Closing: c.stage > open, Made: c.made.String(),
			What: fmt.Sprintf("a connection from %v to %v is open", c.Host(), c.Peer()),
		})
	}
	return left
}

func (b *Base) outstandingCalls() []Outstanding {
	if b.calls == nil {
		return nil
	}
	own := map[DelayedCall]bool{}
	for c := range b.connections {
		own[c.linger] = true
	}
	for _, c := range b.connectors {
		own[c.timeout] = true
	}
	calls := slices.SortedFunc(maps.Keys(b.calls), func(x, y *tracedCall) int {
		return cmp.Or(x.Time().Compare(y.Time()), cmp.Compare(x.number, y.number))
	})
	var left []Outstanding
	for _, call := range calls {
		if call.Active() && !own[call] {
			due := call.Time().Sub(b.Now()).Round(time.Microsecond)
			left = append(left, Outstanding{
				Kind: OutstandingCall, Made: call.made.String(), Call: call,
				What: fmt.Sprintf("a delayed call is pending, due in %v", max(due, 0)),
			})
		}
	}
	return left
}

// tracedCall is a delayed call that [Base.Outstanding] knows.
type tracedCall struct {
	DelayedCall
	base   *Base
	number uint64 // orders the calls of one time
	made   stack.Stack
}

// callTraced is CallLater with [Config].Trace.
func (b *Base) callTraced(d time.Duration, f func()) DelayedCall {
	if b.calls == nil {
		b.calls = map[*tracedCall]struct{}{}
	}
	call := &tracedCall{base: b, made: b.callers()}
	call.queueLast()
	call.DelayedCall = b.system.CallLater(d, func() {
		delete(b.calls, call)
		b.guard("CallLater", f)
	})
	b.calls[call] = struct{}{}
	return call
}

func (c *tracedCall) Cancel() error {
	delete(c.base.calls, c)
	return c.DelayedCall.Cancel()
}

func (c *tracedCall) Reset(d time.Duration) error {
	c.queueLast()
	return c.DelayedCall.Reset(d)
}

func (c *tracedCall) Delay(d time.Duration) error {
	c.queueLast()
	return c.DelayedCall.Delay(d)
}

// queueLast has the call come after all others of its time.
func (c *tracedCall) queueLast() {
	c.base.queued++
	c.number = c.base.queued
}

// callers is the stack of the caller, if anybody wants to know it.
func (b *Base) callers() stack.Stack {
	if !b.config.Trace {
		return nil
	}
	return stack.Callers()
}
