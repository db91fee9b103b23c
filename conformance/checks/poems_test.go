package checks_test

import (
	"bytes"
	"net"
	"strings"
	"syscall"
	"unicode/utf16"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/checks"
)

// fixtures are those of all catalogues, by name.
func fixtures() map[string]conformance.Fixture {
	all := map[string]conformance.Fixture{}
	for _, catalogue := range checks.Catalogues() {
		all[catalogue.Control.Name] = catalogue.Control
		for _, r := range catalogue.Requirements {
			all[r.Fixture.Name] = r.Fixture
		}
	}
	return all
}

var _ = Describe("A fixture", func() {
	It("suits itself, in every requirement that uses it", func() {
		for _, catalogue := range checks.Catalogues() {
			for _, r := range catalogue.Requirements {
				Expect(r.Fixture.Suits(r.Fixture.Bytes())).To(BeTrue(), "%s: %s", r.ID, r.Fixture.Name)
			}
		}
	})

	It("is more than the kernel holds where clients leave in the middle of it", func() {
		narrow := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
			o := conformance.Narrow()
			return raw.Control(func(fd uintptr) {
				Expect(syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, o.Window)).To(Succeed())
				Expect(syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, o.Segment)).To(Succeed())
			})
		}}
		for _, id := range []string{"survives-reset-mid-poem", "frees-descriptors-of-aborted-clients", "frees-memory-of-aborted-clients"} {
			var poem []byte
			for _, r := range checks.PoetryServer().Requirements {
				if strings.HasSuffix(r.ID, "/"+id) {
					poem = r.Fixture.Bytes()
				}
			}
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			Expect(err).NotTo(HaveOccurred())
			client, err := narrow.Dial("tcp", listener.Addr().String())
			Expect(err).NotTo(HaveOccurred())
			server, err := listener.Accept()
			Expect(err).NotTo(HaveOccurred())
			written := make(chan struct{})
			go func() {
				defer close(written)
				_, _ = server.Write(poem) // it ends with the client
			}()
			Expect(client.Read(make([]byte, 1))).To(Equal(1))
			Consistently(written, "100ms").ShouldNot(BeClosed(), id)
			Expect(client.Close()).To(Succeed())
			Eventually(written).Should(BeClosed())
			Expect(server.Close()).To(Succeed())
			Expect(listener.Close()).To(Succeed())
		}
	})

	It("has one content wherever its name stands, for instances are shared by name", func() {
		all := fixtures()
		for _, catalogue := range checks.Catalogues() {
			for _, r := range catalogue.Requirements {
				Expect(bytes.Equal(all[r.Fixture.Name].Bytes(), r.Fixture.Bytes())).To(BeTrue(), r.ID)
			}
		}
	})

	It("has a name that can be a file's", func() {
		for name := range fixtures() {
			Expect(name).To(MatchRegexp(`^[a-z0-9-]+$`))
		}
	})

	DescribeTable("is not stood in for by content that its fault would not spoil",
		func(name string, others ...string) {
			fixture := fixtures()[name]
			Expect(fixture.Suits).NotTo(BeNil())
			for _, other := range others {
				Expect(fixture.Suits([]byte(other))).To(BeFalse(), "%.20q", other)
			}
		},
		Entry(nil, "empty", "a", "\n"),
		Entry(nil, "one-byte", "", "ab"),
		Entry(nil, "no-final-newline", "", "a line\n", "\xff"),
		Entry(nil, "blanks", "a\n", "a"),
		Entry(nil, "punctuation", "plain\n"),
		Entry(nil, "multibyte", "plain\n", "\xff\xfe", ""),
		Entry(nil, "empty-lines", "a line\n", "a line\n\n", "\r\n\n\n"),
		Entry(nil, "long-astral", "plain\n", strings.Repeat("\u706f", 100_000), "\U0001F30A"),
		Entry(nil, "controls", "plain\n", "tabless\r\n", "\x00"),
		Entry(nil, "unusual", "plain\n", "\uFEFFat the start\u2028", "no mark inside\u0085"),
		Entry(nil, "long-lines", "short\n", strings.Repeat("short\n", 50_000)),
		Entry(nil, "8-mib", "short\n", strings.Repeat("a", 1<<20)),
		Entry(nil, "64-mib", "short\n"),
		Entry(nil, "128-kib", "short\n"),
		Entry(nil, "byte-order-mark", "plain\n", "late \uFEFF\n"),
		Entry(nil, "crlf", "plain\n", "a\rb"),
		Entry(nil, "nul-and-ff", "\x00", "\xff"),
		Entry(nil, "all-bytes", "plain\n"),
	)
})

