package poetry_test

import (
	"io"
	"net"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/poetry"
	"scansion/harness"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// kind is a kind of server. All keep the same promises; only the pace differs.
type kind struct {
	name    string
	factory func(r reactor.Reactor, poem string) reactor.ServerFactory
}

var kinds = []kind{
	{"fast", func(_ reactor.Reactor, poem string) reactor.ServerFactory {
		return poetry.NewFastFactory([]byte(poem))
	}},
	{"slow", func(r reactor.Reactor, poem string) reactor.ServerFactory {
		return poetry.NewSlowFactory(r, []byte(poem), quick)
	}},
	{"slow, in large pieces,", func(r reactor.Reactor, poem string) reactor.ServerFactory {
		return poetry.NewSlowFactory(r, []byte(poem), poetry.Pace{NumBytes: 100_000, Delay: -1})
	}},
}

// serves has a server of this kind serve a poem.
func (k kind) serves(s *harness.Spec, poem string) (addr string) {
	GinkgoHelper()
	return serve(s, k.factory(s.Reactor(), poem))
}

// hears makes a callback that expects the poem.
func hears(poem string) func(pieces []piece) ([]piece, error) {
	return func(pieces []piece) ([]piece, error) {
		Expect(textOf(pieces)).To(Equal(poem))
		return pieces, nil
	}
}

var _ = onBoth("A poetry server", func() {
	for _, kind := range kinds {
		Context("that is "+kind.name, func() {
			DescribeTable("sends exactly the poem, and ends in order",
				func(ctx SpecContext, poem string) {
					Expect(textOf(harness.Await(ctx, func(s *harness.Spec) *deferred.Deferred[[]piece] {
						return visit(s, kind.serves(s, poem), &visitor{})
					}))).To(Equal(poem))
				},
				poems,
			)

			It("sends the same poem to all, also at the same time", harness.Async(func(s *harness.Spec) *deferred.Deferred[[][]piece] {
				addr := kind.serves(s, lamp)
				var visits []*deferred.Deferred[[]piece]
				for range 50 {
					visits = append(visits, visit(s, addr, &visitor{}).AddCallback(hears(lamp)))
				}
				return deferred.Gather(visits, false)
			}))

			It("ignores what a client sends", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]piece] {
				poem := strings.Repeat(lamp, 100)
				talker := &visitor{begins: func(t reactor.Transport) { t.Write([]byte(lamp)) }}
				return visit(s, kind.serves(s, poem), talker).AddCallback(hears(poem))
			}))

			It("sends the whole poem to a client that has closed its sending side", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]piece] {
				poem := strings.Repeat(lamp, 100)
				mute := &visitor{begins: reactor.Transport.LoseWriteConnection}
				return visit(s, kind.serves(s, poem), mute).AddCallback(hears(poem))
			}))

			It("goes on when clients leave, by close and by reset", harness.Async(func(s *harness.Spec) *deferred.Deferred[[]byte] {
				poem := strings.Repeat(lamp, 1000)
				addr := kind.serves(s, poem)
				var leaving []*deferred.Deferred[[]piece]
				for range 5 {
					for _, leave := range []func(reactor.Transport){reactor.Transport.LoseConnection, reactor.Transport.AbortConnection} {
						leaving = append(leaving, visit(s, addr, &visitor{begins: leave}), visit(s, addr, &visitor{hears: leave}))
					}
				}
				gone := deferred.List(leaving, deferred.ListOptions{ConsumeErrors: true})
				return deferred.Then(gone, func(deferred.ListResult[[]piece]) *deferred.Deferred[[]byte] {
					return poetry.Get(s.Reactor(), addr).AddCallback(func(got []byte) ([]byte, error) {
						expectSame(string(got), poem)
						return got, nil
					})
				})
			}))
		})
	}
})

// Here kernels' own behaviour is the point, and so the clients are ordinary ones.
var _ = Describe("A poetry server and a client on a socket", func() {
	// calls has a client call on a server, on a goroutine of its own.
	calls := func(s *harness.Spec, addr string, client func(conn *net.TCPConn) (string, error)) *deferred.Deferred[string] {
		return reactor.DeferToThread(s.Reactor(), func() (string, error) {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				return "", err
			}
			defer conn.Close()
			return client(conn.(*net.TCPConn))
		})
	}
	all := func(conn *net.TCPConn) (string, error) {
		poem, err := io.ReadAll(conn)
		return string(poem), err
	}
	large := strings.Repeat(lamp, 16<<20/len(lamp))

	for _, kind := range kinds {
		It("that is "+kind.name+" sends the whole poem to one that has said something and closed its sending side",
			harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
				poem := strings.Repeat(lamp, 1000)
				return calls(s, kind.serves(s, poem), func(conn *net.TCPConn) (string, error) {
					if _, err := io.WriteString(conn, lamp); err != nil {
						return "", err
					}
					if err := conn.CloseWrite(); err != nil {
						return "", err
					}
					return all(conn)
				}).AddCallback(func(got string) (string, error) {
					expectSame(got, poem)
					return got, nil
				})
			}))

		It("that is "+kind.name+" goes on after one that resets in the middle", harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
			addr := kind.serves(s, strings.Repeat(lamp, 1000))
			reset := calls(s, addr, func(conn *net.TCPConn) (string, error) {
				if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
					return "", err
				}
				return "", conn.SetLinger(0)
			})
			return deferred.Then(reset, func(string) *deferred.Deferred[string] { return calls(s, addr, all) }).
				AddCallback(func(got string) (string, error) {
					expectSame(got, strings.Repeat(lamp, 1000))
					return got, nil
				})
		}))
	}

	It("that is fast sends a large poem to one while another does not read", harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
		addr := kinds[0].serves(s, large)
		mayRead := make(chan struct{})
		idle := calls(s, addr, func(conn *net.TCPConn) (string, error) {
			<-mayRead
			return all(conn)
		})
		return deferred.Then(calls(s, addr, all), func(got string) *deferred.Deferred[string] {
			close(mayRead)
			expectSame(got, large)
			return idle
		}).AddCallback(func(got string) (string, error) {
			expectSame(got, large)
			return got, nil
		})
	}))
})
