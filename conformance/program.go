package conformance

import (
	"errors"
	"os"
	"slices"
	"time"

	"scansion/internal/patience"
)

// Program is a program under test that a check has started itself, or the instance that
// the requirement asks for. It ends with the case.
type Program struct {
	*Instance
	c *Case
}

// Instance is the program that the requirement asks for.
func (c *Case) Instance() *Program { return &Program{c.instance, c} }

// Start starts the target. One that serves is ready for clients. That it does not start
// is a failure.
func (c *Case) Start(l Launch) *Program {
	p, err := c.TryStart(l)
	if err != nil {
		c.Wrong("a program that starts", err.Error())
	}
	return p
}

// TryStart is Start for checks to which it is an answer that the program does not start.
// The error is a *StartError.
func (c *Case) TryStart(l Launch) (*Program, error) {
	if reason := c.judge.cannotTell(l); reason != "" && c.judge.role.Lifetime != RunsOnce {
		c.Unsupported("%s", reason)
	}
	instance, err := c.judge.start(c.ctx, l, c.untilSign)
	p := &Program{instance, c}
	if err == nil {
		c.mu.Lock()
		c.started = append(c.started, p) // whatever comes next, it is stopped with the case
		c.mu.Unlock()
	}
	c.checkTime()
	if failed := (*StartError)(nil); errors.As(err, &failed) {
		c.recorder.note("", "did not start: %v", failed)
		return nil, failed
	}
	c.Must(err)
	c.recorder.note("", "the program was started")
	return p, nil
}

// signWithin is how long a program that runs once is given to connect to somebody, before
// others are started. It is longer by as much as the program computes or is kept from it.
const signWithin = 2 * time.Second

// untilSign calls release once a program that has just been started connects to somebody,
// ends, or has had some time to: where many start at once, none gets anywhere.
func (c *Case) untilSign(started *Instance, release func()) {
	select {
	case <-c.accepted: // from a program before this one
	default:
	}
	over := make(chan struct{})
	c.closeWithCase(func() { close(over) })
	sign := patience.New(patience.Config{
		Silence: patience.Always(signWithin), Busy: started.Busy, MostComputed: mostComputed, MostStarved: mostStarvedAtStart,
	})
	c.workers.Go(func() {
		defer release()
		defer sign.Stop()
		for {
			select {
			case <-started.Exited():
				return
			case <-c.accepted:
				return
			case <-over:
				return
			case <-sign.C():
				if sign.Over() {
					return
				}
			}
		}
	})
}

// busy adds up how busy the programs are that the check has started.
func (c *Case) busy() (computed, starved time.Duration) {
	c.mu.Lock()
	started := slices.Clone(c.started)
	c.mu.Unlock()
	for _, p := range started {
		if p.Busy != nil {
			of, kept := p.Busy()
			computed, starved = computed+of, starved+kept
		}
	}
	return computed, starved
}

// ended returns a channel that is closed once one of the programs has ended that the check
// has started and that still ran, and whether there was such a one. If there was none, but
// there have been programs, the channel is closed; otherwise it is nil.
func (c *Case) ended() (one <-chan struct{}, running bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.started {
		one = p.Exited()
		select {
		case <-one:
		default:
			return one, true
		}
	}
	return one, false
}

// whyNothing says, of programs from which nothing came, whether they still run.
func (c *Case) whyNothing() string {
	if one, running := c.ended(); one == nil || running {
		return "though the program runs"
	}
	return "and the program ended: " + c.started[len(c.started)-1].Exit().How
}

// Dial connects to the program. Not being able to is a failure.
func (p *Program) Dial(o DialOptions) *Conn { return p.c.dial(p.Instance, o) }

// endMoment is how long it may take until the end of a process comes to be known: its
// outputs are read first, and meanwhile it is not busy any more.
const endMoment = 500 * time.Millisecond

// Wait waits until the program has ended, and returns how, and whether it did before it
// had been silent for as long as the judge is patient.
func (p *Program) Wait() (Exit, bool) {
	wait := p.c.activity.wait(false)
	came, waited := p.c.await(wait, p.Exited(), nil), now().Sub(wait.start)
	if came < 0 && !hasEnded(p.Process, endMoment) {
		p.c.recorder.note("", "the program is still running after %v", waited.Round(time.Millisecond))
		return Exit{}, false
	}
	p.c.activity.seen()
	p.c.activity.works.Store(true)
	p.c.recorder.note("", "the program ended: %s", p.Exit().How)
	return p.Exit(), true
}

// ExpectEnd fails the case unless the program ends, and returns how it did.
func (p *Program) ExpectEnd() Exit {
	exit, ended := p.Wait()
	if !ended {
		p.c.Wrong("a program that ends", "one that is still running")
	}
	return exit
}

// StopWith sends the program a signal and waits until it has ended. It returns how
// it ended and how long that took, or false if it did not end within limit.
func (p *Program) StopWith(signal os.Signal, limit time.Duration) (Exit, time.Duration, bool) {
	p.expectEnd()
	start := now()
	p.c.recorder.note("", "the program is sent %v", signal)
	p.c.Must(p.Signals.Signal(signal))
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.Exited():
		took := now().Sub(start)
		p.c.recorder.note("", "the program ended: %s", p.Exit().How)
		return p.Exit(), took, true
	case <-timer.C:
		return Exit{}, limit, false
	case <-p.c.ctx.Done():
		p.c.checkTime()
		return Exit{}, 0, false
	}
}

// SignalMain sends a signal to the program's main process alone, as those do who started
// it and know no other, and expects its end. It ends the case where the main process is
// not the server: what it is and does is then not the server's doing.
func (p *Program) SignalMain(signal os.Signal) {
	p.expectEnd()
	p.c.recorder.note("", "the program's main process is sent %v", signal)
	pointless, err := p.Signals.SignalMain(signal)
	p.c.Must(err)
	if pointless != "" {
		p.c.Unsupported("could not be judged: %s", pointless)
	}
}

// End stops the program, for checks that go on without it.
func (p *Program) End() {
	p.expectEnd()
	p.c.Must(p.Stop())
	p.c.recorder.note("", "the program was stopped: %s", p.Exit().How)
}

// Count counts what the program holds now.
func (p *Program) Count() Usage {
	usage, err := p.Usage()
	if err != nil {
		p.c.Inconclusive("what the target holds could not be counted: %v", err)
	}
	return usage
}

// expectEnd notes that the program's end is the check's doing.
func (p *Program) expectEnd() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if p.Instance == p.c.instance {
		p.c.expected = true
	}
}