var _ = Describe("A generated poem", func() {
	// lines splits a poem without copying it.
	lines := func(poem []byte) []string { return strings.SplitAfter(string(poem), "\n") }
	distinct := func(poem []byte) {
		GinkgoHelper()
		all := lines(poem)
		seen := make(map[string]struct{}, len(all))
		for _, line := range all {
			seen[line] = struct{}{}
		}
		Expect(len(all)-len(seen)).To(BeZero(), "no two lines are equal")
	}

	DescribeTable("is text of exactly its size, in which every place is told from every other",
		func(name string, size int) {
			fixture, ok := fixtures()[name]
			Expect(ok).To(BeTrue())
			poem := fixture.Bytes()
			Expect(len(poem)-size).To(BeZero(), "the difference in length") // HaveLen would print all of it
			Expect(utf8.Valid(poem)).To(BeTrue())
			Expect(bytes.ContainsAny(poem, "\x00\r")).To(BeFalse())
			Expect(&fixture.Bytes()[0]).To(BeIdenticalTo(&poem[0]), "it is made once")
			distinct(poem)
		},
		Entry(nil, "8-mib", 8<<20),
		Entry(nil, "64-mib", 64<<20),
		Entry(nil, "128-kib", 128<<10),
		Entry(nil, "long-multibyte", 300<<10+1),
		Entry(nil, "long-astral", 300<<10+1),
	)

	DescribeTable("is the same each time, whatever its size",
		func(pattern string) {
			for size := range 2000 {
				poem := checks.Generated(size, pattern)
				Expect(poem).To(HaveLen(size))
				Expect(utf8.Valid(poem)).To(BeTrue())
				Expect(bytes.Equal(poem, checks.Generated(size, pattern))).To(BeTrue())
				distinct(poem)
			}
		},
		Entry("in letters", "a line, %, and so on"),
		Entry("in characters of three bytes", "灯%の下で"),
		Entry("of numbers alone", "%"),
	)

	// It would not be, if its lines had a length that divides the chunks'.
	DescribeTable("is cut inside a character by the chunks that programs read", func(name string) {
		poem := fixtures()[name].Bytes()
		for _, chunk := range []int{512, 1000, 1024, 1460, 4096, 8192, 16384, 32768, 65536} {
			cuts := 0
			for at := chunk; at < len(poem); at += chunk {
				if !utf8.RuneStart(poem[at]) {
					cuts++
				}
			}
			Expect(cuts).To(BeNumerically(">", 0), "chunks of %d bytes", chunk)
		}
	},
		Entry("of three bytes", "long-multibyte"),
		Entry("of four bytes", "long-astral"),
	)

	It("of characters of four bytes is cut inside one by chunks of 16-bit units as well", func() {
		units := utf16.Encode([]rune(string(fixtures()["long-astral"].Bytes())))
		for _, chunk := range []int{512, 1024, 4096, 8192, 16384, 32768} {
			cuts := 0
			for at := chunk; at < len(units); at += chunk {
				if utf16.IsSurrogate(rune(units[at])) && units[at] >= 0xDC00 {
					cuts++
				}
			}
			Expect(cuts).To(BeNumerically(">", 0), "chunks of %d units", chunk)
		}
	})

	It("of long lines has few, each longer than buffers are", func() {
		all := lines(fixtures()["long-lines"].Bytes())
		Expect(all).To(HaveLen(4))
		Expect(all[3]).To(BeEmpty(), "the last line ends, too")
		for _, line := range all[:3] {
			Expect(len(line)).To(BeNumerically(">", 100_000))
		}
		Expect(len(all[0])-len(all[1])).NotTo(BeZero(), "a program's buffer fits one of them at the most")
	})

	It("of all bytes has each at least twice", func() {
		poem := fixtures()["all-bytes"].Bytes()
		for b := range 256 {
			Expect(bytes.Count(poem, []byte{byte(b)})).To(Equal(2))
		}
	})
})
