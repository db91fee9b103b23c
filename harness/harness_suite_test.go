package harness_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"scansion/harness"
)

// The harness is tested by suites inside suites: the test binary runs itself again, as
// one that has an inner suite alone, and looks at the report.
const (
	innerSuite  = "HARNESS_TEST_INNER_SUITE" // which
	innerEvents = "HARNESS_TEST_EVENTS"      // the file that event writes to
)

func TestHarness(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Harness")
}

// inner registers an inner suite, in a process that is to run it.
func inner(name string, specs func()) bool {
	if os.Getenv(innerSuite) == name {
		harness.Configure(harness.Config{GracePeriod: time.Second})
		Describe(name, Label("inner"), specs)
	}
	return true
}

// event notes that something has happened in an inner suite.
func event(words ...string) {
	path := os.Getenv(innerEvents)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if _, err := file.WriteString(strings.Join(words, " ") + "\n"); err != nil {
		panic(err)
	}
}

// result is what has come of an inner suite.
type result struct {
	events  []string
	specs   map[string]types.SpecReport // by the last text, those that ran
	suite   []types.SpecReport          // nodes of the suite
	output  string
	err     error
	folder  string // that it ran in
	reports []types.SpecReport
}

// run runs an inner suite.
func run(name string, args ...string) result {
	GinkgoHelper()
	return runIn(GinkgoT().TempDir(), name, args...)
}

func runIn(folder, name string, args ...string) result {
	GinkgoHelper()
	r := result{folder: folder, specs: map[string]types.SpecReport{}}
	report, events := filepath.Join(folder, "report.json"), filepath.Join(folder, "events")
	command := exec.Command(os.Args[0], append([]string{
		"-test.run=^TestHarness$", "-test.v", "-ginkgo.label-filter=inner", "-ginkgo.no-color", "-ginkgo.json-report=" + report,
	}, args...)...)
	command.Env = append(os.Environ(), innerSuite+"="+name, innerEvents+"="+events)
	command.Dir = folder
	output, err := command.CombinedOutput()
	r.output, r.err = string(output), err
	if text, err := os.ReadFile(events); err == nil {
		r.events = strings.Split(strings.TrimSpace(string(text)), "\n")
	}
	text, err := os.ReadFile(report)
	Expect(err).NotTo(HaveOccurred(), r.output)
	var reports []types.Report
	Expect(json.Unmarshal(text, &reports)).To(Succeed(), r.output)
	for _, suite := range reports {
		for _, spec := range suite.SpecReports {
			switch {
			case spec.LeafNodeType != types.NodeTypeIt:
				r.suite = append(r.suite, spec)
			case len(spec.ContainerHierarchyTexts) > 0 && spec.ContainerHierarchyTexts[0] == name:
				r.specs[spec.LeafNodeText] = spec
				r.reports = append(r.reports, spec)
			}
		}
	}
	Expect(r.reports).NotTo(BeEmpty(), r.output)
	return r
}

// passes expects that the whole inner suite passes.
func (r result) passes() {
	GinkgoHelper()
	Expect(r.err).NotTo(HaveOccurred(), r.output)
}

// fails expects that a spec of the inner suite has failed with a message that matches,
// and with nothing else.
func (r result) fails(spec string, message any) types.SpecReport {
	GinkgoHelper()
	Expect(r.specs).To(HaveKey(spec))
	report := r.specs[spec]
	Expect(report.State).To(Equal(types.SpecStateFailed), r.output)
	Expect(report.AdditionalFailures).To(BeEmpty())
	Expect(report.Failure.Message).To(matching(message))
	return report
}

// matching is the matcher itself, or that of a part of a text.
func matching(expected any) OmegaMatcher {
	if text, ok := expected.(string); ok {
		return ContainSubstring(text)
	}
	return expected.(OmegaMatcher)
}
