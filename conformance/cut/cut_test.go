package cut_test

import (
	"bytes"
	"iter"
	"math/rand/v2"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/cut"
)

func TestCut(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Cut")
}

// shown is a stream with its cuts marked.
func shown(s conformance.Stream) string { return string(bytes.Join(s.Chunks, []byte("|"))) }

func all(seq iter.Seq[conformance.Stream]) []string {
	var streams []string
	for s := range seq {
		streams = append(streams, shown(s))
	}
	return streams
}

var _ = Describe("A stream that is cut into reads", func() {
	stream := []byte("1:ab")
	rng := func() *rand.Rand { return rand.New(rand.NewPCG(uint64(GinkgoRandomSeed()), 1)) }

	DescribeTable("is cut",
		func(s conformance.Stream, shows string) {
			Expect(shown(s)).To(Equal(shows))
			Expect(s.Open).To(BeFalse())
		},
		Entry("nowhere", cut.Whole(stream), "1:ab"),
		Entry("at an offset", cut.At(stream, 1), "1|:ab"),
		Entry("at offsets", cut.At(stream, 1, 3), "1|:a|b"),
		Entry("at offsets that cut off nothing", cut.At(stream, -1, 0, 2, 2, 1, 4, 9), "1:|ab"),
		Entry("into bytes", cut.Bytes(stream), "1|:|a|b"),
		Entry("into chunks", cut.By(stream, 3), "1:a|b"),
		Entry("into chunks that come out even", cut.By(stream, 2), "1:|ab"),
		Entry("into chunks that are longer", cut.By(stream, 5), "1:ab"),
		Entry("into chunks of no size", cut.By(stream, 0), "1|:|a|b"),
	)

	It("is cut once, everywhere", func() {
		Expect(all(cut.Every(stream))).To(Equal([]string{"1|:ab", "1:|ab", "1:a|b"}))
		Expect(all(cut.Every(stream[:1]))).To(BeEmpty())
	})

	It("is cut twice, everywhere", func() {
		Expect(all(cut.Pairs(stream))).To(Equal([]string{"1|:|ab", "1|:a|b", "1:|a|b"}))
		Expect(all(cut.Pairs(stream[:2]))).To(BeEmpty())
	})

	It("is cut no more where nobody looks on", func() {
		for _, seq := range []iter.Seq[conformance.Stream]{cut.Every(stream), cut.Pairs(stream)} {
			n := 0
			for range seq {
				n++
				break
			}
			Expect(n).To(Equal(1))
		}
	})

	It("has no chunks if it is empty", func() {
		for _, s := range []conformance.Stream{
			cut.Whole(nil), cut.At(nil, 0, 1), cut.By(nil, 4), cut.Bytes(nil), cut.Random(nil, rng(), 4),
		} {
			Expect(s.Chunks).To(BeEmpty())
		}
		Expect(all(cut.Every(nil))).To(BeEmpty())
		Expect(all(cut.Pairs(nil))).To(BeEmpty())
	})

	It("is cut at random into chunks of about a size, the same for the same seed", func() {
		long := bytes.Repeat([]byte("0123456789"), 1000)
		for _, mean := range []int{0, 1, 7, 100} {
			s := cut.Random(long, rng(), mean)
			Expect(bytes.Join(s.Chunks, nil)).To(Equal(long))
			Expect(s.Chunks).NotTo(ContainElement(BeEmpty()))
			Expect(len(s.Chunks)).To(BeNumerically("~", len(long)/max(mean, 1), len(long)/max(mean, 1)/2))
			Expect(shown(cut.Random(long, rng(), mean))).To(Equal(shown(s)))
		}
	})

	It("is not harmed by who appends to a chunk", func() {
		s := cut.At(stream, 2)
		_ = append(s.Chunks[0], 'x')
		Expect(string(stream)).To(Equal("1:ab"))
	})
})
