package target_test

import (
	"context"
	"io"
	"net"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

// serving is a server of handle, until the end of the spec, and where it is.
func serving(handle func(*net.TCPConn)) string {
	listener := listen()
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				handle(conn.(*net.TCPConn))
			})
		}
	})
	DeferCleanup(wg.Wait)
	DeferCleanup(listener.Close)
	return listener.Addr().String()
}

// answering is a parser behind a server that answers the first string, or the first
// fault, by answer.
func answering(answer func(conn *net.TCPConn, data []byte, err error)) *conformance.Instance {
	GinkgoHelper()
	return parserOf(target.NewParserAddr(serving(func(conn *net.TCPConn) {
		answered := false
		err := decodeAll(conn, func(data []byte) {
			if !answered {
				answered = true
				answer(conn, data, nil)
			}
			_ = conn.CloseRead()
		})
		if !answered && err != nil {
			answer(conn, nil, err)
		}
	})))
}

func says(conn *net.TCPConn, what string) { _, _ = io.WriteString(conn, what) }

var _ = Describe("A parser in a transform server", func() {
	const request = "16:cummingsify.lamp,"

	It("has delivered what it answers", func() {
		p := answering(func(conn *net.TCPConn, data []byte, _ error) { says(conn, "4:"+string(data[12:])+",") })
		for _, s := range []conformance.Stream{waiting(request), chunks(request), waiting("16:cummi", "ngsify.lam", "p,")} {
			parsed := parse(p, s, patient)
			Expect(parsed.Verdict).To(Equal(conformance.Complete), "%v", parsed)
			Expect(parsed.Strings).To(Equal(strs("cummingsify.lamp")))
		}
	})

	It("has delivered what it answers, though it does not close", func() {
		p := answering(func(conn *net.TCPConn, _ []byte, _ error) {
			says(conn, "4:la")
			says(conn, "mp,")
			_, _ = io.Copy(io.Discard, conn)
		})
		Expect(parse(p, waiting(request), patient).Strings).To(Equal(strs("cummingsify.lamp")))
	})

	It("has refused what it closes on", func() {
		p := answering(func(*net.TCPConn, []byte, error) {})
		Expect(parse(p, waiting("x"), patient).Verdict).To(Equal(conformance.Refused))
		Expect(parse(p, chunks("16:cummi"), patient).Verdict).To(Equal(conformance.Refused), "and is told of the end")
	})

	It("has refused what it resets", func() {
		p := answering(func(conn *net.TCPConn, _ []byte, _ error) { _ = conn.SetLinger(0) })
		Expect(parse(p, waiting("x"), patient).Verdict).To(Equal(conformance.Refused))
	})

	It("waits if it is silent, or hangs if it has been told of the end", func() {
		judged := make(chan struct{})
		p := parserOf(target.NewParserAddr(serving(func(*net.TCPConn) { <-judged })))
		DeferCleanup(func() { close(judged) })
		Expect(parse(p, waiting("16:cum"), short).Verdict).To(Equal(conformance.Incomplete))
		parsed := parse(p, chunks("16:cum"), short)
		Expect(parsed.Verdict).To(Equal(conformance.Hung))
		Expect(parsed.How).To(ContainSubstring("no answer and no end within 300ms"))
	})

	DescribeTable("crashes by an answer that is none",
		func(answer string) {
			p := answering(func(conn *net.TCPConn, _ []byte, _ error) { says(conn, answer) })
			parsed := parse(p, waiting(request), patient)
			Expect(parsed.Verdict).To(Equal(conformance.Crashed))
			Expect(parsed.How).To(ContainSubstring("the answer is no netstring"))
		},
		Entry("text", "HTTP/1.1 400 Bad Request\r\n\r\n"),
		Entry("a part", "4:lam"),
		Entry("a leading zero", "04:lamp,"),
		Entry("no comma", "4:lamp;"),
	)

	It("has crashed if nobody listens any more", func() {
		listener := listen()
		p := parserOf(target.NewParserAddr(listener.Addr().String()))
		Expect(listener.Close()).To(Succeed())
		parsed := parse(p, waiting(request), patient)
		Expect(parsed.Verdict).To(Equal(conformance.Crashed))
		Expect(parsed.How).To(ContainSubstring("does not accept connections any more"))
	})

	It("could not be run if nobody listens", func() {
		listener := listen()
		addr := listener.Addr().String()
		Expect(listener.Close()).To(Succeed())
		t, err := target.NewParserAddr(addr)
		Expect(err).NotTo(HaveOccurred())
		Expect(notStarted(t, nil).Reason).To(ContainSubstring("no connection to " + addr))
	})

	It("is left when the judge has had enough", func() {
		ctx, cancel := context.WithCancel(context.Background())
		p := parserOf(target.NewParserAddr(serving(func(conn *net.TCPConn) {
			_, _ = conn.Read(make([]byte, 1))
			cancel()
			_, _ = io.Copy(io.Discard, conn)
		})))
		_, err := p.Parse(ctx, waiting("16:cum"), patient)
		Expect(err).To(MatchError(context.Canceled))
	})
})
