package poetry_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/poetry"
	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

func TestPoetry(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Poetry")
}

const lamp = "A lamp is hung where the ferry stands,\nand the rope runs wet through the boatman's hands\n"

// poems are those that have to arrive as they are.
var poems = []TableEntry{
	Entry("a text", lamp),
	Entry("nothing", ""),
	Entry("one byte", "O"),
	Entry("no last line end, blanks around", "  a lamp at the ferry  "),
	Entry("characters of several bytes", "Über dem Fluss, 渡し場の灯"),
	Entry("bytes that are no text", "\x00\xff\r\n\xc3\n\r\x80"),
}

// quick is a pace for specs, which do not wait for its delays but for the poem.
var quick = poetry.Pace{NumBytes: 7, Delay: time.Microsecond}

// onBoth has specs run on a fake reactor and on a real one.
func onBoth(text string, specs func()) bool {
	Describe(text+", on a fake reactor,", harness.OnFakeReactor, specs)
	Describe(text+", on a real reactor,", harness.OnRealReactor, specs)
	return true
}

// serve has the factory serve until the end of the spec, and returns where.
func serve(s *harness.Spec, factory reactor.ServerFactory) (addr string) {
	GinkgoHelper()
	port, err := s.Reactor().ListenTCP("127.0.0.1:0", factory)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(harness.Async(func(*harness.Spec) *deferred.Deferred[struct{}] { return port.StopListening() }))
	return port.Addr().String()
}

// piece is what a visitor has received at one time.
type piece struct {
	text string
	at   time.Duration // since the connection was made
}

// visitor is a client that notes what comes, and when.
type visitor struct {
	clock  reactor.Clock
	begins func(t reactor.Transport) // may be nil
	hears  func(t reactor.Transport) // at each piece; may be nil

	transport reactor.Transport
	start     time.Time
	pieces    []piece
	over      *deferred.Deferred[[]piece] // fails unless the end is in order
}

func (v *visitor) ConnectionMade(t reactor.Transport) {
	v.transport, v.start = t, v.clock.Now()
	if v.begins != nil {
		v.begins(t)
	}
}

func (v *visitor) DataReceived(data []byte) {
	v.pieces = append(v.pieces, piece{string(data), v.clock.Now().Sub(v.start)})
	if v.hears != nil {
		v.hears(v.transport)
	}
}

func (v *visitor) ConnectionLost(reason error) {
	if !errors.Is(reason, reactor.ErrConnectionDone) {
		_ = v.over.Errback(reason) // once
		return
	}
	_ = v.over.Callback(v.pieces) // once
}

// visit has a visitor visit a server.
func visit(s *harness.Spec, addr string, v *visitor) *deferred.Deferred[[]piece] {
	v.clock, v.over = s.Reactor(), deferred.New[[]piece]()
	return deferred.Then(reactor.ConnectProtocol(s.Reactor(), addr, v, reactor.ConnectOptions{}),
		func(*visitor) *deferred.Deferred[[]piece] { return v.over })
}

// textOf is all that was received.
func textOf(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
	}
	return b.String()
}

// expectSame compares poems that are too long to be printed.
func expectSame(actual, expected string) {
	GinkgoHelper()
	Expect(actual).To(HaveLen(len(expected)))
	Expect(strings.Compare(actual, expected)).To(BeZero(), "the bytes differ")
}
