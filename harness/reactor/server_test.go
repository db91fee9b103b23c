package reactor_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"scansion/harness/reactor"
)

// diary is a factory that notes every call to it and to its protocols. It is for the
// loop only, or for after its end.
type diary struct {
	entries []string
	build   func() *conversation
}

func (d *diary) note(entry string) { d.entries = append(d.entries, entry) }

func (d *diary) StartFactory() { d.note("StartFactory") }
func (d *diary) StopFactory()  { d.note("StopFactory") }

func (d *diary) BuildProtocol(net.Addr) reactor.Protocol {
	d.note("BuildProtocol")
	c := d.build()
	made, data := c.made, c.data
	c.made = func(t reactor.Transport) {
		d.note("ConnectionMade")
		if made != nil {
			made(t)
		}
	}
	c.data = func(t reactor.Transport, bytes []byte) {
		d.note("DataReceived")
		if data != nil {
			data(t, bytes)
		}
	}
	c.lost = func(reason error) { d.note("ConnectionLost: " + reason.Error()) }
	return c
}

// soFar is a copy of the entries, for other goroutines.
func (d *diary) soFar(r reactor.Reactor) (entries []string) {
	GinkgoHelper()
	onLoop(r, func() { entries = append(entries, d.entries...) })
	return entries
}

// failingListener fails to accept a number of times, as if there were no file
// descriptors left, before it accepts.
type failingListener struct {
	net.Listener
	failures int
}

