package suites_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/conformance/target"
)

// program is a real program with a known verdict.
type program struct {
	file  string   // with its folder
	needs []string // commands that must be there, the first of which runs or compiles it
	probe []string // arguments with which the first command tells whether it can; nil: it can
	args  string   // after those that all programs of the role get
	fails []string // slugs of all the requirements that fail it
}

const programs = "../testdata/programs/"

var (
	binary     = []string{"keeps-crlf", "keeps-every-byte", "keeps-nul-and-ff"}
	closesHard = []string{"delivers-to-client-that-sent", "delivers-to-client-that-goes-on-sending"}
)

// describePrograms judges programs in other languages, as users do: each must get
// exactly the verdict that it is known to deserve.
func describePrograms() {
	Describe("A poetry server in another language", Label("programs"), func() {
		for _, p := range []program{
			{file: programs + "fastpoetry.py", needs: []string{python()}, probe: []string{"-c", "import twisted"}, fails: slices.Concat(closesHard, binary)},
			{file: programs + "threads.py", needs: []string{python()}},
			{file: programs + "threads.py", needs: []string{python()}, args: "alone"},
			{file: programs + "serial.py", needs: []string{python()}, fails: slices.Concat(closesHard, []string{"serves-many-at-once", "serves-while-others-stall", "holds-1000-connections"})},
			{file: programs + "leak.py", needs: []string{python()}, fails: slices.Concat(closesHard, []string{"frees-descriptors-of-aborted-clients"})},
			{file: programs + "node.js", needs: []string{"node"}},
			{file: programs + "fork.pl", needs: []string{"perl"}, fails: closesHard},
			{file: programs + "fork.pl", needs: []string{"perl"}, args: "careless", fails: slices.Concat(closesHard, []string{"frees-memory", "frees-memory-of-aborted-clients"})},
			{file: programs + "poll.c", needs: []string{"gcc"}},
			{file: programs + "threads.c", needs: []string{"gcc"}},
			{file: programs + "threads.c", needs: []string{"gcc"}, args: "careless", fails: []string{"frees-memory", "frees-memory-of-aborted-clients"}},
			{file: programs + "workers.py", needs: []string{python()}},
			{file: programs + "workers.py", needs: []string{python()}, args: "careless", fails: []string{"stops-workers-with-master"}},
		} {
			It("gets the verdict that it deserves: "+strings.TrimSpace(filepath.Base(p.file)+" "+p.args), Label("poetry-server"), func(ctx SpecContext) {
				p.require(ctx)
				report := p.judge(ctx, "poetry-server", target.ForExec, " {host} {port} {poem} "+p.args, conformance.Options{Quick: true})
				Expect(failures(report)).To(ConsistOf(p.fails))
			})
		}
	})
}

// python is the system's own Python if there is one: it has the system's Twisted, and one
// that a version manager starts takes many times as long to start.
func python() string {
	const system = "/usr/bin/python3"
	if _, err := os.Stat(system); err == nil {
		return system
	}
	return "python3"
}

// failures returns the slugs of the requirements that a program that could be judged has
// failed, and logs why.
func failures(report *conformance.Report) (failed []string) {
	GinkgoHelper()
	Expect(report.CouldNotRun).To(BeEmpty(), report.Output)
	for _, result := range report.Results {
		Expect(result.Why).NotTo(Equal(conformance.Broken), result.Message)
		if result.Outcome == conformance.Fail {
			_, slug, _ := strings.Cut(result.ID, "/")
			failed = append(failed, slug)
			GinkgoWriter.Printf("%s\n%s\n%s\n%s\n", result.ID, result.Message, result.Transcript, result.Output)
		}
	}
	return failed
}

// require skips the spec where the program's language is missing, unless
// SCANSION_REQUIRE_PROGRAMS is set, as it is in CI.
func (p program) require(ctx SpecContext) {
	GinkgoHelper()
	missing := ""
	for _, command := range p.needs {
		if _, err := exec.LookPath(command); err != nil {
			missing = command + " is not installed"
		}
	}
	if missing == "" && p.probe != nil {
		if out, err := exec.CommandContext(ctx, p.needs[0], p.probe...).CombinedOutput(); err != nil {
			missing = p.needs[0] + " cannot run it: " + string(out)
		}
	}
	if missing == "" {
		return
	}
	if os.Getenv("SCANSION_REQUIRE_PROGRAMS") != "" {
		Fail(missing)
	}
	Skip(missing)
}

// reach is how a program is started: [target.ForExec] or [target.ForPersistent].
type reach func(conformance.Role, string) (conformance.Target, error)

// judge judges the program, which it compiles if it must, as one of a role.
func (p program) judge(ctx SpecContext, role string, reach reach, args string, options conformance.Options) *conformance.Report {
	GinkgoHelper()
	of, err := checks.ForRole(role)
	Expect(err).NotTo(HaveOccurred())
	t, err := reach(of, p.build(ctx)+args)
	Expect(err).NotTo(HaveOccurred())
	options.Seed = uint64(GinkgoRandomSeed()) //nolint:gosec // a seed may be any number
	report, err := conformance.Run{Role: of, Target: t, Options: options}.Do(ctx)
	Expect(err).NotTo(HaveOccurred())
	return report
}

// build compiles the program, if it must, and returns the command that runs it.
func (p program) build(ctx SpecContext) string {
	GinkgoHelper()
	binary := filepath.Join(GinkgoT().TempDir(), "program")
	var build []string
	switch {
	case filepath.Ext(p.file) == ".c":
		build = []string{"gcc", "-O1", "-pthread", "-o", binary, p.file}
	case p.needs[0] == "go":
		build = []string{"go", "build", "-o", binary, p.file}
	default:
		return p.needs[0] + " " + p.file
	}
	out, err := exec.CommandContext(ctx, build[0], build[1:]...).CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	return binary
}
