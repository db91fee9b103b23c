package checks_test

import (
	"bytes"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/checks"
)

// sections are the numbers of the roles' sections of the specification, and how many
// statements they have.
var sections = map[string]struct{ number, statements int }{
	"poetry-server": {1, 17},
	"poetry-client": {2, 14},
	"netstring":     {3, 8},
}

var _ = Describe("The roles", func() {
	// each calls f with every requirement.
	each := func(f func(role conformance.Role, id string, r conformance.Requirement)) {
		for _, role := range checks.Roles() {
			for _, r := range role.Requirements {
				f(role, role.ID(r.Slug), r)
			}
		}
	}

	It("are valid, each with a name of its own", func() {
		names := map[string]bool{}
		for _, role := range checks.Roles() {
			Expect(role.Validate()).To(Succeed())
			Expect(role.Requirements).NotTo(BeEmpty())
			Expect(names).NotTo(HaveKey(role.Name))
			names[role.Name] = true
		}
	})

	It("have variables with a help text, and a baseline of them", func() {
		for _, role := range checks.Roles() {
			for _, v := range role.Variables {
				Expect(v.Name).To(MatchRegexp(`^[a-z]+(_[a-z]+)*$`), role.Name)
				Expect(v.Help).NotTo(BeEmpty(), v.Name)
			}
			for name := range role.Baseline {
				Expect(role.Knows(name)).To(BeTrue(), "%s: {%s}", role.Name, name)
			}
		}
	})

	It("have slugs in small letters, so that they can be typed", func() {
		each(func(_ conformance.Role, _ string, r conformance.Requirement) {
			Expect(r.Slug).To(MatchRegexp(`^[a-z0-9]+(-[a-z0-9]+)*$`))
		})
	})

	It("state each requirement once, in a whole sentence", func() {
		seen := map[string]string{}
		each(func(role conformance.Role, id string, r conformance.Requirement) {
			Expect(seen).NotTo(HaveKey(role.Name+r.Statement), "%s says the same", id)
			seen[role.Name+r.Statement] = id
			Expect(r.Statement).To(MatchRegexp(`^[A-Z].*[^.]\.$`), id)
			Expect(r.Source.Part).To(MatchRegexp(`^Part \d+$`), id)
			Expect(r.Kernel).To(Or(BeEmpty(), MatchRegexp(`^[A-Z].*\.$`)), id)
		})
	})

	It("share no program that a check signals or counts", func() {
		each(func(_ conformance.Role, id string, r conformance.Requirement) {
			for _, need := range r.Needs {
				if need == conformance.NeedSignals || need == conformance.NeedUsage {
					Expect(r.Instance).NotTo(Equal(conformance.Shared), id)
				}
			}
		})
	})

	It("launch with files that say what is special about them, suit themselves, and are told apart by their names", func() {
		contents := map[string][]byte{}
		each(func(_ conformance.Role, id string, r conformance.Requirement) {
			for _, value := range r.Launch {
				file, ok := value.File()
				if !ok {
					continue
				}
				Expect(file.About).NotTo(BeEmpty(), id)
				Expect(file.Suits).NotTo(BeNil(), "%s, against a server that serves what it serves", id)
				Expect(file.Suits(file.Bytes())).To(BeTrue(), "%s: %s", id, file.Name)
				if other, same := contents[file.Name]; same {
					Expect(bytes.Equal(file.Bytes(), other)).To(BeTrue(), "%s: %s", id, file.Name)
				}
				contents[file.Name] = file.Bytes()
			}
		})
	})

	It("hold every statement of their section of the specification, and of no other", func() {
		for _, role := range checks.Roles() {
			section, ok := sections[role.Name]
			Expect(ok).To(BeTrue(), "%s: its section is not known here", role.Name)
			held := map[string]bool{}
			for _, r := range role.Requirements {
				held[r.Source.Section] = true
			}
			for i := range section.statements {
				statement := fmt.Sprintf("%d.%d", section.number, i+1)
				Expect(held).To(HaveKey(statement))
				delete(held, statement)
			}
			Expect(held).To(BeEmpty())
		}
	})

	It("are found by name", func() {
		for _, role := range checks.Roles() {
			found, err := checks.ForRole(role.Name)
			Expect(err).NotTo(HaveOccurred())
			Expect(found.Name).To(Equal(role.Name))
			Expect(found.Requirements).To(HaveLen(len(role.Requirements)))
		}
	})

	DescribeTable("are not found by another name, and the error says which there are",
		func(name string) {
			_, err := checks.ForRole(name)
			Expect(err).To(MatchError(ContainSubstring("unknown role %q", name)))
			for _, role := range checks.Roles() {
				Expect(err).To(MatchError(ContainSubstring(role.Name)))
			}
		},
		Entry("none", ""),
		Entry("misspelt", "poetry-sever"),
		Entry("in capitals", "POETRY-SERVER"),
		Entry("with a slug", "poetry-server/sends-exact-poem"),
	)
})
