package conformance_test

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

var _ = Describe("A catalogue", func() {
	good := func() conformance.Requirement { return must("send", func(*conformance.Case) {}) }

	It("is valid if every requirement has all its parts", func() {
		other := good()
		other.ID = "fake/close"
		Expect(catalogue(good(), other).Validate()).To(Succeed())
		Expect(catalogue().Validate()).To(Succeed())
	})

	DescribeTable("is not valid with a requirement",
		func(spoil func(*conformance.Requirement), complaint string) {
			bad := good()
			bad.ID = "fake/bad"
			spoil(&bad)
			Expect(catalogue(good(), bad).Validate()).To(MatchError(ContainSubstring(complaint)))
		},
		Entry("without an ID", func(r *conformance.Requirement) { r.ID = "" }, "the ID must be fake/slug"),
		Entry("whose ID has no role", func(r *conformance.Requirement) { r.ID = "bad" }, "the ID must be fake/slug"),
		Entry("whose ID has no slug", func(r *conformance.Requirement) { r.ID = "fake/" }, "the ID must be fake/slug"),
		Entry("whose ID has another role", func(r *conformance.Requirement) { r.ID = "proxy/bad" }, "the ID must be fake/slug"),
		Entry("of another role", func(r *conformance.Requirement) { r.Role = "proxy" }, "the role fake"),
		Entry("that stands there twice", func(r *conformance.Requirement) { r.ID = "fake/send" }, "twice"),
		Entry("without a section", func(r *conformance.Requirement) { r.Source.Section = "" }, "no source"),
		Entry("without a part", func(r *conformance.Requirement) { r.Source.Part = "" }, "no source"),
		Entry("without a level", func(r *conformance.Requirement) { r.Level = 0 }, "does not say"),
		Entry("whose statement has another level", func(r *conformance.Requirement) { r.Level = conformance.Should }, "does not say SHOULD"),
		Entry("without a check", func(r *conformance.Requirement) { r.Check = nil }, "no check"),
		Entry("without a fixture", func(r *conformance.Requirement) { r.Fixture = conformance.Fixture{} }, "no fixture"),
	)

	It("tells a requirement's slug from its role", func() {
		Expect(good().Slug()).To(Equal("send"))
		Expect(conformance.Requirement{ID: "no-role"}.Slug()).To(BeEmpty())
	})
})

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
