package reactor

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// Timers holds the delayed calls of a [Clock], for those who write one. It is for
// one goroutine.
type Timers struct {
	now    func() time.Time
	origin time.Time // what the queue counts from
	queue  callQueue
	made   uint64 // how many places in the queue have been given out
}

// NewTimers returns timers that go by the time that now tells.
func NewTimers(now func() time.Time) *Timers { return &Timers{now: now, origin: now()} }

// Add promises a call of f, d from now, as [Clock].CallLater does.
func (t *Timers) Add(d time.Duration, f func()) DelayedCall {
	need("CallLater", "function", f)
	call := &delayedCall{timers: t, f: f}
	call.enqueue(t.now().Add(max(d, 0)))
	return call
}

// Next tells when the earliest call is due; ok is false where there is none.
func (t *Timers) Next() (due time.Time, ok bool) {
	if len(t.queue) == 0 {
		return time.Time{}, false
	}
	return t.queue[0].due, true
}

// Pending returns the calls that are still to come, in their order.
func (t *Timers) Pending() []DelayedCall {
	waiting := slices.Clone(t.queue)
	slices.SortFunc(waiting, func(a, b *delayedCall) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.place, b.place))
	})
	pending := make([]DelayedCall, len(waiting))
	for i, call := range waiting {
		pending[i] = call
	}
	return pending
}

// RunDue runs what is due now, through run. The calls are all taken before the
// first one runs: what it promises for at once has to wait for the next time,
// so that calls which renew themselves cannot keep the loop from its sockets.
func (t *Timers) RunDue(run func(f func())) {
	now := t.now().Sub(t.origin)
	var batch []*delayedCall
	for len(t.queue) > 0 && t.queue[0].at <= now {
		batch = append(batch, heap.Pop(&t.queue).(*delayedCall))
	}
	for _, call := range batch {
		if call.state != waiting || call.index >= 0 {
			continue // cancelled, or put back in the queue, by an earlier one
		}
		call.state = called
		f := call.f
		call.f = nil
		run(f)
	}
}

type callState uint8

const (
	waiting callState = iota
	called
	cancelled
)

// delayedCall is the DelayedCall of Timers.
type delayedCall struct {
	timers *Timers
	f      func()
	due    time.Time
	at     time.Duration // due, since the origin: a number is quick to compare
	place  uint64        // orders the calls of one time
	index  int           // in the queue; -1 outside of it
	state  callState
}

var _ DelayedCall = (*delayedCall)(nil)

func (c *delayedCall) Cancel() error {
	if err := c.tooLate(); err != nil {
		return err
	}
	c.state = cancelled
	c.f = nil // let go of what it holds
	c.dequeue()
	return nil
}

func (c *delayedCall) Reset(d time.Duration) error {
	return c.move(c.timers.now().Add(max(d, 0)))
}

func (c *delayedCall) Delay(d time.Duration) error {
	return c.move(c.due.Add(d))
}

func (c *delayedCall) Active() bool { return c.state == waiting }

func (c *delayedCall) Time() time.Time { return c.due }

func (c *delayedCall) tooLate() error {
	switch c.state {
	case called:
		return ErrAlreadyCalled
	case cancelled:
		return ErrAlreadyCancelled
	case waiting:
	}
	return nil
}

func (c *delayedCall) move(due time.Time) error {
	if err := c.tooLate(); err != nil {
		return err
	}
	c.dequeue()
	c.enqueue(due)
	return nil
}

func (c *delayedCall) enqueue(due time.Time) {
	c.due, c.at = due, due.Sub(c.timers.origin)
	c.place = c.timers.made
	c.timers.made++
	heap.Push(&c.timers.queue, c)
}

func (c *delayedCall) dequeue() {
	if c.index >= 0 {
		heap.Remove(&c.timers.queue, c.index)
	}
}

// callQueue is a heap of calls, the earliest first.
type callQueue []*delayedCall

func (q callQueue) Len() int { return len(q) }

func (q callQueue) Less(i, j int) bool {
	a, b := q[i], q[j]
	return a.at < b.at || (a.at == b.at && a.place < b.place)
}

func (q callQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *callQueue) Push(x any) {
	call := x.(*delayedCall)
	call.index = len(*q)
	*q = append(*q, call)
}

func (q *callQueue) Pop() any {
	last := len(*q) - 1
	call := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	call.index = -1
	return call
}