func (l *failingListener) Accept() (net.Conn, error) {
	if l.failures > 0 {
		l.failures--
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

// finConn tells when the sending side is closed.
type finConn struct {
	*net.TCPConn
	fin chan<- struct{}
}

func (c finConn) CloseWrite() error {
	defer close(c.fin)
	return c.TCPConn.CloseWrite()
}

var _ = Describe("A server", func() {
	listen := func(r reactor.Reactor, factory reactor.ServerFactory) (port reactor.Port) {
		GinkgoHelper()
		onLoop(r, func() {
			var err error
			port, err = r.ListenTCP("127.0.0.1:0", factory)
			Expect(err).NotTo(HaveOccurred())
		})
		return port
	}
	echo := func() *conversation {
		return &conversation{data: func(t reactor.Transport, data []byte) { t.Write(data) }}
	}
	// speak has a connection prove that somebody is there.
	speak := func(client net.Conn) {
		GinkgoHelper()
		Expect(client.Write([]byte("x"))).To(Equal(1))
		Expect(io.ReadFull(client, make([]byte, 1))).To(Equal(1))
	}

	It("E1: sees its callbacks in order, from StartFactory to StopFactory", func() {
		d := &diary{build: echo}
		r := reactor.NewTCP(quiet())
		port, err := r.ListenTCP("127.0.0.1:0", d)
		Expect(err).NotTo(HaveOccurred())
		Expect(d.entries).To(BeEmpty(), "the reactor does not run yet")
		client := dial(port.Addr().String())
		result := make(chan error, 1)
		go func() { result <- r.Run(context.Background()) }()
		speak(client)
		Expect(client.Close()).To(Succeed())
		Eventually(func() []string { return d.soFar(r) }).Should(HaveLen(5))
		Expect(r.Stop()).To(Succeed())
		Eventually(result).Should(Receive(BeNil()))
		Expect(d.entries).To(Equal([]string{
			"StartFactory", "BuildProtocol", "ConnectionMade", "DataReceived",
			"ConnectionLost: the connection was closed cleanly", "StopFactory",
		}))
	})

	It("E7: a protocol that panics loses its connection with that reason, and no other does", func() {
		log := gbytes.NewBuffer()
		r, _ := running(reactor.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})
		trouble := errors.New("protocol trouble")
		reasons := make(chan error, 8)
		addr := serve(r, func() reactor.Protocol {
			return &conversation{
				data: func(t reactor.Transport, data []byte) {
					if string(data) == "!" {
						panic(trouble)
					}
					t.Write(data)
				},
				lost: func(reason error) { reasons <- reason },
			}
		})
		other, client := dial(addr), dial(addr)
		speak(other)
		Expect(client.Write([]byte("!"))).To(Equal(1))
		var reason error
		Eventually(reasons).Should(Receive(&reason))
		Expect(reason).To(MatchError(trouble))
		var failure *reactor.PanicError
		Expect(errors.As(reason, &failure)).To(BeTrue())
		Expect(failure.Value).To(BeIdenticalTo(trouble))
		Expect(string(failure.Stack)).To(ContainSubstring("server_test.go"))
		Expect(log).To(gbytes.Say("callback=DataReceived"))
		_, err := io.ReadAll(client)
		Expect(err).To(MatchError(syscall.ECONNRESET))
		speak(other)
	})

	It("E7: a panic in ConnectionMade, ReadConnectionLost or ConnectionLost does no more harm", func() {
		r, _ := running(quiet())
		builds := []reactor.Protocol{
			&conversation{made: func(reactor.Transport) { panic("made") }},
			&halfCloser{readLost: func(reactor.Transport) { panic("read lost") }},
			&conversation{lost: func(error) { panic("lost") }},
			echo(),
		}
		addr := serve(r, func() reactor.Protocol {
			next := builds[0]
			builds = builds[1:]
			return next
		})
		Expect(reset(addr)).To(MatchError(syscall.ECONNRESET))
		for range 2 {
			Expect(dial(addr).CloseWrite()).To(Succeed())
		}
		speak(dial(addr))
	})

	It("E8: a factory that returns nil, or panics, refuses the connection", func() {
		r, _ := running(quiet())
		addr := serve(r, func() reactor.Protocol { return nil })
		Expect(readAll(dial(addr))).To(BeEmpty())
		addr = serve(r, func() reactor.Protocol { panic("build") })
		Expect(readAll(dial(addr))).To(BeEmpty())
	})

	It("E10: connections survive StopListening, and the address is free", func() {
		d := &diary{build: echo}
		r, _ := running(quiet())
		port := listen(r, d)
		client := dial(port.Addr().String())
		speak(client)
		onLoop(r, func() {
			port.StopListening()
			again, err := net.Listen("tcp", port.Addr().String())
			Expect(err).NotTo(HaveOccurred())
			Expect(again.Close()).To(Succeed())
			port.StopListening()
		})
		Eventually(func() []string { return d.soFar(r) }).Should(ContainElement("StopFactory"))
		speak(client)
	})

	It("E10: a port can be stopped before the reactor runs, and is never started", func() {
		d := &diary{build: echo}
		r := reactor.NewTCP(quiet())
		port, err := r.ListenTCP("127.0.0.1:0", d)
		Expect(err).NotTo(HaveOccurred())
		port.StopListening()
		r.CallWhenRunning(func() { r.CallLater(0, func() { Expect(r.Stop()).To(Succeed()) }) })
		Expect(r.Run(context.Background())).To(Succeed())
		Expect(d.entries).To(BeEmpty())
	})

	It("E10: a port that is taken is an error at once", func() {
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(taken.Close)
		_, err = reactor.NewTCP(quiet()).ListenTCP(taken.Addr().String(), reactor.FactoryFunc(nil))
		Expect(err).To(MatchError(syscall.EADDRINUSE))
	})

	It("stops at once, also where clients do not read", func() {
		d := &diary{build: func() *conversation {
			return &conversation{made: func(t reactor.Transport) { t.Write(verse(20 << 20)); t.LoseConnection() }}
		}}
		r, result := running(quiet())
		port := listen(r, d)
		clients := []*net.TCPConn{dial(port.Addr().String()), dial(port.Addr().String())}
		for _, client := range clients {
			Expect(io.ReadFull(client, make([]byte, 1))).To(Equal(1))
		}
		Expect(r.Stop()).To(Succeed())
		Eventually(result).Should(Receive(BeNil()))
		Expect(d.entries).To(HaveExactElements(
			"StartFactory", "BuildProtocol", "ConnectionMade", "BuildProtocol", "ConnectionMade",
			"ConnectionLost: the connection was aborted", "ConnectionLost: the connection was aborted", "StopFactory",
		))
		for _, client := range clients {
			_, err := io.ReadAll(client)
			Expect(err).To(MatchError(syscall.ECONNRESET), "a poem that is cut off must not look whole")
		}
		_, err := net.Dial("tcp", port.Addr().String())
		Expect(err).To(MatchError(syscall.ECONNREFUSED))
	})

	It("stops without harm to a peer that was sent everything, and has yet to read it", func() {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		fin := make(chan struct{})
		roomy := wrappingListener{inner, func(conn net.Conn) net.Conn {
			Expect(conn.(*net.TCPConn).SetWriteBuffer(1 << 20)).To(Succeed())
			return finConn{conn.(*net.TCPConn), fin}
		}}
		data := verse(150_000) // more than the client's kernel takes, less than ours does
		r, result := running(quiet())
		reasons := make(chan error, 8)
		onLoop(r, func() {
			_, err := r.AdoptListener(roomy, reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
				return &conversation{
					made: func(t reactor.Transport) { t.Write(data); t.LoseConnection() },
					lost: func(reason error) { reasons <- reason },
				}
			}))
			Expect(err).NotTo(HaveOccurred())
		})
		client := dial(inner.Addr().String())
		Eventually(fin).Should(BeClosed())
		Expect(r.Stop()).To(Succeed())
		Eventually(result).Should(Receive(BeNil()))
		Expect(reasons).To(Receive(MatchError(reactor.ErrConnectionDone)))
		expectSame(readAll(client), data)
	})

	It("survives running out of file descriptors, and does not spin meanwhile", func() {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		log := gbytes.NewBuffer()
		r, _ := running(reactor.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})
		onLoop(r, func() {
			_, err := r.AdoptListener(&failingListener{inner, 4}, &diary{build: echo})
			Expect(err).NotTo(HaveOccurred())
		})
		speak(dial(inner.Addr().String()))
		for _, wait := range []string{"5ms", "10ms", "20ms", "40ms"} {
			Expect(log).To(gbytes.Say(`too many open files" "again in"=` + wait))
		}
	})

	It("can be stopped while it waits to accept again", func() {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		log := gbytes.NewBuffer()
		r, _ := running(reactor.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})
		d := &diary{build: echo}
		var port reactor.Port
		onLoop(r, func() {
			port, err = r.AdoptListener(&failingListener{inner, 1 << 20}, d)
			Expect(err).NotTo(HaveOccurred())
		})
		Eventually(log).Should(gbytes.Say(`"again in"=20ms`))
		onLoop(r, func() { port.StopListening() })
		Eventually(func() []string { return d.soFar(r) }).Should(Equal([]string{"StartFactory", "StopFactory"}))
	})

	It("takes a listener that somebody else closed for stopped", func() {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		r, _ := running(quiet())
		d := &diary{build: echo}
		onLoop(r, func() {
			_, err := r.AdoptListener(inner, d)
			Expect(err).NotTo(HaveOccurred())
		})
		Expect(inner.Close()).To(Succeed())
		Eventually(func() []string { return d.soFar(r) }).Should(Equal([]string{"StartFactory", "StopFactory"}))
	})

	It("holds one slice once for a thousand connections", func() {
		const clients = 1000
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		// Small buffers spare the kernel's memory, which is not what this is about.
		small := wrappingListener{inner, func(conn net.Conn) net.Conn {
			_ = conn.(*net.TCPConn).SetWriteBuffer(64 << 10) // a wish
			return conn
		}}
		poem := verse(8 << 20)
		r, _ := running(quiet())
		onLoop(r, func() {
			_, err := r.AdoptListener(small, reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
				return &conversation{made: func(t reactor.Transport) { t.Write(poem); t.LoseConnection() }}
			}))
			Expect(err).NotTo(HaveOccurred())
		})
		before := heap()
		var last net.Conn
		for range clients {
			last = dial(inner.Addr().String())
			Expect(io.ReadFull(last, make([]byte, 1))).To(Equal(1))
		}
		Expect(heap()-before).To(BeNumerically("<", clients*32<<10), "bytes for all connections")
		expectSame(readAll(last), poem[1:])
	})
})

// heap is the memory in use, in bytes.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc + stats.StackInuse)
}
