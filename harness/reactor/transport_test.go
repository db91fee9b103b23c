package reactor_test

import (
	"io"
	"net"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/reactor"
)

var _ = Describe("A transport", func() {
	It("E2: Write does not block, and keeps the order", func() {
		r, _ := running(quiet())
		data := verse(8 << 20)
		written := make(chan struct{})
		addr, _ := serveOne(r, &conversation{made: func(t reactor.Transport) {
			t.Write(data[:1])
			t.Write(nil)
			t.Write(data[1 : 4<<20])
			t.Write(data[4<<20:])
			close(written)
		}})
		client := dial(addr)
		Eventually(written).Should(BeClosed(), "though nobody reads")
		received := make([]byte, len(data))
		_, err := io.ReadFull(client, received)
		Expect(err).NotTo(HaveOccurred())
		expectSame(received, data)
	})

	It("E2: LoseConnection flushes everything written, 20 MB of it", func() {
		r, _ := running(quiet())
		data := verse(20_000_000)
		lost := make(chan struct{})
		addr, reasons := serveOne(r, &conversation{made: func(t reactor.Transport) {
			t.Write(data)
			t.LoseConnection()
			close(lost)
		}})
		client := dial(addr)
		Eventually(lost).Should(BeClosed())
		onLoop(r, func() {})
		expectSame(readAll(client), data)
		Expect(client.Close()).To(Succeed())
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
	})

	It("E2: LoseConnection stops delivering data at once", func() {
		r, _ := running(quiet())
		pieces := 0
		addr, reasons := serveOne(r, &conversation{data: func(t reactor.Transport, _ []byte) {
			pieces++
			t.Write(verse(4 << 20)) // keeps the connection flushing for a while
			t.LoseConnection()
		}})
		client := dial(addr)
		Expect(client.Write([]byte("first"))).To(Equal(5))
		Expect(io.ReadFull(client, make([]byte, 1))).To(Equal(1))
		for range 100 {
			Expect(client.Write(verse(1000))).To(Equal(1000))
		}
		readAll(client)
		Expect(client.Close()).To(Succeed())
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
		Expect(pieces).To(Equal(1))
	})

	It("E2: what is written after LoseConnection is dropped, also while older output waits", func() {
		r, _ := running(quiet())
		data := verse(4 << 20)
		addr, _ := serveOne(r, &conversation{made: func(t reactor.Transport) {
			t.Write(data)
			t.LoseConnection()
			t.Write([]byte("too late"))
			r.CallLater(0, func() { t.Write([]byte("much too late")) })
			t.LoseConnection()
		}})
		expectSame(readAll(dial(addr)), data)
	})

	It("E3: input that nobody reads does not truncate the output", func() {
		r, _ := running(quiet())
		data := verse(4 << 20)
		addr, reasons := serveOne(r, &conversation{made: func(t reactor.Transport) {
			t.Write(data)
			t.LoseConnection()
		}})
		client := dial(addr)
		sent := make(chan error, 1)
		go func() {
			_, err := client.Write(verse(2 << 20))
			sent <- err
		}()
		Eventually(sent).Should(Receive(BeNil()), "the server takes it, though it does not want it")
		expectSame(readAll(client), data)
		Expect(client.Close()).To(Succeed())
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
	})

	It("E3: input that comes after our FIN does not truncate the output either", func() {
		r, _ := running(quiet())
		data := verse(1000)
		addr, _ := serveOne(r, &conversation{made: func(t reactor.Transport) {
			t.Write(data)
			t.LoseConnection()
		}})
		client := dial(addr)
		received := make([]byte, 1)
		Expect(client.Read(received)).To(Equal(1))
		for range 100 {
			Expect(client.Write(verse(1000))).To(Equal(1000))
		}
		expectSame(readAll(client), data[1:])
	})

	It("E3: a peer that never closes is waited for only so long", func() {
		config := quiet()
		config.Linger = 50 * time.Millisecond
		r, _ := running(config)
		var since time.Time
		addr, reasons := serveOne(r, &conversation{made: func(t reactor.Transport) {
			since = r.Now()
			t.LoseConnection()
		}})
		client := dial(addr)
		Expect(readAll(client)).To(BeEmpty())
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
		Expect(r.Now()).To(BeTemporally(">=", since.Add(50*time.Millisecond)))
	})

	It("E3: a peer that closes is not waited for any longer", func() {
		config := quiet()
		config.Linger = time.Hour
		r, _ := running(config)
		addr, reasons := serveOne(r, &conversation{made: func(t reactor.Transport) { t.LoseConnection() }})
		Expect(dial(addr).Close()).To(Succeed())
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
	})

	It("E3: without a linger the connection is closed when everything is sent", func() {
		config := quiet()
		config.Linger = -1
		r, _ := running(config)
		data := verse(1 << 20)
		addr, reasons := serveOne(r, &conversation{made: func(t reactor.Transport) { t.Write(data); t.LoseConnection() }})
		client := dial(addr)
		expectSame(readAll(client), data)
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
	})

	It("E4: AbortConnection resets, drops what waits, and calls ConnectionLost later", func() {
		r, _ := running(quiet())
		var order []string
		lost := make(chan error, 8)
		c := &conversation{
			made: func(t reactor.Transport) { t.Write(verse(20 << 20)) },
			data: func(t reactor.Transport, _ []byte) {
				t.AbortConnection()
				t.AbortConnection()
				order = append(order, "returned")
			},
			lost: func(reason error) { order = append(order, "lost"); lost <- reason },
		}
		client := dial(serve(r, func() reactor.Protocol { return c }))
		Expect(client.Write([]byte("x"))).To(Equal(1))
		Eventually(lost).Should(Receive(MatchError(reactor.ErrConnectionAborted)))
		n, err := io.Copy(io.Discard, client)
		Expect(err).To(MatchError(syscall.ECONNRESET))
		Expect(n).To(BeNumerically("<", 20<<20))
		onLoop(r, func() { Expect(order).To(Equal([]string{"returned", "lost"})) })
		Expect(lost).NotTo(Receive())
	})

	It("E4: AbortConnection in ConnectionMade does the same", func() {
		r, _ := running(quiet())
		returned := false
		reasons := make(chan error, 8)
		addr := serve(r, func() reactor.Protocol {
			return &conversation{
				made: func(t reactor.Transport) { t.AbortConnection(); returned = true },
				lost: func(reason error) {
					defer GinkgoRecover()
					Expect(returned).To(BeTrue())
					reasons <- reason
				},
			}
		})
		Expect(reset(addr)).To(MatchError(syscall.ECONNRESET))
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionAborted)))
	})

	It("E5: the peer's FIN is ErrConnectionDone", func() {
		r, _ := running(quiet())
		addr, reasons := serveOne(r, &conversation{})
		Expect(dial(addr).Close()).To(Succeed())
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
	})

	It("E5: the peer's reset is ErrConnectionLost, whether we were writing or not", func() {
		r, _ := running(quiet())
		for _, pending := range []int{0, 20 << 20} {
			addr, reasons := serveOne(r, &conversation{made: func(t reactor.Transport) { t.Write(verse(pending)) }})
			client := dial(addr)
			Expect(client.SetLinger(0)).To(Succeed())
			Expect(client.Close()).To(Succeed())
			Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionLost)))
		}
	})

	It("E5: calls after ConnectionLost do nothing, and it is called once", func() {
		r, _ := running(quiet())
		c := &conversation{}
		addr, reasons := serveOne(r, c)
		Expect(dial(addr).Close()).To(Succeed())
		Eventually(reasons).Should(Receive())
		onLoop(r, func() {
			c.transport.Write([]byte("x"))
			c.transport.LoseConnection()
			c.transport.AbortConnection()
		})
		onLoop(r, func() {})
		Expect(reasons).NotTo(Receive())
	})

	It("E6: a peer that half-closes gets everything that waits, then the end", func() {
		r, _ := running(quiet())
		data := verse(16 << 20)
		addr, reasons := serveOne(r, &conversation{made: func(t reactor.Transport) { t.Write(data) }})
		client := dial(addr)
		Expect(client.CloseWrite()).To(Succeed())
		expectSame(readAll(client), data)
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
	})

	It("E6: a peer that half-closes while we flush gets everything too", func() {
		r, _ := running(quiet())
		data := verse(16 << 20)
		addr, reasons := serveOne(r, &conversation{made: func(t reactor.Transport) { t.Write(data); t.LoseConnection() }})
		client := dial(addr)
		Expect(client.Write([]byte("unread"))).To(Equal(6))
		Expect(client.CloseWrite()).To(Succeed())
		expectSame(readAll(client), data)
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
	})

	It("E6: a protocol that handles half-close is told, and goes on writing", func() {
		r, _ := running(quiet())
		reasons := make(chan error, 8)
		h := &halfCloser{
			conversation: conversation{lost: func(reason error) { reasons <- reason }},
			readLost: func(t reactor.Transport) {
				t.Write([]byte("one "))
				r.CallLater(time.Millisecond, func() {
					t.Write([]byte("two"))
					t.LoseConnection()
				})
			},
		}
		client := dial(serve(r, func() reactor.Protocol { return h }))
		Expect(client.CloseWrite()).To(Succeed())
		Expect(string(readAll(client))).To(Equal("one two"))
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))
	})

	It("knows both addresses, also when the connection is lost", func() {
		r, _ := running(quiet())
		c := &conversation{}
		addr, reasons := serveOne(r, c)
		client := dial(addr)
		Expect(client.Close()).To(Succeed())
		Eventually(reasons).Should(Receive())
		Expect(c.transport.Peer()).To(Equal(client.LocalAddr()))
		Expect(c.transport.Host()).To(Equal(client.RemoteAddr()))
	})

	It("gives the data away: it may be written back, and kept", func() {
		r, _ := running(quiet())
		addr := serve(r, func() reactor.Protocol {
			return &conversation{data: func(t reactor.Transport, data []byte) { t.Write(data) }}
		})
		client := dial(addr)
		data := verse(4 << 20)
		go func() {
			defer GinkgoRecover()
			Expect(client.Write(data)).To(Equal(len(data)))
			Expect(client.CloseWrite()).To(Succeed())
		}()
		expectSame(readAll(client), data)
	})
})

