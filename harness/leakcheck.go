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

// peerCloseTime is how long an open connection is given to be closed by its peer. Only
// waiting shows that the peer does not close it, so this is long, for slow machines; only
// specs that leave connections open use it up.
const peerCloseTime = time.Second

// lingerTime is how long a reactor waits for a peer that does not close its side.
const lingerTime = 5 * time.Second

// begin has the spec hear of failures and logs until restore is called.
func (s *Spec) begin() {
	before, output, flags, prefix := slog.Default(), log.Writer(), log.Flags(), log.Prefix()
	s.watcher = deferred.Watch()
	slog.SetDefault(s.log)
	restoreDebug := deferred.SetDebug(true)
	restoreReporter := deferred.SetReporter(func(u deferred.Unhandled) {
		s.log.Warn("unhandled error in a deferred from before this spec", "error", u.Err)
	})
	s.restore = func() {
		slog.SetDefault(before) // which may leave the other log with the spec's
		log.SetOutput(output)
		log.SetFlags(flags)
		log.SetPrefix(prefix)
		s.recorder.close()
		restoreReporter()
		restoreDebug()
		s.watcher.Stop()
	}
}

// end ends the Spec: it looks for leaks, stops the reactor, restores what begin has
// changed, and fails the spec if there are leaks.
func (s *Spec) end() {
	leaks, lines, file := s.shutDown()
	failed := s.framework.failed()
	active.Lock()
	if err := s.goroutines.end(s.config.GracePeriod, failed); err != nil {
		leaks = append(leaks, leak{kind: Goroutines, what: "there are goroutines that were not there before", more: err.Error()})
	}
	active.Unlock()
	leaks = slices.DeleteFunc(leaks, func(l leak) bool { return s.allows(l.kind) != "" })
	if failed || len(leaks) > 0 {
		s.attachLog(lines, file)
	}
	switch {
	case len(leaks) == 0:
	case failed:
		s.framework.attach("left behind by a spec that had failed already", describeLeaks(leaks)+s.advice, true)
	default:
		s.framework.fail(&failure{message: describeLeaks(leaks) + s.advice})
	}
}

// shutDown looks for leaks, stops the reactor and restores what begin has changed, whatever
// the callbacks that still run do. It returns the leaks and the end of the log.
func (s *Spec) shutDown() (leaks []leak, lines, file string) {
	defer func() {
		lines, file = s.recorder.tail()
		s.restore()
		active.Lock()
		defer active.Unlock()
		active.spec = nil
	}()
	leaks = s.findLeaks()
	if err := s.loop.stop(); err != nil {
		leaks = append(leaks, s.leak(StuckLoop, err.Error()))
	}
	if len(leaks) == 0 {
		leaks = s.errors() // of the shutdown; or else they may come of what is left
	}
	return leaks, "", ""
}

// attachLog shows the end of the log, and how to run the spec again.
func (s *Spec) attachLog(lines, file string) {
	if lines != "" {
		where := ""
		if file != "" {
			where = "; all of it is in " + file
		}
		s.framework.attach("the end of the log"+where, lines, false)
	}
	if command := s.framework.rerunCommand(); command != "" {
		s.framework.attach("to repeat this spec", command, false)
	}
}

// leak makes a leak. If it is allowed, the log tells of it.
func (s *Spec) leak(kind LeakKind, what string) leak {
	if reason := s.allows(kind); reason != "" {
		s.log.Info("the spec leaves something behind", "kind", kind.String(), "what", what, "allowed because", reason)
	}
	return leak{kind: kind, what: what}
}

// findLeaks finds all that can be found before the reactor stops.
func (s *Spec) findLeaks() []leak {
	var leaks, open []leak
	stuck := func() []leak {
		return append(leaks, s.leak(StuckLoop, "a callback has not returned for long, and nothing else could be looked at"))
	}
	if !s.loop.iterate() || !s.loop.call(func() { leaks = s.outstanding(staysOpen) }) {
		leaks = s.errors()
		return stuck()
	}
	leaks = append(leaks, s.errors()...)
	s.loop.until(s.hasNo(isConnection), peerCloseTime)
	s.loop.until(s.hasNo(isClosing), lingerTime+s.config.GracePeriod)
	if !s.loop.call(func() { open = append(s.outstanding(isConnection), s.outstanding(isClosing)...) }) {
		return stuck()
	}
	leaks = append(leaks, open...)
	if len(leaks) == 0 {
		leaks = s.errors() // or else they may come of what is left, and add nothing
	}
	return leaks
}

// Each thing that is outstanding is one of these: it is being closed; it is a connection,
// which its peer may close; or it stays as it is.
func isClosing(o reactor.Outstanding) bool { return o.Closing }

func isConnection(o reactor.Outstanding) bool {
	return !o.Closing && o.Kind == reactor.OutstandingConnection
}

func staysOpen(o reactor.Outstanding) bool { return !isClosing(o) && !isConnection(o) }

var leakKinds = [...]LeakKind{
	reactor.OutstandingCall: DelayedCalls, reactor.OutstandingPort: Ports,
	reactor.OutstandingConnector: Connectors, reactor.OutstandingConnection: Connections,
}

// outstanding makes leaks of what the reactor has outstanding, for the loop. Delayed calls
// are cancelled, so that they do not run while more leaks are looked for.
func (s *Spec) outstanding(which func(reactor.Outstanding) bool) []leak {
	var leaks []leak
	for _, o := range s.loop.outstanding() {
		if !which(o) {
			continue
		}
		l := s.leak(leakKinds[o.Kind], o.What)
		l.place = requestedAt(o.Made)
		if o.Closing {
			l.place = ", and its closing does not end" + l.place
		}
		leaks = append(leaks, l)
		if o.Call != nil {
			_ = o.Call.Cancel() // it is active
		}
	}
	return leaks
}

// hasNo makes a function for the loop that reports whether nothing is outstanding of a
// kind. What is allowed does not count.
func (s *Spec) hasNo(which func(reactor.Outstanding) bool) func() bool {
	return func() bool {
		return !slices.ContainsFunc(s.loop.outstanding(), func(o reactor.Outstanding) bool {
			return which(o) && s.allows(leakKinds[o.Kind]) == ""
		})
	}
}

// errors makes leaks of the failures that nobody has handled and the errors that nobody
// has flushed.
func (s *Spec) errors() []leak {
	var leaks []leak
	for _, u := range s.watcher.Unhandled() {
		l := s.leak(UnhandledFailures, fmt.Sprintf("nobody has handled the failure %q of a deferred", u.Err))
		l.more = panicStack(u.Err)
		l.place = madeAt(u.Made)
		if u.Fired != "" {
			l.place += ", fired at " + callSite(u.Fired)
		}
		leaks = append(leaks, l)
	}
	for _, e := range s.recorder.take(func(*LoggedError) bool { return true }) {
		l := s.leak(LoggedErrors, fmt.Sprintf("%q was logged, and not flushed", e.Error()))
		l.more = panicStack(e.Err)
		if e.Where != "" {
			l.place = "; logged at " + e.Where
		}
		leaks = append(leaks, l)
	}
	return leaks
}

// panicStack is the stack of a panic that became an error.
func panicStack(err error) string {
	if panicked, ok := errors.AsType[*deferred.PanicError](err); ok {
		return string(panicked.Stack)
	}
	return ""
}
