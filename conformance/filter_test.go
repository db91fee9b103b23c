package conformance_test

import (
	"path"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

var _ = Describe("Globs", func() {
	const id = "poetry-server/sends-exact-poem"

	DescribeTable("match an ID",
		func(pattern string, matches bool) {
			Expect(conformance.Globs{pattern}.Match(id)).To(Equal(matches))
		},
		Entry("that they spell out", id, true),
		Entry("by the part after the slash", "sends-exact-poem", true),
		Entry("by the start of the part after the slash", "sends-*", true),
		Entry("by its role", "poetry-server/*", true),
		Entry("across the slash", "poetry-*-poem", true),
		Entry("across the slash and nothing more", "poetry-server*sends-exact-poem", true),
		Entry("with a star alone", "*", true),
		Entry("with a question mark for one character", "sends-exact-poe?", true),
		Entry("with a question mark for the slash", "poetry-server?sends-exact-poem", true),
		Entry("with a class", "[a-z]ends-*", true),
		Entry("but not by a piece of it", "exact", false),
		Entry("but not by the end of its role", "server/*", false),
		Entry("but not by its role alone", "poetry-server", false),
		Entry("but not with a question mark for two characters", "sends-exact-po?", false),
		Entry("but not with another class", "[^a-z]ends-*", false),
		Entry("but not in capitals", "SENDS-*", false),
		Entry("but not if malformed", "sends-[", false),
		Entry("but not if empty", "", false),
	)

	It("match if any of them does, and never if there are none", func() {
		Expect(conformance.Globs{"nothing", "*-poem"}.Match(id)).To(BeTrue())
		Expect(conformance.Globs{}.Match(id)).To(BeFalse())
		Expect(conformance.Globs(nil).Match("")).To(BeFalse())
	})

	Describe("when they are checked against IDs", func() {
		ids := []string{"fake/send", "fake/close"}

		It("are accepted if each matches something", func() {
			Expect(conformance.Globs{"send", "fake/c*"}.Check("--run", "requirement", ids)).To(Succeed())
			Expect(conformance.Globs{}.Check("--run", "requirement", ids)).To(Succeed())
		})

		DescribeTable("are refused if one is malformed",
			func(pattern string) {
				err := conformance.Globs{"send", pattern}.Check("--skip", "requirement", ids)
				Expect(err).To(MatchError(path.ErrBadPattern))
				Expect(err).To(MatchError(ContainSubstring("--skip")))
			},
			Entry("an open class", "["),
			Entry("an open class at the end", "send["),
			Entry("an open class after what matches nothing", "zzz[a-"),
			Entry("a backslash at the end", `send\`),
		)

		It("are refused if one matches nothing, though others do", func() {
			err := conformance.Globs{"send", "recieve"}.Check("--run", "requirement", ids)
			Expect(err).To(MatchError(SatisfyAll(ContainSubstring(`--run "recieve"`), ContainSubstring("matches no requirement"))))
			Expect(conformance.Globs{"*"}.Check("--run", "requirement", nil)).To(MatchError(ContainSubstring("matches no requirement")))
		})
	})
})

var _ = Describe("A role that is filtered", func() {
	whole := fake(must("send", nil), must("send-again", nil), must("close", nil))

	DescribeTable("keeps the requirements that are to run and not to be skipped, in order",
		func(run, skip conformance.Globs, kept ...string) {
			var want []string
			for _, slug := range kept {
				want = append(want, "fake/"+slug)
			}
			narrowed := whole.Filter(run, skip)
			Expect(narrowed.IDs()).To(Equal(want))
			Expect(narrowed.Name).To(Equal(whole.Name))
			Expect(narrowed.Baseline).To(HaveLen(1))
			Expect(whole.Requirements).To(HaveLen(3), "the whole one is as it was")
		},
		Entry("all, without a filter", nil, nil, "send", "send-again", "close"),
		Entry("one to run", conformance.Globs{"close"}, nil, "close"),
		Entry("several to run", conformance.Globs{"close", "send"}, nil, "send", "close"),
		Entry("one to skip", nil, conformance.Globs{"send"}, "send-again", "close"),
		Entry("both", conformance.Globs{"send*"}, conformance.Globs{"*-again"}, "send"),
	)

	It("is empty if all is skipped", func() {
		Expect(whole.Filter(nil, conformance.Globs{"*"}).Requirements).To(BeEmpty())
	})
})
