package conformance_test

import (
	"bytes"
	"net"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"scansion/conformance"
	"scansion/internal/property"
	"scansion/internal/property/propertytest"
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

var _ = Describe("Matching, whatever the content and however it is cut", func() {
	var (
		mu       sync.Mutex
		segments [][]byte // what the next client is sent
	)
	target := &programs{serves: func(p *program, conn *net.TCPConn) {
		mu.Lock()
		pieces := segments
		mu.Unlock()
		for _, piece := range pieces {
			_, _ = conn.Write(piece) // a segment of its own, or nearly: Go sets TCP_NODELAY
		}
		_ = conn.CloseWrite()
		<-p.exited
	}}

	It("locates every single fault at its first wrong byte", func() {
		j := judge(target, conformance.Options{})
		tried := map[int]int{}
		propertytest.Check(property.Config{MaxLength: 2000}, matches(), func(g Gomega, m match) {
			tried[m.fault]++
			sent := spoiled(m.content, m.fault, m.at, m.with)
			mu.Lock()
			segments = inSegments(sent, m.sizes)
			mu.Unlock()
			var r conformance.Reading
			result := j.Judge(GinkgoT().Context(), must("match", func(c *conformance.Case) {
				r = c.Dial(conformance.DialOptions{}).Match(m.content, conformance.Pace{Chunk: m.chunk})
			}))
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
			g.Expect(sent[same:]).To(beginWith(r.Other))
			g.Expect(r.End).To(Equal(conformance.Open))
		})
		for fault := range faults {
			Expect(tried).To(HaveKey(fault), "every kind of fault is tried")
		}
	})
})

// beginWith succeeds if actual begins with prefix.
func beginWith(prefix []byte) types.GomegaMatcher {
	return Satisfy(func(actual []byte) bool { return bytes.HasPrefix(actual, prefix) })
}
