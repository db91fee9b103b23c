package transform_test

import (
	"net"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/netstring"
	"scansion/conformance/reference/transform"
	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

func TestTransform(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Transform client")
}

const lamp = "A Lamp is hung where the Ferry stands"

// server answers requests as a spec likes, and notes what its clients do. It does nothing
// by itself.
type server struct {
	// answer is called with each whole request.
	answer func(c *conversation, request string)

	// made is called with each connection; may be nil.
	made func(c *conversation)

	conversations []*conversation
}

// conversation is one connection to a server.
type conversation struct {
	reactor.Transport
	server   *server
	clock    reactor.Clock
	decoder  netstring.Decoder
	received strings.Builder
	halfDone bool                       // the client has closed its sending side
	next     reactor.DelayedCall        // of later; may be nil
	lost     *deferred.Deferred[string] // all that was received, once the connection is lost
	reason   error                      // why it was lost
}

// serve has the server serve until the end of the spec.
func serve(s *harness.Spec, srv *server) (addr string) {
	GinkgoHelper()
	port, err := s.Reactor().ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
		c := &conversation{server: srv, clock: s.Reactor(), lost: deferred.New[string]()}
		c.decoder.MaxLength = 10 * transform.MaxRequest
		srv.conversations = append(srv.conversations, c)
		return c
	}))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(harness.Async(func(*harness.Spec) *deferred.Deferred[struct{}] { return port.StopListening() }))
	return port.Addr().String()
}

func (c *conversation) ConnectionMade(t reactor.Transport) {
	c.Transport = t
	if c.server.made != nil {
		c.server.made(c)
	}
}

func (c *conversation) DataReceived(data []byte) {
	c.received.Write(data)
	c.decoder.Feed(data)
	for c.decoder.Next() {
		if c.server.answer != nil {
			c.server.answer(c, string(c.decoder.Bytes()))
		}
	}
}

func (c *conversation) ReadConnectionLost() { c.halfDone = true }

func (c *conversation) ConnectionLost(reason error) {
	if c.next != nil && c.next.Active() {
		Expect(c.next.Cancel()).To(Succeed())
	}
	c.reason = reason
	_ = c.lost.Callback(c.received.String()) // once
}

// later calls f after a delay, unless the connection is lost before. It is for one call at
// a time.
func (c *conversation) later(delay time.Duration, f func()) { c.next = c.clock.CallLater(delay, f) }

// say sends pieces of an answer, one a millisecond, and another byte a second later: so the
// server learns of a reset.
func (c *conversation) say(pieces ...string) {
	c.Write([]byte(pieces[0]))
	if len(pieces) > 1 {
		c.later(time.Millisecond, func() { c.say(pieces[1:]...) })
		return
	}
	c.later(time.Second, func() { c.Write([]byte("?")) })
}

// replying is a server that answers each request with these bytes, and closes.
func replying(reply string) *server {
	return &server{answer: func(c *conversation, _ string) {
		c.Write([]byte(reply))
		c.LoseConnection()
	}}
}

// lowering is a server that conforms, as far as lower case goes.
func lowering() *server {
	return &server{answer: func(c *conversation, request string) {
		_, poem, _ := strings.Cut(request, ".")
		c.Write(netstring.Append(nil, strings.ToLower(poem)))
		c.LoseConnection()
	}}
}

// do has the server at addr cummingsify a poem.
func do(s *harness.Spec, addr, poem string) *deferred.Deferred[[]byte] {
	return transform.Do(s.Reactor(), addr, transform.Cummingsify, []byte(poem))
}

// failure is what a request to addr fails with, which names it.
func failure(d *deferred.Deferred[[]byte], addr string, reason error) *deferred.Deferred[error] {
	return harness.AssertFailure(d, reason).AddCallback(func(err error) (error, error) {
		Expect(err).To(MatchError(HavePrefix("cannot have the server at " + addr + " transform a poem: ")))
		return err, nil
	})
}

// nowhere is an address that nobody listens at any more.
func nowhere(s *harness.Spec) (addr string) {
	GinkgoHelper()
	port, err := s.Reactor().ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return nil }))
	Expect(err).NotTo(HaveOccurred())
	_ = port.StopListening() // it frees the address at once
	return port.Addr().String()
}

// onBoth has specs run on a fake reactor and on a real one.
func onBoth(text string, specs func()) bool {
	Describe(text+", on a fake reactor,", harness.OnFakeReactor, specs)
	Describe(text+", on a real reactor,", harness.OnRealReactor, specs)
	return true
}
