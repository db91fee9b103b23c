package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// sink returns a target whose programs read and never answer.
func sink() *programs {
	return &programs{serves: func(_ *program, conn conformance.Socket) { _, _ = io.Copy(io.Discard, conn) }}
}

// times are what stands before each line of a transcript in words.
var times = regexp.MustCompile(`(?m)^ *[0-9]+\.[0-9]{3}s `)

// lines returns the transcript of a check in words, without the times.
func lines(w *world, target *programs, check func(*conformance.Case)) []string {
	w.Helper()
	text := strings.TrimSuffix(w.passes(target, conformance.Options{}, check).Transcript.String(), "\n")
	w.Expect(times.FindAllString(text, -1)).NotTo(BeEmpty())
	return strings.Split(times.ReplaceAllString(text, ""), "\n")
}

// sent returns the transcript's line of what one connection was sent.
func sent(w *world, parts ...string) string {
	w.Helper()
	all := lines(w, sink(), onConn(func(c *conformance.Case, k *conformance.Conn) {
		for _, part := range parts {
			in(c).Expect(k.Send([]byte(part))).To(Succeed())
		}
	}))
	w.Expect(all).To(HaveLen(2))
	return all[1]
}

func TestTranscriptInWords(t *testing.T) {
	simulated(t, "tells what went over the wire, in order, with a lane for each connection", func(w *world) {
		var addr string
		all := lines(w, &programs{}, func(c *conformance.Case) {
			addr = c.Addr()
			expectText(c)
			c.Note("that was %s", "one")
			k := c.Dial(conformance.DialOptions{})
			in(c).Expect(k.Send([]byte("hello\n"))).To(Succeed())
			k.CloseWrite()
			k.Match(c.File("text"), conformance.Pace{})
			c.Dial(conformance.DialOptions{}).Reset()
		})
		w.Expect(all).To(Equal([]string{
			"client#1 connected to " + addr,
			`client#1 <- 18 bytes "One line will do.\n"`,
			"client#1 <- FIN",
			"client#1 -> close",
			"         that was one",
			"client#2 connected to " + addr,
			`client#2 -> 6 bytes "hello\n"`,
			"client#2 -> FIN",
			`client#2 <- 18 bytes "One line will do.\n"`,
			"client#2 <- FIN",
			"client#2 -> close",
			"client#3 connected to " + addr,
			"client#3 -> RST",
		}))
	})

	simulated(t, "makes one line of transfers that follow each other", func(w *world) {
		w.Expect(sent(w, "a", "b", "\x00\n")).To(Equal(`client#1 -> 4 bytes in 3 parts "ab\x00\n"`))
	})

	simulated(t, "makes new lines where the connection or the direction changes", func(w *world) {
		all := lines(w, sink(), func(c *conformance.Case) {
			one, two := c.Dial(conformance.DialOptions{}), c.Dial(conformance.DialOptions{})
			for _, k := range []*conformance.Conn{one, one, two, one} {
				in(c).Expect(k.Send([]byte("x"))).To(Succeed())
			}
		})
		w.Expect(all[2:]).To(Equal([]string{`client#1 -> 2 bytes in 2 parts "xx"`, `client#2 -> 1 bytes "x"`, `client#1 -> 1 bytes "x"`}))
	})

	digits := strings.Repeat("0123456789", 4)
	for _, test := range []struct {
		title   string
		size    int
		excerpt string
	}{
		{"shows a short transfer whole", 40, `"` + digits + `"`},
		{"shows a transfer whole if its excerpts meet", 80, `"` + digits + digits + `"`},
		{"shows a transfer whole if its excerpts overlap", 53, `"` + digits + `0123456789012"`},
		{"shows the start and the end of a longer transfer", 81, `"` + digits + `" ... "` + strings.Repeat("1234567890", 4) + `"`},
		{"shows the start and the end of a transfer however long it is", 3005, `"` + digits + `" ... "` + strings.Repeat("5678901234", 4) + `"`},
	} {
		simulated(t, test.title, func(w *world) {
			data := strings.Repeat("0123456789", test.size/10+1)[:test.size]
			w.Expect(sent(w, data)).To(HaveSuffix(` bytes ` + test.excerpt))
			pieces := strings.SplitAfter(data, "") // a byte each
			w.Expect(sent(w, pieces...)).To(HaveSuffix(` parts ` + test.excerpt))
		})
	}

	simulated(t, "stays short, however much is sent", func(w *world) {
		megabyte := bytes.Repeat([]byte("megabyte"), 1<<17)
		all := lines(w, sink(), onConn(func(c *conformance.Case, k *conformance.Conn) {
			for range 3 {
				in(c).Expect(k.Send(megabyte)).To(Succeed())
			}
		}))
		w.Expect(all).To(HaveLen(2))
		w.Expect(len(all[1])).To(BeNumerically("<", 300))
		w.Expect(all[1]).To(ContainSubstring("3145728 bytes"))
	})

	for _, test := range []struct {
		title   string
		events  int
		dropped string
	}{
		{"tells all events if they are few", 120, ""},
		{"tells all events but one", 121, "... 1 events left out ..."},
		{"tells the first and last of many events, and counts the others", 5000, "... 4880 events left out ..."},
	} {
		simulated(t, test.title, func(w *world) {
			all := lines(w, &programs{}, func(c *conformance.Case) {
				for i := range test.events {
					c.Note("event %d", i+1)
				}
			})
			w.Expect(len(all)).To(BeNumerically("<=", 121))
			w.Expect(all[0]).To(HaveSuffix("event 1"))
			w.Expect(all[59]).To(HaveSuffix("event 60"))
			if test.dropped == "" {
				w.Expect(all).To(HaveLen(test.events))
				w.Expect(all[60]).To(HaveSuffix("event 61"))
			} else {
				w.Expect(strings.TrimSpace(all[60])).To(Equal(test.dropped))
			}
			w.Expect(all[len(all)-1]).To(HaveSuffix(fmt.Sprintf("event %d", test.events)))
		})
	}

	simulated(t, "may be of many goroutines at once", func(w *world) {
		all := lines(w, &programs{}, func(c *conformance.Case) {
			c.Each(8, func(int) {
				for range 50 {
					c.Note("here")
				}
				expectText(c)
			})
		})
		w.Expect(all).To(ContainElement(MatchRegexp(`\.\.\. \d+ events left out`)))
	})
}

