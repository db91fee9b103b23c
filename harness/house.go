package harness

import (
	"errors"
	"fmt"
	"log"
	"log/slog"
	"slices"
	"time"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// glance is how long what is open is given to be closed by its peer, who may have said so
// already: that something does not happen can only be seen by waiting, so this is long,
// for slow machines, and used up by those specs alone that leave connections open.
const glance = time.Second

// linger is how long a reactor waits for a peer that does not close its side.
const linger = 5 * time.Second

// house is what a Spec begins with, and puts back.
type house struct {
	goroutines goroutineCheck
	watcher    *deferred.Watcher
	restore    []func() // last in, first out
}

// open looks at who is there.
func (h *house) open(ownNode bool) { h.goroutines = beginGoroutineCheck(ownNode) }

// watch has the spec hear of everything.
func (h *house) watch(s *Spec) {
	h.watcher = deferred.Watch()
	before, output, flags, prefix := slog.Default(), log.Writer(), log.Flags(), log.Prefix()
	slog.SetDefault(s.log)
	h.restore = append(h.restore,
		h.watcher.Stop,
		deferred.SetDebug(true),
		deferred.SetReporter(s.deferredFailure),
		func() {
			slog.SetDefault(before) // which may leave the other log with the spec's
			log.SetOutput(output)
			log.SetFlags(flags)
			log.SetPrefix(prefix)
			s.recorder.close(before.Handler())
		})
}

func (h *house) close() {
	for _, restore := range slices.Backward(h.restore) {
		restore()
	}
	h.restore = nil
}

// end ends the Spec: it inspects the house, stops the reactor, puts everything back,
// and says what it has found.
func (s *Spec) end() {
	findings, lines, file := s.clear()
	failed := s.host.failed()
	active.Lock()
	if err := s.house.goroutines.end(s.config.Patience, failed); err != nil {
		findings = append(findings, finding{dirt: Goroutines, what: "there are goroutines that were not there before", more: err.Error()})
	}
	active.Unlock()
	findings = s.unless(findings)
	if failed || len(findings) > 0 {
		s.report(lines, file)
	}
	switch {
	case len(findings) == 0:
	case failed:
		s.host.attach("left behind by a spec that had failed already", accuse(findings)+s.advice, true)
	default:
		s.host.raise(&verdict{message: accuse(findings) + s.advice})
	}
}

// clear inspects the house, stops the reactor and puts everything back, whatever the
// callbacks that still run do. Besides what it has found, it returns the end of the log.
func (s *Spec) clear() (findings []finding, lines, file string) {
	defer func() {
		lines, file = s.recorder.tail()
		s.house.close()
		active.Lock()
		defer active.Unlock()
		active.spec = nil
	}()
	findings = s.inspect()
	if wrong := s.loop.stop(); wrong != "" {
		findings = append(findings, s.finding(StuckLoop, wrong))
	}
	if len(findings) == 0 {
		findings = s.errors() // of the shutdown; or else they may come of what is left
	}
	return findings, "", ""
}

// report shows the log, and how to repeat the spec.
func (s *Spec) report(lines, file string) {
	if lines != "" {
		where := ""
		if file != "" {
			where = "; all of it is in " + file
		}
		s.host.attach("the end of the log"+where, lines, false)
	}
	if command := s.host.repeat(); command != "" {
		s.host.attach("to repeat this spec", command, false)
	}
}

// unless drops the findings that are allowed.
func (s *Spec) unless(findings []finding) []finding {
	var left []finding
	for _, f := range findings {
		if !s.allows(f.dirt) {
			left = append(left, f)
		}
	}
	return left
}

// finding makes a finding. If it is allowed, the log tells of it.
func (s *Spec) finding(dirt Dirt, what string) finding {
	s.mu.Lock()
	reason := s.allowed[dirt]
	s.mu.Unlock()
	if reason != "" {
		s.log.Info("the spec leaves something behind", "kind", dirt.String(), "what", what, "allowed because", reason)
	}
	return finding{dirt: dirt, what: what}
}

// inspect finds all that can be found before the reactor stops.
func (s *Spec) inspect() []finding {
	stuck := func(findings []finding) []finding {
		return append(findings, s.finding(StuckLoop, "a callback has not returned for long, and nothing else could be looked at"))
	}
	var left, open []finding
	if !s.loop.turn() || !s.loop.call(func() { left = s.left() }) {
		return stuck(s.errors())
	}
	findings := append(left, s.errors()...)
	s.loop.until(s.isClosed(false), glance)
	s.loop.until(s.isClosed(true), linger+s.config.Patience)
	if !s.loop.call(func() { open = s.open() }) {
		return stuck(findings)
	}
	findings = append(findings, open...)
	if len(findings) == 0 {
		findings = s.errors() // or else they may come of what is left, and add nothing
	}
	return findings
}

var kindOf = [...]Dirt{
	reactor.OutstandingCall: DelayedCalls, reactor.OutstandingPort: Ports,
	reactor.OutstandingConnector: Connectors, reactor.OutstandingConnection: Connections,
}

// left finds what will not end by itself. Delayed calls are cancelled, so that they do
// not run while the rest is inspected.
func (s *Spec) left() []finding {
	var findings []finding
	for _, o := range s.loop.outstanding() {
		if o.Kind == reactor.OutstandingConnection || o.Closing {
			continue
		}
		findings = append(findings, s.outstanding(o))
		if o.Kind == reactor.OutstandingCall {
			_ = o.Call.Cancel() // it is active
		}
	}
	return findings
}

// open finds the connections that are open, and what does not close.
func (s *Spec) open() []finding {
	var findings []finding
	for _, o := range s.loop.outstanding() {
		if o.Kind == reactor.OutstandingConnection || o.Closing {
			findings = append(findings, s.outstanding(o))
		}
	}
	return findings
}

// outstanding makes a finding of what is not over.
func (s *Spec) outstanding(o reactor.Outstanding) finding {
	f := s.finding(kindOf[o.Kind], o.What)
	f.place = asked(o.Made)
	if o.Closing {
		f.place = ", and its closing does not end" + f.place
	}
	return f
}

// errors finds failures and errors.
func (s *Spec) errors() []finding {
	var findings []finding
	for _, u := range s.house.watcher.Unhandled() {
		findings = append(findings, s.unhandled(u))
	}
	for _, e := range s.recorder.take(func(*LoggedError) bool { return true }) {
		findings = append(findings, s.logged(e))
	}
	return findings
}

// isClosed makes a function that tells whether nothing is left that is closing, or
// no connection that is not. What is allowed does not count.
func (s *Spec) isClosed(closing bool) func() bool {
	return func() bool {
		for _, o := range s.loop.outstanding() {
			if o.Closing == closing && (closing || o.Kind == reactor.OutstandingConnection) && !s.allows(kindOf[o.Kind]) {
				return false
			}
		}
		return true
	}
}

// unhandled makes a finding of a failure.
func (s *Spec) unhandled(u deferred.Unhandled) finding {
	f := s.finding(UnhandledFailures, fmt.Sprintf("nobody has handled the failure %q of a deferred", u.Err))
	f.more = stackOf(u.Err)
	if u.Made != "" {
		f.place = madeAt(u.Made)
	}
	if u.Fired != "" {
		f.place += ", fired at " + place(u.Fired)
	}
	return f
}

// logged makes a finding of a logged error.
func (s *Spec) logged(e *LoggedError) finding {
	f := s.finding(LoggedErrors, fmt.Sprintf("%q was logged, and not flushed", e.Error()))
	if e.Where != "" {
		f.place = "; logged at " + e.Where
	}
	f.more = stackOf(e.Err)
	return f
}

// stackOf is the stack of a panic that became an error.
func stackOf(err error) string {
	if panicked, ok := errors.AsType[*deferred.PanicError](err); ok {
		return string(panicked.Stack)
	}
	return ""
}
