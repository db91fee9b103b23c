package harness_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"scansion/harness"
	"scansion/harness/deferred"
)

// outcome is how a node of the order's inner suite ends.
type outcome string

const (
	passes outcome = "passes"
	fails  outcome = "fails"
	panics outcome = "panics"
	hangs  outcome = "hangs"
)

var (
	outcomes  = []outcome{passes, fails, panics, hangs}
	nodeNames = []string{"set-up", "body", "cleanup", "tear-down"}
)

var errOrder = errors.New("this deferred fails")

// nodeWith is a node with an outcome; variant chooses among the kinds of it.
func nodeWith(w outcome, name string, variant int) func(s *harness.Spec) *deferred.Deferred[string] {
	return func(s *harness.Spec) *deferred.Deferred[string] {
		d := deferred.New[string]()
		r := s.Reactor()
		later := func(f func()) {
			r.CallLater(time.Millisecond, func() {
				event("end of", name)
				f()
			})
		}
		switch w {
		case fails:
			switch variant % 4 {
			case 0:
				Expect(name).To(BeEmpty(), "at once")
			case 1:
				later(func() { Expect(name).To(BeEmpty(), "in a callback of the reactor") })
			case 2:
				later(func() { _ = d.Errback(errOrder) })
			case 3:
				d.AddCallback(func(string) (string, error) {
					Expect(name).To(BeEmpty(), "in a callback of the deferred")
					return "", nil
				})
				later(func() { _ = d.Callback("done") })
			}
		case panics:
			switch variant % 3 {
			case 0:
				panic("at once")
			case 1:
				later(func() { panic("in a callback of the reactor") })
				s.Allow(harness.LoggedErrors, "the panic is one, too")
			case 2:
				d.AddCallback(func(string) (string, error) { panic("in a callback of the deferred") })
				later(func() { _ = d.Callback("done") })
			}
		case hangs:
		default:
			if variant%2 == 0 {
				return nil
			}
			later(func() { _ = d.Callback("done") })
		}
		return d
	}
}

// combination is an outcome for each node.
type combination [4]outcome

func combinations() []combination {
	var all []combination
	for _, a := range outcomes {
		for _, b := range outcomes {
			for _, c := range outcomes {
				for _, d := range outcomes {
					all = append(all, combination{a, b, c, d})
				}
			}
		}
	}
	return all
}

func (c combination) String() string {
	words := make([]string, len(c))
	for i, w := range c {
		words[i] = nodeNames[i] + " " + string(w)
	}
	return strings.Join(words, ", ")
}

// specs registers the combinations. The time that hanging takes on a real reactor is
// Ginkgo's NodeTimeout, so that the other nodes have all the time in the world.
func specsOfOrder(realReactor bool) {
	for number, c := range combinations() {
		node := func(i int) []any {
			body := harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
				event(nodeNames[i])
				return nodeWith(c[i], nodeNames[i], number/(1+i))(s)
			})
			if realReactor && c[i] == hangs {
				return []any{body, NodeTimeout(10 * time.Millisecond)}
			}
			return []any{body}
		}
		Describe(c.String(), func() {
			BeforeEach(func() {
				event("spec", c.String())
				DeferCleanup(func() { event("first deferred, last run") })
				DeferCleanup(node(2)...)
			})
			BeforeEach(node(0)...)
			It("It", node(1)...)
			AfterEach(node(3)...)
		})
	}
}

var (
	_ = inner("the order on a fake reactor", func() {
		Context("fake", harness.OnFakeReactor, func() { specsOfOrder(false) })
	})
	_ = inner("the order on a real reactor", func() {
		Context("real", func() { specsOfOrder(true) })
	})
)

var _ = DescribeTable("Set-up, body, tear-down and cleanup run in order, whichever of them fail (G1)",
	func(suite string, hanging types.SpecState) {
		r := run(suite)
		got := map[string][]string{}
		current := ""
		for _, e := range r.events {
			if name, ok := strings.CutPrefix(e, "spec "); ok {
				current = name
				continue
			}
			if !strings.HasPrefix(e, "end of") {
				got[current] = append(got[current], e)
			}
		}
		states := map[outcome]types.SpecState{
			passes: types.SpecStatePassed, fails: types.SpecStateFailed, panics: types.SpecStatePanicked, hangs: hanging,
		}
		Expect(r.reports).To(HaveLen(256))
		for _, report := range r.reports {
			name := report.ContainerHierarchyTexts[2]
			var c combination
			for _, each := range combinations() {
				if each.String() == name {
					c = each
				}
			}
			events, went := []string{nodeNames[0]}, []outcome{c[0]}
			if c[0] == passes {
				events, went = append(events, nodeNames[1]), append(went, c[1])
			}
			events, went = append(events, nodeNames[3], nodeNames[2], "first deferred, last run"), append(went, c[3], c[2])
			Expect(got[name]).To(Equal(events), name)

			var wrong []types.SpecState
			for _, w := range went {
				if w != passes {
					wrong = append(wrong, states[w])
				}
			}
			found := []types.SpecState{}
			if report.State != types.SpecStatePassed {
				found = append(found, report.State)
			}
			for _, more := range report.AdditionalFailures {
				found = append(found, more.State)
			}
			Expect(found).To(Equal(append([]types.SpecState{}, wrong...)), fmt.Sprint(name, "\n", report.Failure.Message, report.AdditionalFailures))
		}
	},
	Entry("on a fake reactor", "the order on a fake reactor", types.SpecStateFailed),
	Entry("on a real reactor", "the order on a real reactor", types.SpecStateTimedout),
)
