package conformance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"time"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
)

// Case is one run of one requirement's check against one instance. A check calls
// its methods from its own goroutine, or from functions that Each runs.
//
// Methods that fail or skip the case do not return.
type Case struct {
	ctx         context.Context //nolint:containedctx // a case is the span of one check, and so is its context
	requirement Requirement
	judge       *Judge
	running     *running
	transcript  *Transcript
	rand        *rand.Rand

	mu      sync.Mutex
	conns   []*Conn
	dialled int
	started []*running // instances that the check started itself
	opened  []net.Listener
}

// aborted is what a check's goroutine panics with to end the case.
type aborted struct {
	outcome Outcome
	message string
	late    bool // the case's time was over
}

// errSilent is the cause of a context that ended because the target was silent.
var errSilent = errors.New("no answer")

// Poem is what the instance serves.
func (c *Case) Poem() []byte { return c.running.Poem() }

// Instance is the program under test.
func (c *Case) Instance() Instance { return c.running }

// Lacks returns why the target cannot serve a need, or "" if it can, for checks that can
// do with less.
func (c *Case) Lacks(need Need) string { return c.judge.target.Lacks(need) }

// Rand is the case's own source of random choices. It depends on the run's seed
// and on the requirement, so a case repeated alone makes the same choices. It is for
// the check's own goroutine: Each would make the order of its choices random.
func (c *Case) Rand() *rand.Rand { return c.rand }

// Dial connects to the instance. Not being able to is a failure.
func (c *Case) Dial(o DialOptions) *Conn {
	k, err := c.dial(c.running.Addr(), o)
	if err != nil {
		c.Wrong("a connection to "+c.running.Addr(), err.Error())
	}
	return k
}

// TryDial connects to any address, for checks to which a refusal is an answer.
func (c *Case) TryDial(addr string) (*Conn, error) { return c.dial(addr, DialOptions{}) }

// Wrong fails the case: what was expected, and what was seen instead.
func (c *Case) Wrong(expected, seen string) {
	panic(aborted{outcome: Fail, message: fmt.Sprintf("expected: %s\nseen:     %s", expected, seen)})
}

// Skip ends the case without a verdict. The reason is a sentence for the report.
func (c *Case) Skip(format string, args ...any) {
	panic(aborted{outcome: Skip, message: fmt.Sprintf(format, args...)})
}

// Expect is Gomega's, failing this case.
func (c *Case) Expect(actual any, extra ...any) types.Assertion {
	g := gomega.NewGomega(func(message string, _ ...int) { panic(aborted{outcome: Fail, message: message}) })
	return g.Expect(actual, extra...)
}

// Note writes a remark into the transcript.
func (c *Case) Note(format string, args ...any) { c.transcript.note(0, format, args...) }

// Control runs something that the target must be able to do for the rest of the
// check to mean anything. If it fails, the case is skipped: a refusal by a
// program that refuses everything proves nothing.
func (c *Case) Control(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			if a, ok := r.(aborted); ok && a.outcome == Fail {
				c.Skip("could not be judged, for the control failed (%s): %s", what, a.message)
			}
			panic(r)
		}
	}()
	f()
}

// Each runs f(0) to f(n-1) side by side and waits for all of them. If any ends
// the case, the first to do so does, once all have returned.
func (c *Case) Each(n int, f func(i int)) {
	var (
		wg    sync.WaitGroup
		once  sync.Once
		first any
	)
	for i := range n {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					once.Do(func() { first = r })
				}
			}()
			f(i)
		})
	}
	wg.Wait()
	if first != nil {
		panic(first)
	}
}

// Pause waits for d. It is for clients that are slow on purpose and for making
// sure that nothing more comes; never for something to be ready.
func (c *Case) Pause(d time.Duration) {
	if pause(c.ctx, d) != nil {
		c.checkTime()
	}
}

// Until calls done again and again, until it returns true or the patience of the
// judge has passed, and returns whether it did.
func (c *Case) Until(done func() bool) bool {
	for end := now().Add(c.running.pulse.current()); !done(); c.Pause(10 * time.Millisecond) {
		if now().After(end) {
			return false
		}
	}
	return true
}

