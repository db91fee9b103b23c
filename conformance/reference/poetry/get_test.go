package poetry_test

import (
	"errors"
	"net"
	"runtime"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/poetry"
	"scansion/fakes"
	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// poet is a server that does what a spec likes.
type poet struct {
	made func(t reactor.Transport)
	lost func(reason error) // may be nil
}

func (p *poet) ConnectionMade(t reactor.Transport) { p.made(t) }
func (p *poet) DataReceived(data []byte)           { Fail("a client has sent " + string(data)) }

func (p *poet) ConnectionLost(reason error) {
	if p.lost != nil {
		p.lost(reason)
	}
}

// listening is a poet that notes whether its client has closed its sending side.
type listening struct {
	poet
	halfClosed bool
}

func (p *listening) ReadConnectionLost() { p.halfClosed = true }

// recite serves with poets that do what made does.
func recite(s *harness.Spec, made func(t reactor.Transport)) (addr string) {
	GinkgoHelper()
	return serve(s, reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &poet{made: made} }))
}

// nowhere is an address that nobody listens at any more.
func nowhere(s *harness.Spec) (addr string) {
	GinkgoHelper()
	port, err := s.Reactor().ListenTCP("127.0.0.1:0", poetry.NewFastFactory(nil))
	Expect(err).NotTo(HaveOccurred())
	_ = port.StopListening() // it frees the address at once
	return port.Addr().String()
}

// failure is what getting the poem at addr fails with, which names it.
func failure(d *deferred.Deferred[[]byte], addr string, reason error) *deferred.Deferred[error] {
	return harness.AssertFailure(d, reason).AddCallback(func(err error) (error, error) {
		Expect(err).To(MatchError(ContainSubstring("cannot get the poem at " + addr + ": ")))
		return err, nil
	})
}

// cancelling gets a poem that is cancelled in the middle, and fires when the poet has
// heard of that, with the reason.
func cancelling(s *harness.Spec) *deferred.Deferred[error] {
	hungUp := deferred.New[error]()
	var got *deferred.Deferred[[]byte]
	addr := serve(s, reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
		return &poet{
			made: func(t reactor.Transport) {
				t.Write([]byte(lamp))
				s.Reactor().CallLater(time.Millisecond, func() { got.Cancel() })
			},
			lost: func(reason error) { _ = hungUp.Callback(reason) }, // once
		}
	}))
	got = poetry.Get(s.Reactor(), addr)
	return deferred.Then(failure(got, addr, deferred.ErrCancelled), func(error) *deferred.Deferred[error] { return hungUp })
}

