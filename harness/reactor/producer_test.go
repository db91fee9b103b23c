package reactor_test

import (
	"io"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/reactor"
)

// source is a producer that notes what it is told; it is a pull producer, and a push
// producer too.
type source struct {
	transport reactor.Transport
	produce   func(s *source) // at each ResumeProducing; may be nil
	calls     []string
}

func (s *source) ResumeProducing() {
	s.calls = append(s.calls, "resume")
	if s.produce != nil {
		s.produce(s)
	}
}
func (s *source) PauseProducing() { s.calls = append(s.calls, "pause") }
func (s *source) StopProducing()  { s.calls = append(s.calls, "stop") }

// puller is a source that can only be pulled.
type puller struct{ s *source }

func (p puller) ResumeProducing() { p.s.ResumeProducing() }
func (p puller) StopProducing()   { p.s.StopProducing() }

var _ = Describe("A producer", func() {
	const more = 64 << 10 // more than this is too much to wait

	It("E11: is paused when more than 64 KiB wait, and resumed when none do", func() {
		r, _ := running(quiet())
		data := verse(8 << 20)
		s := &source{}
		addr, _ := serveOne(r, &conversation{made: func(t reactor.Transport) {
			s.transport = t
			Expect(t.RegisterProducer(s, true)).To(Succeed())
			t.Write(data)
		}})
		client := dial(addr)
		Expect(io.ReadFull(client, make([]byte, 1))).To(Equal(1))
		onLoop(r, func() { Expect(s.calls).To(Equal([]string{"pause"})) })
		_, err := io.ReadFull(client, make([]byte, len(data)-1))
		Expect(err).NotTo(HaveOccurred())
		Eventually(func() (calls []string) { onLoop(r, func() { calls = s.calls }); return calls }).
			Should(Equal([]string{"pause", "resume"}))
	})

	It("E11: is asked again after each drain, if it is to be pulled", func() {
		r, _ := running(quiet())
		data := verse(10 * more)
		left := data
		s := &source{produce: func(s *source) {
			if len(left) == 0 {
				s.transport.UnregisterProducer()
				s.transport.LoseConnection()
				return
			}
			s.transport.Write(left[:more])
			left = left[more:]
		}}
		addr, _ := serveOne(r, &conversation{made: func(t reactor.Transport) {
			s.transport = t
			Expect(t.RegisterProducer(puller{s}, false)).To(Succeed())
			Expect(s.calls).To(Equal([]string{"resume"}), "it is asked at once")
		}})
		expectSame(readAll(dial(addr)), data)
		onLoop(r, func() { Expect(s.calls).To(HaveLen(11)) })
	})

	It("E11: is stopped when the connection is lost, and at once if it is lost already", func() {
		r, _ := running(quiet())
		s, late := &source{}, &source{}
		c := &conversation{}
		c.made = func(t reactor.Transport) { Expect(t.RegisterProducer(s, true)).To(Succeed()) }
		addr, reasons := serveOne(r, c)
		client := dial(addr)
		Expect(client.SetLinger(0)).To(Succeed())
		Expect(client.Close()).To(Succeed())
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionLost)))
		onLoop(r, func() {
			Expect(s.calls).To(Equal([]string{"stop"}))
			Expect(c.transport.RegisterProducer(late, true)).To(Succeed())
			Expect(late.calls).To(Equal([]string{"stop"}))
		})
	})

	It("is stopped when the protocol has nothing more to send", func() {
		r, _ := running(quiet())
		sources := []*source{{}, {}}
		ends := []func(reactor.Transport){reactor.Transport.LoseConnection, reactor.Transport.LoseWriteConnection}
		for i, end := range ends {
			addr, _ := serveOne(r, &conversation{made: func(t reactor.Transport) {
				Expect(t.RegisterProducer(sources[i], true)).To(Succeed())
				end(t)
			}})
			Expect(readAll(dial(addr))).To(BeEmpty())
			onLoop(r, func() { Expect(sources[i].calls).To(Equal([]string{"stop"})) })
		}
	})

	It("is the only one of its transport, and can do what it promises", func() {
		r, _ := running(quiet())
		done := make(chan struct{})
		addr, _ := serveOne(r, &conversation{made: func(t reactor.Transport) {
			defer close(done)
			Expect(t.RegisterProducer(puller{&source{}}, true)).To(MatchError(ContainSubstring("PauseProducing")))
			Expect(t.RegisterProducer(&source{}, true)).To(Succeed())
			Expect(t.RegisterProducer(&source{}, true)).To(MatchError(reactor.ErrProducing))
			t.UnregisterProducer()
			Expect(t.RegisterProducer(&source{}, true)).To(Succeed())
		}})
		dial(addr)
		Eventually(done).Should(BeClosed())
	})

	It("can be a transport, so that a pipe between two connections does not fill up", func() {
		r, _ := running(quiet())
		var passed, most int64
		var arrived atomic.Int64
		sink := &conversation{}
		sinkAddr, _ := serveOne(r, sink)
		into := dial(sinkAddr)
		Eventually(func() (t reactor.Transport) { onLoop(r, func() { t = sink.transport }); return t }).ShouldNot(BeNil())
		from := &conversation{
			made: func(t reactor.Transport) { Expect(sink.transport.RegisterProducer(t, true)).To(Succeed()) },
			data: func(_ reactor.Transport, data []byte) {
				passed += int64(len(data))
				most = max(most, passed-arrived.Load())
				sink.transport.Write(data)
			},
		}
		fromAddr, reasons := serveOne(r, from)
		out := dial(fromAddr)
		data := verse(64 << 20)
		go func() {
			defer GinkgoRecover()
			_, err := out.Write(data)
			Expect(err).NotTo(HaveOccurred())
			Expect(out.Close()).To(Succeed())
		}()
		received := make([]byte, 0, len(data))
		buffer := make([]byte, 64<<10)
		for len(received) < len(data) {
			n, err := into.Read(buffer)
			Expect(err).NotTo(HaveOccurred())
			received = append(received, buffer[:n]...)
			arrived.Add(int64(n))
		}
		expectSame(received, data)
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
		onLoop(r, func() {
			Expect(most).To(BeNumerically("<", len(data)/2), "bytes on their way; the kernel holds some megabytes")
		})
	})
})

