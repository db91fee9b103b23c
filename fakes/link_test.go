package fakes_test

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/reactor"
)

// arrived is how many bytes have arrived according to the log, in the direction of a
// mark.
func (s *small) arrived(mark string) (bytes int) {
	for _, match := range regexp.MustCompile(` `+mark+` data (\d+) `).FindAllStringSubmatch(s.log.String(), -1) {
		n, _ := strconv.Atoi(match[1])
		bytes += n
	}
	return bytes
}

// sends returns a protocol that writes data when it is connected, and then calls what
// follows with its transport.
func sends(data []byte, then func(reactor.Transport)) *conversation {
	return &conversation{made: func(c *conversation) {
		c.transport.Write(data)
		if then != nil {
			then(c.transport)
		}
	}}
}

var _ = Describe("A link", func() {
	It("cuts at its largest segment, and joins nothing, unless it is told to be random", func() {
		s := newSmall(fakes.Link{MaxSegment: 4})
		server := &conversation{}
		s.joined(&conversation{made: func(c *conversation) {
			c.transport.Write([]byte("abcdefghi"))
			c.transport.Write([]byte("j"))
			c.transport.Write([]byte("klmn"))
		}}, server)
		s.settle()
		Expect(server.pieces).To(Equal([]string{"abcd", "efgh", "i", "j", "klmn"}))
	})

	It("cuts and joins at random if it is told to, another way for each seed and connection", func() {
		seen := map[string]bool{}
		joined := false
		for seed := range uint64(4) {
			clock := fakes.NewClock()
			n := fakes.NewNetwork(clock, fakes.NetworkConfig{
				Seed: seed,
				Link: fakes.Link{MaxSegment: 10, MaxLatency: time.Millisecond, RandomCuts: true},
			})
			near, far := n.Host("near").Reactor(quiet()), n.Host("far").Reactor(quiet())
			Expect(near.Start()).To(Succeed())
			Expect(far.Start()).To(Succeed())
			one, two := &conversation{}, &conversation{}
			_, err := far.ListenTCP(":80", serving(one, two))
			Expect(err).NotTo(HaveOccurred())
			for range 2 {
				near.ConnectTCP("far:80", &client{protocol: sends(verse(1000), nil)}, reactor.ConnectOptions{})
			}
			clock.Elapse(time.Second)
			for _, server := range []*conversation{one, two} {
				expectSame(server.received, verse(1000))
				var lengths []string
				for _, piece := range server.pieces {
					lengths = append(lengths, strconv.Itoa(len(piece)))
					joined = joined || len(piece) > 10
				}
				seen[strings.Join(lengths, " ")] = true
			}
		}
		Expect(seen).To(HaveLen(8))
		Expect(joined).To(BeTrue(), "some of what arrives together is read together")
	})

	It("draws latencies between the least and the most, both of which occur", func() {
		s := newSmall(fakes.Link{MinLatency: 10, MaxLatency: 12})
		var sent time.Time
		times := map[time.Duration]int{}
		server := &conversation{data: func(*conversation, []byte) { times[s.clock.Now().Sub(sent)]++ }}
		s.joined(&conversation{made: func(c *conversation) {
			for i := range 200 {
				s.clock.CallLater(time.Duration(i)*time.Second, func() {
					sent = s.clock.Now()
					c.transport.Write([]byte("x"))
				})
			}
		}}, server)
		s.settle()
		Expect(times).To(And(HaveLen(3), HaveKey(time.Duration(10)), HaveKey(time.Duration(11)), HaveKey(time.Duration(12))))
	})

	It("never has bytes overtake those before them, but other connections", func() {
		s := newSmallOf(fakes.NetworkConfig{Seed: 1, Link: fakes.Link{MaxLatency: time.Second, MaxSegment: 1}})
		var order []string
		one := &conversation{data: func(_ *conversation, data []byte) { order = append(order, string(data)) }}
		two := &conversation{data: one.data}
		_, err := s.remote.ListenTCP(":80", serving(one, two))
		Expect(err).NotTo(HaveOccurred())
		nears := []*conversation{{}, {}}
		for _, near := range nears {
			s.nearby.ConnectTCP("10.0.0.2:80", &client{protocol: near}, reactor.ConnectOptions{})
		}
		s.settle()
		for i, text := range []string{"abcdefghij", "ABCDEFGHIJ"} {
			nears[i].transport.Write([]byte(text))
			nears[i].transport.LoseConnection()
		}
		s.settle()
		texts := []string{string(one.received), string(two.received)}
		Expect(texts).To(ConsistOf("abcdefghij", "ABCDEFGHIJ"))
		Expect(strings.Join(order, "")).NotTo(Or(ContainSubstring(texts[0]+texts[1]), ContainSubstring(texts[1]+texts[0])))
		for _, c := range []*conversation{one, two} {
			Expect(c.reason).To(MatchError(reactor.ErrConnectionDone), "the FIN came last")
		}
	})

	It("stalls a sender whose peer does not read, at its buffers' size", func() {
		s := newSmall(fakes.Link{MinLatency: 1, SendBuffer: 1000, ReceiveBuffer: 3000, MaxSegment: 100})
		data := verse(10_000)
		server := &conversation{made: func(c *conversation) { c.transport.PauseProducing() }}
		s.joined(sends(data[:3500], func(t reactor.Transport) {
			s.clock.CallLater(time.Second, func() {
				t.Write(data[3500:])
				t.LoseConnection()
			})
		}), server)
		s.settle()
		Expect(s.arrived(">")).To(Equal(3000))
		Expect(server.received).To(BeEmpty())
		server.transport.ResumeProducing()
		s.settle()
		expectSame(server.received, data)
		Expect(server.reason).To(MatchError(reactor.ErrConnectionDone))
	})

	It("a push producer is paused meanwhile, and asked again when its peer reads", func() {
		s := newSmall(fakes.Link{SendBuffer: 1000, ReceiveBuffer: 1000})
		p := &producer{}
		server := &conversation{made: func(c *conversation) { c.transport.PauseProducing() }}
		near := &conversation{made: func(c *conversation) {
			Expect(c.transport.RegisterProducer(p, true)).To(Succeed())
			c.transport.Write(verse(100_000))
		}}
		s.joined(near, server)
		s.settle()
		Expect(p.calls).To(Equal([]string{"pause"}))
		server.transport.ResumeProducing()
		s.settle()
		Expect(p.calls).To(Equal([]string{"pause", "resume"}))
		near.transport.LoseConnection()
		s.settle()
		Expect(p.calls).To(Equal([]string{"pause", "resume", "stop"}))
	})

	It("does not send ever smaller segments to a peer that reads little by little", func() {
		s := newSmall(fakes.Link{ReceiveBuffer: 1000, MaxSegment: 400})
		server := &conversation{
			made: func(c *conversation) { c.transport.PauseProducing() },
			data: func(c *conversation, _ []byte) {
				c.transport.PauseProducing()
				s.clock.CallLater(time.Second, c.transport.ResumeProducing)
			},
		}
		s.joined(sends(verse(10_000), nil), server)
		s.settle()
		server.transport.ResumeProducing()
		s.settle()
		expectSame(server.received, verse(10_000))
		lengths := map[int]int{}
		for _, piece := range server.pieces {
			lengths[len(piece)]++
		}
		Expect(lengths).To(HaveKeyWithValue(400, BeNumerically(">=", 24)), "%v", lengths)
	})

	It("does not cut what waits into ever smaller segments", func() {
		s := newSmall(fakes.Link{MaxSegment: 1000, RandomCuts: true, SendBuffer: 4000, ReceiveBuffer: 4000})
		server := &conversation{}
		s.joined(sends(verse(1_000_000), nil), server)
		s.settle()
		expectSame(server.received, verse(1_000_000))
		Expect(strings.Count(s.log.String(), " data ")).To(BeNumerically("<", 3000))
	})

	It("moves the smallest of buffers' worth", func() {
		s := newSmall(fakes.Link{SendBuffer: 1, ReceiveBuffer: 1, RandomCuts: true})
		server := &conversation{}
		s.joined(sends(verse(1000), reactor.Transport.LoseConnection), server)
		s.settle()
		expectSame(server.received, verse(1000))
		Expect(server.reason).To(MatchError(reactor.ErrConnectionDone))
	})

	It("carries 20 MB, in order, and keeps what was written apart from what is received", func() {
		s := newSmallOf(fakes.NetworkConfig{Link: fakes.Link{MaxLatency: time.Millisecond}})
		data := verse(20_000_000)
		original := bytes.Clone(data)
		var received []byte
		server := &conversation{data: func(_ *conversation, data []byte) {
			received = append(received, data...)
			clear(data[:cap(data)]) // it is the receiver's
		}}
		c := s.joined(sends(data, reactor.Transport.LoseConnection), server)
		s.settle()
		Expect(c.loss).To(MatchError(reactor.ErrConnectionDone))
		expectSame(data, original)
		expectSame(received, original)
	})
})

// producer is a push producer that produces nothing.
type producer struct{ calls []string }

func (p *producer) ResumeProducing() { p.calls = append(p.calls, "resume") }
func (p *producer) PauseProducing()  { p.calls = append(p.calls, "pause") }
func (p *producer) StopProducing()   { p.calls = append(p.calls, "stop") }
