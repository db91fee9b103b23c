package conformance

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options are how a Judge works. The zero value is the default.
type Options struct {
	Timeout  time.Duration // the longest a case may take; default 60 s
	Patience Patience
	Seed     uint64 // of every random choice

	// Quick skips the requirements whose checks last longer than QuickMost.
	Quick bool

	// Limits may be shared by judges that work at the same time.
	Limits *Limits
}

// Judge judges one target, requirement by requirement. It keeps a running
// instance for each fixture and shares it between cases. Its methods may be
// called from any goroutine.
type Judge struct {
	target  Target
	control Fixture
	options Options
	repute  repute

	gate    *gate       // for cases on a single target
	house   house       // for cases on the others
	started atomic.Bool // the control has been started

	mu     sync.Mutex
	shared map[string]*slot // by fixture
}

// slot is the place of a shared instance.
type slot struct {
	mu      sync.Mutex
	running *running
	err     error
}

// mute is implemented by instances whose target has let somebody wait in vain
// before the first case.
type mute interface{ Mute() bool }

// starver is implemented by instances that can tell how long the program was ready to
// run, so far, without being run.
type starver interface{ Starved() time.Duration }

// running is an instance with its pulse.
type running struct {
	Instance
	pulse *pulse

	mu       sync.Mutex
	expected bool // the check ends the instance itself
}

func (r *running) expectExit() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expected = true
}

// died reports whether the instance has ended without having been told to. The
// end of a process may come to be known a moment after the end of its
// connections, so a case that failed waits for that moment.
func (r *running) died(wait time.Duration) bool {
	r.mu.Lock()
	expected := r.expected
	r.mu.Unlock()
	if expected {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-r.Exited():
		return true
	default:
	}
	select {
	case <-r.Exited():
		return true
	case <-timer.C:
		return false
	}
}

// NewJudge returns a judge of one target. The control is the fixture that every
// program of the role must be able to start with.
func NewJudge(target Target, control Fixture, options Options) *Judge {
	if options.Timeout == 0 {
		options.Timeout = 60 * time.Second
	}
	options.Patience = options.Patience.withDefaults().within(options.Timeout / 2)
	if options.Limits == nil {
		options.Limits = NewLimits()
	}
	j := &Judge{target: target, control: control, options: options, shared: map[string]*slot{}}
	j.gate = newGate(func() bool { return j.repute.silent.Load() && !j.repute.proven.Load() })
	return j
}

// Close stops every instance that the judge started and closes the target.
func (j *Judge) Close() error {
	return errors.Join(j.stopShared(), j.target.Close())
}

// stopShared stops every instance that no case has for itself.
func (j *Judge) stopShared() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var group errgroup.Group
	for _, s := range j.shared {
		group.Go(func() error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.running == nil {
				return nil
			}
			return s.running.Stop()
		})
	}
	j.shared = map[string]*slot{}
	return group.Wait()
}

// Start makes sure that the target can be judged at all, by starting it with the
// control. The error is a *StartError if the program is to blame.
func (j *Judge) Start(ctx context.Context) error {
	if j.started.Load() {
		return nil
	}
	if _, err := j.acquire(ctx, j.control); err != nil {
		return err
	}
	j.started.Store(true)
	return nil
}

// Judge runs one requirement's check and returns its result.
func (j *Judge) Judge(ctx context.Context, r Requirement) Result {
	started := now()
	result := j.judge(ctx, r)
	result.ID, result.Role, result.Level = r.ID, r.Role, r.Level
	result.Statement, result.Source = r.Statement, r.Source.String()
	result.Seconds = now().Sub(started).Seconds()
	return result
}

func (j *Judge) judge(ctx context.Context, r Requirement) Result {
	if j.options.Quick && r.Lasts > QuickMost {
		return Result{Outcome: Skip, Message: fmt.Sprintf("left out of a quick run: it takes %v", r.Lasts)}
	}
	if ctx.Err() != nil {
		return Result{Outcome: Skip, Message: interrupted}
	}
	if err := j.Start(ctx); err != nil {
		return Result{Outcome: Skip, Message: "the target could not be run: " + err.Error()}
	}
	if reason := j.target.Lacks(r.Needs); reason != "" {
		return Result{Outcome: Skip, Message: reason}
	}
	release, reason := j.options.Limits.acquire(ctx, r)
	if reason != "" {
		return Result{Outcome: Skip, Message: reason}
	}
	defer release()
	if j.target.Single() {
		return j.single(ctx, r)
	}
	result, err := j.beside(ctx, r)
	if errors.Is(err, errSolo) {
		result, err = j.alone(ctx, r)
	}
	if err != nil {
		return notStarted(ctx, r, err)
	}
	return result
}

// sharedOrOwn judges with the instance that cases share, or, where that does not tell,
// with one of the case's own. The error is that of a start.
func (j *Judge) sharedOrOwn(ctx context.Context, r Requirement) (Result, error) {
	if !r.Alone {
		running, err := j.acquire(ctx, r.Fixture)
		if err != nil {
			return Result{}, err
		}
		result, died := j.run(ctx, r, running)
		if !died && !result.late { // neither of which may be this case's own doing
			return result, nil
		}
	}
	return j.own(ctx, r)
}

