package main

import (
	"errors"
	"io"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// fullAfter is an output that takes no more after some bytes.
type fullAfter struct {
	strings.Builder
	most int
}

var errFull = errors.New("no space left")

func (f *fullAfter) Write(text []byte) (int, error) {
	if f.Len()+len(text) > f.most {
		return 0, errFull
	}
	return f.Builder.Write(text)
}

var _ = Describe("Writers that share an output in turn", func() {
	DescribeTable("write one after the other, whoever is closed first,",
		func(closed ...int) {
			var out strings.Builder
			writers := inTurn(&out, 3)
			for _, part := range []string{"one ", "two "} {
				for i, w := range slices.Backward(writers) {
					Expect(io.WriteString(w, string(rune('a'+i))+part)).To(Equal(5))
				}
			}
			Expect(out.String()).To(Equal("aone atwo "), "the first writes at once")
			for _, i := range closed {
				Expect(writers[i].Close()).To(Succeed())
			}
			Expect(out.String()).To(Equal("aone atwo bone btwo cone ctwo "))
		},
		Entry("in order", 0, 1, 2),
		Entry("the last one first", 2, 1, 0),
		Entry("the middle one first", 1, 0, 2),
	)

	It("write at once when their turn has come", func() {
		var out strings.Builder
		writers := inTurn(&out, 2)
		Expect(writers[0].Close()).To(Succeed())
		Expect(io.WriteString(writers[1], "live")).To(Equal(4))
		Expect(out.String()).To(Equal("live"))
	})

	It("are told that what was kept cannot be written", func() {
		writers := inTurn(&fullAfter{most: 3}, 2)
		Expect(io.WriteString(writers[1], "four")).To(Equal(4))
		Expect(writers[0].Close()).To(MatchError(errFull))
	})
})
