package fakes_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// reader is a client that gets a poem, and then knows what has come of it.
type reader struct {
	conversation
	client
	connected bool
	outcomes  int
	failure   error // what it ended with, if not in order
}

func newReader(answer string) *reader {
	r := &reader{}
	r.made = func(c *conversation) {
		r.connected = true
		if answer != "" {
			c.transport.Write([]byte(answer))
		}
	}
	r.lost = func(reason error) {
		r.outcomes++
		if !errors.Is(reason, reactor.ErrConnectionDone) {
			r.failure = reason
		}
	}
	r.protocol = &r.conversation
	return r
}

func (r *reader) ClientConnectionFailed(_ reactor.Connector, reason error) {
	r.outcomes++
	r.failure = reason
}

// poets is a world of servers, which send a poem each, and of clients, each of which
// gets one of them.
type poets struct {
	servers, clients, length int
	patient                  bool // no client leaves early
	readers                  []*reader
	wanted                   [][]byte // by each reader
}

func (p *poets) build(w *fakes.World) error {
	poems := make([][]byte, p.servers)
	for i := range p.servers {
		poem := fmt.Appendf(nil, "the poem of server %d, ", i)
		poem = bytes.Repeat(poem, p.length/len(poem)+1)[:1+w.Rand.IntN(p.length)]
		poems[i] = poem
		factory := reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
			return &conversation{made: func(c *conversation) {
				c.transport.Write(poem)
				c.transport.LoseConnection()
			}}
		})
		if _, err := w.Reactor(fmt.Sprint("server", i)).ListenTCP(":10000", factory); err != nil {
			return err
		}
	}
	for i := range p.clients {
		chosen := w.Rand.IntN(p.servers)
		answer := ""
		if w.Rand.IntN(3) == 0 {
			answer = "what the server does not read"
		}
		r := newReader(answer)
		if w.Rand.IntN(10) == 0 && !p.patient {
			r.data = func(c *conversation, _ []byte) { c.transport.AbortConnection() }
		}
		p.readers = append(p.readers, r)
		p.wanted = append(p.wanted, poems[chosen])
		host := w.Reactor(fmt.Sprint("client", i))
		w.Clock.CallLater(time.Duration(w.Rand.IntN(5000))*time.Millisecond, func() {
			host.ConnectTCP(fmt.Sprintf("server%d:10000", chosen), r, reactor.ConnectOptions{})
		})
	}
	return nil
}

// check returns what is wrong with how the readers have fared, if anything.
func (p *poets) check() error {
	for i, r := range p.readers {
		switch {
		case r.outcomes != 1:
			return fmt.Errorf("client %d has had %d outcomes", i, r.outcomes)
		case !bytes.HasPrefix(p.wanted[i], r.received):
			return fmt.Errorf("client %d has received wrong bytes: %q", i, r.received)
		case r.failure == nil && len(r.received) != len(p.wanted[i]):
			return fmt.Errorf("client %d has received %d bytes of %d, and no error",
				i, len(r.received), len(p.wanted[i]))
		}
	}
	return nil
}

// whole is how many readers have got everything.
func (p *poets) whole() (count int) {
	for i, r := range p.readers {
		if bytes.Equal(p.wanted[i], r.received) {
			count++
		}
	}
	return count
}

// rough is a world in which much goes wrong.
var rough = fakes.WorldConfig{
	Link: fakes.Link{
		MinLatency: time.Millisecond, MaxLatency: 300 * time.Millisecond,
		MaxSegment: 100, RandomCuts: true,
		SendBuffer: 300, ReceiveBuffer: 200,
	},
	Faults: fakes.Faults{Stalls: 8, Resets: 8, Partitions: 3, Within: 8 * time.Second, Last: 40 * time.Second},
	Limit:  time.Hour,
}

