package fakes_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/reactor"
)

// falsified tries a condition, which returns what is wrong or "", on values that follow
// from the seed of the Ginkgo run. It returns "" or the smallest counterexample found.
func falsified(tests int, condition any, gens ...gopter.Gen) string {
	parameters := gopter.DefaultTestParametersWithSeed(GinkgoRandomSeed())
	parameters.MinSuccessfulTests = tests
	parameters.MaxSize = 40
	result := prop.ForAll(condition, gens...).Check(parameters)
	if result.Passed() {
		return ""
	}
	var b strings.Builder
	gopter.NewFormatedReporter(false, 160, &b).ReportTestResult("the property", result)
	fmt.Fprintf(&b, "the same values again: go test ./fakes/ -ginkgo.seed=%d", GinkgoRandomSeed())
	return b.String()
}

// links generates links of all kinds, tiny ones above all.
func links() gopter.Gen {
	return gen.SliceOfN(6, gen.IntRange(0, 40)).Map(func(n []int) fakes.Link {
		link := fakes.Link{
			MinLatency: time.Duration(n[0]) * time.Millisecond,
			MaxSegment: n[2], SendBuffer: n[3], ReceiveBuffer: n[4],
			RandomCuts: n[5]%2 == 1,
		}
		link.MaxLatency = link.MinLatency + time.Duration(n[1])*time.Millisecond
		return link
	})
}

// transfer is what becomes of bytes that are written in pieces on a link, to a reader
// that pauses for pause after each piece, if that is more than zero.
type transfer struct {
	written, received []byte
	log               []byte
	sender, receiver  error // why the connection ended
	left              int   // connections
}

func carry(link fakes.Link, sizes []int, pause int, fault func(*fakes.Clock, *fakes.Connection)) transfer {
	var log bytes.Buffer
	s := newSmallOf(fakes.NetworkConfig{Seed: uint64(len(sizes)), Link: link, Log: &log})
	near, far := &conversation{}, &conversation{}
	poem := verse(1000)
	var result transfer
	near.made = func(c *conversation) {
		for i, size := range sizes {
			s.clock.CallLater(time.Duration(i%3)*time.Duration(i)*time.Millisecond, func() {
				piece := poem[i : i+size]
				result.written = append(result.written, piece...)
				c.transport.Write(piece)
			})
		}
		s.clock.CallLater(time.Minute, c.transport.LoseConnection)
	}
	far.data = func(c *conversation, _ []byte) {
		if pause > 0 {
			c.transport.PauseProducing()
			s.clock.CallLater(time.Duration(pause)*time.Millisecond, c.transport.ResumeProducing)
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
	sizes := gen.SliceOf(gen.IntRange(0, 300))

	It("carries all that is written, in order, if both sides close in order", func() {
		Expect(falsified(200, func(link fakes.Link, sizes []int, pause int) string {
			switch t := carry(link, sizes, pause, nil); {
			case !t.inOrder():
				return fmt.Sprintf("it ended with %v and %v", t.sender, t.receiver)
			case !bytes.Equal(t.received, t.written):
				return fmt.Sprintf("%d bytes were written, and %d or others received", len(t.written), len(t.received))
			case t.left > 0:
				return "the connection is not over"
			}
			return ""
		}, links(), sizes, gen.IntRange(0, 20))).To(BeEmpty())
	})

	It("carries a beginning of it, and loses nothing unnoticed, if it is reset or stalled", func() {
		resets := 0
		Expect(falsified(200, func(link fakes.Link, sizes []int, pause, at, last int) string {
			t := carry(link, sizes, pause, func(clock *fakes.Clock, c *fakes.Connection) {
				clock.CallLater(time.Duration(at)*time.Millisecond, func() {
					c.Stall()
					clock.CallLater(time.Duration(last)*time.Millisecond, func() {
						c.Resume()
						if last%2 == 1 {
							c.Reset()
						}
					})
				})
			})
			switch {
			case !bytes.HasPrefix(t.written, t.received):
				return "other bytes were received than written"
			case t.left > 0:
				return "the connection is not over"
			case last%2 == 1 && !t.inOrder():
				resets++
			case !t.inOrder():
				return fmt.Sprintf("it ended with %v and %v", t.sender, t.receiver)
			case !bytes.Equal(t.received, t.written):
				return fmt.Sprintf("%d bytes were written, and %d received in order", len(t.written), len(t.received))
			}
			return ""
		}, links(), sizes, gen.IntRange(0, 20), gen.IntRange(0, 300), gen.IntRange(0, 300))).To(BeEmpty())
		Expect(resets).To(BeNumerically(">", 10), "enough of them were felt")
	})

	It("does the same again, to the byte of the log", func() {
		Expect(falsified(30, func(link fakes.Link, sizes []int, pause int) string {
			one, two := carry(link, sizes, pause, nil), carry(link, sizes, pause, nil)
			if !bytes.Equal(one.log, two.log) {
				return fmt.Sprintf("the logs differ:\n%s\n%s", one.log, two.log)
			}
			return ""
		}, links(), sizes, gen.IntRange(0, 20))).To(BeEmpty())
	})
})

// modelCall is a call of the obvious clock: a list that is searched each time.
type modelCall struct {
	id, due, place int
	over           bool
}

var _ = Describe("Whatever is done with it", func() {
	It("D1, D2: a clock runs calls as an obvious one does", func() {
		Expect(falsified(500, func(operations []int) string {
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
					if (calls[n%len(model)].Cancel() == nil) == c.over {
						return "cancelling it was an error, or should have been"
					}
					c.over = true
				case kind == 3:
					c := model[n%len(model)]
					if (calls[n%len(model)].Reset(time.Duration(d)) == nil) == c.over {
						return "resetting it was an error, or should have been"
					}
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
			if !slices.Equal(ran, expected) {
				return fmt.Sprintf("it ran %q, not %q", ran, expected)
			}
			return ""
		}, gen.SliceOf(gen.IntRange(0, 419)))).To(BeEmpty())
	})
})
