package conformance

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// Options are how a Judge works. The zero value is the default.
type Options struct {
	Timeout  time.Duration // the longest a case may take; default 60 s
	Patience Patience
	Seed     uint64 // of every random choice

	// Quick skips the requirements whose checks last longer than QuickMost.
	Quick bool

	// Network is what cases make connections on; default [TCP].
	Network Network

	// Limits may be shared by judges that work at the same time.
	Limits *Limits
}

// Judge judges one target of one role, requirement by requirement. Its methods may be
// called from any goroutine.
type Judge struct {
	role    Role
	target  Target
	options Options
	network Network
	history history
	pool    *pool

	trying mutex
	tried  bool  // whether the target can be run
	notRun error // why it cannot
}

// NewJudge returns a judge of one target.
func NewJudge(role Role, target Target, options Options) *Judge {
	if options.Timeout == 0 {
		options.Timeout = 60 * time.Second
	}
	options.Patience = options.Patience.withDefaults().within(options.Timeout / 2)
	if options.Limits == nil {
		options.Limits = NewLimits()
	}
	if options.Network == nil {
		options.Network = TCP{}
	}
	j := &Judge{role: role, target: target, options: options, network: options.Network, trying: newMutex()}
	j.pool = newPool(target, role.Baseline)
	j.pool.start = j.startRunning
	j.pool.hopeless = func() bool { return j.history.silent.Load() && !j.history.works.Load() }
	return j
}

// Close stops every instance that the judge started and closes the target.
func (j *Judge) Close() error { return errors.Join(j.pool.stopShared(), j.target.Close()) }

// Start makes sure that the target can be judged at all, by starting it with the
// role's baseline. It does so once; from then on it returns what came of that. The error
// is a *StartError if the program is to blame.
func (j *Judge) Start(ctx context.Context) error {
	j.trying.lock()
	defer j.trying.unlock()
	if j.tried {
		return j.notRun
	}
	var err error
	if j.role.Try != nil {
		err = j.try(ctx)
	} else {
		_, err = j.pool.sharedInstance(ctx, nil)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // which says nothing about the target
	}
	j.tried, j.notRun = true, err
	return err
}

// try sees whether a program that runs once can be run at all.
func (j *Judge) try(ctx context.Context) error {
	var notRun error
	result, _ := j.run(ctx, Requirement{Slug: "try", Instance: StartedByCheck, Check: func(c *Case) { notRun = j.role.Try(c) }}, nil, func() {})
	switch result.Why {
	case Broken:
		return errors.New(result.Message)
	case Interrupted:
		return ctx.Err()
	default:
		return notRun
	}
}

// Judge runs one requirement's check and returns its result.
func (j *Judge) Judge(ctx context.Context, r Requirement) Result {
	started := now()
	result := j.judge(ctx, r)
	result.ID, result.Level = j.role.ID(r.Slug), r.Level
	result.Statement, result.Source = r.Statement, r.Source.String()
	result.Seconds = now().Sub(started).Seconds()
	return result
}

func (j *Judge) judge(ctx context.Context, r Requirement) Result {
	if j.options.Quick && r.Lasts > QuickMost {
		return skipped(Filtered, fmt.Sprintf("left out of a quick run: it takes %v", r.Lasts))
	}
	if ctx.Err() != nil {
		return skipped(Interrupted, interrupted)
	}
	switch err := j.Start(ctx); {
	case ctx.Err() != nil:
		return skipped(Interrupted, interrupted)
	case err != nil:
		return skipped(Unsupported, "the target could not be run: "+err.Error())
	}
	if reason := j.lacks(r); reason != "" {
		return skipped(Unsupported, reason)
	}
	has, none := j.options.Limits.acquire(ctx, r)
	if none != nil {
		return *none
	}
	defer has.release()
	for how := j.pool.placing(r.Instance); ; {
		result, died, err := j.attempt(ctx, r, how, has.idle)
		switch {
		case endedAtStart(err) && how != alone && !j.pool.runsTwice(ctx):
			how = alone
		case err != nil:
			return notStarted(ctx, r, err)
		case how == beside && (died || result.late) && !j.target.Single():
			how = j.pool.placing(Dedicated) // neither may be this case's own doing
		default:
			return result
		}
	}
}

// lacks returns why the target cannot be given what a requirement needs, or "".
func (j *Judge) lacks(r Requirement) string {
	if reason := j.cannotTell(r.Launch); reason != "" {
		return reason
	}
	for _, need := range r.Needs {
		if reason := j.target.Lacks(need); reason != "" {
			return reason
		}
	}
	return ""
}

// cannotTell returns why the program cannot be told one of the variables of a launch that
// are not in the role's baseline, or "".
func (j *Judge) cannotTell(l Launch) string {
	for _, name := range slices.Sorted(maps.Keys(l)) { // or the reason would not always be the same
		if _, usual := j.role.Baseline[name]; usual {
			continue
		}
		if reason := j.target.Lacks(NeedVariable(name)); reason != "" {
			return reason
		}
	}
	return ""
}

