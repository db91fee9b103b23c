package harness_test

import (
	"fmt"
	"net"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// Part 15 tests a client of poems: that it fetches one, and that it fails where nobody
// serves any. This is the same on the harness; the container below runs with the suite.

const haiku = "The kettle whistles.\nA moth walks round the lamp's rim.\nNobody gets up.\n"

// poet serves the poem and hangs up.
type poet struct{ reactor.ProtocolBase }

func (*poet) ConnectionMade(transport reactor.Transport) {
	transport.Write([]byte(haiku))
	transport.LoseConnection()
}

// reader reads a poem to its end.
type reader struct {
	reactor.ProtocolBase

	text strings.Builder
	poem *deferred.Deferred[string]
}

func (r *reader) DataReceived(data []byte) { r.text.Write(data) }
func (r *reader) ConnectionLost(error)     { _ = r.poem.Callback(r.text.String()) }

// fetch is the function under test.
func fetch(r reactor.Reactor, addr string) *deferred.Deferred[string] {
	protocol := &reader{poem: deferred.New[string]()}
	connected := reactor.ConnectProtocol(r, addr, protocol, reactor.ConnectOptions{})
	return deferred.Then(connected, func(*reader) *deferred.Deferred[string] { return protocol.poem })
}

var _ = Describe("Fetching a poem (Part 15)", func() {
	var port reactor.Port

	BeforeEach(harness.Sync(func(s *harness.Spec) {
		var err error
		port, err = s.Reactor().ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &poet{} }))
		Expect(err).NotTo(HaveOccurred())
	}))

	AfterEach(harness.Async(func(*harness.Spec) *deferred.Deferred[struct{}] { return port.StopListening() }))

	It("returns the poem", harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
		return fetch(s.Reactor(), port.Addr().String()).AddCallback(func(poem string) (string, error) {
			Expect(poem).To(Equal(haiku))
			return poem, nil
		})
	}))

	It("fails if the port is closed", harness.Async(func(s *harness.Spec) *deferred.Deferred[error] {
		fetched := deferred.Then(port.StopListening(), func(struct{}) *deferred.Deferred[string] {
			return fetch(s.Reactor(), port.Addr().String())
		})
		return harness.AssertFailure(fetched, reactor.ErrConnectionRefused)
	}))
})

// Async makes the body of a node from a function that returns a deferred.
func ExampleAsync() {
	It("fetches in no time", harness.OnFakeReactor, harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
		return fetch(s.Reactor(), "poems.example:10000")
	}))
}

// A body that has parameters calls Await.
func ExampleAwait() {
	DescribeTable("fetches", func(ctx SpecContext, addr, poem string) {
		Expect(harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[string] {
			return fetch(s.Reactor(), addr)
		})).To(Equal(poem))
	}, Entry("a haiku", "poems.example:10000", haiku))
}

// The error that is expected is the result.
func ExampleAssertFailure() {
	d := deferred.New[string]()
	harness.AssertFailure(d, reactor.ErrConnectionRefused).AddCallback(func(err error) (error, error) {
		fmt.Println("as it should be:", err)
		return nil, nil
	})
	_ = d.Errback(reactor.ErrConnectionRefused) // the first time
	// Output:
	// as it should be: the connection was refused
}