var _ = Describe("A world", func() {
	config := func() fakes.WorldConfig {
		config := rough
		config.Reactor = quiet()
		return config
	}

	It("of ten servers, a hundred clients, and faults has the same log for the same seed, to the byte", func() {
		run := func(seed uint64) []byte {
			p := &poets{servers: 10, clients: 100, length: 5000}
			log, err := fakes.Simulate(seed, config(), p.build)
			Expect(err).NotTo(HaveOccurred())
			Expect(p.check()).To(Succeed())
			Expect(p.whole()).To(BeNumerically(">", 50), "most clients get their poem all the same")
			return log
		}
		seed := uint64(GinkgoRandomSeed())
		log := run(seed)
		expectSame(run(seed), log)
		Expect(bytes.Equal(run(seed+1), log)).To(BeFalse())
		for _, what := range []string{" RST\n", " stall\n", " resume\n", " reset\n", " partition ", " heal all\n", " FIN\n"} {
			Expect(bytes.Contains(log, []byte(what))).To(BeTrue(), "there is%q", what)
		}
		for _, between := range bytes.Split(log, []byte(" partition "))[1:] {
			Expect(bytes.Contains(between, []byte(" heal all\n"))).To(BeTrue(), "one partition at a time")
		}
	})

	It("gives every client the whole poem or an error, whatever the seed, and leaves nothing", func() {
		failures := 0
		for i := range uint64(300) {
			p := &poets{servers: 3, clients: 12, length: 600}
			_, err := fakes.Simulate(uint64(GinkgoRandomSeed())+i, config(), p.build)
			Expect(err).NotTo(HaveOccurred())
			Expect(p.check()).To(Succeed(), "seed %d", uint64(GinkgoRandomSeed())+i)
			failures += len(p.readers) - p.whole()
		}
		Expect(failures).To(BeNumerically(">", 100), "the faults are felt")
	})

	It("without faults gives every client its poem", func() {
		p := &poets{servers: 3, clients: 20, length: 3000, patient: true}
		calm := config()
		calm.Faults = fakes.Faults{}
		_, err := fakes.Simulate(uint64(GinkgoRandomSeed()), calm, p.build)
		Expect(err).NotTo(HaveOccurred())
		Expect(p.whole()).To(Equal(20))
	})

	It("says when it does not become quiet", func() {
		w := fakes.NewWorld(7, config())
		r := w.Reactor("here")
		reactor.NewLoopingCall(r, func() *deferred.Deferred[struct{}] { return nil }).Start(time.Second, true)
		Expect(w.Run()).To(MatchError(fakes.ErrNotQuiet))
		Expect(w.Clock.Now().Sub(fakes.NewClock().Now())).To(Equal(time.Hour))
		Expect(w.Run()).To(MatchError(ContainSubstring("seed 7")), "and may go on")
		Expect(w.Close()).To(Succeed(), "the looping call ends with its reactor")
	})

	It("says what is left at its end", func() {
		w := fakes.NewWorld(1, config())
		_, err := w.Network.Host("there").Listen(":80")
		Expect(err).NotTo(HaveOccurred())
		Expect(w.Close()).To(MatchError(ContainSubstring("there are still [198.18.0.1:80]")))
	})

	It("lets go at its end of what a test has stalled and partitioned", func() {
		w := fakes.NewWorld(1, fakes.WorldConfig{Reactor: quiet()})
		near, far := w.Reactor("near"), w.Reactor("far")
		server := &conversation{}
		_, err := far.ListenTCP(":80", serving(server))
		Expect(err).NotTo(HaveOccurred())
		near.ConnectTCP("far:80", &client{protocol: &conversation{}}, reactor.ConnectOptions{})
		Expect(w.Run()).To(Succeed())
		w.Network.Partition(near.Host())
		w.Network.Stall(near.Host(), far.Host())
		w.Network.Connections()[0].Stall()
		Expect(w.Close()).To(Succeed())
		Expect(server.losses).To(Equal(1))
	})

	It("reports that it cannot be built", func() {
		_, err := fakes.Simulate(3, config(), func(*fakes.World) error { return errors.New("no paper") })
		Expect(err).To(MatchError("cannot build the world of seed 3: no paper"))
	})

	It("refuses faults that make no sense", func() {
		Expect(func() { fakes.NewWorld(1, fakes.WorldConfig{Faults: fakes.Faults{Resets: -1}}) }).
			To(PanicWith(ContainSubstring("nothing can be less than zero")))
	})
})
