package fakes_test

import (
	"net"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/reactor"
)

var _ = Describe("A transport", func() {
	It("collects what is written, until it is cleared", func() {
		var t fakes.Transport
		t.Write([]byte("a lamp "))
		t.Write(nil)
		t.Write([]byte("at the ferry"))
		Expect(string(t.Value())).To(Equal("a lamp at the ferry"))
		t.Value()[0] = 'x'
		Expect(string(t.Value())).To(Equal("a lamp at the ferry"))
		t.Clear()
		t.Write([]byte("again"))
		Expect(string(t.Value())).To(Equal("again"))
		Expect(t.Disconnecting()).To(BeFalse())
		Expect(t.WriteClosed()).To(BeFalse())
	})

	DescribeTable("takes nothing more after its end, and stops its producer",
		func(end func(*fakes.Transport), losing, aborted bool) {
			var t fakes.Transport
			p := &producer{}
			Expect(t.RegisterProducer(p, true)).To(Succeed())
			t.Write([]byte("before"))
			end(&t)
			t.Write([]byte("after"))
			Expect(string(t.Value())).To(Equal("before"))
			Expect(t.WriteClosed()).To(BeTrue())
			Expect(t.Disconnecting()).To(Equal(losing))
			Expect(t.Aborted()).To(Equal(aborted))
			Expect(p.calls).To(Equal([]string{"stop"}))
			registered, _ := t.Producer()
			Expect(registered).To(BeNil())
			Expect(t.RegisterProducer(p, true)).To(Succeed())
			Expect(p.calls).To(Equal([]string{"stop", "stop"}), "too late")
		},
		Entry("by LoseConnection", (*fakes.Transport).LoseConnection, true, false),
		Entry("by StopProducing", (*fakes.Transport).StopProducing, true, false),
		Entry("by LoseWriteConnection", (*fakes.Transport).LoseWriteConnection, false, false),
		Entry("by AbortConnection", (*fakes.Transport).AbortConnection, true, true),
	)

	It("records producers, and does not call them", func() {
		var t fakes.Transport
		p, q := &producer{}, pullProducer{&producer{}}
		Expect(t.RegisterProducer(p, true)).To(Succeed())
		Expect(t.RegisterProducer(q, false)).To(MatchError(reactor.ErrProducing))
		registered, streaming := t.Producer()
		Expect(registered).To(BeIdenticalTo(p))
		Expect(streaming).To(BeTrue())
		t.UnregisterProducer()
		Expect(t.RegisterProducer(q, true)).To(MatchError(ContainSubstring("PauseProducing")))
		Expect(t.RegisterProducer(q, false)).To(Succeed())
		registered, streaming = t.Producer()
		Expect(registered).To(Equal(q))
		Expect(streaming).To(BeFalse())
		t.Write(verse(1 << 20))
		Expect(p.calls).To(BeEmpty())
		Expect(q.p.calls).To(BeEmpty())
	})

	It("records whether it is paused", func() {
		var t fakes.Transport
		t.PauseProducing()
		Expect(t.Paused()).To(BeTrue())
		t.ResumeProducing()
		Expect(t.Paused()).To(BeFalse())
	})

	It("has addresses, which can be set", func() {
		var t fakes.Transport
		Expect(t.Peer()).To(HaveField("String()", "192.0.2.1:54321"))
		Expect(t.Host()).To(HaveField("String()", "192.0.2.2:10000"))
		t.PeerAddr, t.HostAddr = &net.UnixAddr{Name: "a"}, &net.UnixAddr{Name: "b"}
		Expect(t.Peer()).To(Equal(t.PeerAddr))
		Expect(t.Host()).To(Equal(t.HostAddr))
	})
})

// pullProducer is a producer that cannot be paused.
type pullProducer struct{ p *producer }

func (p pullProducer) ResumeProducing() { p.p.ResumeProducing() }
func (p pullProducer) StopProducing()   { p.p.StopProducing() }
