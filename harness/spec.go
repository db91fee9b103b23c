package harness

import (
	"context"
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

// Spec is what one spec works with: a reactor, a log, and what the house is inspected
// for when the spec is over.
//
// Ginkgo runs one spec at a time in a process, and there is at most one Spec. It is
// made when a node first uses the harness: by [Await], by a body of [Async] or [Sync],
// or by handing one of these to DeferCleanup. It ends with a DeferCleanup of that node,
// so after all cleanups that are deferred later. Where the first use is in a BeforeAll
// or a BeforeSuite, it lives as long as what these set up: all specs of the container or
// the suite share it, and the house is inspected once, after the last. Where the
// first use is in a cleanup, which Ginkgo does not let have cleanups, it ends at once.
//
// Its methods may be called from any goroutine. What they return has its own rules:
// a reactor is for the loop goroutine.
type Spec struct {
	host     host
	config   Config // labels are applied where they are needed: specs may share a Spec
	loop     loop
	recorder *recorder
	log      *slog.Logger
	busy     atomic.Bool // somebody is in wait
	house    house

	mu      sync.Mutex // guards what follows
	allowed map[Dirt]string

	// The lock of active guards these.
	owner  types.SpecEvent // the node that the Spec was made in; zero if it is not Ginkgo's
	advice string          // for who has left something behind; may be empty
}

// active is the Spec that there is.
var active struct {
	sync.Mutex
	spec *Spec
}

// newSpec makes the Spec that there is from now on. It ends in a node of its own, or
// else on the same goroutine. The lock of active is held.
func newSpec(h host, config Config, ownNode bool) *Spec {
	s := &Spec{host: h, config: config.withDefaults(), allowed: map[Dirt]string{}}
	fake := s.config.labelled(h.labels()).Fake
	s.house.open(ownNode)
	s.recorder = newRecorder(s)
	s.log = slog.New(s.recorder.handler())
	s.house.watch(s)
	trace := reactor.Config{Logger: s.log, Trace: true}
	if fake {
		s.loop = newFakeLoop(trace, s.config.Patience, h.seed())
	} else {
		s.loop = newRealLoop(trace, s.config.Patience)
	}
	active.spec = s
	return s
}

// enter returns the Spec of the node that runs. What release has to do is to end it, if
// nobody else can.
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
	ownNode := mayClean(node.NodeType)
	s = newSpec(ginkgoHost{}, configuration(), ownNode)
	s.owner = node
	if !ownNode {
		return s, s.end
	}
	ginkgo.DeferCleanup(s.end)
	return s, func() {}
}

// prepare makes the Spec of the node that runs, if one does and has none yet: so what
// it is about to defer runs before the Spec ends.
func prepare() {
	active.Lock()
	defer active.Unlock()
	if active.spec != nil {
		return
	}
	if node, ok := runningNode(ginkgo.CurrentSpecReport()); ok && mayClean(node.NodeType) {
		s := newSpec(ginkgoHost{}, configuration(), true)
		s.owner = node
		ginkgo.DeferCleanup(s.end)
	}
}

// advise notes a mistake that is hard to see: BeforeEach nodes run before BeforeAll nodes,
// which then have to do with a Spec that lives as long as the first of their specs.
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

// Clock is the clock of a fake reactor. The spec fails if the reactor is a real one. What
// the clock itself is asked for is looked for when the house is inspected, as what the
// reactor is asked for; but give code under test the reactor for its clock: its callbacks
// may panic.
func (s *Spec) Clock() *fakes.Clock { return s.fake("Clock").clock }

// Network is the network of a fake reactor, whose host there is called "spec". The
// spec fails if the reactor is a real one. Other reactors may run on it, on whatever host:
// when the house is inspected, what they have been asked for is looked for, too, and they
// are stopped. Of blocking code ([fakes.Host.Listen], [fakes.Host.Dial]) only the goroutines are.
func (s *Spec) Network() *fakes.Network { return s.fake("Network").network }

