package reactor_test

import (
	"context"
	"fmt"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/reactor"
)

// scene is a server and a client on one reactor, of which every callback is noted. It
// is over when both have lost their connections, or the client has none.
type scene struct {
	reactor        reactor.Reactor
	server, client part
	refuses        bool // the server's factory
	nobody         bool // there is no server
	left           int  // connections that are still to be lost
}

// part is the protocol of one side. What it does is said by its functions, any of
// which may be missing.
type part struct {
	made, readLost func(t reactor.Transport)
	data           func(t reactor.Transport, sum int) // sum: bytes received so far

	scene     *scene
	transport reactor.Transport
	sum       int
	diary     []string
}

func (p *part) note(format string, args ...any) {
	p.diary = append(p.diary, fmt.Sprintf(format, args...))
}

func (p *part) ConnectionMade(t reactor.Transport) {
	p.transport = t
	p.note("made")
	if p.made != nil {
		p.made(t)
	}
}

func (p *part) DataReceived(data []byte) {
	p.sum += len(data) // how it is cut is the network's business
	if p.data != nil {
		p.data(p.transport, p.sum)
	}
}

func (p *part) ConnectionLost(reason error) {
	p.note("lost after %d bytes: %s", p.sum, reasonOf(reason))
	p.scene.leave()
}

// reasonOf is the name of a reason; the network's own words are different for each.
func reasonOf(reason error) string {
	for _, known := range []error{
		reactor.ErrConnectionDone, reactor.ErrConnectionLost, reactor.ErrConnectionAborted,
		reactor.ErrConnectionRefused, reactor.ErrConnectTimedOut, reactor.ErrConnectStopped,
	} {
		if ok, _ := MatchError(known).Match(reason); ok {
			return known.Error()
		}
	}
	return reason.Error()
}

// halfPart is a part that handles the peer's half-close.
type halfPart struct{ *part }

func (h halfPart) ReadConnectionLost() {
	h.note("read lost")
	h.readLost(h.transport)
}

func (p *part) protocol() reactor.Protocol {
	if p.readLost != nil {
		return halfPart{p}
	}
	return p
}

func (s *scene) StartFactory()                           { s.client.note("StartFactory") }
func (s *scene) StopFactory()                            { s.client.note("StopFactory") }
func (s *scene) StartedConnecting(reactor.Connector)     { s.client.note("StartedConnecting") }
func (s *scene) BuildProtocol(net.Addr) reactor.Protocol { return s.client.protocol() }
func (s *scene) ClientConnectionLost(reactor.Connector, error) {
	s.client.note("ClientConnectionLost")
	s.leave()
}

func (s *scene) ClientConnectionFailed(_ reactor.Connector, reason error) {
	s.client.note("ClientConnectionFailed: %s", reasonOf(reason))
	s.left = 0
	s.leave()
}

func (s *scene) leave() {
	if s.left--; s.left <= 0 {
		s.reactor.CallLater(0, func() { Expect(s.reactor.Stop()).To(Succeed()) })
	}
}

// play plays the scene on a reactor, and returns the diaries.
func (s scene) play(r reactor.Reactor) (server, client []string) {
	GinkgoHelper()
	s.reactor = r
	s.server.scene, s.client.scene = &s, &s
	s.left = 3 // both protocols and the client's factory
	if s.refuses {
		s.left = 2
	}
	port, err := r.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
		if s.refuses {
			return nil
		}
		return s.server.protocol()
	}))
	Expect(err).NotTo(HaveOccurred())
	if s.nobody {
		port.StopListening()
	}
	r.CallWhenRunning(func() { r.ConnectTCP(port.Addr().String(), &s, reactor.ConnectOptions{}) })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	Expect(r.Run(ctx)).To(Succeed())
	Expect(ctx.Err()).NotTo(HaveOccurred(), "server: %v, client: %v", s.server.diary, s.client.diary)
	return s.server.diary, s.client.diary
}

