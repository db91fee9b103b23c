package poetry_test

import (
	"io"
	"net"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/poetry"
	"scansion/harness/reactor"
)

const lamp = "A lamp is hung where the ferry stands,\nand the rope runs wet through the boatman's hands\n"

// quick is a pace for specs, which do not wait for its delays but for the poem.
var quick = poetry.Pace{NumBytes: 7, Delay: time.Microsecond}

// Both servers keep the same promises; only the pace differs.
var _ = Describe("A poetry server", func() {
	kinds := []struct {
		name  string
		serve func(r reactor.Reactor, poem string) (addr string)
	}{
		{"fast", func(r reactor.Reactor, poem string) string {
			return serve(r, poetry.NewFastFactory([]byte(poem)))
		}},
		{"slow", func(r reactor.Reactor, poem string) string {
			return serve(r, poetry.NewSlowFactory(r, []byte(poem), quick))
		}},
		{"slow, in large pieces,", func(r reactor.Reactor, poem string) string {
			return serve(r, poetry.NewSlowFactory(r, []byte(poem), poetry.Pace{NumBytes: 100_000, Delay: -1}))
		}},
	}
	for _, kind := range kinds {
		Context("that is "+kind.name, func() {
			DescribeTable("sends exactly the poem, and ends in order",
				func(poem string) { Expect(readPoem(dial(kind.serve(running(), poem)))).To(Equal(poem)) },
				Entry("a text", lamp),
				Entry("nothing", ""),
				Entry("one byte", "O"),
				Entry("no last line end, blanks around", "  a lamp at the ferry  "),
				Entry("characters of several bytes", "Über dem Fluss, 渡し場の灯"),
				Entry("bytes that are no text", "\x00\xff\r\n\xc3\n\r\x80"),
			)

			It("sends the same poem to all, also at the same time", func() {
				addr := kind.serve(running(), lamp)
				clients := make([]net.Conn, 50)
				for i := range clients {
					clients[i] = dial(addr)
				}
				for _, client := range clients {
					Expect(readPoem(client)).To(Equal(lamp))
				}
			})

			It("ignores what a client sends", func() {
				poem := strings.Repeat(lamp, 100)
				client := dial(kind.serve(running(), poem))
				Expect(io.WriteString(client, lamp)).To(Equal(len(lamp)))
				Expect(readPoem(client)).To(Equal(poem))
			})

			It("sends the whole poem to a client that has closed its sending side", func() {
				poem := strings.Repeat(lamp, 100)
				client := dial(kind.serve(running(), poem))
				Expect(client.CloseWrite()).To(Succeed())
				Expect(readPoem(client)).To(Equal(poem))
			})

			It("goes on when clients leave, by close and by reset", func() {
				addr := kind.serve(running(), strings.Repeat(lamp, 1000))
				for i := range 20 {
					client := dial(addr)
					if i%2 == 0 {
						Expect(client.SetLinger(0)).To(Succeed())
					}
					if i%4 < 2 {
						Expect(io.ReadFull(client, make([]byte, 1))).To(Equal(1))
					}
					Expect(client.Close()).To(Succeed())
				}
				Expect(readPoem(dial(addr))).To(Equal(strings.Repeat(lamp, 1000)))
			})
		})
	}

	It("that is fast sends a large poem to one client while another does not read", func() {
		poem := strings.Repeat(lamp, 16<<20/len(lamp))
		addr := serve(running(), poetry.NewFastFactory([]byte(poem)))
		idle := dial(addr)
		Expect(io.ReadFull(idle, make([]byte, 1))).To(Equal(1))
		expectSame(readPoem(dial(addr)), poem)
		expectSame(readPoem(idle), poem[1:])
	})
})
