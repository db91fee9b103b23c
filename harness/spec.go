package harness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// Spec is what one spec works with: a reactor, a log, and a check for leaks when the spec
// is over.
//
// Ginkgo runs one spec at a time in a process, and there is at most one Spec. It is
// made when a node first uses the harness: by [Await], by a body of [Async] or [Sync],
// or by handing one of these to DeferCleanup. It ends with a DeferCleanup of that node,
// so after all cleanups that are deferred later. Where the first use is in a BeforeAll
// or a BeforeSuite, it lives as long as what these set up: all specs of the container or
// the suite share it, and leaks are looked for once, after the last. Where the
// first use is in a cleanup, which Ginkgo does not let have cleanups, it ends at once.
//
// Its methods may be called from any goroutine. What they return has its own rules:
// a reactor is for the loop goroutine.
type Spec struct {
	framework  framework
	config     Config // labels are applied where they are needed: specs may share a Spec
	loop       loop
	recorder   *recorder
	log        *slog.Logger
	watcher    *deferred.Watcher
	goroutines goroutineCheck
	restore    func()      // undoes begin
	waiting    atomic.Bool // an Await waits
	allowed    sync.Map    // from a LeakKind to the reason

	// The lock of active guards these.
	owner  types.SpecEvent // the node that the Spec was made in; zero if it is not Ginkgo's
	advice string          // about what was left behind; may be empty
}

// active is the Spec that there is.
var active struct {
	sync.Mutex
	spec *Spec
}

// newSpec makes the Spec that there is from now on. It ends in a node of its own, or
// else on the same goroutine. The lock of active is held.
func newSpec(f framework, config Config, ownNode bool) *Spec {
	s := &Spec{framework: f, config: config.withDefaults()}
	s.goroutines = beginGoroutineCheck(ownNode)
	s.recorder = newRecorder(s)
	s.log = s.recorder.logger(slog.Default().Handler())
	s.begin()
	trace := reactor.Config{Logger: s.log, Trace: true}
	if s.config.labelled(f.labels()).Fake {
		s.loop = newFakeLoop(trace, s.config.GracePeriod, f.seed())
	} else {
		s.loop = newRealLoop(trace, s.config.GracePeriod)
	}
	active.spec = s
	return s
}

// enter returns the Spec of the node that runs. Release ends it if nothing else can.
func enter() (s *Spec, release func()) {
	active.Lock()
	defer active.Unlock()
	if active.spec != nil {
		active.spec.advise()
		return active.spec, func() {}
	}
	node, ok := runningNode(ginkgo.CurrentSpecReport())
	if !ok {
		panic("harness: there is no spec that runs: Await is for the bodies of Ginkgo's nodes; " +
			"use Test in an ordinary test")
	}
	return newGinkgoSpec(node)
}

// prepare makes the Spec of the node that runs, if one does and has none yet: so what
// it is about to defer runs before the Spec ends.
func prepare() {
	active.Lock()
	defer active.Unlock()
	if node, ok := runningNode(ginkgo.CurrentSpecReport()); ok && active.spec == nil && mayDeferCleanup(node.NodeType) {
		newGinkgoSpec(node)
	}
}

func newGinkgoSpec(node types.SpecEvent) (s *Spec, release func()) {
	ownNode := mayDeferCleanup(node.NodeType)
	s = newSpec(ginkgoFramework{}, configuration(), ownNode)
	s.owner = node
	if !ownNode {
		return s, s.end
	}
	ginkgo.DeferCleanup(s.end)
	return s, func() {}
}

// advise notes a mistake that is hard to see: BeforeEach nodes run before BeforeAll nodes,
// whose Spec then ends with the first spec of the container.
func (s *Spec) advise() {
	if s.advice != "" || !s.owner.NodeType.Is(types.NodeTypeBeforeEach|types.NodeTypeJustBeforeEach) {
		return
	}
	if node, ok := runningNode(ginkgo.CurrentSpecReport()); ok && node.NodeType.Is(types.NodeTypeBeforeAll) {
		s.advice = fmt.Sprintf("\nThe [BeforeAll] at %v has used what the [BeforeEach] at %v has begun, and what is over with "+
			"the first spec: decorate the latter with OncePerOrdered.", node.CodeLocation, s.owner.CodeLocation)
	}
}

// Reactor is the reactor, which runs until the end of the Spec.
func (s *Spec) Reactor() reactor.Reactor { return s.loop.reactor() }

// Clock is the clock of a fake reactor. The spec fails if the reactor is a real one. Calls
// that the clock itself is asked for are leaks, too, if they are left pending; but give code
// under test the reactor for its clock: its callbacks may panic.
func (s *Spec) Clock() *fakes.Clock { return s.fake("Clock").clock }

// Network is the network of a fake reactor, whose host there is called "spec". The
// spec fails if the reactor is a real one. Other reactors may run on it, on any host. They
// are stopped with the Spec, and what they leave open is a leak, too. Of blocking code
// ([fakes.Host.Listen], [fakes.Host.Dial]) only goroutines are.
func (s *Spec) Network() *fakes.Network { return s.fake("Network").network }

func (s *Spec) fake(method string) *fakeLoop {
	l, ok := s.loop.(*fakeLoop)
	if !ok {
		s.framework.fail(&failure{message: fmt.Sprintf("there is no %s, since the reactor of this spec is a real one; "+
			"decorate the spec with harness.OnFakeReactor, or configure the suite with harness.Config{Fake: true}", method)})
	}
	return l
}

// Log is the log of the spec. It is slog.Default() too, as long as the Spec lives.
func (s *Spec) Log() *slog.Logger { return s.log }

// Timeout is the time-out of the node that runs.
func (s *Spec) Timeout() time.Duration { return s.config.labelled(s.framework.labels()).Timeout }

// wait has start called on the loop, and waits until w is over.
func (s *Spec) wait(ctx context.Context, w *wait, start func()) *failure {
	if !s.waiting.CompareAndSwap(false, true) {
		return &failure{message: "another Await of this spec is still waiting, and there can be only one: " +
			"in a callback, return the deferred; to wait for several, use deferred.Gather"}
	}
	defer s.waiting.Store(false)
	s.recorder.forgetPanic()             // of before: it has been logged
	if l, ok := s.loop.(*realLoop); ok { // a fake one runs on this goroutine, and cannot be asked
		defer s.framework.onProgressReport(func() string { return describePending(l, w) })()
	}
	err := s.loop.wait(ctx, w, s.Timeout(), func() { w.run(start) }, s.recorder.panics)
	node := s.framework.node()
	panicked, ok := errors.AsType[*deferred.PanicError](err)
	switch {
	case ok:
		return failureOf(node+": a callback of the reactor panicked", panicked)
	case err != nil:
		return s.unfinished(w, node+" "+err.Error())
	case w.panicked != nil:
		return failureOf(node+" panicked", w.panicked)
	case w.exited:
		return &failure{message: node + ": the function" + endedLoop}
	case w.err != nil:
		return failureOf(node+": the deferred"+madeAt(w.view.Made)+" failed", w.err)
	default:
		return nil
	}
}

// unfinished says what w waits for, and cancels that.
func (s *Spec) unfinished(w *wait, what string) *failure {
	message := what + ".\n" + describePending(s.loop, w)
	var cancel func()
	if s.loop.call(func() { cancel = w.cancel }) && cancel != nil && !s.loop.attempt(func() { w.run(cancel) }) {
		message += "\nIt is being cancelled now, and the canceller has not returned for long."
	}
	return &failure{message: message}
}
