package poetry_test

import (
	"net"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/netstring"
	"scansion/conformance/reference/poetry"
	"scansion/conformance/reference/transform"
	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// transformer is the protocol of a transform server that answers as a spec likes.
type transformer struct {
	answer    func(t reactor.Transport, request string)
	lost      func(reason error) // may be nil
	transport reactor.Transport
	decoder   netstring.Decoder
}

func (p *transformer) ConnectionMade(t reactor.Transport) { p.transport = t }

func (p *transformer) DataReceived(data []byte) {
	p.decoder.Feed(data)
	for p.decoder.Next() {
		p.answer(p.transport, string(p.decoder.Bytes()))
	}
}

func (p *transformer) ConnectionLost(reason error) {
	if p.lost != nil {
		p.lost(reason)
	}
}

// transforming runs a transform server.
func transforming(s *harness.Spec, answer func(t reactor.Transport, request string)) (addr string) {
	GinkgoHelper()
	return serve(s, reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &transformer{answer: answer} }))
}

// lowering answers as a server that conforms.
func lowering(t reactor.Transport, request string) {
	t.Write(netstring.Append(nil, strings.ToLower(strings.TrimPrefix(request, "cummingsify."))))
	t.LoseConnection()
}

// saying answers with these bytes.
func saying(reply string) func(t reactor.Transport, request string) {
	return func(t reactor.Transport, _ string) {
		t.Write([]byte(reply))
		t.LoseConnection()
	}
}

// silent does not answer.
func silent(reactor.Transport, string) {}

// fast serves a poem.
func fast(s *harness.Spec, poem string) (addr string) {
	GinkgoHelper()
	return serve(s, poetry.NewFastFactory([]byte(poem)))
}

// expecting makes a callback that expects a poem as it was asked for.
func expecting(text string) func(got poetry.Poem) (poetry.Poem, error) {
	return func(got poetry.Poem) (poetry.Poem, error) {
		expectSame(string(got.Text), text)
		Expect(got.Untransformed).NotTo(HaveOccurred())
		return got, nil
	}
}

// expectingOriginal makes a callback that expects a poem that was not transformed, and why.
func expectingOriginal(text string, reason error) func(got poetry.Poem) (poetry.Poem, error) {
	return func(got poetry.Poem) (poetry.Poem, error) {
		expectSame(string(got.Text), text)
		Expect(got.Untransformed).To(MatchError(reason))
		return got, nil
	}
}

var _ = onBoth("Client.Get", func() {
	It("gets poems as Get does, if it is not asked for more", harness.Async(func(s *harness.Spec) *deferred.Deferred[poetry.Poem] {
		return poetry.Client{}.Get(s.Reactor(), fast(s, lamp)).AddCallback(expecting(lamp))
	}))

	It("gets what the transform server makes of a poem", harness.Async(func(s *harness.Spec) *deferred.Deferred[poetry.Poem] {
		client := poetry.Client{Transform: transforming(s, lowering)}
		return client.Get(s.Reactor(), fast(s, lamp)).AddCallback(expecting(strings.ToLower(lamp)))
	}))

	It("has an empty poem transformed as well", harness.Async(func(s *harness.Spec) *deferred.Deferred[poetry.Poem] {
		client := poetry.Client{Transform: transforming(s, func(t reactor.Transport, request string) { saying("7:nothing,")(t, request) })}
		return client.Get(s.Reactor(), fast(s, "")).AddCallback(expecting("nothing"))
	}))

	DescribeTable("gets the original, and the reason, where the transform server",
		func(ctx SpecContext, reason error, answer func(t reactor.Transport, request string)) {
			harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[poetry.Poem] {
				client := poetry.Client{Transform: transforming(s, answer)}
				return client.Get(s.Reactor(), fast(s, lamp)).AddCallback(expectingOriginal(lamp, reason))
			})
		},
		Entry("closes without an answer", transform.ErrNoAnswer, func(t reactor.Transport, _ string) { t.LoseConnection() }),
		Entry("resets the connection", reactor.ErrConnectionLost, func(t reactor.Transport, _ string) { t.AbortConnection() }),
		Entry("cuts its answer short", netstring.ErrIncomplete, saying("20:a lamp")),
		Entry("answers with no netstring", netstring.ErrMalformed, saying("a lamp")),
		Entry("answers at too great a length", netstring.ErrTooLong, saying("100000:")),
		Entry("says more than its answer", transform.ErrMoreThanAnswer, saying("6:a lamp,!")),
	)

	It("gets the original where nobody transforms", harness.Async(func(s *harness.Spec) *deferred.Deferred[poetry.Poem] {
		client := poetry.Client{Transform: nowhere(s)}
		return client.Get(s.Reactor(), fast(s, lamp)).AddCallback(expectingOriginal(lamp, reactor.ErrConnectionRefused))
	}))

	It("gets the original of a poem over the limit of the protocol", harness.Async(func(s *harness.Spec) *deferred.Deferred[poetry.Poem] {
		poem := strings.Repeat("X", transform.MaxRequest-len("cummingsify.")+1)
		client := poetry.Client{Transform: transforming(s, lowering)}
		return client.Get(s.Reactor(), fast(s, poem)).AddCallback(expectingOriginal(poem, transform.ErrTooLong))
	}))

	It("has a poem of the greatest length transformed", harness.Async(func(s *harness.Spec) *deferred.Deferred[poetry.Poem] {
		poem := strings.Repeat("X", transform.MaxRequest-len("cummingsify."))
		client := poetry.Client{Transform: transforming(s, lowering)}
		return client.Get(s.Reactor(), fast(s, poem)).AddCallback(expecting(strings.ToLower(poem)))
	}))

	It("fails as Get does, and then asks no transform server", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		client := poetry.Client{Transform: transforming(s, func(reactor.Transport, string) { Fail("it was asked") })}
		addr := nowhere(s)
		return harness.AssertFailure(client.Get(s.Reactor(), addr), reactor.ErrConnectionRefused)
	}))

	It("fails when it is cancelled", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		var got *deferred.Deferred[poetry.Poem]
		client := poetry.Client{Timeout: time.Hour, Transform: transforming(s, func(reactor.Transport, string) { got.Cancel() })}
		got = client.Get(s.Reactor(), fast(s, lamp))
		return harness.AssertFailure(got, deferred.ErrCancelled)
	}))
})

