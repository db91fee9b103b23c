package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Case is one run of one requirement's check. A check calls its methods from its own
// goroutine, or from functions that Each runs.
//
// Methods that fail the case, or end it without a verdict, do not return.
type Case struct {
	ctx         context.Context //nolint:containedctx // a case is the span of one check, and so is its context
	requirement Requirement
	judge       *Judge
	instance    *Instance // the one that the requirement asks for; nil if the check starts its own
	activity    *activity
	recorder    *recorder
	rand        *rand.Rand
	workers     sync.WaitGroup // goroutines of the case's own
	accepted    chan struct{}  // has an element if a listener has accepted a connection
	idle        func()         // tells that the case's programs do nothing but wait

	mu       sync.Mutex
	over     bool
	closers  map[int]func() // of what is open
	opened   int            // how much was opened so far
	dialled  int
	started  []*Program
	expected bool // the check ends the instance itself
}

// aborted is what a check's goroutine panics with to end the case.
type aborted struct {
	outcome Outcome
	why     Why // of a skip
	message string
	late    bool // the case's time was over
}

// errSilent is the cause of a context that ended because the target was silent.
var errSilent = errors.New("no answer")

// File returns the content of a file that the instance was started with, by the
// variable's name.
func (c *Case) File(variable string) []byte {
	file, ok := c.instance.Launch[variable].File()
	if !ok {
		panic(fmt.Sprintf("the instance has no file {%s}", variable))
	}
	return file.Bytes()
}

// Addr is where the instance listens, host:port.
func (c *Case) Addr() string { return c.instance.Addr }

// Lacks returns why the target cannot be given a need, or "" if it can, for checks that
// can do with less.
func (c *Case) Lacks(need Need) string { return c.judge.target.Lacks(need) }

// Rand is the case's own source of random choices. It depends on the run's seed
// and on the requirement, so a case repeated alone makes the same choices. It is for
// the check's own goroutine: Each would make the order of its choices random.
func (c *Case) Rand() *rand.Rand { return c.rand }

// Dial connects to the instance. Not being able to is a failure.
func (c *Case) Dial(o DialOptions) *Conn { return c.dial(c.instance, o) }

// TryDial connects to any address, for checks to which a refusal is an answer.
func (c *Case) TryDial(addr string) (*Conn, error) {
	socket, err := c.connect(addr, DialOptions{})
	if err != nil {
		c.recorder.note("", "could not connect to %s: %v", addr, err)
		return nil, err
	}
	return c.connected(socket, addr), nil
}

func (c *Case) dial(to *Instance, o DialOptions) *Conn {
	socket, err := c.connect(to.Addr, o)
	if err != nil {
		c.recorder.note("", "could not connect to %s: %v", to.Addr, err)
		c.Wrong("a connection to "+to.Addr, err.Error())
	}
	k := c.connected(socket, to.Addr)
	k.options, k.holds = o, to.Holds
	return k
}

func (c *Case) connected(socket Socket, addr string) *Conn {
	c.mu.Lock()
	c.dialled++
	lane := fmt.Sprintf("client#%d", c.dialled)
	c.mu.Unlock()
	k := c.newConn(lane, socket)
	c.recorder.note(lane, "connected to %s", addr)
	return k
}

