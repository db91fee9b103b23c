package transform_test

import (
	"errors"
	"net"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/netstring"
	"scansion/conformance/reference/transform"
	"scansion/fakes"
	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

var _ = onBoth("Do", func() {
	It("sends one netstring of the name, a dot and the poem, and hands on the answer", harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
		srv := lowering()
		got := do(s, serve(s, srv), lamp+". Then.")
		return deferred.Then(got, func(answer []byte) *deferred.Deferred[string] {
			Expect(string(answer)).To(Equal("a lamp is hung where the ferry stands. then."))
			return srv.conversations[0].lost
		}).AddCallback(func(received string) (string, error) {
			Expect(received).To(Equal("56:cummingsify." + lamp + ". Then.,"))
			Expect(srv.conversations).To(HaveLen(1))
			return received, nil
		})
	}))

	DescribeTable("hands on exactly the bytes of the answer",
		func(ctx SpecContext, answer string) {
			got := harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[[]byte] {
				return do(s, serve(s, replying(string(netstring.Append(nil, answer)))), lamp)
			})
			Expect(strings.Compare(string(got), answer)).To(BeZero(), "the bytes differ")
		},
		Entry("a text", "a lamp\nat the ferry\n"),
		Entry("nothing", ""),
		Entry("characters of several bytes", "über dem fluss, 渡し場の灯"),
		Entry("bytes that are no text", "\x00\xff\r\n\xc3\n\r\x80"),
		Entry("what looks like a netstring", "3:abc,5:x"),
		Entry("as much as there may be", strings.Repeat("x", transform.MaxRequest)),
	)

	It("takes a request of the greatest length", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]byte] {
		poem := strings.Repeat("X", transform.MaxRequest-len("cummingsify."))
		return do(s, serve(s, lowering()), poem).AddCallback(func(answer []byte) ([]byte, error) {
			Expect(strings.Compare(string(answer), strings.ToLower(poem))).To(BeZero(), "the bytes differ")
			return answer, nil
		})
	}))

	It("takes an empty poem, and any name without a dot", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]byte] {
		srv := &server{answer: func(c *conversation, request string) {
			c.Write(netstring.Append(nil, request))
			c.LoseConnection()
		}}
		return transform.Do(s.Reactor(), serve(s, srv), "no such name", nil).AddCallback(func(answer []byte) ([]byte, error) {
			Expect(string(answer)).To(Equal("no such name."))
			return answer, nil
		})
	}))

	It("does not need the poem any more when it has returned", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]byte] {
		poem := []byte(lamp)
		got := transform.Do(s.Reactor(), serve(s, lowering()), transform.Cummingsify, poem)
		clear(poem)
		return got.AddCallback(func(answer []byte) ([]byte, error) {
			Expect(string(answer)).To(Equal(strings.ToLower(lamp)))
			return answer, nil
		})
	}))

	It("fails where nobody listens", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		addr := nowhere(s)
		return failure(do(s, addr, lamp), addr, reactor.ErrConnectionRefused)
	}))

	It("fails where there is no such address", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		return deferred.Then(harness.AssertFailureAs[*net.AddrError](do(s, "127.0.0.1", lamp)),
			func(err *net.AddrError) *deferred.Deferred[error] { return deferred.Succeed[error](err) })
	}))

	It("fails where the server closes without an answer", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		addr := serve(s, &server{answer: func(c *conversation, _ string) { c.LoseConnection() }})
		return failure(do(s, addr, lamp), addr, transform.ErrNoAnswer)
	}))

	It("fails where the server closes its sending side without an answer, and resets the connection", harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
		srv := &server{answer: func(c *conversation, _ string) { c.LoseWriteConnection() }}
		addr := serve(s, srv)
		return deferred.Then(failure(do(s, addr, lamp), addr, transform.ErrNoAnswer), func(error) *deferred.Deferred[string] {
			return srv.conversations[0].lost
		})
	}))

	It("fails where a reset comes in the place of an answer", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		addr := serve(s, &server{answer: func(c *conversation, _ string) { c.AbortConnection() }})
		return failure(do(s, addr, lamp), addr, reactor.ErrConnectionLost)
	}))

	It("fails where a reset cuts the answer off", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		addr := serve(s, &server{answer: func(c *conversation, _ string) {
			c.Write([]byte("11:the boatm"))
			c.later(time.Millisecond, c.AbortConnection)
		}})
		return failure(do(s, addr, lamp), addr, reactor.ErrConnectionLost)
	}))

	It("resets the connection when it is cancelled", harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
		var got *deferred.Deferred[[]byte]
		srv := &server{answer: func(c *conversation, _ string) {
			c.Write([]byte("5:fer"))
			c.later(time.Millisecond, func() { got.Cancel() })
		}}
		addr := serve(s, srv)
		got = do(s, addr, lamp)
		return deferred.Then(failure(got, addr, deferred.ErrCancelled), func(error) *deferred.Deferred[string] {
			return srv.conversations[0].lost
		})
	}))

	It("gives up connecting when it is cancelled", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		// The kernel may have made the connection all the same.
		addr := serve(s, &server{made: func(c *conversation) { c.LoseConnection() }})
		got := do(s, addr, lamp)
		got.Cancel()
		return failure(got, addr, deferred.ErrCancelled)
	}))
})

