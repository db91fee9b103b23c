package fakes_test

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/reactor"
	"scansion/internal/property"
	"scansion/internal/property/propertytest"
)

// carrying is a transfer to try.
type carrying struct {
	link  fakes.Link
	sizes []int // of the pieces that are written
	pause int   // of the reader after each piece, in milliseconds
	at    int   // when the connection is stalled, in milliseconds
	last  int   // for how long; then it is reset if that is odd
}

// carryings makes transfers on links of all kinds, tiny ones above all.
func carryings() property.Gen[carrying] {
	milliseconds := property.Derive(property.IntRange(0, 40),
		func(n int) time.Duration { return time.Duration(n) * time.Millisecond },
		func(d time.Duration) int { return int(d.Milliseconds()) })
	small := property.IntRange(0, 40)
	links := property.Struct(
		property.Of(func(l *fakes.Link) *time.Duration { return &l.MinLatency }, milliseconds),
		property.Of(func(l *fakes.Link) *time.Duration { return &l.MaxLatency }, milliseconds),
		property.Of(func(l *fakes.Link) *int { return &l.MaxSegment }, small),
		property.Of(func(l *fakes.Link) *int { return &l.SendBuffer }, small),
		property.Of(func(l *fakes.Link) *int { return &l.ReceiveBuffer }, small),
		property.Of(func(l *fakes.Link) *bool { return &l.RandomCuts }, property.Bool()),
	)
	return property.Struct(
		property.Of(func(c *carrying) *fakes.Link { return &c.link }, links),
		property.Of(func(c *carrying) *[]int { return &c.sizes }, property.SliceOf(property.IntRange(0, 300))),
		property.Of(func(c *carrying) *int { return &c.pause }, property.IntRange(0, 20)),
		property.Of(func(c *carrying) *int { return &c.at }, property.IntRange(0, 300)),
		property.Of(func(c *carrying) *int { return &c.last }, property.IntRange(0, 300)),
	)
}

// transfer is what becomes of bytes that are written in pieces on a link.
type transfer struct {
	written, received []byte
	log               []byte
	sender, receiver  error // why the connection ended
	left              int   // connections
}

func carry(what carrying, fault func(*fakes.Clock, *fakes.Connection)) transfer {
	var log bytes.Buffer
	link := what.link
	link.MaxLatency += link.MinLatency
	s := newSmallOf(fakes.NetworkConfig{Seed: uint64(len(what.sizes)), Link: link, Log: &log})
	near, far := &conversation{}, &conversation{}
	poem := verse(1000)
	var result transfer
	near.made = func(c *conversation) {
		for i, size := range what.sizes {
			s.clock.CallLater(time.Duration(i%3)*time.Duration(i)*time.Millisecond, func() {
				piece := poem[i : i+size]
				result.written = append(result.written, piece...)
				c.transport.Write(piece)
			})
		}
		s.clock.CallLater(time.Minute, c.transport.LoseConnection)
	}
	far.data = func(c *conversation, _ []byte) {
		if what.pause > 0 {
			c.transport.PauseProducing()
			s.clock.CallLater(time.Duration(what.pause)*time.Millisecond, c.transport.ResumeProducing)
		}
	}
	s.joined(near, far)
	if fault != nil {
		fault(s.clock, s.network.Connections()[0])
	}
	s.settle()
	result.received, result.log = far.received, log.Bytes()
	result.sender, result.receiver = near.reason, far.reason
	result.left = len(s.network.Connections())
	return result
}

// inOrder tells whether both sides have ended in order.
func (t transfer) inOrder() bool {
	return errors.Is(t.sender, reactor.ErrConnectionDone) && errors.Is(t.receiver, reactor.ErrConnectionDone)
}