// connect makes a connection on the network. An error is the target's: a refusal,
// or silence.
func (c *Case) connect(addr string, o DialOptions) (Socket, error) {
	ctx, cancel := c.patient()
	defer cancel()
	socket, err := c.judge.network.Dial(ctx, addr, o)
	if err == nil {
		c.activity.seen()
		return socket, nil
	}
	// The dialer looks at the deadline itself, and may be ahead of the context.
	if deadline, ok := c.ctx.Deadline(); ok && !now().Before(deadline) {
		<-c.ctx.Done()
	}
	c.checkTime()
	if IsOurs(err) {
		c.Must(err)
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return nil, err
}

// Wrong fails the case: what was expected, and what was seen instead.
func (c *Case) Wrong(expected, seen string) {
	panic(aborted{outcome: Fail, message: fmt.Sprintf("expected: %s\nseen:     %s", expected, seen)})
}

// Unsupported ends the case without a verdict: the target, as it was started, has not
// what the check needs. The reason is a sentence for the report.
func (c *Case) Unsupported(format string, args ...any) {
	panic(aborted{outcome: Skip, why: Unsupported, message: fmt.Sprintf(format, args...)})
}

// Inconclusive ends the case without a verdict: what was seen does not tell. The reason
// is a sentence for the report.
func (c *Case) Inconclusive(format string, args ...any) {
	panic(aborted{outcome: Skip, why: Inconclusive, message: "could not be judged: " + fmt.Sprintf(format, args...)})
}

// Must ends the case if there is an error, as one of Scansion or of this machine: no
// target is to blame for it.
func (c *Case) Must(err error) {
	if err != nil {
		panic(aborted{outcome: Skip, why: Broken, message: err.Error()})
	}
}

// Requires ends the case as unsupported unless the target can be given the need.
func (c *Case) Requires(need Need) {
	if reason := c.Lacks(need); reason != "" {
		c.Unsupported("%s", reason)
	}
}

// Note writes a remark into the transcript.
func (c *Case) Note(format string, args ...any) { c.recorder.note("", format, args...) }

// Precondition runs something that the target must be able to do for the rest of the
// check to mean anything. If it fails, the case is inconclusive: a refusal by a program
// that refuses everything proves nothing.
func (c *Case) Precondition(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			if a, ok := r.(aborted); ok && a.outcome == Fail {
				c.Inconclusive("a precondition does not hold (%s): %s", what, a.message)
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
func (c *Case) Until(done func() bool) bool { return c.Within(c.activity.current(), done) }

// Within calls done again and again, until it returns true or limit has passed, and
// returns whether it did.
func (c *Case) Within(limit time.Duration, done func() bool) bool {
	for end := now().Add(limit); !done(); c.Pause(10 * time.Millisecond) {
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

// Clock returns the time, for checks whose meaning depends on how long the target
// was really made to wait.
func (c *Case) Clock() time.Time { return now() }

// Timeout is the longest that the case may take.
func (c *Case) Timeout() time.Duration { return c.judge.options.Timeout }

// closeWithCase has something closed when the case ends, or at once if it has ended. What
// was closed before is to be forgotten.
func (c *Case) closeWithCase(f func()) (forget func()) {
	c.mu.Lock()
	over := c.over
	c.opened++
	number := c.opened
	if !over {
		c.closers[number] = f
	}
	c.mu.Unlock()
	if over {
		f()
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.closers, number)
	}
}

// closeAll closes what the check left open, in the order of opening, which also ends every
// read.
func (c *Case) closeAll() {
	c.mu.Lock()
	closers := c.closers
	c.closers, c.over = nil, true
	c.mu.Unlock()
	for _, number := range slices.Sorted(maps.Keys(closers)) {
		closers[number]()
	}
}

// checkTime aborts a case whose time is over.
func (c *Case) checkTime() {
	if c.ctx.Err() == nil {
		return
	}
	if errors.Is(c.ctx.Err(), context.DeadlineExceeded) {
		message := fmt.Sprintf("could not be judged within %v, though the target still made progress: a greater --timeout may help", c.judge.options.Timeout)
		panic(aborted{outcome: Skip, why: Inconclusive, message: message, late: true})
	}
	panic(aborted{outcome: Skip, why: Interrupted, message: interrupted})
}

// await waits until a channel delivers or is closed, and returns which, or -1 when the
// wait is over, in vain. It aborts a case whose time is over.
func (c *Case) await(wait *wait, first, second <-chan struct{}) int {
	defer wait.Stop()
	for idle := c.whenIdle(); ; idle() {
		select {
		case <-first:
			return 0
		case <-second:
			return 1
		case <-c.ctx.Done():
			c.checkTime()
		case <-wait.C():
			if wait.Over() {
				c.checkTime()
				wait.inVain()
				return -1
			}
		}
	}
}

// whenIdle returns a function that tells, if it is called when some time has passed,
// whether the case's programs have done next to nothing in it.
func (c *Case) whenIdle() func() {
	const some, next = time.Second, time.Second / 2
	begin, before := now(), c.worked()
	return func() {
		if now().Sub(begin) >= some && c.worked()-before < next {
			c.idle()
		}
	}
}

// worked is how long programs have computed, or have been kept from it, so far.
func (c *Case) worked() time.Duration {
	if c.activity.busy == nil {
		return 0
	}
	computed, starved := c.activity.busy()
	return computed + starved
}

// patient returns a context that ends when the target has been silent for too
// long, with errSilent for its cause, or with the case.
func (c *Case) patient() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(c.ctx)
	wait := c.activity.wait(false)
	var timer *time.Timer
	var mu sync.Mutex // timer is set before its function may use it
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(wait.Next().Sub(now()), func() {
		mu.Lock()
		defer mu.Unlock()
		if !wait.Over() {
			timer.Reset(wait.Next().Sub(now()))
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