var _ = Describe("A transport that is paused", func() {
	It("receives nothing until it is resumed, then everything in order", func() {
		r, _ := running(quiet())
		var received []byte
		c := &conversation{
			made: func(t reactor.Transport) { t.PauseProducing(); t.PauseProducing() },
			data: func(_ reactor.Transport, data []byte) { received = append(received, data...) },
		}
		addr, reasons := serveOne(r, c)
		client := dial(addr)
		data := verse(100_000)
		Expect(client.Write(data)).To(Equal(len(data)))
		Expect(client.Close()).To(Succeed())
		Consistently(reasons, "50ms").ShouldNot(Receive())
		onLoop(r, func() {
			Expect(received).To(BeEmpty())
			c.transport.ResumeProducing()
			Expect(received).To(BeEmpty(), "not from within")
		})
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
		onLoop(r, func() { expectSame(received, data) })
	})

	It("can be paused from within DataReceived, piece by piece", func() {
		r, _ := running(quiet())
		pieces := make(chan string, 8)
		c := &conversation{data: func(t reactor.Transport, data []byte) {
			t.PauseProducing()
			pieces <- string(data)
		}}
		addr, _ := serveOne(r, c)
		client := dial(addr)
		for _, piece := range []string{"one", "two", "three"} {
			Expect(client.Write([]byte(piece))).To(Equal(len(piece)))
			Eventually(pieces).Should(Receive(Equal(piece)))
			onLoop(r, func() { c.transport.ResumeProducing() })
		}
	})

	It("can still lose its connection, with what came meanwhile dropped", func() {
		r, _ := running(quiet())
		c := &conversation{
			made: func(t reactor.Transport) { t.PauseProducing() },
			data: func(reactor.Transport, []byte) { Fail("it is paused") },
		}
		addr, reasons := serveOne(r, c)
		client := dial(addr)
		Expect(client.Write(verse(1000))).To(Equal(1000))
		Eventually(func() (made bool) { onLoop(r, func() { made = c.transport != nil }); return made }).Should(BeTrue())
		onLoop(r, func() {
			c.transport.Write([]byte("a poem"))
			c.transport.StopProducing()
		})
		Expect(string(readAll(client))).To(Equal("a poem"))
		Expect(client.Close()).To(Succeed())
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
	})
})
