package target_test

import (
	"os"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/target"
)

var _ = Describe("A command", func() {
	DescribeTable("is refused",
		func(line string, words ...string) {
			_, err := target.NewExec(server, line)
			Expect(err).To(HaveOccurred())
			for _, word := range words {
				Expect(err.Error()).To(ContainSubstring(word))
			}
		},
		Entry("with a placeholder that its role does not know", "serve --at {prot}", "{prot}", "{host}, {port}, {poem}", "{{prot}}"),
		Entry("with a placeholder of another role", "serve {port} {upstream}", "{upstream}", "fake-server", "{poem}"),
		Entry("with a placeholder inside a word", "serve --at=x{prot}y", "{prot}"),
		Entry("with one word that is wrong among those that are right", "serve {port} {poem} {ports}", "{ports}"),
		Entry("with a quote that is not closed", "serve 'the poem", "cannot be split", "serve 'the poem"),
		Entry("that is empty", "", "empty"),
		Entry("of blanks", "  \t ", "empty"),
		Entry("with a pipe", "serve {port} | tee log", "shell's |", "sh -c '...'"),
		Entry("with a redirection", "serve {port} 2> log", "shell's >", "sh -c '...'"),
		Entry("with a redirection without blanks", "serve {port}>log", "shell's >", "sh -c '...'"),
		Entry("with another command after it", "cd poems && serve {port}", "shell's &", "sh -c '...'"),
		Entry("with another command right after it", "cd poems; serve {port}", "shell's ;", "sh -c '...'"),
		Entry("in the background", "serve {port} &", "shell's &", "sh -c '...'"),
		Entry("that sets a variable", "DEBUG=1 serve {port}", "DEBUG=1", "use env"),
	)

	It("of a role without placeholders knows none", func() {
		_, err := target.NewExec(parser, "parse {port}")
		Expect(err).To(MatchError(ContainSubstring("unknown placeholder {port}: a fake-parser command knows none")))
	})

	It("leaves nothing behind if it is refused", func() {
		GinkgoT().Setenv("TMPDIR", GinkgoT().TempDir())
		_, err := target.NewExec(server, "serve {prot}")
		Expect(err).To(HaveOccurred())
		Expect(os.ReadDir(os.TempDir())).To(BeEmpty())
	})

	It("is the target's name, unless it is given another", func() {
		t := command("serve {port}")
		Expect(t.Name()).To(Equal("serve {port}"))
		Expect(t.Kind()).To(Equal("exec"))
		Expect(t.Single()).To(BeFalse())
		Expect(t.Named("fast one").Name()).To(Equal("fast one"))
	})

	// The output of a command that only prints its arguments tells how they came.
	DescribeTable("is split and filled in like a shell does it",
		func(line string, words ...string) {
			failed := notStarted(command(`printf '[%s]\n' `+line), withVerse)
			Expect(failed.Exit).To(HaveValue(beExit(0, "exit status 0")))
			Expect(strings.Split(strings.TrimSuffix(failed.Output, "\n"), "\n")).To(HaveExactElements(words))
		},
		Entry("words", "a  b\tc", "[a]", "[b]", "[c]"),
		Entry("single quotes", `'a "b" \c'`, `[a "b" \c]`),
		Entry("double quotes", `"a 'b' \"c\""`, `[a 'b' "c"]`),
		Entry("quotes inside a word", `--title='Of the river'`, "[--title=Of the river]"),
		Entry("a backslash", `a\ b`, "[a b]"),
		Entry("what a shell would take for its own, in quotes", `'a|b' "c;d" e\&f '>' "<"`, "[a|b]", "[c;d]", "[e&f]", "[>]", "[<]"),
		Entry("what sets no variable", "x A=1", "[x]", "[A=1]"),
		Entry("an empty word", `'' b`, "[]", "[b]"),
		Entry("no variables", `$HOME`, "[$HOME]"),
		Entry("no patterns", `*`, "[*]"),
		Entry("a placeholder", "{host}", "[127.0.0.1]"),
		Entry("a placeholder inside a word", "--at={host}:x", "[--at=127.0.0.1:x]"),
		Entry("a placeholder twice", "{host}{host}", "[127.0.0.1127.0.0.1]"),
		Entry("a placeholder in quotes", `'{host} x'`, "[127.0.0.1 x]"),
		Entry("braces that are escaped", "{{host}}", "[{host}]"),
		Entry("braces that are escaped around a placeholder", "{{{host}}}", "[{127.0.0.1}]"),
		Entry("braces around something else", "{} {HOST} {1,2} ${X}", "[{}]", "[{HOST}]", "[{1,2}]", "[${X}]"),
	)
})
