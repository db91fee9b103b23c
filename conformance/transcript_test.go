package conformance_test

import (
	"bytes"
	"io"
	"net"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

var _ = Describe("A transcript", func() {
	// sink is a target whose programs read and never answer.
	sink := func() *programs {
		return &programs{serves: func(_ *program, conn *net.TCPConn) { _, _ = io.Copy(io.Discard, conn) }}
	}
	// times are what differs from run to run.
	times := regexp.MustCompile(`(?m)^ *[0-9]+\.[0-9]{3}s `)
	lines := func(r conformance.Result) []string {
		GinkgoHelper()
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		text := strings.TrimSuffix(r.Transcript, "\n")
		Expect(times.FindAllString(text, -1)).NotTo(BeEmpty())
		return strings.Split(times.ReplaceAllString(text, ""), "\n")
	}
	// sends is the transcript's line of what one connection was sent.
	sends := func(parts ...string) string {
		GinkgoHelper()
		all := lines(judged(sink(), conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			for _, part := range parts {
				c.Expect(k.Send([]byte(part))).To(Succeed())
			}
		}))
		Expect(all).To(HaveLen(2))
		return all[1]
	}

	It("tells what went over the wire, in order, with the number of the connection", func() {
		var addr string
		r := judged(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			addr = c.Instance().Addr()
			expectPoem(c)
			c.Note("that was %s", "one")
			k := c.Dial(conformance.DialOptions{})
			c.Expect(k.Send([]byte("hello\n"))).To(Succeed())
			k.CloseWrite()
			k.Match(c.Poem(), conformance.Pace{})
			c.Dial(conformance.DialOptions{}).Reset()
		})
		Expect(lines(r)).To(Equal([]string{
			"#1     connected to " + addr,
			`#1     <- 18 bytes "One line will do.\n"`,
			"#1     <- FIN",
			"#1     -> close",
			"       that was one",
			"#2     connected to " + addr,
			`#2     -> 6 bytes "hello\n"`,
			"#2     -> FIN",
			`#2     <- 18 bytes "One line will do.\n"`,
			"#2     <- FIN",
			"#2     -> close",
			"#3     connected to " + addr,
			"#3     -> RST",
		}))
	})

	It("makes one line of transfers that follow each other", func() {
		Expect(sends("a", "b", "\x00\n")).To(Equal(`#1     -> 4 bytes in 3 parts "ab\x00\n"`))
	})

	It("makes new lines where the connection or the direction changes", func() {
		all := lines(judged(sink(), conformance.Options{}, func(c *conformance.Case) {
			one, two := c.Dial(conformance.DialOptions{}), c.Dial(conformance.DialOptions{})
			for _, k := range []*conformance.Conn{one, one, two, one} {
				c.Expect(k.Send([]byte("x"))).To(Succeed())
			}
		}))
		Expect(all[2:]).To(Equal([]string{`#1     -> 2 bytes in 2 parts "xx"`, `#2     -> 1 bytes "x"`, `#1     -> 1 bytes "x"`}))
	})

	DescribeTable("keeps the start and the end of a transfer",
		func(size int, excerpt string) {
			data := strings.Repeat("0123456789", size/10+1)[:size]
			Expect(sends(data)).To(HaveSuffix(` bytes ` + excerpt))
			pieces := strings.SplitAfter(data, "") // a byte each
			Expect(sends(pieces...)).To(HaveSuffix(` parts ` + excerpt))
		},
		Entry("whole, if it is short", 40, `"`+strings.Repeat("0123456789", 4)+`"`),
		Entry("whole, if start and end meet", 80, `"`+strings.Repeat("0123456789", 8)+`"`),
		Entry("whole, if start and end overlap", 53, `"`+strings.Repeat("0123456789", 5)+`012"`),
		Entry("with a gap, if it is longer", 81, `"`+strings.Repeat("0123456789", 4)+`" ... "`+strings.Repeat("1234567890", 4)+`"`),
		Entry("with a gap, however long it is", 3005, `"`+strings.Repeat("0123456789", 4)+`" ... "`+strings.Repeat("5678901234", 4)+`"`),
	)

	It("stays short, however much is sent", func() {
		megabyte := bytes.Repeat([]byte("megabyte"), 1<<17)
		r := judged(sink(), conformance.Options{}, func(c *conformance.Case) {
			k := c.Dial(conformance.DialOptions{})
			for range 8 {
				c.Expect(k.Send(megabyte)).To(Succeed())
			}
		})
		Expect(len(r.Transcript)).To(BeNumerically("<", 1000))
		Expect(lines(r)[1]).To(ContainSubstring("8388608 bytes"))
	})

	DescribeTable("keeps the first and the last events, and counts the others",
		func(events int, dropped string) {
			all := lines(judged(&programs{}, conformance.Options{}, func(c *conformance.Case) {
				for i := range events {
					c.Note("event %d", i+1)
				}
			}))
			Expect(len(all)).To(BeNumerically("<=", 121))
			Expect(all[0]).To(HaveSuffix("event 1"))
			Expect(all[59]).To(HaveSuffix("event 60"))
			if dropped == "" {
				Expect(all).To(HaveLen(events))
				Expect(all[60]).To(HaveSuffix("event 61"))
			} else {
				Expect(strings.TrimSpace(all[60])).To(Equal(dropped))
			}
			Expect(all[len(all)-1]).To(HaveSuffix("event %d", events))
		},
		Entry("all, if they are few", 120, ""),
		Entry("all but one", 121, "... 1 events left out ..."),
		Entry("120 of many", 50_000, "... 49880 events left out ..."),
	)

	It("may be written by many goroutines at once", func() {
		all := lines(judged(&programs{}, conformance.Options{}, func(c *conformance.Case) {
			c.Each(8, func(int) {
				for range 50 {
					c.Note("here")
				}
				expectPoem(c)
			})
		}))
		Expect(all).To(ContainElement(MatchRegexp(`\.\.\. \d+ events left out`)))
	})
})
