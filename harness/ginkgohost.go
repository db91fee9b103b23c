package harness

import (
	"fmt"
	"slices"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// ginkgoHost is Ginkgo, wherever it is in its run.
type ginkgoHost struct{}

var _ host = ginkgoHost{}

func (ginkgoHost) title() string { return ginkgo.CurrentSpecReport().FullText() }

func (ginkgoHost) labels() []string {
	report := ginkgo.CurrentSpecReport()
	labels := slices.Concat(report.ContainerHierarchyLabels...)
	return append(labels, report.LeafNodeLabels...)
}

func (ginkgoHost) node() string {
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

func (ginkgoHost) seed() int64 { return ginkgo.GinkgoRandomSeed() }

func (ginkgoHost) progress(f func() string) (stop func()) { return ginkgo.AttachProgressReporter(f) }

func (ginkgoHost) raise(v *verdict) {
	ginkgo.GinkgoHelper()
	switch {
	case v.panicked != nil && raised(v.panicked):
		panic(v.panicked.Value)
	case v.panicked != nil:
		panic(v.message)
	default:
		ginkgo.Fail(v.message)
	}
}

func (ginkgoHost) failed() bool { return ginkgo.CurrentSpecReport().Failed() }

func (ginkgoHost) attach(name, text string, always bool) {
	visibility := ginkgo.ReportEntryVisibilityFailureOrVerbose
	if always {
		visibility = ginkgo.ReportEntryVisibilityAlways
	}
	ginkgo.AddReportEntry(name, text, visibility)
}

func (h ginkgoHost) repeat() string {
	title := h.title()
	if title == "" {
		return "" // a node of the suite: every spec repeats it
	}
	return repeatGinkgo(title, h.seed())
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

// mayClean tells whether a node can have a DeferCleanup.
func mayClean(node types.NodeType) bool {
	return node.Is(types.NodeTypeIt | types.NodeTypeBeforeEach | types.NodeTypeJustBeforeEach |
		types.NodeTypeAfterEach | types.NodeTypeJustAfterEach | types.NodeTypeBeforeAll | types.NodeTypeAfterAll |
		types.NodeTypeBeforeSuite | types.NodeTypeSynchronizedBeforeSuite |
		types.NodeTypeAfterSuite | types.NodeTypeSynchronizedAfterSuite)
}
