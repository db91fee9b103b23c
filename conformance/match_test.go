package conformance_test

import (
	"bytes"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

func TestMatch(t *testing.T) {
	const size = 200 << 10 // several reads
	want := bytes.Repeat([]byte("the tide comes in, "), size/19+1)[:size]
	// matched is what a client makes of a target's bytes.
	matched := func(w *world, sent []byte) (reading conformance.Reading) {
		w.Helper()
		w.passes(sends(sent), conformance.Options{}, onConn(func(_ *conformance.Case, k *conformance.Conn) {
			reading = k.Match(want, conformance.Pace{})
		}))
		return reading
	}

	simulated(t, "finds the same", func(w *world) {
		r := matched(w, want)
		w.Expect(r.Whole()).To(BeTrue())
		w.Expect(r.End).To(Equal(conformance.FIN))
		w.Expect(r.String()).To(Equal("the 204800 bytes, then an orderly close"))
	})

	for title, at := range map[string]int{
		"at the start": 0, "before a buffer's end": 64<<10 - 1, "at a buffer's end": 64 << 10, "after a buffer's end": 64<<10 + 1, "at the end": size - 1,
	} {
		simulated(t, "finds one changed byte "+title, func(w *world) {
			sent := bytes.Clone(want)
			sent[at] ^= 0x20
			r := matched(w, sent)
			w.Expect(r.Same).To(Equal(at))
			w.Expect(r.Other[0]).To(Equal(sent[at]))
			w.Expect(len(r.Other)).To(BeNumerically("<=", 64))
			w.Expect(r.End).To(Equal(conformance.Open))
			w.Expect(r.Whole()).To(BeFalse())
		})
	}

	simulated(t, "stops where it is told to, and can go on from there", func(w *world) {
		w.passes(sends(want), conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			r := k.Match(want, conformance.Pace{Chunk: 1000, Until: 2500})
			in(c).Expect(r.End).To(Equal(conformance.Open))
			in(c).Expect(r.Same).To(And(BeNumerically(">=", 2500), BeNumerically("<", 3500)))
			in(c).Expect(k.Match(want[r.Same:], conformance.Pace{}).Whole()).To(BeTrue())
		}))
	})

	simulated(t, "reads no faster than its pace", func(w *world) {
		w.passes(sends(want[:10_000]), conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			r := k.Match(want[:10_000], conformance.Pace{Chunk: 1000, Every: time.Second})
			in(c).Expect(r.Whole()).To(BeTrue())
			in(c).Expect(r.Took).To(BeNumerically(">=", 9*time.Second))
		}))
	})

	simulated(t, "closes the connection once the peer has, which may wait for that", func(w *world) {
		closed := make(chan struct{})
		target := &programs{serves: func(p *program, conn conformance.Socket) {
			p.send(conn) // until the client closes
			close(closed)
		}}
		w.passes(target, conformance.Options{}, func(c *conformance.Case) {
			expectText(c)
			<-closed
		})
	})

	simulated(t, "tells that a paced target would need longer than there is", func(w *world) {
		var reading conformance.Reading
		r := w.passes(&programs{serves: trickle}, conformance.Options{}, onConn(func(_ *conformance.Case, k *conformance.Conn) {
			reading = k.Match(bytes.Repeat([]byte{'.'}, 8<<20), conformance.Pace{})
		}))
		w.Expect(reading.Stalls).To(BeTrue())
		w.Expect(reading.Same).To(BeNumerically(">", 0))
		w.Expect(r.Seconds).To(BeNumerically("<", 10))
	})

	simulated(t, "does not take a target for paced that only began late", func(w *world) {
		w.passes(&programs{serves: func(p *program, conn conformance.Socket) {
			_, _ = conn.Write(want[:1])
			pauseFor(p, 9*time.Second)
			_, _ = conn.Write(want[1:])
			_ = conn.CloseWrite()
			<-p.exited
		}}, conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			r := k.Match(want, conformance.Pace{})
			in(c).Expect(r.Stalls).To(BeFalse())
			in(c).Expect(r.Whole()).To(BeTrue())
		}))
	})
}

func TestReadingInWords(t *testing.T) {
	want := []byte("The quick brown fox jumps over the lazy dog and runs.")
	for _, test := range []struct {
		title   string
		reading conformance.Reading
		words   string
	}{
		{
			"shows bytes that differ at the start",
			conformance.Reading{Other: []byte("<h1>")},
			`"<h1>" where "The quick brown fox jumps over t"... is due, at byte 0 of 53, after ""`,
		},
		{
			"shows bytes that differ later",
			conformance.Reading{Same: 20, Other: []byte("\r\n")},
			`"\r\n" where "jumps over the lazy dog and runs"... is due, at byte 20 of 53, after "quick brown fox "`,
		},
		{
			"shows bytes that differ near the end",
			conformance.Reading{Same: 52, Other: []byte{0}},
			`"\x00" where "." is due, at byte 52 of 53, after "azy dog and runs"`,
		},
		{"shows bytes beyond the end", conformance.Reading{Same: 53, Other: []byte("\n")}, `the 53 bytes, and then more: "\n"`},
		{"tells where a close cut it", conformance.Reading{Same: 5, End: conformance.FIN}, "an orderly close after 5 of 53 bytes"},
		{"tells where a reset cut it", conformance.Reading{Same: 5, End: conformance.RST}, "a reset after 5 of 53 bytes"},
		{"tells where nothing more came", conformance.Reading{Same: 5, End: conformance.Silent}, "silence after 5 of 53 bytes"},
		{"tells that it did not end", conformance.Reading{Same: 53, End: conformance.Silent}, "the 53 bytes, then silence"},
		{"tells that it was not read to the end", conformance.Reading{Same: 53}, "the 53 bytes, then an open connection"},
	} {
		t.Run(test.title, func(t *testing.T) {
			test.reading.Want = want
			NewWithT(t).Expect(test.reading.String()).To(Equal(test.words))
		})
	}

	t.Run("quotes no more than 32 bytes", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(conformance.Quote(want[:32])).To(Equal(`"The quick brown fox jumps over t"`))
		g.Expect(conformance.Quote(want[:33])).To(Equal(`"The quick brown fox jumps over t"...`))
		g.Expect(conformance.Quote(nil)).To(Equal(`""`))
	})
}
