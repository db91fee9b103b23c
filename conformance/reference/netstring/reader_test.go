package netstring_test

import (
	"errors"
	"io"
	"strings"
	"testing/iotest"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/reference/netstring"
)

// turn is what a scripted reader returns from one Read.
type turn struct {
	data string
	err  error
}

// script is a reader that returns what it is told to, and fails the spec that reads on.
type script struct{ turns []turn }

func (s *script) Read(p []byte) (int, error) {
	defer GinkgoRecover()
	Expect(s.turns).NotTo(BeEmpty(), "nothing more was to be read")
	now := s.turns[0]
	s.turns = s.turns[1:]
	return copy(p, now.data), now.err
}

// liar is a reader that says it has read so many bytes.
type liar int

func (l liar) Read([]byte) (int, error) { return int(l), nil }

// nothing is a reader that never gets anywhere.
type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

var errBroken = errors.New("the rope is broken")

// expectNext expects the reader to return a string.
func expectNext(r *netstring.Reader, want string) {
	GinkgoHelper()
	data, err := r.Next()
	Expect(err).NotTo(HaveOccurred())
	Expect(string(data)).To(Equal(want))
}

// nextError returns the error that the reader returns.
func nextError(r *netstring.Reader) error {
	GinkgoHelper()
	data, err := r.Next()
	Expect(data).To(BeNil())
	return err
}

var _ = Describe("A reader", func() {
	It("reads no further than for a string or a fault", func() {
		source := &script{turns: []turn{{data: "1:a,2:b"}, {data: "c,"}, {data: "0:,1x"}}}
		r := netstring.NewReader(source)
		expectNext(r, "a")
		Expect(source.turns).To(HaveLen(2))
		expectNext(r, "bc")
		Expect(source.turns).To(HaveLen(1))
		expectNext(r, "")
		Expect(nextError(r)).To(MatchError(ContainSubstring("at byte 13: found 'x'")))
	})

	It("returns io.EOF between netstrings, and stays there", func() {
		source := &script{turns: []turn{{data: "1:a,"}, {err: io.EOF}}}
		r := netstring.NewReader(source)
		expectNext(r, "a")
		Expect(nextError(r)).To(BeIdenticalTo(io.EOF))
		Expect(nextError(r)).To(BeIdenticalTo(io.EOF))
	})

	It("stays at a fault", func() {
		r := netstring.NewReader(&script{turns: []turn{{data: "1:a;1:b,"}}})
		fault := nextError(r)
		Expect(fault).To(MatchError(netstring.ErrMalformed))
		Expect(nextError(r)).To(BeIdenticalTo(fault))
	})

	It("stays at an end inside a netstring", func() {
		r := netstring.NewReader(&script{turns: []turn{{data: "3:a"}, {data: "b", err: io.EOF}}})
		fault := nextError(r)
		Expect(fault).To(MatchError(io.ErrUnexpectedEOF))
		Expect(fault).To(MatchError(ContainSubstring("at byte 4: found the end")))
		Expect(nextError(r)).To(BeIdenticalTo(fault))
	})

	It("has the limit that it is told", func() {
		r := netstring.NewReader(strings.NewReader("3:abc,4:abcd,"))
		r.MaxLength = 3
		expectNext(r, "abc")
		Expect(nextError(r)).To(MatchError(netstring.ErrTooLong))
	})

	It("returns the strings that come with an error before it", func() {
		r := netstring.NewReader(&script{turns: []turn{{data: "1:a,1:b,1", err: errBroken}}})
		expectNext(r, "a")
		expectNext(r, "b")
		Expect(nextError(r)).To(MatchError(errBroken))
	})

	It("returns a fault rather than an error that comes with it", func() {
		for _, err := range []error{errBroken, io.EOF} {
			r := netstring.NewReader(&script{turns: []turn{{data: "1:a,x", err: err}}})
			expectNext(r, "a")
			Expect(nextError(r)).To(MatchError(netstring.ErrMalformed))
		}
	})

	It("wraps an error of the source, and says where it was", func() {
		r := netstring.NewReader(io.MultiReader(strings.NewReader("1:a,1"), iotest.ErrReader(errBroken)))
		expectNext(r, "a")
		err := nextError(r)
		Expect(err).To(MatchError(errBroken))
		Expect(err).To(MatchError("netstring: reading at byte 5: the rope is broken"))
	})

	It("goes on after an error of the source, as if it had not been", func() {
		r := netstring.NewReader(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("2:ab,1:c,"))))
		Expect(nextError(r)).To(MatchError(iotest.ErrTimeout))
		expectNext(r, "ab")
		expectNext(r, "c")
		Expect(nextError(r)).To(BeIdenticalTo(io.EOF))
	})

	It("bears reads that bring nothing, but not for ever", func() {
		r := netstring.NewReader(&script{turns: []turn{{}, {}, {data: "1:a"}, {}, {data: ","}, {}, {err: io.EOF}}})
		expectNext(r, "a")
		Expect(nextError(r)).To(BeIdenticalTo(io.EOF))
		Expect(nextError(netstring.NewReader(nothing{}))).To(MatchError(io.ErrNoProgress))
	})

	It("does not believe a source everything", func() {
		for _, n := range []liar{-1, 1 << 30} {
			Expect(nextError(netstring.NewReader(n))).To(MatchError(ContainSubstring("the source says that it has read")))
		}
	})
})