// own judges with an instance of the case's own. The error is that of the start.
func (j *Judge) own(ctx context.Context, r Requirement) (Result, error) {
	running, err := j.start(ctx, Setup{Fixture: r.Fixture})
	if err != nil {
		return Result{}, err
	}
	result, died := j.run(ctx, r, running)
	if died && result.Outcome == Pass {
		result.Outcome = Fail
		result.Message = "expected: a program that goes on running\nseen:     it ended during this case: " + running.Exit().How
	}
	if err := running.Stop(); err != nil && result.Outcome != Fail {
		return Result{Outcome: Skip, Broken: true, Message: fmt.Sprintf("the target could not be stopped: %v", err)}, nil
	}
	return result, nil
}

// single judges with the one instance that there is. Cases that could disturb
// others run while no other does, unless the target has let one wait in vain and has
// never been seen to work: then there is nothing to disturb, and waits may overlap.
func (j *Judge) single(ctx context.Context, r Requirement) Result {
	running, err := j.acquire(ctx, r.Fixture)
	if err != nil {
		return notStarted(ctx, r, err)
	}
	defer j.gate.enter(r.Alone)()
	result, _ := j.run(ctx, r, running)
	return result
}

// notStarted is the result where the target starts with the control, but not with
// this requirement's fixture.
func notStarted(ctx context.Context, r Requirement, err error) Result {
	var failed *StartError
	switch {
	case ctx.Err() != nil:
		return Result{Outcome: Skip, Message: interrupted}
	case errors.As(err, &failed):
		return Result{
			Outcome: Fail,
			Message: fmt.Sprintf("expected: the target starts and serves %s\nseen:     %s", r.Fixture.About, failed.Reason),
			Output:  failed.Output,
		}
	default:
		return Result{Outcome: Skip, Broken: true, Message: err.Error()}
	}
}

// acquire returns the shared instance for a fixture, starting or restarting it
// where needed.
func (j *Judge) acquire(ctx context.Context, f Fixture) (*running, error) {
	name := f.Name
	if j.target.Single() {
		name = j.control.Name
	}
	j.mu.Lock()
	s := j.shared[name]
	if s == nil {
		s = &slot{}
		j.shared[name] = s
	}
	j.mu.Unlock()

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil && s.running.died(0) {
		if err := s.running.Stop(); err != nil {
			return nil, err
		}
		s.running = nil
	}
	if s.running == nil && s.err == nil {
		s.running, s.err = j.start(ctx, Setup{Fixture: f})
	}
	if err := s.err; err != nil {
		if ctx.Err() != nil {
			s.err = nil // this case was interrupted, not the target at fault
		}
		return nil, err
	}
	return s.running, nil
}

func (j *Judge) start(ctx context.Context, setup Setup) (*running, error) {
	if err := j.options.Limits.starts.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer j.options.Limits.starts.Release(1)
	instance, err := j.target.Start(ctx, setup)
	if err != nil {
		return nil, err
	}
	if m, ok := instance.(mute); ok && m.Mute() {
		j.repute.silent.Store(true)
	}
	pulse := &pulse{repute: &j.repute, patience: j.options.Patience}
	if s, ok := instance.(starver); ok {
		pulse.starved = s.Starved
	}
	return &running{Instance: instance, pulse: pulse}, nil
}

// run runs a check, and reports whether the instance died meanwhile.
func (j *Judge) run(ctx context.Context, r Requirement, on *running) (Result, bool) {
	if suits := r.Fixture.Suits; suits != nil && !suits(on.Poem()) {
		return Result{Outcome: Skip, Message: "needs " + r.Fixture.About + ", and the target serves what it serves"}, false
	}
	ctx, cancel := context.WithTimeout(ctx, j.options.Timeout)
	defer cancel()
	c := &Case{
		ctx: ctx, requirement: r, judge: j, running: on,
		transcript: newTranscript(),
		rand:       rand.New(rand.NewPCG(j.options.Seed, hash(r.ID))), //nolint:gosec // a repeatable source is wanted
	}
	release := context.AfterFunc(ctx, c.closeAll) // ends every read and write
	result := c.check()
	release()
	c.closeAll()
	for _, extra := range c.started {
		if err := extra.Stop(); err != nil && result.Outcome != Fail {
			result = Result{Outcome: Skip, Broken: true, Message: fmt.Sprintf("an instance could not be stopped: %v", err)}
		}
	}
	wait := time.Duration(0)
	if result.Outcome == Fail {
		wait = 200 * time.Millisecond
	}
	died := on.died(wait)
	if died {
		c.transcript.note(0, "the target ended: %s", on.Exit().How)
		if result.Outcome == Fail {
			result.Message += "\nmeanwhile, the target ended: " + on.Exit().How
		}
	}
	result.Transcript = c.transcript.String()
	if result.Outcome == Fail {
		result.Output = on.Output()
	}
	return result, died
}

// check runs the check function and turns the way it ended into a result.
func (c *Case) check() (result Result) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case aborted:
			result = Result{Outcome: r.outcome, Message: r.message, late: r.late}
		default:
			result = Result{Outcome: Skip, Broken: true, Message: fmt.Sprintf("the check itself is broken, which is a fault of Scansion: %v", r)}
		}
	}()
	c.requirement.Check(c)
	return Result{Outcome: Pass}
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum64()
}