func (s *Spec) fake(method string) *fakeLoop {
	l, ok := s.loop.(*fakeLoop)
	if !ok {
		s.host.raise(&verdict{message: fmt.Sprintf("there is no %s, since the reactor of this spec is a real one; "+
			"decorate the spec with harness.OnFakeReactor, or configure the suite with harness.Config{Fake: true}", method)})
	}
	return l
}

// Log is the log of the spec. It is slog.Default() too, as long as the Spec lives.
func (s *Spec) Log() *slog.Logger { return s.log }

// Timeout is how long each node may take that runs at present.
func (s *Spec) Timeout() time.Duration { return s.config.labelled(s.host.labels()).Timeout }

// wait has start called on the loop, and waits until w is over.
func (s *Spec) wait(ctx context.Context, w *wait, start func()) *verdict {
	if !s.busy.CompareAndSwap(false, true) {
		return &verdict{message: "another Await of this spec is still waiting, and there can be only one: " +
			"in a callback, return the deferred; to wait for several, use deferred.Gather"}
	}
	defer s.busy.Store(false)
	s.recorder.forgetPanic() // of before: it has been logged
	limit := s.Timeout()
	if l, ok := s.loop.(*realLoop); ok { // the other is this goroutine, and cannot be asked
		defer s.host.progress(func() string { return whatIsUp(l, w) })()
	}
	end, cause := s.loop.wait(ctx, w, limit, func() { w.guarded(start) }, s.recorder.panics)
	switch end {
	case isOver:
		return s.judge(w)
	case hasPanicked:
		return failure(s.host.node()+": a callback of the reactor panicked", cause)
	case hasStopped:
		return s.unfinished(w, "is waiting, but the reactor has stopped")
	case hasExited:
		return s.unfinished(w, "is waiting, but a callback"+exit)
	case isBlocked:
		return &verdict{message: s.host.node() + " cannot begin. " + busy}
	case isStuck:
		return s.unfinished(w, "waits for what can never happen: nothing is left that could")
	case isCancelled:
		return s.unfinished(w, fmt.Sprintf("is still running when its context ends (%v)", cause))
	default:
		return s.unfinished(w, fmt.Sprintf("is still running after %v", limit))
	}
}

// judge is called when w is over.
func (s *Spec) judge(w *wait) *verdict {
	switch {
	case w.panicked != nil:
		return failure(s.host.node()+" panicked", w.panicked)
	case w.exited:
		return &verdict{message: s.host.node() + ": the function" + exit}
	case w.err != nil:
		return failure(s.host.node()+": the deferred"+madeAt(w.view.Made)+" failed", w.err)
	default:
		return nil
	}
}

// What is said of callbacks that do what they should not.
const (
	exit = " has ended the loop's goroutine, as t.FailNow does, and with it the reactor: " +
		"on the loop, use t.Error, or fail the deferred"
	unstoppable = "the reactor does not stop"

	busy = "The loop is busy: a callback has not returned for long."
)

// unfinished says what w waits for, and has it end.
func (s *Spec) unfinished(w *wait, what string) *verdict {
	message := s.host.node() + " " + what + ".\n" + whatIsUp(s.loop, w)
	var cancel func()
	if s.loop.call(func() { cancel = w.cancel }) && cancel != nil && !s.loop.attempt(func() { w.guarded(cancel) }) {
		message += "\nIt is being cancelled now, and the canceller has not returned for long."
	}
	return &verdict{message: message}
}

// whatIsUp says what w waits for.
func whatIsUp(l loop, w *wait) string {
	about := ""
	if !l.call(func() { about = describeWait(w) + describeOutstanding(l.outstanding()) }) {
		return busy
	}
	return about
}

// deferredFailure is what is logged of failures that nobody has handled and that are
// older than the Spec.
func (s *Spec) deferredFailure(u deferred.Unhandled) {
	s.log.Warn("unhandled error in a deferred from before this spec", "error", u.Err)
}
