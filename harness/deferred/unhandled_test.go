package deferred_test

import (
	"bytes"
	"errors"
	"log/slog"
	"runtime"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"scansion/harness/deferred"
)

// watchReports has the reports of unhandled failures come to a channel until the end
// of the spec: those of the failures given, since other specs leave theirs behind.
func watchReports(failures ...error) chan deferred.Unhandled {
	reports := make(chan deferred.Unhandled, 100)
	DeferCleanup(deferred.SetReporter(only(reports, failures...)))
	return reports
}

// only is a reporter that sends those of the failures given.
func only(reports chan deferred.Unhandled, failures ...error) func(deferred.Unhandled) {
	return func(u deferred.Unhandled) {
		if slices.ContainsFunc(failures, func(failure error) bool { return errors.Is(u.Err, failure) }) {
			reports <- u
		}
	}
}

// giveUp makes deferreds that nobody has any more, and waits for the collector to
// find them.
func giveUp[T any](makeOne func() *deferred.Deferred[T]) {
	GinkgoHelper()
	gone := make(chan struct{})
	func() {
		d := makeOne()
		runtime.AddCleanup(d, func(gone chan struct{}) { close(gone) }, gone)
	}()
	Eventually(func() chan struct{} { runtime.GC(); return gone }).Should(BeClosed())
}

