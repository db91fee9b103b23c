package harness_test

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

var _ = Describe("Spec", func() {
	is := func(limit time.Duration) func(ctx SpecContext) {
		return harness.Sync(func(s *harness.Spec) { Expect(s.Timeout()).To(Equal(limit)) })
	}

	It("has a time-out of 120 s by default (G4)", is(120*time.Second))
	Context("in a container with a time-out", harness.Timeout(5*time.Second), func() {
		It("has the time-out of the container", is(5*time.Second))
		It("has its own time-out", harness.Timeout(90*time.Second), is(90*time.Second))
		Context("in a container within, with another time-out", harness.Timeout(6*time.Second), func() {
			It("has the time-out of the container within", is(6*time.Second))
			It("has its own time-out, which may be that of the container outside", harness.Timeout(5*time.Second), is(5*time.Second))
		})
	})
	Context("in a container on a fake reactor", harness.OnFakeReactor, func() {
		It("has a clock and a network", harness.Sync(func(s *harness.Spec) {
			Expect(s.Network().Host("spec").IP().IsValid()).To(BeTrue())
			called := false
			s.Reactor().CallLater(time.Hour, func() { called = true })
			s.Clock().Elapse(time.Hour)
			Expect(called).To(BeTrue())
		}))
		It("has a real reactor by its own decorator", harness.OnRealReactor, harness.Sync(func(s *harness.Spec) {
			Expect(s.Reactor()).To(BeAssignableToTypeOf(&reactor.TCP{}))
		}))
	})

	Context("in an ordered container", Ordered, harness.OnFakeReactor, func() {
		var port reactor.Port

		BeforeAll(harness.Sync(func(s *harness.Spec) { port = listen(s) }))
		AfterAll(harness.Async(func(*harness.Spec) *deferred.Deferred[struct{}] { return port.StopListening() }))
		It("uses what BeforeAll has set up", harness.Sync(func(s *harness.Spec) { Expect(s.Network().Connections()).To(BeEmpty()) }))
		It("is shared by all specs of the container", harness.Async(func(s *harness.Spec) *deferred.Deferred[struct{}] {
			heard := deferred.New[struct{}]()
			conversation := &listener{lost: heard}
			_ = reactor.ConnectProtocol(s.Reactor(), port.Addr().String(), conversation, reactor.ConnectOptions{}).
				AddCallback(func(c *listener) (*listener, error) {
					c.transport.LoseConnection()
					return c, nil
				})
			return heard
		}))
	})

	It("runs cleanups last in, first out, before it ends", func() {
		r := run("cleaning up")
		r.passes()
		Expect(r.events).To(Equal([]string{"body", "second cleanup", "second cleanup is done", "first cleanup", "first cleanup is done"}))
	})

	It("is shared by all specs of the suite if BeforeSuite makes it", func() {
		r := run("of a suite")
		r.passes()
		Expect(r.events).To(Equal([]string{"suite set-up", "a spec", "a spec", "suite tear-down"}))
	})

	It("finds no leak in 200 clean specs in random order", func() {
		r := run("clean", "-ginkgo.randomize-all")
		r.passes()
		Expect(r.reports).To(HaveLen(200))
	})

	It("finds no leak in 200 clean specs in parallel processes", func() {
		folder := GinkgoT().TempDir()
		command := exec.Command("go", "tool", "ginkgo", "--procs=3", "--randomize-all", "--label-filter=inner",
			"--json-report=report.json", "--output-dir="+folder, "--no-color", os.Args[0])
		command.Env = append(os.Environ(), innerSuite+"=clean", innerEvents+"="+filepath.Join(folder, "events"))
		output, err := command.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(output))
		Expect(string(output)).To(ContainSubstring("200 Passed"))
	})

	Context("whose log has errors", harness.OnFakeReactor, func() {
		It("passes if FlushErrors and FlushErrorsAs take all of them", harness.Sync(func(s *harness.Spec) {
			s.Log().Error("it rains", "error", failed().Handle())
			slog.Error("still", slog.Group("weather", "now", errRain))
			s.Log().With("cause", errWind).WithGroup("g").Error("and then")
			s.Log().Error("no more")
			s.Log().Warn("is not one", "error", errRain)
			Expect(s.FlushErrors(errRain)).To(HaveExactElements(MatchError("it rains: heavy rain"), MatchError("still: rain")))
			Expect(s.FlushErrors(errRain)).To(BeEmpty())
			Expect(harness.FlushErrorsAs[*harness.LoggedError](s)).To(HaveExactElements(
				And(MatchError(errWind), HaveField("Where", ContainSubstring("spec_test.go:"))),
				HaveField("Message", "no more")))
		}))

		It("goes on after a panic of a callback if that is allowed", harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
			s.Allow(harness.Panics, "the callback is to panic")
			s.Reactor().CallLater(time.Second, func() { panic(errRain) })
			return after(s, time.Minute, 1).AddCallback(func(int) (int, error) {
				Expect(harness.FlushErrorsAs[*deferred.PanicError](s)).To(HaveExactElements(MatchError(errRain)))
				return 0, nil
			})
		}))
	})

	It("replaces the default loggers while it lives, and restores them", func() {
		r := run("default loggers")
		r.passes()
		Expect(r.events).To(Equal([]string{"before", "after"}))
	})

	It("waits for connections that are being closed (G3)", func(ctx context.Context) {
		harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[*listener] {
			port, err := s.Reactor().ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
				return &listener{leaves: true}
			}))
			Expect(err).NotTo(HaveOccurred())
			return reactor.ConnectProtocol(s.Reactor(), port.Addr().String(), &listener{}, reactor.ConnectOptions{}).
				AddBoth(func(c *listener, err error) (*listener, error) {
					port.StopListening()
					return c, err
				})
		})
	})
})

