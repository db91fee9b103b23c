package suites_test

import (
	"os/exec"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/conformance/target"
)

const adapters = "../testdata/netstrings/adapters"

// parser is a netstring parser in another language, with a known verdict.
type parser struct {
	program      // without args
	stays   bool // it is an adapter that stays
}

var atOnce = []string{"rejects-at-once", "rejects-long-length-at-once", "rejects-endless-length"}

// describeParsers judges parsers in other languages, as describePrograms does servers.
func describeParsers() {
	python, node := []string{python()}, []string{"node"}
	perl, gcc := []string{"perl"}, []string{"gcc"}
	Describe("parsers in other languages", Label("programs", "netstring"), func() {
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

			{program: program{file: programs + "/netstring_int.py", needs: python, fails: []string{"rejects-leading-zero", "rejects-sign"}}},
			{program: program{file: programs + "/netstring_text.py", needs: python, fails: []string{"accepts-any-bytes"}}},
			{program: program{file: programs + "/netstring_event.js", needs: node, fails: []string{"cut-once", "cut-into-bytes"}}},
			{program: program{file: programs + "/netstring_atoi.c", needs: gcc, fails: []string{"rejects-overflowing-lengths"}}},
			{program: program{file: programs + "/netstring_nul.c", needs: gcc, fails: []string{"accepts-any-bytes"}}},
			{program: program{file: programs + "/netstring_slurp.pl", needs: perl, fails: atOnce}},
			{program: program{file: programs + "/netstring_digits.pl", needs: perl, fails: []string{"bounded-memory"}}},
		} {
			It("get the verdict that they deserve: "+filepath.Base(p.file), func(ctx SpecContext) {
				p.require(ctx)
				report := p.judge(ctx)
				failed := failures(report)
				if len(p.fails) == 0 {
					Expect(failed).To(BeEmpty())
				}
				Expect(failed).To(ContainElements(p.fails)) // and what goes with it
			})
		}
	})
}

// judge judges the parser, which it compiles if it must.
func (p parser) judge(ctx SpecContext) *conformance.Report {
	GinkgoHelper()
	command := p.needs[0] + " " + p.file
	var build []string
	switch binary := filepath.Join(GinkgoT().TempDir(), "parser"); {
	case filepath.Ext(p.file) == ".c":
		build, command = []string{"gcc", "-O1", "-o", binary, p.file}, binary
	case p.needs[0] == "go":
		build, command = []string{"go", "build", "-o", binary, p.file}, binary
	}
	if build != nil {
		out, err := exec.CommandContext(ctx, build[0], build[1:]...).CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
	}
	role, err := checks.ForRole("netstring")
	Expect(err).NotTo(HaveOccurred())
	reach := target.ForExec
	if p.stays {
		reach = target.ForPersistent
	}
	t, err := reach(role, command)
	Expect(err).NotTo(HaveOccurred())
	report, err := conformance.Run{
		Role: role, Target: t,
		Options: conformance.Options{Seed: uint64(GinkgoRandomSeed())}, //nolint:gosec // a seed may be any number
	}.Do(ctx)
	Expect(err).NotTo(HaveOccurred())
	return report
}
