package poetry_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/poetry"
	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// slowly has a slow server serve a poem to a visitor who does what hears does at each piece.
func slowly(s *harness.Spec, poem string, pace poetry.Pace, hears func(t reactor.Transport)) *deferred.Deferred[[]piece] {
	return visit(s, serve(s, poetry.NewSlowFactory(s.Reactor(), []byte(poem), pace)), &visitor{hears: hears})
}

// That no timer of a client that has gone is left, the harness sees at the end of each.
var _ = Describe("The slow server", harness.OnFakeReactor, func() {
	It("sends a piece at a time, and waits between them", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]piece] {
		return slowly(s, "0123456789", poetry.Pace{NumBytes: 4, Delay: 20 * time.Millisecond}, nil).
			AddCallback(func(pieces []piece) ([]piece, error) {
				Expect(pieces).To(Equal([]piece{
					{"0123", 0}, {"4567", 20 * time.Millisecond}, {"89", 40 * time.Millisecond},
				}))
				return pieces, nil
			})
	}))

	It("keeps the tutorial's pace unless told otherwise", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]piece] {
		return slowly(s, "0123456789a", poetry.Pace{}, nil).AddCallback(func(pieces []piece) ([]piece, error) {
			Expect(pieces).To(Equal([]piece{{"0123456789", 0}, {"a", 100 * time.Millisecond}}))
			return pieces, nil
		})
	}))

	It("sends a long poem for as long as it takes, which is a week", harness.Timeout(8*24*time.Hour),
		harness.Async(func(s *harness.Spec) *deferred.Deferred[[]piece] {
			return slowly(s, strings.Repeat("x", 168), poetry.Pace{NumBytes: 1, Delay: time.Hour}, nil).
				AddCallback(func(pieces []piece) ([]piece, error) {
					Expect(pieces).To(HaveLen(168))
					Expect(pieces[167].at).To(Equal(167 * time.Hour))
					return pieces, nil
				})
		}))

	It("stops the timer of a client that resets", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		return harness.AssertFailure(slowly(s, lamp, poetry.Pace{Delay: time.Hour}, reactor.Transport.AbortConnection), reactor.ErrConnectionAborted)
	}))

	It("stops the timer of a client that closes, before the poem is over", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]piece] {
		heard := slowly(s, strings.Repeat(lamp, 1000), poetry.Pace{NumBytes: 1, Delay: time.Millisecond}, reactor.Transport.LoseConnection)
		return deferred.Then(heard, func(pieces []piece) *deferred.Deferred[[]piece] {
			Expect(pieces).To(HaveLen(1))
			// One of the next pieces finds nobody there.
			noticed := deferred.New[[]piece]()
			s.Reactor().CallLater(time.Second, func() { _ = noticed.Callback(pieces) }) // once
			return noticed
		})
	}))
})