var _ = onBoth("Get", func() {
	DescribeTable("brings exactly the poem",
		func(ctx SpecContext, poem string) {
			Expect(harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[[]byte] {
				return poetry.Get(s.Reactor(), serve(s, poetry.NewFastFactory([]byte(poem))))
			})).To(BeEquivalentTo(poem))
		},
		poems,
	)

	It("brings a large poem", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]byte] {
		poem := strings.Repeat(lamp, 1<<20/len(lamp))
		return poetry.Get(s.Reactor(), serve(s, poetry.NewFastFactory([]byte(poem)))).AddCallback(func(got []byte) ([]byte, error) {
			expectSame(string(got), poem)
			return got, nil
		})
	}))

	It("puts a poem together from single bytes", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]byte] {
		addr := serve(s, poetry.NewSlowFactory(s.Reactor(), []byte(lamp), poetry.Pace{NumBytes: 1, Delay: time.Millisecond}))
		return poetry.Get(s.Reactor(), addr).AddCallback(func(got []byte) ([]byte, error) {
			Expect(string(got)).To(Equal(lamp))
			return got, nil
		})
	}))

	It("brings several poems at once", harness.Async(func(s *harness.Spec) *deferred.Deferred[[][]byte] {
		fast, slow := poetry.NewFastFactory([]byte("quick")), poetry.NewSlowFactory(s.Reactor(), []byte(lamp), quick)
		var all []*deferred.Deferred[[]byte]
		for _, factory := range []reactor.ServerFactory{slow, fast} {
			addr := serve(s, factory)
			for range 10 {
				all = append(all, poetry.Get(s.Reactor(), addr))
			}
		}
		return deferred.Gather(all, false).AddCallback(func(got [][]byte) ([][]byte, error) {
			Expect(got[:10]).To(HaveEach(BeEquivalentTo(lamp)))
			Expect(got[10:]).To(HaveEach(BeEquivalentTo("quick")))
			return got, nil
		})
	}))

	It("fails where nobody listens", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		addr := nowhere(s)
		return failure(poetry.Get(s.Reactor(), addr), addr, reactor.ErrConnectionRefused)
	}))

	It("fails where there is no such address", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		return deferred.Then(harness.AssertFailureAs[*net.AddrError](poetry.Get(s.Reactor(), "127.0.0.1")),
			func(err *net.AddrError) *deferred.Deferred[error] { return deferred.Succeed[error](err) })
	}))

	It("fails where a reset cuts the poem off", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		addr := recite(s, func(t reactor.Transport) {
			t.Write([]byte(lamp))
			s.Reactor().CallLater(time.Millisecond, t.AbortConnection)
		})
		// On a slow computer it comes while the client is connecting still.
		return failure(poetry.Get(s.Reactor(), addr), addr, syscall.ECONNRESET)
	}))

	It("gives up a connection when it is cancelled", harness.Async(cancelling))

	It("gives up connecting when it is cancelled", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		addr := recite(s, func(t reactor.Transport) { t.LoseConnection() })
		got := poetry.Get(s.Reactor(), addr)
		got.Cancel()
		return failure(got, addr, deferred.ErrCancelled)
	}))

	It("is timed out as any deferred is", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		addr := recite(s, func(t reactor.Transport) { t.Write([]byte(lamp)) })
		return harness.AssertFailure(deferred.Timeout(poetry.Get(s.Reactor(), addr), 20*time.Millisecond, s.Reactor()), deferred.ErrTimedOut)
	}))
})