// What a program sees on the fake network is what it sees on the real one.
var _ = DescribeTable("On real and on fake sockets alike,",
	func(s scene) {
		server, client := s.play(reactor.NewTCP(quiet()))
		network := fakes.NewNetwork(fakes.NewClock(), fakes.NetworkConfig{
			Seed: uint64(GinkgoRandomSeed()), //nolint:gosec // any number is a seed
			Link: fakes.Link{MinLatency: time.Millisecond, MaxLatency: 50 * time.Millisecond, RandomCuts: true},
		})
		fakeServer, fakeClient := s.play(network.Host("here").Reactor(quiet()))
		Expect(fakeServer).To(Equal(server), "the server's")
		Expect(fakeClient).To(Equal(client), "the client's")
		Expect(client).To(ContainElement("StopFactory"))
		AddReportEntry("diaries", fmt.Sprint(server, client), ReportEntryVisibilityFailureOrVerbose)
	},
	Entry("a poem is served", scene{server: part{made: func(t reactor.Transport) {
		t.Write(verse(200_000))
		t.LoseConnection()
	}}}),
	Entry("an empty poem is served", scene{server: part{made: reactor.Transport.LoseConnection}}),
	Entry("a client that has spoken gets the whole poem", scene{
		server: part{data: func(t reactor.Transport, sum int) {
			if sum == 10 {
				t.Write(verse(200_000))
				t.LoseConnection()
			}
		}},
		client: part{made: func(t reactor.Transport) { t.Write(verse(10)) }},
	}),
	Entry("a client that goes on speaking gets the whole poem", scene{
		server: part{made: func(t reactor.Transport) { t.Write(verse(200_000)); t.LoseConnection() }},
		client: part{made: func(t reactor.Transport) { t.Write(verse(100_000)) }},
	}),
	Entry("both say much, then the client closes", scene{
		server: part{made: func(t reactor.Transport) { t.Write(verse(500_000)) }},
		client: part{
			made: func(t reactor.Transport) { t.Write(verse(500_000)) },
			data: func(t reactor.Transport, sum int) {
				if sum == 500_000 {
					t.LoseConnection()
				}
			},
		},
	}),
	Entry("the client half-closes, and is answered", scene{
		server: part{readLost: func(t reactor.Transport) { t.Write(verse(100)); t.LoseConnection() }},
		client: part{made: func(t reactor.Transport) { t.Write(verse(100_000)); t.LoseWriteConnection() }},
	}),
	Entry("the client half-closes, and the server has no use for that", scene{
		server: part{made: func(t reactor.Transport) { t.Write(verse(200_000)) }},
		client: part{made: reactor.Transport.LoseWriteConnection},
	}),
	Entry("both half-close", scene{
		server: part{made: reactor.Transport.LoseWriteConnection, readLost: func(reactor.Transport) {}},
		client: part{made: reactor.Transport.LoseWriteConnection, readLost: func(reactor.Transport) {}},
	}),
	Entry("the server aborts when it is spoken to", scene{
		server: part{data: func(t reactor.Transport, _ int) { t.AbortConnection() }},
		client: part{made: func(t reactor.Transport) { t.Write(verse(1)) }},
	}),
	Entry("the client aborts when it has heard enough", scene{
		server: part{made: func(t reactor.Transport) { t.Write(verse(1)) }},
		client: part{data: func(t reactor.Transport, _ int) { t.AbortConnection() }},
	}),
	Entry("the server panics when it is spoken to", scene{
		server: part{data: func(reactor.Transport, int) { panic("trouble") }},
		client: part{made: func(t reactor.Transport) { t.Write(verse(1)) }},
	}),
	Entry("the server wants no connection", scene{refuses: true}),
	Entry("nobody listens", scene{nobody: true}),
	Entry("the client pauses for a moment", scene{
		server: part{made: func(t reactor.Transport) { t.Write(verse(1 << 20)); t.LoseConnection() }},
		client: part{made: func(t reactor.Transport) { t.PauseProducing(); t.ResumeProducing() }},
	}),
)