// plainConn can neither half-close nor reset.
type plainConn struct{ net.Conn }

// wrappedConn can do what a TCP connection can, and is none.
type wrappedConn struct{ *net.TCPConn }

// wrappingListener hands out its connections wrapped.
type wrappingListener struct {
	net.Listener
	wrap func(net.Conn) net.Conn
}

func (l wrappingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.wrap(conn), nil
}

var _ = DescribeTable("An adopted listener",
	func(wrap func(net.Conn) net.Conn, resets bool) {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		r, _ := running(quiet())
		data := verse(4 << 20)
		reasons := make(chan error, 8)
		onLoop(r, func() {
			_, err := r.AdoptListener(wrappingListener{inner, wrap}, reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
				return &conversation{
					data: func(t reactor.Transport, command []byte) {
						if string(command) == "abort" {
							t.AbortConnection()
							return
						}
						t.Write(data)
						t.LoseConnection()
					},
					lost: func(reason error) { reasons <- reason },
				}
			}))
			Expect(err).NotTo(HaveOccurred())
		})

		client := dial(inner.Addr().String())
		Expect(client.Write([]byte("poem"))).To(Equal(4))
		expectSame(readAll(client), data)
		Expect(client.Close()).To(Succeed())
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionDone)))

		client = dial(inner.Addr().String())
		Expect(client.Write([]byte("abort"))).To(Equal(5))
		Eventually(reasons).Should(Receive(MatchError(reactor.ErrConnectionAborted)))
		_, err = io.ReadAll(client)
		if resets {
			Expect(err).To(MatchError(syscall.ECONNRESET))
		} else {
			Expect(err).NotTo(HaveOccurred())
		}
	},
	Entry("may hand out TCP connections", func(conn net.Conn) net.Conn { return conn }, true),
	Entry("may hand out wrapped TCP connections", func(conn net.Conn) net.Conn { return wrappedConn{conn.(*net.TCPConn)} }, true),
	Entry("may hand out connections that can only be closed", func(conn net.Conn) net.Conn { return plainConn{conn} }, false),
)