var _ = Describe("Do on a network", harness.OnFakeReactor, func() {
	It("closes its sending side once the answer is there, and not before", harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
		srv := &server{answer: func(c *conversation, _ string) {
			c.Write([]byte("5:ferr"))
			c.later(time.Second, func() {
				Expect(c.halfDone).To(BeFalse())
				c.Write([]byte("y,"))
				c.later(time.Millisecond, func() {
					Expect(c.halfDone).To(BeTrue())
					c.LoseConnection()
				})
			})
		}}
		got := do(s, serve(s, srv), lamp)
		return deferred.Then(got, func([]byte) *deferred.Deferred[string] { return srv.conversations[0].lost }).
			AddCallback(func(received string) (string, error) {
				Expect(srv.conversations[0].reason).To(MatchError(reactor.ErrConnectionDone))
				return received, nil
			})
	}))

	It("waits a second for a server that does not close, and then has the answer", harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
		srv := &server{answer: func(c *conversation, _ string) {
			c.Write([]byte("5:ferry,"))
			c.later(time.Minute, c.LoseConnection)
		}}
		begin := s.Reactor().Now()
		got := do(s, serve(s, srv), lamp)
		return deferred.Then(got, func(answer []byte) *deferred.Deferred[string] {
			Expect(string(answer)).To(Equal("ferry"))
			Expect(s.Reactor().Now().Sub(begin)).To(Equal(time.Second))
			return srv.conversations[0].lost // and nothing goes wrong until then
		})
	}))

	It("has an answer that was whole when a reset came", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]byte] {
		srv := &server{answer: func(c *conversation, _ string) {
			c.Write([]byte("5:ferry,"))
			c.later(time.Millisecond, c.AbortConnection)
		}}
		return do(s, serve(s, srv), lamp).AddCallback(func(answer []byte) ([]byte, error) {
			Expect(string(answer)).To(Equal("ferry"))
			return answer, nil
		})
	}))

	It("puts an answer together, however the network cuts it", harness.Async(func(s *harness.Spec) *deferred.Deferred[[][]byte] {
		here := s.Network().Host("spec")
		poem := strings.Repeat("Über dem Fluss, 渡し場の灯\n", 20)
		var all []*deferred.Deferred[[]byte]
		for size := range 20 {
			link := fakes.Link{MaxSegment: 1 + size, RandomCuts: true, MaxLatency: time.Duration(size) * time.Millisecond}
			s.Network().SetLink(here, here, link)
			all = append(all, do(s, serve(s, lowering()), poem))
		}
		return deferred.Gather(all, false).AddCallback(func(got [][]byte) ([][]byte, error) {
			Expect(got).To(HaveEach(BeEquivalentTo(strings.ToLower(poem))))
			return got, nil
		})
	}))

	DescribeTable("fails at once on what is no netstring, though the server keeps the connection open",
		func(ctx SpecContext, reply string, reason error) {
			for _, pieces := range [][]string{{reply}, strings.Split(reply, "")} {
				harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[string] {
					srv := &server{answer: func(c *conversation, _ string) { c.say(pieces...) }}
					addr := serve(s, srv)
					begin := s.Reactor().Now()
					return deferred.Then(failure(do(s, addr, lamp), addr, reason), func(error) *deferred.Deferred[string] {
						Expect(s.Reactor().Now().Sub(begin)).To(BeNumerically("<", 100*time.Millisecond))
						return srv.conversations[0].lost
					}).AddCallback(func(received string) (string, error) {
						Expect(srv.conversations[0].reason).To(MatchError(reactor.ErrConnectionLost))
						return received, nil
					})
				})
			}
		},
		Entry("a text", "Hello", netstring.ErrMalformed),
		Entry("a leading zero", "05", netstring.ErrMalformed),
		Entry("a sign", "+", netstring.ErrMalformed),
		Entry("a blank", "5 ", netstring.ErrMalformed),
		Entry("no length", ":", netstring.ErrMalformed),
		Entry("no colon", "5ferry", netstring.ErrMalformed),
		Entry("no comma", "5:ferry;", netstring.ErrMalformed),
		Entry("a line end in the place of a comma", "5:ferry\n", netstring.ErrMalformed),
		Entry("a length over the limit", "100000", netstring.ErrTooLong),
		Entry("a length that no number holds", strings.Repeat("9", 50), netstring.ErrTooLong),
		Entry("a byte after the answer", "5:ferry,x", transform.ErrMoreThanAnswer),
		Entry("a line end after the answer", "5:ferry,\n", transform.ErrMoreThanAnswer),
		Entry("the beginning of another answer", "5:ferry,5", transform.ErrMoreThanAnswer),
		Entry("another answer", "5:ferry,4:lamp,", transform.ErrMoreThanAnswer),
	)

	DescribeTable("fails where the answer is cut short",
		func(ctx SpecContext, reply string) {
			harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[error] {
				addr := serve(s, replying(reply))
				return failure(do(s, addr, lamp), addr, netstring.ErrIncomplete)
			})
		},
		Entry("after a digit", "5"),
		Entry("after the length", "5:"),
		Entry("within the data", "5:fer"),
		Entry("before the comma", "5:ferry"),
		Entry("before the comma of the empty string", "0:"),
	)

	DescribeTable("fails before it connects, and at once,",
		func(ctx SpecContext, name, poem string, reason error) {
			harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[error] {
				got := transform.Do(s.Reactor(), "poems.example:10000", name, []byte(poem))
				Expect(got).To(harness.HaveFired())
				return failure(got, "poems.example:10000", reason)
			})
		},
		Entry("where the request is too long", transform.Cummingsify, strings.Repeat("x", transform.MaxRequest-len("cummingsify.")+1), transform.ErrTooLong),
		Entry("where the name has a dot", "cummings.ify", "x", transform.ErrBadName),
	)

	It("fails at once where the server closes its sending side before it reads the request", harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
		srv := &server{made: func(c *conversation) {
			c.PauseProducing()
			c.LoseWriteConnection()
		}}
		addr := serve(s, srv)
		here := s.Network().Host("spec")
		s.Network().SetLink(here, here, fakes.Link{SendBuffer: 1, ReceiveBuffer: 1})
		return deferred.Then(failure(do(s, addr, strings.Repeat(lamp, 1000)), addr, transform.ErrNoAnswer), func(error) *deferred.Deferred[string] {
			srv.conversations[0].ResumeProducing()
			return srv.conversations[0].lost
		})
	}))

	It("is timed out, as any deferred is, where nobody answers", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		addr := serve(s, &server{})
		got := deferred.Timeout(do(s, addr, lamp), time.Minute, s.Reactor())
		return harness.AssertFailure(got, deferred.ErrTimedOut)
	}))

	It("fails where nobody accepts the connection", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		s.Network().Partition(s.Network().Host("away"))
		return failure(do(s, "away:10000", lamp), "away:10000", reactor.ErrConnectTimedOut)
	}))

	It("gives up a connection that was not accepted when it is cancelled", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		s.Network().Partition(s.Network().Host("away"))
		got := do(s, "away:10000", lamp)
		s.Reactor().CallLater(time.Second, got.Cancel)
		return failure(got, "away:10000", deferred.ErrCancelled)
	}))

	It("fails when its reactor stops", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		other := s.Network().Host("spec").Reactor(reactor.Config{})
		Expect(other.Start()).To(Succeed())
		addr := serve(s, &server{answer: func(*conversation, string) { Expect(other.Stop()).To(Succeed()) }})
		return failure(transform.Do(other, addr, transform.Cummingsify, []byte(lamp)), addr, reactor.ErrConnectionAborted)
	}))

	It("fails where there is no such host", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		return harness.AssertFailure(do(s, "nowhere.example:7", lamp), reactor.ErrNameNotFound).AddCallback(func(err error) (error, error) {
			Expect(errors.Unwrap(err)).To(MatchError(reactor.ErrNameNotFound), "the reason is wrapped once")
			return err, nil
		})
	}))

	It("serves many at once", harness.Async(func(s *harness.Spec) *deferred.Deferred[[][]byte] {
		addr := serve(s, lowering())
		var all []*deferred.Deferred[[]byte]
		for range 200 {
			all = append(all, do(s, addr, lamp))
		}
		return deferred.Gather(all, false).AddCallback(func(got [][]byte) ([][]byte, error) {
			Expect(got).To(HaveEach(BeEquivalentTo(strings.ToLower(lamp))))
			return got, nil
		})
	}))
})