func TestEventsOfTranscript(t *testing.T) {
	simulated(t, "have a time, a lane, a kind, and the bytes or a text", func(w *world) {
		var addr string
		r := w.passes(sends([]byte("hello")), conformance.Options{}, func(c *conformance.Case) {
			addr = c.Addr()
			c.Pause(time.Second)
			k := c.Dial(conformance.DialOptions{})
			in(c).Expect(k.SendBytes([]byte("ab"))).To(Succeed())
			c.Pause(time.Second)
			k.ExpectBytes([]byte("hello"))
		})
		w.Expect(r.Transcript).To(Equal(conformance.Transcript{
			{At: 1, Lane: "client#1", Kind: conformance.Note, Text: "connected to " + addr},
			{At: 1, Lane: "client#1", Kind: conformance.Sent, Bytes: 2, Parts: 2, First: []byte("ab")},
			{At: 2, Lane: "client#1", Kind: conformance.Received, Bytes: 5, Parts: 1, First: []byte("hello")},
		}))
	})

	simulated(t, "say the same in words after they have been to JSON and back", func(w *world) {
		r := w.passes(sink(), conformance.Options{}, func(c *conformance.Case) {
			in(c).Expect(c.Dial(conformance.DialOptions{}).Send(bytes.Repeat([]byte{0, 255}, 200))).To(Succeed())
			for range 200 {
				c.Note("a note")
			}
		})
		data, err := json.Marshal(r.Transcript)
		w.Expect(err).NotTo(HaveOccurred())
		var back conformance.Transcript
		w.Expect(json.Unmarshal(data, &back)).To(Succeed())
		w.Expect(back.String()).To(Equal(r.Transcript.String()))
	})
}