var _ = Describe("A failure that nobody handles", func() {
	var (
		reports       chan deferred.Unhandled
		rain, control error // of this spec alone
	)

	BeforeEach(func() {
		rain, control = errors.New("rain"), errors.New("control")
		reports = watchReports(rain, control)
	})

	// nothingElse gives up one whose failure must be reported: what should have been
	// reported before has been by then.
	nothingElse := func() {
		GinkgoHelper()
		giveUp(func() *deferred.Deferred[int] { return deferred.Fail[int](control) })
		var first deferred.Unhandled
		Eventually(reports).Should(Receive(&first))
		Expect(first.Err).To(BeIdenticalTo(control))
		Expect(reports).NotTo(Receive())
	}

	DescribeTable("A10: is reported once, when the deferred is collected",
		func(makeOne func() *deferred.Deferred[int]) {
			giveUp(func() *deferred.Deferred[int] {
				d := makeOne()
				Expect(d.Unhandled()).To(BeIdenticalTo(rain))
				return d
			})
			Eventually(reports).Should(Receive(Equal(deferred.Unhandled{Err: rain})))
			nothingElse()
		},
		Entry("of Errback", func() *deferred.Deferred[int] { return deferred.Fail[int](rain) }),
		Entry("of a callback", func() *deferred.Deferred[int] {
			return deferred.Succeed(1).AddCallback(returning(0, rain))
		}),
		Entry("of an errback", func() *deferred.Deferred[int] {
			return deferred.Fail[int](errWind).AddErrback(handling(0, rain))
		}),
		Entry("that callbacks let pass", func() *deferred.Deferred[int] {
			return deferred.Fail[int](rain).AddCallback(returning(1, nil))
		}),
		Entry("that waits behind a Pause", func() *deferred.Deferred[int] {
			d := deferred.New[int]().AddErrback(handling(1, nil))
			d.Pause()
			Expect(d.Errback(rain)).To(Succeed())
			return d
		}),
		Entry("of an inner one: by the outer", func() *deferred.Deferred[int] {
			inner := deferred.New[int]()
			outer := waitingFor(inner)
			Expect(inner.Errback(rain)).To(Succeed())
			return outer
		}),
		Entry("of a chained one: by the next", func() *deferred.Deferred[int] {
			next := deferred.New[int]()
			deferred.Fail[int](rain).Chain(next)
			return next
		}),
		Entry("of a conversion", func() *deferred.Deferred[int] {
			return deferred.Then(deferred.Fail[string](rain), length)
		}),
		Entry("of a coroutine", func() *deferred.Deferred[int] {
			return deferred.Inline(func(*deferred.Coroutine) (int, error) { return 0, rain })
		}),
	)

	DescribeTable("A10: is silent where there is none",
		func(makeOne func() *deferred.Deferred[int]) {
			giveUp(makeOne)
			nothingElse()
		},
		Entry("never fired", deferred.New[int]),
		Entry("a result", func() *deferred.Deferred[int] { return deferred.Succeed(1) }),
		Entry("handled later", func() *deferred.Deferred[int] {
			return deferred.Fail[int](rain).AddErrback(handling(1, nil))
		}),
		Entry("taken", func() *deferred.Deferred[int] {
			d := deferred.Fail[int](rain)
			_ = failed(d)
			return d
		}),
		Entry("waiting for one that never fires", func() *deferred.Deferred[int] {
			return waitingFor(deferred.New[int]())
		}),
	)

	It("goes to the log where the reporter is nil", func() {
		DeferCleanup(deferred.SetReporter(nil))
		log := gbytes.NewBuffer()
		DeferCleanup(slog.SetDefault, slog.Default())
		slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
		giveUp(func() *deferred.Deferred[int] { return deferred.Fail[int](rain) })
		Eventually(log).Should(gbytes.Say("error=rain"))
	})

	It("A10: is not one while an errback deals with it", func() {
		d := deferred.Fail[int](rain)
		d.AddErrback(func(error) (int, error) {
			d.Pause()
			d.Unpause()
			Expect(d.Unhandled()).NotTo(HaveOccurred())
			return 0, control
		})
		Expect(d.Unhandled()).To(BeIdenticalTo(control))
		Expect(failed(d)).To(BeIdenticalTo(control))
		Expect(d.Unhandled()).NotTo(HaveOccurred())
	})

	It("tells where the deferred was made and fired, if it is asked", func() {
		DeferCleanup(deferred.SetDebug(true))
		giveUp(func() *deferred.Deferred[int] {
			d := makeForDebug()
			fireForDebug(d, rain)
			return d
		})
		var u deferred.Unhandled
		Eventually(reports).Should(Receive(&u))
		Expect(u.Made).To(HavePrefix("scansion/harness/deferred_test.makeForDebug\n\t"))
		Expect(u.Made).To(ContainSubstring("unhandled_test.go:"))
		Expect(u.Fired).To(HavePrefix("scansion/harness/deferred_test.fireForDebug\n\t"))
		Expect(u.Fired).To(ContainSubstring("unhandled_test.go:"))
	})

	It("goes to the log, unless somebody asks for it", func() {
		var log bytes.Buffer
		before := slog.Default()
		DeferCleanup(func() { slog.SetDefault(before) })
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))

		deferred.LogUnhandled(deferred.Unhandled{Err: rain})
		Expect(log.String()).To(MatchRegexp(`level=ERROR msg="unhandled error in a deferred" error=rain\n$`))

		log.Reset()
		panicked := &deferred.PanicError{Value: "hail", Stack: []byte("of the panic")}
		deferred.LogUnhandled(deferred.Unhandled{Err: panicked, Made: "here", Fired: "there"})
		Expect(log.String()).To(HaveSuffix("error=\"panic: hail\" made=here fired=there stack=\"of the panic\"\n"))
	})

	It("goes to the former reporter again after a later one", func() {
		later := make(chan deferred.Unhandled, 1)
		restore := deferred.SetReporter(only(later, rain))
		giveUp(func() *deferred.Deferred[int] { return deferred.Fail[int](rain) })
		Eventually(later).Should(Receive())
		restore()
		nothingElse()
		Expect(later).NotTo(Receive())
	})
})

//go:noinline
func makeForDebug() *deferred.Deferred[int] { return deferred.New[int]() }

//go:noinline
func fireForDebug(d *deferred.Deferred[int], err error) { _ = d.Errback(err) }
