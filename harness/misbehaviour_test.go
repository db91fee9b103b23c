package harness_test

import (
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// exits has a conversation on a port, and a callback that ends its goroutine.
func exits(s *harness.Spec) *deferred.Deferred[int] {
	return deferred.Then(connect(s, listen(s)), func(silent) *deferred.Deferred[int] {
		s.Reactor().CallLater(time.Millisecond, runtime.Goexit)
		return deferred.New[int]()
	})
}

var _ = inner("callbacks that end their goroutine", func() {
	for _, kind := range []Labels{harness.OnFakeReactor, harness.OnRealReactor} {
		Context("", kind, func() {
			It(kind[0]+", in a callback", harness.Async(exits))
			It(kind[0]+", clean after that", harness.Async(fetchAndClose))
			It(kind[0]+", in the body", harness.Sync(func(s *harness.Spec) {
				listen(s)
				runtime.Goexit()
			}))
			It(kind[0]+", clean after the other", harness.Async(fetchAndClose))
			It(kind[0]+", during the leak check", harness.Sync(func(s *harness.Spec) { s.Reactor().CallLater(0, runtime.Goexit) }))
			It(kind[0]+", clean in the end", harness.Async(fetchAndClose))
		})
	}
})

var _ = inner("cancellers that block", func() {
	for _, kind := range []Labels{harness.OnFakeReactor, harness.OnRealReactor} {
		blocks := func(forWhat <-chan struct{}) func(ctx SpecContext) {
			return harness.Async(func(*harness.Spec) *deferred.Deferred[int] {
				return deferred.WithCanceller(func(*deferred.Deferred[int]) { <-forWhat })
			})
		}
		Context("", kind, harness.Timeout(20*time.Millisecond), func() {
			wait := make(chan struct{})
			AfterEach(func() { event("tear-down") })
			AfterEach(func() {
				if strings.HasSuffix(CurrentSpecReport().LeafNodeText, "for long") {
					close(wait)
				}
			})
			It(kind[0]+", for long", blocks(wait))
			It(kind[0]+", for ever", blocks(nil))
			It(kind[0]+", clean after that", harness.Timeout(time.Minute), harness.Sync(leavesSoon))
		})
	}
	It("clean in the end", harness.OnFakeReactor, harness.Sync(leavesSoon))
})

// poemForever is more than any network takes from who serves it.
var poemForever = []byte(strings.Repeat("on and on ", 10<<20/10))

var _ = inner("closing that does not end", func() {
	leaves := func(s *harness.Spec) reactor.Port {
		port, err := s.Reactor().ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
			return &listener{leaves: true, says: poemForever}
		}))
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(harness.Async(func(*harness.Spec) *deferred.Deferred[struct{}] { return port.StopListening() }))
		return port
	}
	It("on a real reactor", harness.Async(func(s *harness.Spec) *deferred.Deferred[net.Conn] {
		port := leaves(s)
		return reactor.DeferToThread(s.Reactor(), func() (net.Conn, error) {
			conn, err := net.Dial("tcp", port.Addr().String())
			if err == nil {
				DeferCleanup(func() { event("the client leaves") })
				_, err = io.ReadFull(conn, make([]byte, 1))
			}
			return conn, err
		})
	}))
	It("on a fake reactor", harness.OnFakeReactor, harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
		here := s.Network().Host("spec")
		connected := reactor.ConnectProtocol(s.Reactor(), leaves(s).Addr().String(), &listener{}, reactor.ConnectOptions{})
		return deferred.Then(connected, func(l *listener) *deferred.Deferred[int] {
			s.Network().Stall(here, here)
			l.transport.AbortConnection()
			return deferred.Succeed(0)
		})
	}))
})

var _ = inner("shutdowns that fail", func() {
	for _, kind := range []Labels{harness.OnFakeReactor, harness.OnRealReactor} {
		It(kind[0], kind, harness.Sync(func(s *harness.Spec) {
			s.Reactor().AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
				return deferred.Fail[struct{}](errLeft)
			})
		}))
	}
})

// leavesSoon has a goroutine that ends a little later than the spec, so that all are looked
// at.
func leavesSoon(*harness.Spec) {
	soon := make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() { close(soon) })
	go func() { <-soon }()
}

var _ = inner("goroutines that stay", func() {
	harness.Configure(harness.Config{Fake: true, GracePeriod: 300 * time.Millisecond}) // one look of those that find something
	It("stay", harness.Sync(func(s *harness.Spec) {
		s.Allow(harness.Goroutines, "others must not be accused of them")
		go leakOfTheSpec()
		deferred.Inline(func(c *deferred.Coroutine) (int, error) { return deferred.Await(c, deferred.New[int]()) })
	}))
	It("clean after that", harness.Sync(leavesSoon))
})

var _ = inner("a goroutine that has not run yet", func() {
	It("is older than the spec", harness.OnFakeReactor, func(ctx context.Context) {
		DeferCleanup(runtime.GOMAXPROCS, runtime.GOMAXPROCS(1)) // nobody runs it meanwhile
		stay := make(chan struct{})
		DeferCleanup(func() { close(stay) })
		go func(stay <-chan struct{}) { <-stay }(stay) // of an argument the compiler makes a wrapper, which no stack shows
		harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[int] {
			leavesSoon(s) // or nobody would be looked at
			return nil
		})
	})
})

