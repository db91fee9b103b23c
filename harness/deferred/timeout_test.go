package deferred_test

import (
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

// clock is a reactor's clock as far as it matters here: an interface, whose method
// returns an interface that has more methods than are needed.
type clock interface {
	Now() time.Time
	CallLater(d time.Duration, f func()) call
}

type call interface {
	Cancel() error
	Active() bool
	Time() time.Time
}

// fakeClock has one call at most.
type fakeClock struct {
	now  time.Duration
	call *fakeCall
}

type fakeCall struct {
	due      time.Duration
	f        func()
	inactive bool
}

func (c *fakeClock) Now() time.Time { return time.Time{}.Add(c.now) }

func (c *fakeClock) CallLater(d time.Duration, f func()) call {
	c.call = &fakeCall{due: c.now + d, f: f}
	return c.call
}

// advance runs the call when it is due.
func (c *fakeClock) advance(d time.Duration) {
	c.now += d
	if !c.call.inactive && c.call.due <= c.now {
		c.call.inactive = true
		c.call.f()
	}
}

func (c *fakeCall) Cancel() error {
	if c.inactive {
		return errors.New("too late")
	}
	c.inactive = true
	return nil
}

func (c *fakeCall) Active() bool    { return !c.inactive }
func (c *fakeCall) Time() time.Time { return time.Time{}.Add(c.due) }

// steadyClock has a method that returns no interface.
type steadyClock struct{ fakeClock }

func (c *steadyClock) CallLater(d time.Duration, f func()) *fakeCall {
	c.fakeClock.CallLater(d, f)
	return c.call
}

var _ = Describe("Timeout", func() {
	var (
		now *fakeClock
		d   *deferred.Deferred[int]
	)

	BeforeEach(func() {
		now = &fakeClock{}
		d = deferred.New[int]()
	})

	It("A13: cancels at exactly the time, and turns Cancelled into TimedOut", func() {
		Expect(deferred.Timeout(d, time.Minute, clock(now))).To(BeIdenticalTo(d))
		now.advance(time.Minute - 1)
		expectPending(d)
		now.advance(1)
		err := failed(d)
		Expect(err).To(MatchError(deferred.ErrTimedOut))
		Expect(err).NotTo(MatchError(deferred.ErrCancelled))
		Expect(err).To(MatchError("the deferred has timed out: there was no result within 1m0s"))
		Expect(d.Callback(1)).To(Succeed(), "one late firing passes")
	})

	It("A13: lets a result or an error that the canceller gave pass", func() {
		d = deferred.Timeout(deferred.WithCanceller(func(d *deferred.Deferred[int]) {
			Expect(d.Callback(3)).To(Succeed())
		}), time.Second, clock(now))
		now.advance(time.Second)
		Expect(succeeded(d)).To(Equal(3))

		d = deferred.Timeout(deferred.WithCanceller(func(d *deferred.Deferred[int]) {
			Expect(d.Errback(errRain)).To(Succeed())
		}), time.Second, clock(now))
		now.advance(time.Second)
		Expect(failed(d)).To(Equal(errRain))
	})

	It("A13: leaves a user's cancelling what it is, and removes the timer", func() {
		deferred.Timeout(d, time.Second, clock(now))
		d.Cancel()
		Expect(now.call.Active()).To(BeFalse())
		now.advance(time.Hour)
		err := failed(d)
		Expect(err).To(MatchError(deferred.ErrCancelled))
		Expect(err).NotTo(MatchError(deferred.ErrTimedOut))
	})

	It("A13: removes the timer when there is a result", func() {
		deferred.Timeout(d, time.Second, clock(now))
		Expect(d.Callback(1)).To(Succeed())
		Expect(now.call.Active()).To(BeFalse())
		now.advance(time.Hour)
		Expect(succeeded(d)).To(Equal(1))

		deferred.Timeout(deferred.Fail[int](errRain).AddErrback(handling(2, nil)), time.Second, clock(now))
		Expect(now.call.Active()).To(BeFalse())
	})

	It("A13: cancels what d waits for", func() {
		inner := deferred.New[int]()
		outer := deferred.Timeout(after(d, inner), time.Second, clock(now))
		Expect(d.Callback(1)).To(Succeed())
		Expect(now.call.Active()).To(BeTrue())
		now.advance(time.Second)
		Expect(failed(outer)).To(MatchError(deferred.ErrTimedOut))
		Expect(inner.Fired()).To(BeTrue())
	})

	It("A13: is for any clock that can be called", func() {
		steady := &steadyClock{}
		Expect(deferred.Timeout(d, time.Second, steady)).To(BeIdenticalTo(d))
		steady.advance(time.Second)
		Expect(failed(d)).To(MatchError(deferred.ErrTimedOut))
	})
})
