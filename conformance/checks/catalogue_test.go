package checks_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/checks"
)

var _ = Describe("The catalogues", func() {
	It("are valid, each of a role of its own", func() {
		roles := map[conformance.Role]bool{}
		for _, catalogue := range checks.Catalogues() {
			Expect(catalogue.Validate()).To(Succeed())
			Expect(catalogue.Requirements).NotTo(BeEmpty())
			Expect(catalogue.Control.Bytes).NotTo(BeNil())
			Expect(roles).NotTo(HaveKey(catalogue.Role))
			roles[catalogue.Role] = true
		}
	})

	It("use each slug once, in small letters, so that it can be typed", func() {
		seen := map[string]bool{}
		for _, catalogue := range checks.Catalogues() {
			for _, r := range catalogue.Requirements {
				Expect(r.ID).NotTo(BeKeyOf(seen))
				seen[r.ID] = true
				Expect(r.Slug()).To(MatchRegexp(`^[a-z0-9]+(-[a-z0-9]+)*$`))
			}
		}
	})

	It("state each requirement once, in a whole sentence", func() {
		seen := map[string]string{}
		for _, catalogue := range checks.Catalogues() {
			for _, r := range catalogue.Requirements {
				Expect(seen).NotTo(HaveKey(r.Statement), "%s says the same", r.ID)
				seen[r.Statement] = r.ID
				Expect(r.Statement).To(MatchRegexp(`^[A-Z].*[^.]\.$`), r.ID)
				Expect(r.Source.Part).To(MatchRegexp(`^Part \d+$`), r.ID)
			}
		}
	})

	It("ask for what their checks use", func() {
		for _, catalogue := range checks.Catalogues() {
			for _, r := range catalogue.Requirements {
				if r.Needs&(conformance.NeedProcess|conformance.NeedUsage) != 0 {
					Expect(r.Alone).To(BeTrue(), "%s stops or counts its instance, which nobody else may use", r.ID)
				}
				Expect(r.Fixture.Name).NotTo(BeEmpty(), r.ID)
				Expect(r.Fixture.About).NotTo(BeEmpty(), r.ID)
				Expect(r.Fixture.Suits).NotTo(BeNil(), "%s, against a server that serves what it serves", r.ID)
			}
		}
	})

	It("are found by role", func() {
		for _, catalogue := range checks.Catalogues() {
			found, err := checks.ForRole(string(catalogue.Role))
			Expect(err).NotTo(HaveOccurred())
			Expect(found.Role).To(Equal(catalogue.Role))
			Expect(found.Requirements).To(HaveLen(len(catalogue.Requirements)))
		}
	})

	DescribeTable("are not found by another name, and the error says which there are",
		func(name string) {
			_, err := checks.ForRole(name)
			Expect(err).To(MatchError(ContainSubstring("unknown role %q", name)))
			for _, catalogue := range checks.Catalogues() {
				Expect(err).To(MatchError(ContainSubstring(string(catalogue.Role))))
			}
		},
		Entry("none", ""),
		Entry("misspelt", "poetry-sever"),
		Entry("in capitals", "POETRY-SERVER"),
		Entry("with a slug", "poetry-server/sends-exact-poem"),
	)
})

var _ = DescribeTable("A catalogue holds every statement of its section of the specification, and of no other",
	func(catalogue conformance.Catalogue, section, statements int) {
		held := map[string]int{}
		for _, r := range catalogue.Requirements {
			held[r.Source.Section]++
		}
		for i := range statements {
			statement := fmt.Sprintf("%d.%d", section, i+1)
			Expect(held).To(HaveKey(statement))
			delete(held, statement)
		}
		Expect(held).To(BeEmpty())
	},
	Entry("poetry-server", checks.PoetryServer(), 1, 17),
	Entry("netstring", checks.Netstring(), 3, 8),
)

var _ = Describe("The catalogue for netstring parsers", func() {
	It("is all MUST, as the specification is, but for reads that no socket makes", func() {
		for _, r := range checks.Netstring().Requirements {
			level := conformance.Must
			if r.Slug() == "linear-time-for-one-read" {
				level = conformance.Should
			}
			Expect(r.Level).To(Equal(level), r.ID)
		}
	})
})

var _ = Describe("The catalogue for poetry servers", func() {
	catalogue := checks.PoetryServer()

	// Levels are what the exit status depends on, so a change must be meant.
	It("binds as the specification does", func() {
		levels := map[string]conformance.Level{
			"1.1": conformance.Must, "1.2": conformance.Must, "1.4": conformance.Must, "1.5": conformance.Must,
			"1.6": conformance.Must, "1.7": conformance.Must, "1.8": conformance.Must, "1.9": conformance.Must,
			"1.10": conformance.Should, "1.11": conformance.Should, "1.12": conformance.Should, "1.13": conformance.Should,
			"1.14": conformance.Should, "1.15": conformance.Should, "1.16": conformance.Must, "1.17": conformance.Should,
		}
		for _, r := range catalogue.Requirements {
			want, one := levels[r.Source.Section]
			if !one { // 1.3 is a MUST for text poems and a SHOULD for others
				Expect(r.Source.Section).To(Equal("1.3"))
				want = conformance.Must
				if isOther(r.Fixture.Bytes()) {
					want = conformance.Should
				}
			}
			Expect(r.Level).To(Equal(want), r.ID)
		}
	})

	It("begins with the poem that every server can serve", func() {
		Expect(catalogue.Control.Name).To(Equal("small"))
		Expect(len(catalogue.Control.Bytes())).To(BeNumerically("<=", 4096))
		Expect(isOther(catalogue.Control.Bytes())).To(BeFalse())
	})
})

// isOther reports whether a poem is not a text poem.
func isOther(poem []byte) bool {
	text := string(poem)
	return strings.ToValidUTF8(text, "") != text || strings.ContainsAny(text, "\x00\r")
}