var _ = Describe("Get on a network", harness.OnFakeReactor, func() {
	It("puts the poem together, however the network cuts it", harness.Async(func(s *harness.Spec) *deferred.Deferred[[][]byte] {
		here := s.Network().Host("spec")
		poem := strings.Repeat("Über dem Fluss, 渡し場の灯\n", 20)
		var all []*deferred.Deferred[[]byte]
		for size := range 20 {
			link := fakes.Link{MaxSegment: 1 + size, RandomCuts: true, MaxLatency: time.Duration(size) * time.Millisecond}
			s.Network().SetLink(here, here, link)
			all = append(all, poetry.Get(s.Reactor(), serve(s, poetry.NewFastFactory([]byte(poem)))))
		}
		return deferred.Gather(all, false).AddCallback(func(got [][]byte) ([][]byte, error) {
			Expect(got).To(HaveEach(BeEquivalentTo(poem)))
			return got, nil
		})
	}))

	It("resets a connection when it is cancelled", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		return cancelling(s).AddCallback(func(reason error) (error, error) {
			Expect(reason).To(MatchError(reactor.ErrConnectionLost))
			return nil, nil
		})
	}))

	DescribeTable("says that the connection was lost, and how much had come, where a reset cuts the poem off",
		func(ctx SpecContext, piece, message string) {
			harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[error] {
				addr := recite(s, func(t reactor.Transport) {
					t.Write([]byte(piece))
					s.Reactor().CallLater(time.Second, t.AbortConnection)
				})
				return failure(poetry.Get(s.Reactor(), addr), addr, reactor.ErrConnectionLost).AddCallback(func(err error) (error, error) {
					Expect(err).To(MatchError(HavePrefix("cannot get the poem at " + addr + ": " + message)))
					return err, nil
				})
			})
		},
		Entry("before the first byte", "", "the connection was lost: "),
		Entry("after the first byte", "A", "it was cut off after 1 byte: the connection was lost: "),
		Entry("after many", strings.Repeat("A", 5000), "it was cut off after 5000 bytes: the connection was lost: "),
	)

	It("neither sends a byte nor closes its sending side before the server closes", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]byte] {
		addr := serve(s, reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
			p := &listening{}
			p.made = func(t reactor.Transport) { // and poets receive nothing
				t.Write([]byte(lamp))
				s.Reactor().CallLater(time.Minute, func() {
					Expect(p.halfClosed).To(BeFalse())
					t.LoseConnection()
				})
			}
			return p
		}))
		return poetry.Get(s.Reactor(), addr)
	}))

	It("downloads anew each time, also from one address", harness.Async(func(s *harness.Spec) *deferred.Deferred[[][]byte] {
		connections := 0
		addr := recite(s, func(t reactor.Transport) {
			connections++
			t.Write([]byte(lamp))
			t.LoseConnection()
		})
		both := []*deferred.Deferred[[]byte]{poetry.Get(s.Reactor(), addr), poetry.Get(s.Reactor(), addr)}
		return deferred.Gather(both, false).AddCallback(func(got [][]byte) ([][]byte, error) {
			Expect(got).To(HaveEach(BeEquivalentTo(lamp)))
			Expect(connections).To(Equal(2))
			return got, nil
		})
	}))

	It("reserves memory in proportion to the length of the poem", func(ctx SpecContext) {
		// What the network reserves for the poem is in it, too.
		reserved := func(length int) uint64 {
			poem := make([]byte, length)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			Expect(harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[[]byte] {
				return poetry.Get(s.Reactor(), serve(s, poetry.NewFastFactory(poem)))
			})).To(HaveLen(length))
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		reserved(1 << 10)
		small, large := reserved(1<<20), reserved(1<<23)
		Expect(large).To(BeNumerically("<", 16*small), "8 times the poem; quadratic were 64 times the memory")
	})

	It("takes as long as the slowest of several", harness.Async(func(s *harness.Spec) *deferred.Deferred[[][]byte] {
		var all []*deferred.Deferred[[]byte]
		for _, delay := range []time.Duration{time.Second, 3 * time.Second, 2 * time.Second} {
			pace := poetry.Pace{NumBytes: 1, Delay: delay}
			all = append(all, poetry.Get(s.Reactor(), serve(s, poetry.NewSlowFactory(s.Reactor(), []byte("0123456789a"), pace))))
		}
		start := s.Reactor().Now()
		return deferred.Gather(all, false).AddCallback(func(got [][]byte) ([][]byte, error) {
			Expect(s.Reactor().Now().Sub(start)).To(Equal(30 * time.Second))
			return got, nil
		})
	}))

	It("fails where nobody answers", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		s.Network().Partition(s.Network().Host("away"))
		return failure(poetry.Get(s.Reactor(), "away:10000"), "away:10000", reactor.ErrConnectTimedOut)
	}))

	It("gives up connecting where nobody answers", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		s.Network().Partition(s.Network().Host("away"))
		got := poetry.Get(s.Reactor(), "away:10000")
		s.Reactor().CallLater(time.Second, got.Cancel)
		return failure(got, "away:10000", deferred.ErrCancelled)
	}))

	It("fails when its reactor stops", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		other := s.Network().Host("spec").Reactor(reactor.Config{})
		Expect(other.Start()).To(Succeed())
		addr := recite(s, func(t reactor.Transport) {
			t.Write([]byte(lamp))
			s.Reactor().CallLater(time.Second, func() { Expect(other.Stop()).To(Succeed()) })
		})
		return failure(poetry.Get(other, addr), addr, reactor.ErrConnectionAborted)
	}))

	It("fails where there is no such host", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		return harness.AssertFailure(poetry.Get(s.Reactor(), "nowhere.example:7"), reactor.ErrNameNotFound).
			AddCallback(func(err error) (error, error) {
				Expect(errors.Unwrap(err)).To(MatchError(reactor.ErrNameNotFound), "the reason is wrapped once")
				return err, nil
			})
	}))
})
