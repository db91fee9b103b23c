package fuzz_test

import (
	"bytes"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/fuzz"
)

var _ = Describe("A case", func() {
	DescribeTable("is shown",
		func(stream string, cuts []int, shown string) {
			Expect(fuzz.Case{Bytes: []byte(stream), Cuts: cuts}.String()).To(Equal(shown))
		},
		Entry("empty", "", nil, "0 bytes"),
		Entry("short", "0", nil, `1 byte "0" (30)`),
		Entry("with cuts", "5:hello,", []int{1, 2}, `8 bytes "5"|":"|"hello," (35|3a|68 65 6c 6c 6f 2c)`),
		Entry("cut everywhere", "0:,", []int{1, 2}, `3 single bytes "0:," (30 3a 2c)`),
		Entry("with bytes that are no text", "1:\xff,\n", nil, `5 bytes "1:\xff,\n" (31 3a ff 2c 0a)`),
		Entry("with a run", "20:aaaaaaaaaaaaaaaaaaaa,", nil, `24 bytes "20:" "a"*20 "," (32 30 3a 61*20 2c)`),
		Entry("with a cut in a run", "20:aaaaaaaaaaaaaaaaaaaa,", []int{5}, `24 bytes "20:aa"|"a"*18 "," (32 30 3a 61 61|61*18 2c)`),
	)

	It("is shown in a bounded line, however long it is", func() {
		c := fuzz.Case{Bytes: bytes.Repeat([]byte("0123456789"), 10_000), Cuts: []int{5, 500, 501}}
		Expect(c.String()).To(HavePrefix(`100000 bytes "01234"|"567890123`))
		Expect(c.String()).To(ContainSubstring(`" and 99904 more, cut at 2 more places (30 31 32 33 34|35`))
		Expect(c.String()).To(HaveSuffix("34 35 ...)"))
		for _, c := range cases(fuzz.Grammar{}, GinkgoRandomSeed(), 1000) {
			Expect(len(c.String())).To(BeNumerically("<", 2000))
		}
	})

	It("is fed as a stream that ends", func() {
		s := fuzz.Case{Bytes: []byte("0:,"), Cuts: []int{1}}.Stream()
		Expect(s.Chunks).To(Equal([][]byte{[]byte("0"), []byte(":,")}))
		Expect(s.Open).To(BeFalse())
		Expect(fuzz.Case{}.Stream().Chunks).To(BeEmpty())
	})
})