// listener hears the end of its connection, and says something and leaves at once if it
// likes.
type listener struct {
	silent
	transport reactor.Transport
	says      []byte
	leaves    bool
	lost      *deferred.Deferred[struct{}]
}

func (l *listener) ConnectionMade(transport reactor.Transport) {
	l.transport = transport
	transport.Write(l.says)
	if l.leaves {
		transport.LoseConnection()
	}
}

func (l *listener) ConnectionLost(error) {
	if l.lost != nil {
		_ = l.lost.Callback(struct{}{})
	}
}

// cleanup is asynchronous.
func cleanup(name string) func(ctx SpecContext) {
	return harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
		event(name)
		return after(s, 10*time.Millisecond, 0).AddCallback(func(int) (int, error) {
			event(name, "is done")
			return 0, nil
		})
	})
}

var _ = inner("cleaning up", func() {
	// Nobody has used the harness yet when the first one is deferred.
	BeforeEach(func() { DeferCleanup(cleanup("first cleanup")) })
	It("cleans", harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
		event("body")
		DeferCleanup(func() {})
		return after(s, time.Millisecond, 0)
	}))
	JustBeforeEach(func() { DeferCleanup(cleanup("second cleanup")) })
})

var _ = inner("of a suite", func() {
	It("one", harness.Sync(func(*harness.Spec) { event("a spec") }))
	It("two", harness.Sync(func(*harness.Spec) { event("a spec") }))
})

func init() {
	if os.Getenv(innerSuite) == "of a suite" {
		BeforeSuite(harness.Sync(func(*harness.Spec) {
			event("suite set-up")
			DeferCleanup(harness.Sync(func(*harness.Spec) { event("suite tear-down") }))
		}))
	}
}

var _ = inner("default loggers", func() {
	It("replaces them", func(ctx context.Context) {
		var standard, structured bytes.Buffer
		output, flags, before := log.Writer(), log.Flags(), slog.Default()
		DeferCleanup(func() {
			slog.Info("again")
			log.Print("again")
			Expect(structured.String()).To(HaveSuffix("msg=again\n"))
			Expect(standard.String()).To(Equal("again\n"))
			event("after")
			slog.SetDefault(before)
			log.SetOutput(output)
			log.SetFlags(flags)
		})
		slog.SetDefault(slog.New(slog.NewTextHandler(&structured, nil)))
		log.SetOutput(&standard)
		log.SetFlags(0)
		harness.Await(ctx, func(*harness.Spec) *deferred.Deferred[int] {
			slog.Info("for the spec")
			log.Print("for the spec")
			return nil
		})
		Expect(structured.String()).To(BeEmpty())
		Expect(standard.String()).To(BeEmpty())
		event("before")
	})
})

// These specs leave nothing behind.
var _ = inner("clean", func() {
	for range 50 {
		for _, label := range []Labels{harness.OnFakeReactor, harness.OnRealReactor} {
			It("serves", label, FlakeAttempts(1), harness.Async(fetchAndClose))
			It("waits", label, harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
				go func() {}()
				slog.Info("nothing is wrong")
				return after(s, time.Microsecond, 1)
			}))
		}
	}
})

// fetchAndClose has a conversation that the server ends, and closes the port.
func fetchAndClose(s *harness.Spec) *deferred.Deferred[struct{}] {
	port, err := s.Reactor().ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
		return &listener{leaves: true}
	}))
	Expect(err).NotTo(HaveOccurred())
	heard := deferred.New[struct{}]()
	client := &listener{lost: heard}
	connected := reactor.ConnectProtocol(s.Reactor(), port.Addr().String(), client, reactor.ConnectOptions{})
	left := deferred.Then(connected, func(*listener) *deferred.Deferred[struct{}] { return heard })
	return deferred.Then(left, func(struct{}) *deferred.Deferred[struct{}] { return port.StopListening() })
}