// attempt runs a check with an instance in its place, and reports whether the instance
// died meanwhile. The error is that of a start.
func (j *Judge) attempt(ctx context.Context, r Requirement, how placing, idle func()) (Result, bool, error) {
	on, giveBack, err := j.pool.take(ctx, r, how)
	if err != nil {
		return Result{}, false, err
	}
	result, died := j.run(ctx, r, on, idle)
	if died && how != beside && result.Outcome == Pass {
		result.Outcome = Fail
		result.Message = "expected: a program that goes on running\nseen:     it ended during this case: " + on.Exit().How
	}
	if err := giveBack(); err != nil && result.Outcome != Fail {
		result = skipped(Broken, fmt.Sprintf("the target could not be stopped: %v", err))
	}
	return result, died, nil
}

// notStarted is the result where the target starts with the baseline, but not with
// this requirement's launch.
func notStarted(ctx context.Context, r Requirement, err error) Result {
	var failed *StartError
	switch {
	case ctx.Err() != nil:
		return skipped(Interrupted, interrupted)
	case errors.As(err, &failed):
		expected := "the target starts"
		if about := r.Launch.About(); about != "" {
			expected += " with " + about
		}
		return Result{Outcome: Fail, Message: fmt.Sprintf("expected: %s\nseen:     %s", expected, failed.Reason), Output: failed.Output}
	default:
		return skipped(Broken, err.Error())
	}
}

// start starts the target with a launch, and the role's baseline where that says nothing.
// Only so many starts go on at a time: one that serves has started when it listens; for
// one that runs once, until calls release when it has.
func (j *Judge) start(ctx context.Context, l Launch, until func(started *Instance, release func())) (*Instance, error) {
	if err := j.options.Limits.starts.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	release := func() { j.options.Limits.starts.Release(1) }
	instance, err := j.target.Start(ctx, j.pool.full(l))
	if err == nil && j.role.Lifetime == RunsOnce {
		until(instance, release)
		return instance, nil
	}
	release()
	return instance, err
}

func (j *Judge) startRunning(ctx context.Context, l Launch) (*running, error) {
	instance, err := j.start(ctx, l, nil)
	if err != nil {
		return nil, err
	}
	if instance.WasSilent {
		j.history.silent.Store(true)
	}
	return &running{instance, j.newActivity(instance.Busy)}, nil
}

func (j *Judge) newActivity(busy func() (computed, starved time.Duration)) *activity {
	return &activity{history: &j.history, patience: j.options.Patience, busy: busy}
}

// run runs a check, with an instance or, if that is nil, without. It reports whether the
// instance ended meanwhile without having been told to. Idle is called when the programs
// that the check has started do nothing but wait.
func (j *Judge) run(ctx context.Context, r Requirement, on *running, idle func()) (Result, bool) {
	ctx, cancel := context.WithTimeout(ctx, j.options.Timeout)
	defer cancel()
	c := &Case{
		ctx: ctx, requirement: r, judge: j, recorder: newRecorder(), accepted: make(chan struct{}, 1), closers: map[int]func(){}, idle: idle,
		rand: rand.New(rand.NewPCG(j.options.Seed, hash(j.role.ID(r.Slug)))), //nolint:gosec // a repeatable source is wanted
	}
	if on != nil {
		c.instance, c.activity = on.Instance, on.activity
		if reason := on.unsuited(r); reason != "" {
			return skipped(Unsupported, reason), false
		}
	} else {
		c.activity = j.newActivity(c.busy)
		c.activity.starts = true
	}
	release := context.AfterFunc(ctx, c.closeAll) // ends every read and write
	result := c.check()
	release()
	c.closeAll()
	c.workers.Wait()
	for _, p := range c.started {
		if result.Outcome == Fail && result.Output == "" {
			result.Output = p.Output().Log
		}
		if err := p.Stop(); err != nil && result.Outcome != Fail {
			result = skipped(Broken, fmt.Sprintf("a program could not be stopped: %v", err))
		}
	}
	died := on != nil && c.died(result.Outcome)
	if died && result.Outcome == Fail {
		result.Message += "\nmeanwhile, the target ended: " + on.Exit().How
	}
	result.Transcript = c.recorder.transcript()
	if on != nil && result.Outcome == Fail {
		result.Output = on.Output().Log
	}
	return result, died
}

// died reports whether the instance has ended without having been told to. The end of a
// process may come to be known a moment after the end of its connections, so a case that
// failed waits for that moment.
func (c *Case) died(outcome Outcome) bool {
	if c.expected {
		return false
	}
	moment := time.Duration(0)
	if outcome == Fail {
		moment = 200 * time.Millisecond
	}
	if !hasEnded(c.instance.Process, moment) {
		return false
	}
	c.recorder.note("", "the target ended: %s", c.instance.Exit().How)
	return true
}

// unsuited returns why the files that an instance has of its own are none that the
// requirement can be judged with, or "".
func (i *Instance) unsuited(r Requirement) string {
	for name, value := range r.Launch {
		wanted, ok := value.File()
		has, known := i.Launch[name].File()
		if ok && known && wanted.Suits != nil && !wanted.Suits(has.Bytes()) {
			return "needs " + wanted.About + ", and the target has what it has"
		}
	}
	return ""
}

// check runs the check function and turns the way it ended into a result.
func (c *Case) check() (result Result) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case aborted:
			result = Result{Outcome: r.outcome, Why: r.why, Message: r.message, late: r.late}
		default:
			result = skipped(Broken, fmt.Sprintf("the check itself is broken, which is a fault of Scansion: %v", r))
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