var _ = Describe("Whatever the link", func() {
	It("carries all that is written, in order, if both sides close in order", func() {
		propertytest.Check(property.Config{Tries: 200, MaxLength: 40}, carryings(), func(g Gomega, what carrying) {
			t := carry(what, nil)
			g.Expect(t.inOrder()).To(BeTrue(), "it ended with %v and %v", t.sender, t.receiver)
			g.Expect(bytes.Equal(t.received, t.written)).To(BeTrue(),
				"%d bytes were written, and %d or others received", len(t.written), len(t.received))
			g.Expect(t.left).To(BeZero(), "the connection is over")
		})
	})

	It("carries a beginning of it, and loses nothing unnoticed, if it is reset or stalled", func() {
		resets := 0
		propertytest.Check(property.Config{Tries: 200, MaxLength: 40}, carryings(), func(g Gomega, what carrying) {
			isReset := what.last%2 == 1
			t := carry(what, func(clock *fakes.Clock, c *fakes.Connection) {
				clock.CallLater(time.Duration(what.at)*time.Millisecond, func() {
					c.Stall()
					clock.CallLater(time.Duration(what.last)*time.Millisecond, func() {
						c.Resume()
						if isReset {
							c.Reset()
						}
					})
				})
			})
			g.Expect(bytes.HasPrefix(t.written, t.received)).To(BeTrue(), "other bytes were received than written")
			g.Expect(t.left).To(BeZero(), "the connection is over")
			if isReset && !t.inOrder() {
				resets++
				return
			}
			g.Expect(t.inOrder()).To(BeTrue(), "it ended with %v and %v", t.sender, t.receiver)
			g.Expect(t.received).To(HaveLen(len(t.written)), "in order")
		})
		Expect(resets).To(BeNumerically(">", 10), "enough of them were felt")
	})

	It("does the same again, to the byte of the log", func() {
		propertytest.Check(property.Config{Tries: 30, MaxLength: 40}, carryings(), func(g Gomega, what carrying) {
			one, two := carry(what, nil), carry(what, nil)
			g.Expect(string(one.log)).To(Equal(string(two.log)))
		})
	})
})

// modelCall is a call of the obvious clock: a list that is searched each time.
type modelCall struct {
	id, due, place int
	over           bool
}

var _ = Describe("Whatever is done with it", func() {
	It("a clock runs calls as an obvious one does", func() {
		operations := property.SliceOf(property.IntRange(0, 419))
		propertytest.Check(property.Config{Tries: 500, MaxLength: 40}, operations, func(g Gomega, operations []int) {
			clock := fakes.NewClock()
			began := clock.Now()
			var ran, expected []string
			var calls []reactor.DelayedCall
			var model []*modelCall
			now, places := 0, 0
			for _, operation := range operations {
				kind, n, d := operation%6, operation/6%7, operation/42%10
				switch {
				case kind <= 1 || len(calls) == 0:
					id := len(calls)
					calls = append(calls, clock.CallLater(time.Duration(d), func() {
						ran = append(ran, fmt.Sprint(id, " at ", int(clock.Now().Sub(began))))
					}))
					model = append(model, &modelCall{id: id, due: now + d, place: places})
					places++
				case kind == 2:
					c := model[n%len(model)]
					g.Expect(calls[n%len(model)].Cancel() != nil).To(Equal(c.over), "cancelling is an error where it is too late")
					c.over = true
				case kind == 3:
					c := model[n%len(model)]
					g.Expect(calls[n%len(model)].Reset(time.Duration(d)) != nil).To(Equal(c.over), "resetting is an error where it is too late")
					c.due, c.place = now+d, places
					places++
				default:
					end := now + d
					for {
						var next *modelCall
						for _, c := range model {
							if !c.over && c.due <= end && (next == nil || c.due < next.due || c.due == next.due && c.place < next.place) {
								next = c
							}
						}
						if next == nil {
							break
						}
						next.over = true
						at := end
						if kind == 4 {
							at = next.due
						}
						expected = append(expected, fmt.Sprint(next.id, " at ", at))
					}
					now = end
					if kind == 4 {
						clock.Elapse(time.Duration(d))
					} else {
						clock.Advance(time.Duration(d))
					}
				}
			}
			g.Expect(ran).To(Equal(expected))
		})
	})
})
