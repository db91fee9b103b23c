package suites_test

import (
	"os/exec"
	"path/filepath"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/conformance/target"
)

// What the tutorial's own clients do not do: they print what has come of a poem that was
// cut off, and exit with 0 whatever happens.
var (
	exitsWithZero = []string{"reports-cut-poem-as-failed", "exits-non-zero-on-failure"}
	textOnly      = []string{"keeps-every-byte", "keeps-nul-and-ff"}
)

// describeClients judges poetry clients in other languages.
func describeClients() {
	const (
		servers   = "{addrs}"
		transform = "{transform} {addrs}"
	)
	twisted := func(file, args string, fails ...[]string) program {
		return program{file: file, needs: []string{python()}, probe: []string{"-c", "import twisted"}, args: args, fails: slices.Concat(fails...)}
	}
	Describe("real clients", Label("programs"), func() {
		for _, p := range []program{
			twisted("get_poetry_4.py", servers, exitsWithZero, textOnly),
			twisted("get_poetry_5.py", servers, exitsWithZero),
			twisted("get_poetry_6.py", transform, exitsWithZero, textOnly),
			twisted("get_poetry_7.py", transform, exitsWithZero, textOnly),
			twisted("get_poetry_8.py", transform, exitsWithZero, textOnly),
			{file: "client.js", needs: []string{"node"}, args: "--timeout {timeout} --transform {transform} {addrs}"},
			{file: "client.pl", needs: []string{"perl"}, args: "{timeout} {addrs}"},
			{file: "client.c", needs: []string{"gcc"}, args: "{timeout} {ports}"},
		} {
			It("gets the verdict that it deserves: "+p.file, Label("poetry-client"), func(ctx SpecContext) {
				p.require(ctx)
				Expect(failures(p.judgeClient(ctx))).To(ConsistOf(p.fails))
			})
		}
	})
}

// judgeClient judges a poetry client, which it compiles if it must.
func (p program) judgeClient(ctx SpecContext) *conformance.Report {
	GinkgoHelper()
	file := filepath.Join(programs, p.file)
	command := p.needs[0] + " " + file
	if filepath.Ext(file) == ".c" {
		command = filepath.Join(GinkgoT().TempDir(), "client")
		out, err := exec.CommandContext(ctx, p.needs[0], "-O1", "-o", command, file).CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
	}
	role, err := checks.ForRole("poetry-client")
	Expect(err).NotTo(HaveOccurred())
	t, err := target.NewExec(role, command+" "+p.args)
	Expect(err).NotTo(HaveOccurred())
	report, err := conformance.Run{
		Role: role, Target: t,
		Options: conformance.Options{Seed: uint64(GinkgoRandomSeed())}, //nolint:gosec // a seed may be any number
	}.Do(ctx)
	Expect(err).NotTo(HaveOccurred())
	return report
}
