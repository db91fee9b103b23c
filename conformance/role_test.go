package conformance_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

var _ = Describe("A role", func() {
	good := func() conformance.Requirement { return must("send", func(*conformance.Case) {}) }
	parser := func(r conformance.Role) conformance.Role {
		r.Lifetime = conformance.Parses
		return r
	}

	DescribeTable("is valid",
		func(role conformance.Role) { Expect(role.Validate()).To(Succeed()) },
		Entry("without requirements", fake()),
		Entry("of programs that serve, however its requirements use them",
			fake(good(), dedicated(must("close", fails)), startedByCheck(must("start", fails)))),
		Entry("of programs that run once, started by its checks", tool(isThere, startedByCheck(good()))),
		Entry("of parsers", parser(fake(good(), dedicated(must("close", fails))))),
		Entry("with a launch of its variables", fake(on(usual, good()))),
	)

	DescribeTable("is not valid",
		func(role conformance.Role, complaint string) {
			Expect(role.Validate()).To(MatchError(ContainSubstring(complaint)))
		},
		Entry("without a name", conformance.Role{About: "about"}, "must have a name"),
		Entry("without a description", conformance.Role{Name: "fake"}, "say what it is about"),
		Entry("of programs that run once without a try", tool(nil), "are tried"),
		Entry("of programs that serve with a try", func() conformance.Role {
			role := fake()
			role.Try = isThere
			return role
		}(), "are tried"),
		Entry("of programs that run once and are not started by the check", tool(isThere, good()), "started by the check"),
		Entry("of parsers that are started by the check", parser(fake(startedByCheck(good()))), "parsers are not"),
	)

	DescribeTable("is not valid with a requirement",
		func(spoil func(*conformance.Requirement), complaint string) {
			bad := good()
			bad.Slug = "bad"
			spoil(&bad)
			Expect(fake(good(), bad).Validate()).To(MatchError(ContainSubstring(complaint)))
		},
		Entry("without a slug", func(r *conformance.Requirement) { r.Slug = "" }, "must be one word"),
		Entry("whose slug has a slash", func(r *conformance.Requirement) { r.Slug = "fake/bad" }, "without a slash"),
		Entry("whose slug has a space", func(r *conformance.Requirement) { r.Slug = "not good" }, "must be one word"),
		Entry("that stands there twice", func(r *conformance.Requirement) { r.Slug = "send" }, "two of that slug"),
		Entry("without a section", func(r *conformance.Requirement) { r.Source.Section = "" }, "no source"),
		Entry("without a part", func(r *conformance.Requirement) { r.Source.Part = "" }, "no source"),
		Entry("without a level", func(r *conformance.Requirement) { r.Level = 0 }, "does not say"),
		Entry("whose statement has another level", func(r *conformance.Requirement) { r.Level = conformance.Should }, "does not say SHOULD"),
		Entry("without a check", func(r *conformance.Requirement) { r.Check = nil }, "no check"),
		Entry("whose launch has an unknown variable", func(r *conformance.Requirement) {
			r.Launch = conformance.Launch{"poem": conformance.MissingFile()}
		}, "{poem}, which is no variable of its role"),
	)

	It("finds its requirements by their slugs", func() {
		role := fake(good(), must("close", nil))
		Expect(role.IDs()).To(Equal([]string{"fake/send", "fake/close"}))
		found, ok := role.Requirement("close")
		Expect(ok).To(BeTrue())
		Expect(role.ID(found.Slug)).To(Equal("fake/close"))
		_, ok = role.Requirement("fake/close")
		Expect(ok).To(BeFalse())
	})

	It("knows its variables", func() {
		Expect(fake().Knows("mode")).To(BeTrue())
		Expect(fake().Knows("poem")).To(BeFalse())
	})
})

var _ = Describe("A launch", func() {
	DescribeTable("says what is special about it",
		func(l conformance.Launch, about string) { Expect(l.About()).To(Equal(about)) },
		Entry("nothing", conformance.Launch{}, ""),
		Entry("a file", launch(text("long", "")), "a long text"),
		Entry("words", conformance.Launch{"mode": conformance.Words("very", "fast")}, "mode very fast"),
		Entry("several variables, in the order of their names", conformance.Launch{
			"text": conformance.Content(text("long", "")), "mode": conformance.Words("fast"), "addr": conformance.MissingFile(),
		}, "mode fast, a long text"),
	)

	It("gives back what its values were made of", func() {
		Expect(conformance.Words("a", "b").Words()).To(Equal([]string{"a", "b"}))
		Expect(conformance.OccupiedPort(7).Occupied()).To(Equal(7))
		Expect(conformance.MissingFile().Missing()).To(BeTrue())
		file, ok := conformance.Content(usual).File()
		Expect(ok).To(BeTrue())
		Expect(file.Name).To(Equal("usual"))
		for _, value := range []conformance.Value{{}, conformance.Words("a"), conformance.MissingFile(), conformance.OccupiedPort(7)} {
			_, ok := value.File()
			Expect(ok).To(BeFalse())
		}
	})
})
