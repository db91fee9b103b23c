package target_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

// inGo is a parser that is a function.
func inGo(decode target.Decode) *conformance.Instance {
	GinkgoHelper()
	return parserOf(target.NewParserFunc("a function", target.Codec{Decode: decode}), nil)
}

var _ = Describe("A parser in Go", func() {
	DescribeTable("comes to a verdict",
		func(s conformance.Stream, verdict conformance.ParserVerdict, delivered [][]byte) {
			parsed := parse(inGo(decodeAll), s, patient)
			Expect(parsed.Verdict).To(Equal(verdict), "%v", parsed)
			Expect(parsed.Strings).To(Equal(delivered))
		},
		Entry("on nothing", chunks(), conformance.Complete, strs()),
		Entry("on good netstrings", chunks("5:ferry,0:,", "1:\n,"), conformance.Complete, strs("ferry", "", "\n")),
		Entry("on a part", chunks("5:ferry,4:la"), conformance.Incomplete, strs("ferry")),
		Entry("on a fault", chunks("5:ferry,4:lamp;1:a,"), conformance.Rejected, strs("ferry")),
		Entry("on a fault of a stream that stays open", waiting("5:ferry,x"), conformance.Rejected, strs("ferry")),
		Entry("on a stream that stays open, of which it wants more", waiting("5:ferry,4:la"), conformance.Incomplete, strs("ferry")),
	)

	It("gets the stream in the reads in which it is cut, or in smaller ones", func() {
		var sizes []int
		parse(inGo(func(stream io.Reader, _ func([]byte)) error {
			buf := make([]byte, 3)
			for {
				n, err := stream.Read(buf)
				if err != nil {
					return nil //nolint:nilerr // it is the end
				}
				sizes = append(sizes, n)
			}
		}), chunks("12", "3", "45678", "9"), patient)
		Expect(sizes).To(Equal([]int{2, 1, 3, 2, 1}))
	})

	It("may change data once it was delivered", func() {
		parsed := parse(inGo(func(_ io.Reader, deliver func([]byte)) error {
			data := []byte("ferry")
			deliver(data)
			copy(data, "lamps")
			deliver(data)
			return nil
		}), chunks("x"), patient)
		Expect(parsed.Strings).To(Equal(strs("ferry", "lamps")))
	})

	It("crashes by a panic, with what it had delivered", func() {
		parsed := parse(inGo(func(_ io.Reader, deliver func([]byte)) error {
			deliver([]byte("ferry"))
			panic("index out of range")
		}), chunks("x"), patient)
		Expect(parsed.Verdict).To(Equal(conformance.Crashed))
		Expect(parsed.How).To(Equal("panic: index out of range"))
		Expect(parsed.Strings).To(Equal(strs("ferry")))
	})

	It("hangs if it does not return, and finds the stream failed once it looks again", func() {
		var failed error
		release, ended := make(chan struct{}), make(chan struct{})
		parsed := parse(inGo(func(stream io.Reader, _ func([]byte)) error {
			defer close(ended)
			<-release
			_, failed = stream.Read(make([]byte, 1))
			return failed
		}), chunks("x"), short)
		Expect(parsed.Verdict).To(Equal(conformance.Hung))
		close(release)
		Eventually(ended).Should(BeClosed())
		Expect(failed).To(MatchError(ContainSubstring("stopped waiting")))
	})

	It("is ended when it delivers after it was given up", func() {
		release, ended := make(chan struct{}), make(chan struct{})
		parsed := parse(inGo(func(_ io.Reader, deliver func([]byte)) error {
			defer close(ended)
			<-release
			for {
				deliver(nil)
			}
		}), chunks("x"), short)
		Expect(parsed.Verdict).To(Equal(conformance.Hung))
		close(release)
		Eventually(ended).Should(BeClosed())
	})

	DescribeTable("crashes if it delivers without an end, before that takes all memory",
		func(data []byte) {
			ended := make(chan struct{})
			parsed := parse(inGo(func(_ io.Reader, deliver func([]byte)) error {
				defer close(ended)
				for {
					deliver(data)
				}
			}), chunks("0:,"), patient)
			Expect(parsed.Verdict).To(Equal(conformance.Crashed))
			Expect(parsed.How).To(ContainSubstring("far more than it was sent"))
			Eventually(ended).Should(BeClosed())
		},
		Entry("empty strings", []byte{}),
		Entry("long strings", bytes.Repeat([]byte("b"), 99_999)),
	)

	It("may be given a limit, or may not", func() {
		s := chunks("1:a,")
		s.Limit = 7
		Expect(target.NewParserFunc("a function", target.Codec{}).Lacks(conformance.NeedLimit)).To(ContainSubstring("another maximum"))
		p := parserOf(target.NewParserFunc("a function", target.Codec{Limited: func(limit int) target.Decode {
			return func(_ io.Reader, deliver func([]byte)) error {
				deliver(bytes.Repeat([]byte("b"), limit))
				return nil
			}
		}}), nil)
		Expect(parse(p, s, patient).Strings).To(Equal(strs("bbbbbbb")))
	})

	Describe("that encodes", func() {
		encode := func(f func([]byte) []byte, patience time.Duration) ([]byte, error) {
			p := parserOf(target.NewParserFunc("a function", target.Codec{Encode: f}), nil)
			return p.Encode(context.Background(), []byte("ferry"), patience)
		}

		It("returns the stream", func() {
			Expect(encode(func(data []byte) []byte { return append([]byte("5:"), data...) }, patient)).To(Equal([]byte("5:ferry")))
		})

		It("may not", func() {
			Expect(target.NewParserFunc("a function", target.Codec{}).Lacks(conformance.NeedEncoder)).To(ContainSubstring("no encoder"))
		})

		It("may panic, which costs the judge nothing", func() {
			_, err := encode(func([]byte) []byte { panic("no ink") }, patient)
			Expect(err).To(MatchError("panic: no ink"))
		})

		It("may hang, which costs the judge a while", func() {
			release := make(chan struct{})
			DeferCleanup(func() { close(release) })
			_, err := encode(func([]byte) []byte { <-release; return nil }, short)
			Expect(err).To(MatchError("the encoder did not return within 300ms"))
		})
	})

	It("is left when the judge has had enough", func() {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := inGo(func(stream io.Reader, _ func([]byte)) error {
			cancel()
			_, err := stream.Read(make([]byte, 1))
			return err
		}).Parse(ctx, chunks("x"), patient)
		Expect(err).To(MatchError(context.Canceled))
	})

	It("is told from a stream that failed by its own error", func() {
		parsed := parse(inGo(func(io.Reader, func([]byte)) error { return errors.New("too long") }), chunks("x"), patient)
		Expect(parsed.Verdict).To(Equal(conformance.Rejected))
		Expect(parsed.How).To(Equal("too long"))
	})
})
