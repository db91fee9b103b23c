package conformance_test

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

var _ = Describe("A level", func() {
	It("is greater the more it binds", func() {
		Expect(conformance.Must).To(BeNumerically(">", conformance.Should))
		Expect(conformance.Should).To(BeNumerically(">", conformance.May))
		Expect(conformance.May).To(BeNumerically(">", conformance.Level(0)))
	})

	DescribeTable("is written as its word, and read in any case",
		func(level conformance.Level, word, lower string) {
			text, err := json.Marshal(level)
			Expect(err).NotTo(HaveOccurred())
			Expect(string(text)).To(Equal(`"` + word + `"`))
			Expect(level.String()).To(Equal(word))
			for _, given := range []string{word, lower} {
				var read conformance.Level
				Expect(read.UnmarshalText([]byte(given))).To(Succeed())
				Expect(read).To(Equal(level))
			}
		},
		Entry(nil, conformance.Must, "MUST", "must"),
		Entry(nil, conformance.Should, "SHOULD", "Should"),
		Entry(nil, conformance.May, "MAY", "may"),
	)

	It("is not written if there is none, and not read from other words", func() {
		_, err := conformance.Level(0).MarshalText()
		Expect(err).To(MatchError("Level(0) is not a level"))
		read := conformance.May
		for _, given := range []string{"", "shall", "MUST NOT", "3"} {
			Expect(read.UnmarshalText([]byte(given))).To(MatchError(ContainSubstring("use must, should or may")))
		}
		Expect(read).To(Equal(conformance.May), "a failed reading changes nothing")
	})
})

var _ = Describe("An outcome", func() {
	DescribeTable("is written as its word, and read from it",
		func(outcome conformance.Outcome, word string) {
			text, err := json.Marshal(outcome)
			Expect(err).NotTo(HaveOccurred())
			Expect(string(text)).To(Equal(`"` + word + `"`))
			var read conformance.Outcome
			Expect(json.Unmarshal(text, &read)).To(Succeed())
			Expect(read).To(Equal(outcome))
		},
		Entry(nil, conformance.Pass, "pass"),
		Entry(nil, conformance.Fail, "fail"),
		Entry(nil, conformance.Skip, "skip"),
	)

	It("is not read from other words", func() {
		Expect(new(conformance.Outcome).UnmarshalText([]byte("maybe"))).To(MatchError(ContainSubstring("use pass, fail or skip")))
	})

	It("is a skip unless it was judged", func() {
		Expect(conformance.Result{}.Outcome).To(Equal(conformance.Skip))
	})
})
