package harness_test

import (
	"errors"
	"log/slog"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

var errLeft = errors.New("left alone")

// silent is a protocol that says nothing and never hangs up.
type silent struct{}

func (silent) ConnectionMade(reactor.Transport) {}
func (silent) DataReceived([]byte)              {}
func (silent) ConnectionLost(error)             {}

// listen opens a port that nobody closes.
func listen(s *harness.Spec) reactor.Port {
	port, err := s.Reactor().ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return silent{} }))
	Expect(err).NotTo(HaveOccurred())
	return port
}

// connect opens a connection that nobody closes.
func connect(s *harness.Spec, port reactor.Port) *deferred.Deferred[silent] {
	return reactor.ConnectProtocol(s.Reactor(), port.Addr().String(), silent{}, reactor.ConnectOptions{})
}

// leakCases are specs that each leave one kind of thing behind, and what is reported then.
var leakCases = []struct {
	name  string
	kinds []harness.LeakKind
	leave func(s *harness.Spec) *deferred.Deferred[silent]
	found []string // pieces of the failure
}{
	{
		"a delayed call",
		[]harness.LeakKind{harness.DelayedCalls},
		func(s *harness.Spec) *deferred.Deferred[silent] {
			s.Reactor().CallLater(time.Hour, func() {})
			return nil
		},
		[]string{"delayed calls: a delayed call is pending, due in ", "; asked for at scansion/harness_test.init.func"},
	},
	{
		"a delayed call that renews itself",
		[]harness.LeakKind{harness.DelayedCalls},
		func(s *harness.Spec) *deferred.Deferred[silent] {
			var again func()
			again = func() { s.Reactor().CallLater(0, again) }
			again()
			return nil
		},
		[]string{"delayed calls: a delayed call is pending, due in 0s"},
	},
	{
		"a port",
		[]harness.LeakKind{harness.Ports},
		func(s *harness.Spec) *deferred.Deferred[silent] {
			listen(s)
			return nil
		},
		[]string{"ports: a port listens at 127.0.0.1:", "; asked for at scansion/harness_test.listen ("},
	},
	{
		"a connector",
		[]harness.LeakKind{harness.Connectors, harness.UnhandledFailures},
		func(s *harness.Spec) *deferred.Deferred[silent] {
			addr := "192.0.2.1:7"
			if _, isReal := s.Reactor().(*reactor.TCP); isReal {
				addr = unanswering()
			} else {
				s.Network().Partition(s.Network().Host("192.0.2.1"))
			}
			reactor.ConnectProtocol(s.Reactor(), addr, silent{}, reactor.ConnectOptions{})
			return nil
		},
		[]string{"connectors: a connector is connecting to ", ":", "; asked for at scansion/harness_test.init.func"},
	},
	{
		"a connection and its port",
		[]harness.LeakKind{harness.Ports, harness.Connections},
		func(s *harness.Spec) *deferred.Deferred[silent] { return connect(s, listen(s)) },
		[]string{"connections: a connection from 127.0.0.1:", "; asked for at scansion/harness_test.connect (", "; asked for at scansion/harness_test.listen ("},
	},
	{
		"a failure that nobody handles",
		[]harness.LeakKind{harness.UnhandledFailures},
		func(*harness.Spec) *deferred.Deferred[silent] {
			deferred.Fail[int](errLeft)
			return nil
		},
		[]string{`unhandled failures: nobody has handled the failure "left alone" of a deferred made at scansion/harness_test.init.func`, ", fired at scansion/harness_test.init.func"},
	},
	{
		"a panic that nobody handles",
		[]harness.LeakKind{harness.UnhandledFailures},
		func(*harness.Spec) *deferred.Deferred[silent] {
			deferred.Succeed(1).AddCallback(func(int) (int, error) { panic(errLeft) })
			return nil
		},
		[]string{`the failure "panic: left alone"`, "runtime/debug.Stack()"},
	},
	{
		"an error in the log",
		[]harness.LeakKind{harness.LoggedErrors},
		func(*harness.Spec) *deferred.Deferred[silent] {
			slog.Error("cannot go on", "error", errLeft)
			return nil
		},
		[]string{`logged errors: "cannot go on: left alone" was logged, and not flushed; logged at scansion/harness_test.init.func`},
	},
	{
		"a goroutine",
		[]harness.LeakKind{harness.Goroutines},
		func(*harness.Spec) *deferred.Deferred[silent] {
			go leakOfTheSpec()
			return nil
		},
		[]string{"goroutines: there are goroutines that were not there before", "scansion/harness_test.leakOfTheSpec"},
	},
}

func leakOfTheSpec() { <-(chan int)(nil) }

func leakingSpecs() {
	for _, c := range leakCases {
		It(c.name, harness.Async(c.leave))
		It(c.name+", allowed", harness.Async(func(s *harness.Spec) *deferred.Deferred[silent] {
			for _, kind := range c.kinds {
				s.Allow(kind, "the spec is about it")
			}
			return c.leave(s)
		}))
		It(c.name+", after a failure", harness.Async(func(s *harness.Spec) *deferred.Deferred[silent] {
			left := deferred.Maybe(func() *deferred.Deferred[silent] {
				if left := c.leave(s); left != nil {
					return left
				}
				return deferred.Succeed(silent{})
			})
			return deferred.Then(left, func(silent) *deferred.Deferred[silent] { return deferred.Fail[silent](errOrder) })
		}))
	}
	It("a reason that is missing", harness.Sync(func(s *harness.Spec) { s.Allow(harness.Ports, " ") }))
	It("many things at once", harness.Sync(func(s *harness.Spec) {
		listen(s)
		slog.Error("cannot go on")
		s.Reactor().CallLater(time.Hour, func() {})
		deferred.Fail[int](errLeft)
	}))
}

var (
	_ = inner("leaks on a fake reactor", func() { Context("fake", harness.OnFakeReactor, leakingSpecs) })
	_ = inner("leaks on a real reactor", func() { Context("real", leakingSpecs) })
)

var _ = DescribeTable("Each kind of leak fails the spec unless it is allowed (G2, G3)",
	func(suite string) {
		r := run(suite)
		for _, c := range leakCases {
			if c.name == "a connector" && suite == "leaks on a real reactor" && !silenceIsCertain {
				continue
			}
			message := r.fails(c.name, HavePrefix("The spec has left something behind:\n")).Failure.Message
			for _, piece := range c.found {
				Expect(message).To(ContainSubstring(piece), "%s", message)
			}
			Expect(message).To(ContainSubstring("_test.go:"))

			Expect(r.specs[c.name+", allowed"].State).To(Equal(types.SpecStatePassed), r.specs[c.name+", allowed"].Failure.Message)

			failed := r.fails(c.name+", after a failure", "this deferred fails")
			Expect(failed.ReportEntries).To(ContainElement(And(
				HaveField("Name", "left behind by a spec that had failed already"),
				HaveField("Value.String()", ContainSubstring(c.found[0])))))
		}
		r.fails("a reason that is missing", "Allow(ports) without a reason")
		many := r.fails("many things at once", "").Failure.Message
		for _, piece := range []string{"\n  - ports: ", "\n  - logged errors: \"cannot go on\"", "\n  - delayed calls: ", "\n  - unhandled failures: "} {
			Expect(many).To(ContainSubstring(piece))
		}
	},
	Entry("on a fake reactor", "leaks on a fake reactor"),
	Entry("on a real reactor", "leaks on a real reactor"),
)
