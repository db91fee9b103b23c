package suites_test

import (
	"path/filepath"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
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
	Describe("A poetry client in another language", Label("programs"), func() {
		for _, p := range []program{
			twisted(programs+"get_poetry_4.py", servers, exitsWithZero, textOnly),
			twisted(programs+"get_poetry_5.py", servers, exitsWithZero),
			twisted(programs+"get_poetry_6.py", transform, exitsWithZero, textOnly),
			twisted(programs+"get_poetry_7.py", transform, exitsWithZero, textOnly),
			twisted(programs+"get_poetry_8.py", transform, exitsWithZero, textOnly),
			{file: programs + "client.js", needs: []string{"node"}, args: "--timeout {timeout} --transform {transform} {addrs}"},
			{file: programs + "client.pl", needs: []string{"perl"}, args: "{timeout} {addrs}"},
			{file: programs + "client.c", needs: []string{"gcc"}, args: "{timeout} {ports}"},
		} {
			It("gets the verdict that it deserves: "+filepath.Base(p.file), Label("poetry-client"), func(ctx SpecContext) {
				p.require(ctx)
				Expect(failures(p.judge(ctx, "poetry-client", target.ForExec, " "+p.args, conformance.Options{}))).To(ConsistOf(p.fails))
			})
		}
	})
}