// Repeat calls f(0), f(1), ... up to most times, but stops once budget has passed
// and least calls were made, so that a slow program costs no more than a quick
// one. It returns how many calls it made.
func (c *Case) Repeat(least, most int, budget time.Duration, f func(i int)) int {
	end := now().Add(budget)
	for i := range most {
		if i >= least && now().After(end) {
			return i
		}
		f(i)
	}
	return most
}

// Stop sends the instance a signal and waits until it has ended. It returns how
// it ended and how long that took, or false if it did not end within limit.
func (c *Case) Stop(signal os.Signal, limit time.Duration) (Exit, time.Duration, bool) {
	c.running.expectExit()
	start := now()
	c.transcript.note(0, "the target is sent %v", signal)
	if err := c.running.Signal(signal); err != nil {
		c.Skip("could not be judged: the signal could not be sent: %v", err)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-c.running.Exited():
		took := now().Sub(start)
		c.transcript.note(0, "the target ended: %s", c.running.Exit().How)
		return c.running.Exit(), took, true
	case <-timer.C:
		return Exit{}, limit, false
	case <-c.ctx.Done():
		c.checkTime()
		return Exit{}, 0, false
	}
}

// Start starts another instance of the target, which ends with the case. The
// error is a *StartError.
func (c *Case) Start(s Setup) (Instance, error) {
	r, err := c.judge.start(c.ctx, s)
	c.checkTime()
	if failed := (*StartError)(nil); errors.As(err, &failed) {
		c.transcript.note(0, "started again: %v", failed)
		return nil, failed
	} else if err != nil {
		c.Skip("could not be judged: %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = append(c.started, r)
	return r, nil
}

// End stops the instance, for checks that go on without it.
func (c *Case) End() {
	c.running.expectExit()
	if err := c.running.Stop(); err != nil {
		c.Skip("could not be judged: the target could not be stopped: %v", err)
	}
	c.transcript.note(0, "the target was stopped: %s", c.running.Exit().How)
}

// Listen listens at an address until the case ends.
func (c *Case) Listen(addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(c.ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened = append(c.opened, listener)
	return listener, nil
}

// Clock returns the time, for checks whose meaning depends on how long the target
// was really made to wait.
func (c *Case) Clock() time.Time { return now() }

// adopt numbers a connection and sees to it that it is closed with the case.
func (c *Case) adopt(k *Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dialled++
	k.id = c.dialled
	c.conns = append(c.conns, k)
}

// replace has a connection go on with another socket, which ends with the case too.
func (c *Case) replace(k *Conn, fresh *net.TCPConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = k.tcp.Swap(fresh).Close() // nobody was at the other end
	if c.ctx.Err() != nil {
		_ = fresh.Close() // too late
	}
}

// closeAll closes what the check left open, which also ends every read.
func (c *Case) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.conns {
		_ = k.tcp.Load().Close()
	}
	for _, l := range c.opened {
		_ = l.Close()
	}
	c.conns, c.opened = nil, nil
}

// checkTime aborts a case whose time is over.
func (c *Case) checkTime() {
	if c.ctx.Err() == nil {
		return
	}
	if errors.Is(c.ctx.Err(), context.DeadlineExceeded) {
		message := fmt.Sprintf("could not be judged within %v, though the target still made progress: a greater --timeout may help", c.judge.options.Timeout)
		panic(aborted{outcome: Skip, message: message, late: true})
	}
	c.Skip(interrupted)
}

// patient returns a context that ends when the target has been silent for too
// long, with errSilent for its cause, or with the case.
func (c *Case) patient() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(c.ctx)
	wait := c.running.pulse.wait(false)
	var timer *time.Timer
	var mu sync.Mutex // timer is set before its function may use it
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(wait.slice().Sub(now()), func() {
		mu.Lock()
		defer mu.Unlock()
		if !wait.over() {
			timer.Reset(wait.slice().Sub(now()))
			return
		}
		wait.inVain()
		cancel(errSilent)
	})
	return ctx, func() {
		timer.Stop()
		cancel(nil)
	}
}