var _ = inner("nodes that never return", func() {
	hangs := func(*harness.Spec) *deferred.Deferred[int] {
		<-(chan int)(nil)
		return nil
	}
	hangsLater := func(s *harness.Spec) *deferred.Deferred[int] {
		s.Reactor().CallLater(time.Second, func() { hangs(s) })
		return deferred.New[int]()
	}
	for name, body := range map[string]func(*harness.Spec) *deferred.Deferred[int]{"in the body": hangs, "in a callback": hangsLater} {
		It(name, harness.OnFakeReactor, NodeTimeout(50*time.Millisecond), GracePeriod(50*time.Millisecond), func(ctx SpecContext) {
			harness.Await(ctx, body)
		})
		It("clean after a hang "+name, harness.OnFakeReactor, harness.Sync(leavesSoon))
	}
})

// waitFor is a function of goroutines that are told apart only by their numbers.
func waitFor(c <-chan struct{}) { <-c }

var _ = inner("a goroutine like an older one", func() {
	It("takes its place", harness.OnFakeReactor, func(ctx context.Context) {
		older := make(chan struct{})
		go waitFor(older)
		harness.Await(ctx, func(*harness.Spec) *deferred.Deferred[int] {
			go waitFor(nil)
			close(older)
			return nil
		})
	})
})

var _ = inner("other reactors", func() {
	Context("", harness.OnFakeReactor, func() {
		away := func(s *harness.Spec) reactor.Reactor {
			r := s.Network().Host("away").Reactor(reactor.Config{})
			Expect(r.Start()).To(Succeed())
			return r
		}
		It("a call of the clock", harness.Sync(func(s *harness.Spec) { s.Clock().CallLater(time.Hour, func() {}) }))
		It("a call of the clock that panics", harness.Sync(func(s *harness.Spec) { s.Clock().CallLater(0, func() { panic("hail") }) }))
		It("clean after that", harness.Async(fetchAndClose))
		It("what another reactor does", harness.Async(func(s *harness.Spec) *deferred.Deferred[silent] {
			r := away(s)
			port, err := r.ListenTCP(":80", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return silent{} }))
			Expect(err).NotTo(HaveOccurred())
			r.CallLater(time.Hour, func() {})
			return connect(s, port)
		}))
		It("another reactor that is left running", harness.Sync(func(s *harness.Spec) { away(s) }))
		It("another reactor that never ran", harness.Sync(func(s *harness.Spec) {
			r := s.Network().Host("away").Reactor(reactor.Config{})
			_, err := r.ListenTCP(":80", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return silent{} }))
			Expect(err).NotTo(HaveOccurred())
		}))
		It("what is cancelled in time", harness.Sync(func(s *harness.Spec) {
			Expect(s.Clock().CallLater(time.Hour, func() {}).Cancel()).To(Succeed())
			Expect(away(s).CallLater(time.Hour, func() {}).Cancel()).To(Succeed())
		}))
	})
})

var _ = inner("a container with a port of its own", func() {
	for _, decorators := range [][]any{{}, {OncePerOrdered}} {
		name := map[int]string{0: "each time", 1: "once"}[len(decorators)]
		Context(name, func() {
			BeforeEach(append(decorators, harness.Sync(func(s *harness.Spec) { s.Log().Info("set up") }))...)
			Context("ordered", Ordered, ContinueOnFailure, func() {
				var port reactor.Port
				BeforeAll(harness.Sync(func(s *harness.Spec) { port = listen(s) }))
				AfterAll(harness.Async(func(*harness.Spec) *deferred.Deferred[struct{}] { return port.StopListening() }))
				It(name+", first", harness.Sync(func(s *harness.Spec) {}))
				It(name+", last", harness.Sync(func(s *harness.Spec) {}))
			})
		})
	}
})

