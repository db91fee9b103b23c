package poetry_test

import (
	"errors"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/poetry"
	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// piece is what a listener has received at one time.
type piece struct {
	text string
	at   time.Duration // since the connection was made
}

// listener is a client that notes what comes, and when.
type listener struct {
	clock     reactor.Clock
	enough    func(l *listener) // at each piece; may be nil
	transport reactor.Transport
	start     time.Time
	pieces    []piece
	over      *deferred.Deferred[[]piece] // fails unless the end is in order
}

func (l *listener) ConnectionMade(t reactor.Transport) {
	l.transport, l.start = t, l.clock.Now()
}

func (l *listener) DataReceived(data []byte) {
	l.pieces = append(l.pieces, piece{string(data), l.clock.Now().Sub(l.start)})
	if l.enough != nil {
		l.enough(l)
	}
}

func (l *listener) ConnectionLost(reason error) {
	if !errors.Is(reason, reactor.ErrConnectionDone) {
		_ = l.over.Errback(reason) // once
		return
	}
	_ = l.over.Callback(l.pieces) // once
}

// listen has a slow server serve a poem to a listener.
func listen(s *harness.Spec, poem string, pace poetry.Pace, enough func(*listener)) *deferred.Deferred[[]piece] {
	r := s.Reactor()
	port, err := r.ListenTCP(":0", poetry.NewSlowFactory(r, []byte(poem), pace))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(harness.Async(func(*harness.Spec) *deferred.Deferred[struct{}] { return port.StopListening() }))
	l := &listener{clock: r, enough: enough, over: deferred.New[[]piece]()}
	connected := reactor.ConnectProtocol(r, port.Addr().String(), l, reactor.ConnectOptions{})
	return deferred.Then(connected, func(*listener) ([]piece, error) { return l.over.Result() })
}

// That no timer of a client that has gone is left, the harness sees at the end of each.
var _ = Describe("The slow server", harness.OnFakeReactor, func() {
	It("sends a piece at a time, and waits between them", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]piece] {
		return listen(s, "0123456789", poetry.Pace{NumBytes: 4, Delay: 20 * time.Millisecond}, nil).
			AddCallback(func(pieces []piece) ([]piece, error) {
				Expect(pieces).To(Equal([]piece{
					{"0123", 0}, {"4567", 20 * time.Millisecond}, {"89", 40 * time.Millisecond},
				}))
				return pieces, nil
			})
	}))

	It("keeps the tutorial's pace unless told otherwise", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]piece] {
		return listen(s, "0123456789a", poetry.Pace{}, nil).AddCallback(func(pieces []piece) ([]piece, error) {
			Expect(pieces).To(Equal([]piece{{"0123456789", 0}, {"a", 100 * time.Millisecond}}))
			return pieces, nil
		})
	}))

	It("sends a long poem for as long as it takes, which is a week", harness.Timeout(8*24*time.Hour),
		harness.Async(func(s *harness.Spec) *deferred.Deferred[[]piece] {
			return listen(s, strings.Repeat("x", 168), poetry.Pace{NumBytes: 1, Delay: time.Hour}, nil).
				AddCallback(func(pieces []piece) ([]piece, error) {
					Expect(pieces).To(HaveLen(168))
					Expect(pieces[167].at).To(Equal(167 * time.Hour))
					return pieces, nil
				})
		}))

	It("stops the timer of a client that resets", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		return harness.AssertFailure(listen(s, lamp, poetry.Pace{Delay: time.Hour}, func(l *listener) {
			l.transport.AbortConnection()
		}), reactor.ErrConnectionAborted)
	}))

	It("stops the timer of a client that closes, before the poem is over", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]piece] {
		return listen(s, strings.Repeat(lamp, 1000), poetry.Pace{NumBytes: 1, Delay: time.Millisecond}, func(l *listener) {
			l.transport.LoseConnection()
		}).AddCallback(func(pieces []piece) ([]piece, error) {
			Expect(pieces).To(HaveLen(1))
			// One of the next pieces finds nobody there.
			noticed := deferred.New[[]piece]()
			s.Reactor().CallLater(time.Second, func() { _ = noticed.Callback(pieces) }) // once
			return noticed.Result()
		})
	}))
})
