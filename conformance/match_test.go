package conformance_test

import (
	"bytes"
	"net"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// sends is a target whose programs send these bytes, whatever their fixture, and
// then close.
func sends(data []byte) *programs {
	return &programs{serves: func(p *program, conn *net.TCPConn) {
		_, _ = conn.Write(data)
		_ = conn.CloseWrite()
		<-p.exited
	}}
}

// matched is what a client that reads at a pace makes of a target's bytes.
func matched(sent, want []byte, pace conformance.Pace) (reading conformance.Reading) {
	GinkgoHelper()
	r := judged(sends(sent), conformance.Options{}, func(c *conformance.Case) {
		reading = c.Dial(conformance.DialOptions{}).Match(want, pace)
	})
	Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	return reading
}

var _ = Describe("Matching what comes against what should", func() {
	const size = 200 << 10 // several reads
	want := bytes.Repeat([]byte("the tide comes in, "), size/19+1)[:size]

	It("finds the same", func() {
		r := matched(want, want, conformance.Pace{})
		Expect(r.Whole()).To(BeTrue())
		Expect(r.End).To(Equal(conformance.FIN))
		Expect(r.String()).To(Equal("the 204800 bytes, then an orderly close"))
	})

	DescribeTable("finds one changed byte at the edges of what is read at once",
		func(at int) {
			sent := bytes.Clone(want)
			sent[at] ^= 0x20
			r := matched(sent, want, conformance.Pace{})
			Expect(r.Same).To(Equal(at))
			Expect(r.Other[0]).To(Equal(sent[at]))
			Expect(len(r.Other)).To(BeNumerically("<=", 64))
			Expect(r.End).To(Equal(conformance.Open))
			Expect(r.Whole()).To(BeFalse())
		},
		Entry("at the start", 0),
		Entry("before a buffer's end", 64<<10-1),
		Entry("at a buffer's end", 64<<10),
		Entry("after a buffer's end", 64<<10+1),
		Entry("at the end", size-1),
	)

	It("stops where it is told to, and can go on from there", func() {
		j := judge(sends(want), conformance.Options{})
		result := j.Judge(GinkgoT().Context(), must("stop", func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			r := k.Match(want, conformance.Pace{Chunk: 1000, Until: 2500})
			c.Expect(r.End).To(Equal(conformance.Open))
			c.Expect(r.Same).To(BeNumerically(">=", 2500))
			c.Expect(r.Same).To(BeNumerically("<", 3500))
			r = k.Match(want[r.Same:], conformance.Pace{})
			c.Expect(r.Whole()).To(BeTrue())
		}))
		Expect(result.Outcome).To(Equal(conformance.Pass), result.Message)
	})

	It("closes the connection once the peer has, for it may wait for that", func() {
		closed := make(chan struct{})
		target := &programs{serves: func(p *program, conn *net.TCPConn) {
			p.send(conn) // until the client closes
			close(closed)
		}}
		r := judged(target, conformance.Options{}, func(c *conformance.Case) {
			expectPoem(c)
			Eventually(closed).Should(BeClosed())
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})

	It("tells that a paced target would need longer than there is", func() {
		bytewise := &programs{serves: func(p *program, conn *net.TCPConn) { trickle(p, conn, nil) }}
		var reading conformance.Reading
		r := judged(bytewise, conformance.Options{}, func(c *conformance.Case) {
			reading = c.Dial(conformance.DialOptions{}).Match(bytes.Repeat([]byte{'.'}, 8<<20), conformance.Pace{})
		})
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		Expect(reading.Stalls).To(BeTrue())
		Expect(reading.Same).To(BeNumerically(">", 0))
	})
})

var _ = Describe("A reading in words", func() {
	want := []byte("The quick brown fox jumps over the lazy dog and runs.")

	DescribeTable("shows the bytes where it went wrong",
		func(r conformance.Reading, words string) {
			r.Want = want
			Expect(r.String()).To(Equal(words))
		},
		Entry("at the start", conformance.Reading{Other: []byte("<h1>")},
			`"<h1>" where "The quick brown fox jumps over t"... is due, at byte 0 of 53, after ""`),
		Entry("later", conformance.Reading{Same: 20, Other: []byte("\r\n")},
			`"\r\n" where "jumps over the lazy dog and runs"... is due, at byte 20 of 53, after "quick brown fox "`),
		Entry("near the end", conformance.Reading{Same: 52, Other: []byte{0}},
			`"\x00" where "." is due, at byte 52 of 53, after "azy dog and runs"`),
		Entry("beyond the end", conformance.Reading{Same: 53, Other: []byte("\n")}, `the 53 bytes, and then more: "\n"`),
		Entry("where it was cut by a close", conformance.Reading{Same: 5, End: conformance.FIN}, "an orderly close after 5 of 53 bytes"),
		Entry("where it was cut by a reset", conformance.Reading{Same: 5, End: conformance.RST}, "a reset after 5 of 53 bytes"),
		Entry("where nothing more came", conformance.Reading{Same: 5, End: conformance.Silent}, "silence after 5 of 53 bytes"),
		Entry("where it did not end", conformance.Reading{Same: 53, End: conformance.Silent}, "the 53 bytes, then silence"),
		Entry("where it was not read to the end", conformance.Reading{Same: 53}, "the 53 bytes, then an open connection"),
	)

	It("quotes no more than 32 bytes", func() {
		Expect(conformance.Quote(want[:32])).To(Equal(`"The quick brown fox jumps over t"`))
		Expect(conformance.Quote(want[:33])).To(Equal(`"The quick brown fox jumps over t"...`))
		Expect(conformance.Quote(nil)).To(Equal(`""`))
	})
})
