package conformance_test

import (
	"bytes"
	"testing"

	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/internal/property"
)

// What a peer may do to the bytes that it should send.
const (
	sendsThemAll = iota
	changesOne
	cutsThemShort
	addsToTheEnd
	addsBetween
	dropsOne
	faults // how many there are
)

// spoiled is content with one fault at a place.
func spoiled(content []byte, fault, at int, with byte) []byte {
	if len(content) == 0 && fault != addsToTheEnd {
		return nil
	}
	at %= max(1, len(content))
	head, tail := content[:at:at], content[at:]
	switch fault {
	case changesOne:
		return append(append(head, tail[0]^max(1, with)), tail[1:]...)
	case cutsThemShort:
		return head
	case addsToTheEnd:
		return append(bytes.Clone(content), bytes.Repeat([]byte{with}, 1+at%100)...)
	case addsBetween:
		return append(append(head, with), tail...)
	case dropsOne:
		return append(head, tail[1:]...)
	default:
		return content
	}
}

// inSegments is data cut into pieces whose sizes repeat.
func inSegments(data []byte, sizes []uint8) [][]byte {
	var segments [][]byte
	for i := 0; len(data) > 0; i++ {
		n := len(data)
		if len(sizes) > 0 {
			n = min(n, 1+int(sizes[i%len(sizes)]))
		}
		segments = append(segments, data[:n])
		data = data[n:]
	}
	return segments
}

// samePrefix is the obvious way to find where two strings part.
func samePrefix(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// match is one case of matching: what is sent in place of some content, and how.
type match struct {
	content []byte
	fault   int    // one of those above
	at      int    // where
	with    byte   // what is put there
	sizes   []byte // of the segments, less one
	chunk   int    // of the pace
}

func matches() property.Gen[match] {
	bytes := property.SliceOf(property.Byte())
	return property.Struct(
		property.Of(func(m *match) *[]byte { return &m.content }, bytes),
		property.Of(func(m *match) *int { return &m.fault }, property.IntRange(0, faults-1)),
		property.Of(func(m *match) *int { return &m.at }, property.IntRange(0, 2000)),
		property.Of(func(m *match) *byte { return &m.with }, property.Byte()),
		property.Of(func(m *match) *[]byte { return &m.sizes }, bytes),
		property.Of(func(m *match) *int { return &m.chunk }, property.IntRange(1, 1500)),
	)
}

func TestMatchWhateverTheContentAndHoweverItIsCut(t *testing.T) {
	simulated(t, "locates every single fault at its first wrong byte", func(w *world) {
		var segments [][]byte // what the next client is sent
		target := &programs{serves: func(p *program, conn conformance.Socket) {
			for _, piece := range segments {
				_, _ = conn.Write(piece)
			}
			_ = conn.CloseWrite()
			<-p.exited
		}}
		j := w.judge(target, conformance.Options{})
		tried := map[int]int{}
		found := property.Falsify(property.Config{Seed: 1, MaxLength: 2000}, matches(), func(g Gomega, m match) {
			tried[m.fault]++
			sent := spoiled(m.content, m.fault, m.at, m.with)
			segments = inSegments(sent, m.sizes)
			var r conformance.Reading
			result := j.Judge(w.Context(), must("match", onConn(func(_ *conformance.Case, k *conformance.Conn) {
				r = k.Match(m.content, conformance.Pace{Chunk: m.chunk})
			})))
			g.Expect(result.Outcome).To(Equal(conformance.Pass), result.Message)
			same := samePrefix(m.content, sent)
			g.Expect(r.Same).To(Equal(same))
			g.Expect(r.Whole()).To(Equal(bytes.Equal(m.content, sent)))
			if same == len(sent) {
				g.Expect(r.Other).To(BeEmpty())
				g.Expect(r.End).To(Equal(conformance.FIN))
				return
			}
			g.Expect(r.Other).NotTo(BeEmpty())
			g.Expect(bytes.HasPrefix(sent[same:], r.Other)).To(BeTrue())
			g.Expect(r.End).To(Equal(conformance.Open))
		})
		w.Expect(found).To(BeNil())
		for fault := range faults {
			w.Expect(tried).To(HaveKey(fault), "every kind of fault is tried")
		}
	})
}
