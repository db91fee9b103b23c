package conformance

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// placing is how a case shares the target with others.
type placing int

const (
	beside    placing = iota // with an instance that others use too
	dedicated                // with an instance of its own, while others have theirs
	alone                    // while no other case has any
)

// running is an instance and its activity.
type running struct {
	*Instance
	activity *activity
}

// pool has the running instances of a target: for each launch one that is shared, and
// those of cases that have their own.
type pool struct {
	target   Target
	baseline Launch
	start    func(context.Context, Launch) (*running, error)

	// hopeless reports whether the target has been silent and never seen to work: then
	// there is nothing to disturb, and no case need be alone. It changes, if at all,
	// before a case gives its instance back.
	hopeless func() bool

	mu       sync.Mutex
	returned *sync.Cond // a case has given back what it had
	cases    int        // that have an instance
	locked   bool       // by the only one
	shared   map[string]*slot
	solo     bool // the program cannot run twice at a time
	twice    bool // it can
}

// slot is the place of a shared instance.
type slot struct {
	mu      mutex
	running *running
	err     error
}

func newPool(target Target, baseline Launch) *pool {
	p := &pool{target: target, baseline: baseline, shared: map[string]*slot{}}
	p.returned = sync.NewCond(&p.mu)
	return p
}

// placing returns how a case of a requirement shares the target.
func (p *pool) placing(use Use) placing {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case use == Shared && !p.solo:
		return beside
	case p.solo || p.target.Single():
		return alone
	default:
		return dedicated
	}
}

// take returns an instance, or nil if the check starts its own, and how to give it back.
func (p *pool) take(ctx context.Context, r Requirement, how placing) (run *running, giveBack func() error, err error) {
	leave := p.enter(how == alone)
	giveBack = func() error { leave(); return nil }
	switch {
	case p.target.Single():
		run, err = p.sharedInstance(ctx, nil)
	case how == beside && r.Instance != StartedByCheck:
		run, err = p.sharedInstance(ctx, r.Launch)
	default:
		if how == alone {
			err = p.stopShared()
		}
		if err == nil && r.Instance != StartedByCheck {
			run, err = p.start(ctx, p.full(r.Launch))
			giveBack = func() error {
				defer leave()
				return run.Stop()
			}
		}
	}
	if err != nil {
		leave()
	}
	return run, giveBack, err
}

// enter waits until there is room for a case, and returns how it leaves.
func (p *pool) enter(only bool) (leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// A program that cannot run twice needs room even if nothing can be disturbed.
	needsRoom := func() bool { return only && (p.solo || !p.hopeless()) }
	for p.locked || (needsRoom() && p.cases > 0) {
		p.returned.Wait()
	}
	p.locked = needsRoom()
	p.cases++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.cases--
		p.locked = false // there is nobody else if it was
		p.returned.Broadcast()
	}
}

// full is the baseline, with what a launch has in its place or besides.
func (p *pool) full(l Launch) Launch {
	all := maps.Clone(p.baseline)
	if all == nil {
		all = Launch{}
	}
	maps.Copy(all, l)
	return all
}

// sharedInstance returns the instance that cases with that launch share, starting or
// restarting it where needed.
func (p *pool) sharedInstance(ctx context.Context, l Launch) (*running, error) {
	l = p.full(l)
	p.mu.Lock()
	s := p.shared[l.key()]
	if s == nil {
		s = &slot{mu: newMutex()}
		p.shared[l.key()] = s
	}
	p.mu.Unlock()

	s.mu.lock()
	defer s.mu.unlock()
	if s.running != nil && hasEnded(s.running.Process, 0) {
		if err := s.running.Stop(); err != nil {
			return nil, err
		}
		s.running = nil
	}
	if s.running == nil && s.err == nil {
		s.running, s.err = p.start(ctx, l)
	}
	if err := s.err; err != nil {
		var failed *StartError
		if ctx.Err() != nil || !errors.As(err, &failed) {
			s.err = nil // this case was interrupted, or we were short of something: another start may do better
		}
		return nil, err
	}
	return s.running, nil
}

// stopShared stops every instance that no case has for itself.
func (p *pool) stopShared() error {
	p.mu.Lock()
	slots := p.shared
	p.shared = map[string]*slot{}
	p.mu.Unlock()
	var group errgroup.Group
	for _, s := range slots {
		group.Go(func() error {
			s.mu.lock()
			defer s.mu.unlock()
			if s.running == nil {
				return nil
			}
			return s.running.Stop()
		})
	}
	return group.Wait()
}

// runsTwice reports whether the program can run beside itself with the baseline, with
// which it can run: if it can, what it does not start with is to blame. A second one that
// neither starts nor ends shows nothing.
func (p *pool) runsTwice(ctx context.Context) bool {
	defer p.enter(false)() // while another case is alone, a start proves nothing
	p.mu.Lock()
	solo, known := p.solo, p.solo || p.twice
	p.mu.Unlock()
	if known {
		return !solo
	}
	first, err := p.sharedInstance(ctx, nil)
	if err != nil {
		return true
	}
	second, err := p.start(ctx, p.full(nil))
	if err == nil {
		_ = second.Stop() // if that cannot be done, the target's end will tell
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.twice = p.twice || err == nil
	p.solo = p.solo || (endedAtStart(err) && !hasEnded(first.Process, 0))
	return !p.solo
}

// endedAtStart reports whether the program ended when it was started.
func endedAtStart(err error) bool {
	var failed *StartError
	return errors.As(err, &failed) && failed.Exit != nil
}

// hasEnded reports whether a process has ended, or does within a time.
func hasEnded(p Process, within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-p.Exited():
		return true
	default:
	}
	select {
	case <-p.Exited():
		return true
	case <-timer.C:
		return false
	}
}
