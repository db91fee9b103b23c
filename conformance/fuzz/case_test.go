package fuzz_test

import (
	"bytes"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/fuzz"
)

var _ = Describe("A case of the fuzzer", func() {
	DescribeTable("is shown",
		func(stream string, cuts []int, shown string) {
			Expect(fuzz.Case{Bytes: []byte(stream), Cuts: cuts}.String()).To(Equal(shown))
		},
		Entry("empty", "", nil, "0 bytes"),
		Entry("short", "0", nil, `1 byte "0"`),
		Entry("with cuts", "5:hello,", []int{1, 2}, `8 bytes "5"|":"|"hello,"`),
		Entry("cut everywhere", "0:,", []int{1, 2}, `3 single bytes "0:,"`),
		Entry("with bytes that are no text", "1:\xff,\n", nil, `5 bytes "1:" ff "," 0a`),
		Entry("with a run", "20:aaaaaaaaaaaaaaaaaaaa,", nil, `24 bytes "20:" "a" * 20 ","`),
		Entry("with a cut in a run", "20:aaaaaaaaaaaaaaaaaaaa,", []int{5}, `24 bytes "20:aa"|"a" * 18 ","`),
	)

	It("is shown in a bounded line, however long it is", func() {
		c := fuzz.Case{Bytes: bytes.Repeat([]byte("0123456789"), 10_000), Cuts: []int{5, 500, 501}}
		Expect(c.String()).To(And(HavePrefix(`100000 bytes "01234"|"567890123`), HaveSuffix(` and 99803 more`)))
		for _, c := range cases(GinkgoRandomSeed(), 1000) {
			Expect(len(c.String())).To(BeNumerically("<", 400))
		}
	})

	It("is fed as a stream that ends", func() {
		s := fuzz.Case{Bytes: []byte("0:,"), Cuts: []int{1}}.Stream()
		Expect(s.Chunks).To(Equal([][]byte{[]byte("0"), []byte(":,")}))
		Expect(s.Open).To(BeFalse())
		Expect(fuzz.Case{}.Stream().Chunks).To(BeEmpty())
	})
})
