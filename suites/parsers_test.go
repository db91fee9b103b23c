package suites_test

import (
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

const adapters = "../testdata/netstrings/adapters"

// parser is a netstring parser in another language, with a known verdict.
type parser struct {
	program
	stays bool // it is an adapter that stays
}

var atOnce = []string{"rejects-at-once", "rejects-long-length-at-once", "rejects-endless-length"}

// describeParsers judges parsers in other languages, as describePrograms does servers.
func describeParsers() {
	python, node := []string{python()}, []string{"node"}
	perl, gcc := []string{"perl"}, []string{"gcc"}
	Describe("A netstring parser in another language", Label("programs", "netstring"), func() {
		for _, p := range []parser{
			{program: program{file: adapters + "/exec.py", needs: python}},
			{program: program{file: adapters + "/exec.js", needs: node}},
			{program: program{file: adapters + "/exec.pl", needs: perl}},
			{program: program{file: adapters + "/exec.c", needs: gcc}},
			{stays: true, program: program{file: adapters + "/persistent.py", needs: python}},
			{stays: true, program: program{file: adapters + "/persistent.js", needs: node}},
			{stays: true, program: program{file: adapters + "/persistent.pl", needs: perl}},
			{stays: true, program: program{file: adapters + "/persistent.c", needs: gcc}},
			{stays: true, program: program{file: adapters + "/go", needs: []string{"go"}}},
			{stays: true, program: program{file: adapters + "/twisted_persistent.py", needs: python, probe: []string{"-c", "import twisted"}, fails: []string{"linear-time-for-one-read"}}},

			{program: program{file: programs + "netstring_int.py", needs: python, fails: []string{"rejects-leading-zero", "rejects-sign"}}},
			{program: program{file: programs + "netstring_text.py", needs: python, fails: []string{"accepts-any-bytes"}}},
			{program: program{file: programs + "netstring_event.js", needs: node, fails: []string{"cut-once", "cut-into-bytes"}}},
			{program: program{file: programs + "netstring_atoi.c", needs: gcc, fails: []string{"rejects-overflowing-lengths"}}},
			{program: program{file: programs + "netstring_nul.c", needs: gcc, fails: []string{"accepts-any-bytes"}}},
			{program: program{file: programs + "netstring_slurp.pl", needs: perl, fails: atOnce}},
			{program: program{file: programs + "netstring_digits.pl", needs: perl, fails: []string{"bounded-memory"}}},
		} {
			It("gets the verdict that it deserves: "+filepath.Base(p.file), func(ctx SpecContext) {
				p.require(ctx)
				reach := target.ForExec
				if p.stays {
					reach = target.ForPersistent
				}
				failed := failures(p.judge(ctx, "netstring", reach, "", conformance.Options{}))
				if len(p.fails) == 0 {
					Expect(failed).To(BeEmpty())
				}
				Expect(failed).To(ContainElements(p.fails)) // and what goes with it
			})
		}
	})
}
