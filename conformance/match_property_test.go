package conformance_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"scansion/conformance"
)

// falsified tries a property on values of the generators and returns "", or the
// smallest counterexample that it found. The values follow from the seed of the
// Ginkgo run, which Ginkgo prints: the same seed gives the same values.
func falsified(condition any, gens ...gopter.Gen) string {
	parameters := gopter.DefaultTestParametersWithSeed(GinkgoRandomSeed())
	parameters.MaxSize = 2000
	result := prop.ForAll(condition, gens...).Check(parameters)
	if result.Passed() {
		return ""
	}
	var b strings.Builder
	gopter.NewFormatedReporter(false, 160, &b).ReportTestResult("the property", result)
	fmt.Fprintf(&b, "the same values again: go test ./conformance/ -ginkgo.seed=%d", GinkgoRandomSeed())
	return b.String()
}

// broken is what an expectation inside a property panics with.
type broken struct{ message string }

// holds runs expectations and returns "", or what the first that does not hold
// says: gopter shrinks a condition that returns a failure, but none that panics.
func holds(f func(expect func(any, ...any) types.Assertion)) (failure string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case broken:
			failure = r.message
		default:
			panic(r)
		}
	}()
	f(NewGomega(func(message string, _ ...int) { panic(broken{message}) }).Expect)
	return ""
}

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
		counterexample := falsified(func(content []byte, sizes []uint8, chunk, fault, at int, with byte) string {
			tried[fault]++
			sent := spoiled(content, fault, at, with)
			mu.Lock()
			segments = inSegments(sent, sizes)
			mu.Unlock()
			var r conformance.Reading
			result := j.Judge(GinkgoT().Context(), must("match", func(c *conformance.Case) {
				r = c.Dial(conformance.DialOptions{}).Match(content, conformance.Pace{Chunk: chunk})
			}))
			return holds(func(expect func(any, ...any) types.Assertion) {
				expect(result.Outcome).To(Equal(conformance.Pass), result.Message)
				same := samePrefix(content, sent)
				expect(r.Same).To(Equal(same))
				expect(r.Whole()).To(Equal(bytes.Equal(content, sent)))
				if same == len(sent) {
					expect(r.Other).To(BeEmpty())
					expect(r.End).To(Equal(conformance.FIN))
					return
				}
				expect(r.Other).NotTo(BeEmpty())
				expect(sent[same:]).To(beginWith(r.Other))
				expect(r.End).To(Equal(conformance.Open))
			})
		},
			gen.SliceOf(gen.UInt8()),
			gen.SliceOf(gen.UInt8()),
			gen.IntRange(1, 1500), gen.IntRange(0, faults-1), gen.IntRange(0, 2000), gen.UInt8())
		Expect(counterexample).To(BeEmpty())
		for fault := range faults {
			Expect(tried).To(HaveKey(fault), "every kind of fault is tried")
		}
	})

	It("would be falsified by a small counterexample, with the seed that repeats it", func() {
		report := falsified(func(content []byte) string {
			return holds(func(expect func(any, ...any) types.Assertion) {
				expect(len(content)).To(BeNumerically("<", 3))
			})
		}, gen.SliceOf(gen.UInt8()))
		Expect(report).To(ContainSubstring("ARG_0: [0 0 0]"), "it was shrunk")
		Expect(report).To(ContainSubstring("to be <"), "Gomega's words are the failure's")
		Expect(report).To(ContainSubstring("-ginkgo.seed="))
	})
})

// beginWith succeeds if actual begins with prefix.
func beginWith(prefix []byte) types.GomegaMatcher {
	return Satisfy(func(actual []byte) bool { return bytes.HasPrefix(actual, prefix) })
}
