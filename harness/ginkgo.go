package harness

import (
	"fmt"
	"slices"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// ginkgoFramework is Ginkgo, wherever it is in its run.
type ginkgoFramework struct{}

var _ framework = ginkgoFramework{}

func (ginkgoFramework) title() string { return ginkgo.CurrentSpecReport().FullText() }

func (ginkgoFramework) labels() []string {
	report := ginkgo.CurrentSpecReport()
	labels := slices.Concat(report.ContainerHierarchyLabels...)
	return append(labels, report.LeafNodeLabels...)
}

func (ginkgoFramework) node() string {
	report := ginkgo.CurrentSpecReport()
	node, ok := runningNode(report)
	if !ok {
		return "the spec"
	}
	text := ""
	if name := report.FullText(); name != "" {
		text = fmt.Sprintf(" of %q", name)
	}
	return fmt.Sprintf("[%v]%s at %v", node.NodeType, text, node.CodeLocation)
}

func (ginkgoFramework) seed() int64 { return ginkgo.GinkgoRandomSeed() }

func (ginkgoFramework) onProgressReport(f func() string) (stop func()) {
	return ginkgo.AttachProgressReporter(f)
}

func (ginkgoFramework) fail(f *failure) {
	ginkgo.GinkgoHelper()
	switch {
	case f.panicked != nil && knownToGinkgo(f.panicked):
		panic(f.panicked.Value)
	case f.panicked != nil:
		panic(f.message)
	default:
		ginkgo.Fail(f.message)
	}
}

func (ginkgoFramework) failed() bool { return ginkgo.CurrentSpecReport().Failed() }

func (ginkgoFramework) attach(name, text string, always bool) {
	visibility := ginkgo.ReportEntryVisibilityFailureOrVerbose
	if always {
		visibility = ginkgo.ReportEntryVisibilityAlways
	}
	ginkgo.AddReportEntry(name, text, visibility)
}

func (g ginkgoFramework) rerunCommand() string {
	title := g.title()
	if title == "" {
		return "" // a node of the suite: every spec runs it
	}
	return rerunGinkgo(title, g.seed())
}

// runningNode is the node that runs, if one does.
func runningNode(report types.SpecReport) (types.SpecEvent, bool) {
	for _, event := range slices.Backward(report.SpecEvents) {
		if event.SpecEventType.Is(types.SpecEventNodeEnd) {
			break
		}
		if event.SpecEventType.Is(types.SpecEventNodeStart) {
			return event, true
		}
	}
	return types.SpecEvent{}, false
}

// mayDeferCleanup reports whether Ginkgo lets a node call DeferCleanup.
func mayDeferCleanup(node types.NodeType) bool {
	return node.Is(types.NodeTypeIt | types.NodeTypeBeforeEach | types.NodeTypeJustBeforeEach |
		types.NodeTypeAfterEach | types.NodeTypeJustAfterEach | types.NodeTypeBeforeAll | types.NodeTypeAfterAll |
		types.NodeTypeBeforeSuite | types.NodeTypeSynchronizedBeforeSuite |
		types.NodeTypeAfterSuite | types.NodeTypeSynchronizedAfterSuite)
}