var _ = Describe("The harness", func() {
	kinds := []string{"reactor: fake", "reactor: real"}

	It("fails only the spec whose callback ends the loop's goroutine, as t.FailNow does", func() {
		r := run("callbacks that end their goroutine")
		const told = `a callback has ended the loop's goroutine, as t.FailNow does, and with it the reactor: on the loop, use t.Error`
		r.fails("reactor: real, in a callback", "is waiting, but "+told)
		r.fails("reactor: real, in the body", "the function has ended the loop's goroutine")
		r.fails("reactor: real, during the leak check", told)
		for _, kind := range kinds {
			for _, where := range []string{"in a callback", "in the body", "during the leak check"} {
				report := r.specs[kind+", "+where]
				Expect(report.State).To(BeElementOf(types.SpecStateFailed, types.SpecStatePanicked), where)
				Expect(report.RunTime).To(BeNumerically("<", 10*time.Second))
			}
			for _, when := range []string{"clean after that", "clean after the other", "clean in the end"} {
				Expect(r.specs[kind+", "+when].State).To(Equal(types.SpecStatePassed), r.output)
			}
		}
		for _, where := range []string{"in a callback", "in the body"} {
			Expect(r.specs["reactor: real, "+where].ReportEntries).NotTo(ContainElement(
				HaveField("Value.String()", ContainSubstring("asked for at"))), "everything was closed")
		}
	})

	It("ends a spec whose canceller blocks (G4)", func() {
		r := run("cancellers that block")
		for _, kind := range kinds {
			for _, how := range []string{"for long", "for ever"} {
				report := r.fails(kind+", "+how, "and the canceller has not returned for long.")
				Expect(report.Failure.Message).To(ContainSubstring("has not been fired"))
				stuck := ContainElement(And(
					HaveField("Name", "left behind by a spec that had failed already"),
					HaveField("Value.String()", ContainSubstring("a stuck loop: a callback has not returned for long"))))
				if how == "for ever" {
					Expect(report.ReportEntries).To(stuck)
				} else if kind == "reactor: real" {
					Expect(report.ReportEntries).NotTo(stuck, "it has returned meanwhile")
				}
			}
			Expect(r.specs[kind+", clean after that"].State).To(Equal(types.SpecStatePassed), r.output)
		}
		Expect(r.specs["clean in the end"].State).To(Equal(types.SpecStatePassed), r.output)
		Expect(r.events).To(HaveLen(6))
	})

	It("reports a connection whose closing does not end (G3)", func() {
		r := run("closing that does not end")
		for _, kind := range []string{"real", "fake"} {
			r.fails("on a "+kind+" reactor", MatchRegexp(
				`connections: a connection from \S+ to \S+ is open, and its closing does not end; asked for at scansion/harness_test\.\S+ \(\S+_test.go:\d+\)`))
		}
		Expect(r.events).To(Equal([]string{"the client leaves"}))
	})

	It("reports a callback of a fake reactor that never returns as a stuck loop, and accuses no later spec of it", func() {
		r := run("nodes that never return")
		for _, where := range []string{"in the body", "in a callback"} {
			Expect(r.specs[where].State).To(Equal(types.SpecStateTimedout), r.output)
			Expect(r.specs[where].AdditionalFailures).To(BeEmpty(), r.output)
			Expect(r.specs[where].ReportEntries).To(ContainElement(
				HaveField("Value.String()", ContainSubstring("a stuck loop: a callback has not returned for long"))), r.output)
			Expect(r.specs["clean after a hang "+where].State).To(Equal(types.SpecStatePassed), r.output)
		}
	})

	It("does not accuse a spec of a goroutine that was started before it and has not run yet", func() {
		run("a goroutine that has not run yet").passes()
	})

	It("finds a goroutine that takes the place of an older one of the same function", func() {
		run("a goroutine like an older one").fails("takes its place", And(
			ContainSubstring("goroutines: there are goroutines that were not there before"),
			ContainSubstring("scansion/harness_test.waitFor on top of the stack")))
	})

	It("does not accuse a spec of goroutines that were started before it", func() {
		r := run("goroutines that stay")
		r.passes()
		Expect(r.reports).To(HaveLen(2))
	})

	It("reports an error that the shutdown of the reactor logs (G2)", func() {
		r := run("shutdowns that fail")
		for _, kind := range kinds {
			r.fails(kind, MatchRegexp(`logged errors: ".*left alone" was logged, and not flushed`))
		}
	})

	It("reports what the clock and other reactors of the network have pending (G3)", func() {
		r := run("other reactors")
		const here = `; asked for at scansion/harness_test\.\S+ \(\S+_test.go:\d+\)`
		r.fails("a call of the clock", MatchRegexp(`delayed calls: a delayed call of the clock is pending, due in 1h0m0s`+here))
		Expect(r.specs["a call of the clock that panics"].State).To(Equal(types.SpecStatePanicked))
		r.fails("what another reactor does", And(
			MatchRegexp(`delayed calls: a delayed call is pending, due in \S+, on host "away"`+here),
			MatchRegexp(`ports: a port listens at 198\.18\.0\.\d+:80, on host "away"`+here),
			MatchRegexp(`connections: a connection from \S+:80 to \S+ is open, on host "away"`+here)))
		r.fails("another reactor that never ran", MatchRegexp(`ports: a port listens at \S+:80, on host "away"`+here))
		for _, clean := range []string{"clean after that", "another reactor that is left running", "what is cancelled in time"} {
			Expect(r.specs[clean].State).To(Equal(types.SpecStatePassed), r.output)
		}
	})

	It("advises OncePerOrdered if a BeforeAll uses what a BeforeEach has begun", func() {
		r := run("a container with a port of its own")
		r.fails("each time, first", MatchRegexp(
			`(?s)ports: a port listens.*The \[BeforeAll\] at \S+ has used what the \[BeforeEach\] at \S+ has begun.*OncePerOrdered\.$`))
		for _, spec := range []string{"once, first", "once, last"} {
			Expect(r.specs[spec].State).To(Equal(types.SpecStatePassed), r.output)
		}
	})
})