var _ = Describe("Client.Get within a time", harness.OnFakeReactor, func() {
	// pacing is a server of a poem that takes so long in all.
	pacing := func(s *harness.Spec, poem string, whole time.Duration) (addr string) {
		delay := whole / time.Duration(len(poem)-1)
		return serve(s, poetry.NewSlowFactory(s.Reactor(), []byte(poem), poetry.Pace{NumBytes: 1, Delay: delay}))
	}

	It("fails where the poem is not whole in time, although bytes come all the time", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		client := poetry.Client{Timeout: 9 * time.Second}
		addr := pacing(s, "a lamp at t", 10*time.Second)
		begin := s.Reactor().Now()
		return harness.AssertFailure(client.Get(s.Reactor(), addr), poetry.ErrTimedOut).AddCallback(func(err error) (error, error) {
			Expect(s.Reactor().Now().Sub(begin)).To(Equal(9 * time.Second))
			Expect(err).To(MatchError("cannot get the poem at " + addr + ": timed out: it was not there within 9s"))
			return err, nil
		})
	}))

	It("gives the others all the time that they have", harness.Async(func(s *harness.Spec) *deferred.Deferred[struct{}] {
		client := poetry.Client{Timeout: 11 * time.Second}
		mute := recite(s, func(reactor.Transport) {})
		s.Network().Partition(s.Network().Host("away"))
		failed := func(addr string) *deferred.Deferred[struct{}] {
			return deferred.Then(harness.AssertFailure(client.Get(s.Reactor(), addr), poetry.ErrTimedOut), ignore)
		}
		return deferred.Then(deferred.Gather([]*deferred.Deferred[struct{}]{
			failed(mute),
			failed("away:10000"),
			deferred.Then(client.Get(s.Reactor(), pacing(s, "a lamp at t", 10*time.Second)).AddCallback(expecting("a lamp at t")), ignore),
			deferred.Then(client.Get(s.Reactor(), fast(s, lamp)).AddCallback(expecting(lamp)), ignore),
		}, false), ignore)
	}))

	It("gives the transform server what is left of it, and gets the original when that is over", harness.Async(func(s *harness.Spec) *deferred.Deferred[poetry.Poem] {
		client := poetry.Client{Timeout: 30 * time.Second, Transform: transforming(s, silent)}
		addr := pacing(s, "A lamp at t", 10*time.Second)
		begin := s.Reactor().Now()
		return client.Get(s.Reactor(), addr).AddCallback(expectingOriginal("A lamp at t", poetry.ErrTimedOut)).
			AddCallback(func(got poetry.Poem) (poetry.Poem, error) {
				Expect(s.Reactor().Now().Sub(begin)).To(Equal(30 * time.Second))
				Expect(got.Untransformed).To(MatchError("timed out: the transform server at " + client.Transform + " did not answer within 20s"))
				return got, nil
			})
	}))

	It("gives the transform server ten seconds of its own, if the time is not limited", harness.Async(func(s *harness.Spec) *deferred.Deferred[poetry.Poem] {
		client := poetry.Client{Transform: transforming(s, silent)}
		addr := pacing(s, "A lamp at t", 50*time.Second)
		begin := s.Reactor().Now()
		return client.Get(s.Reactor(), addr).AddCallback(expectingOriginal("A lamp at t", poetry.ErrTimedOut)).
			AddCallback(func(got poetry.Poem) (poetry.Poem, error) {
				Expect(s.Reactor().Now().Sub(begin)).To(Equal(60 * time.Second))
				return got, nil
			})
	}))

	It("resets the connection to a transform server that is late", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		lost := deferred.New[error]()
		addr := serve(s, reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
			return &transformer{answer: silent, lost: func(reason error) { _ = lost.Callback(reason) }} // once
		}))
		got := poetry.Client{Transform: addr}.Get(s.Reactor(), fast(s, lamp))
		return deferred.Then(got, func(poetry.Poem) *deferred.Deferred[error] { return lost }).AddCallback(func(reason error) (error, error) {
			Expect(reason).To(MatchError(reactor.ErrConnectionLost))
			return nil, nil
		})
	}))

	It("has all poems transformed at once", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]poetry.Poem] {
		client := poetry.Client{Transform: transforming(s, func(t reactor.Transport, request string) {
			s.Reactor().CallLater(time.Second, func() { lowering(t, request) })
		})}
		addr := fast(s, lamp)
		var all []*deferred.Deferred[poetry.Poem]
		for range 50 {
			all = append(all, client.Get(s.Reactor(), addr).AddCallback(expecting(strings.ToLower(lamp))))
		}
		begin := s.Reactor().Now()
		return deferred.Gather(all, false).AddCallback(func(got []poetry.Poem) ([]poetry.Poem, error) {
			Expect(s.Reactor().Now().Sub(begin)).To(Equal(time.Second))
			return got, nil
		})
	}))
})

// ignore makes nothing of a result.
func ignore[T any](T) *deferred.Deferred[struct{}] { return deferred.Succeed(struct{}{}) }
