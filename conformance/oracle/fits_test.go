package oracle_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/oracle"
)

var _ = Describe("What a netstring parser made of a stream", func() {
	const (
		complete   = conformance.Complete
		incomplete = conformance.Incomplete
		rejected   = conformance.Rejected
		refused    = conformance.Refused
		crashed    = conformance.Crashed
		hung       = conformance.Hung
	)
	verdicts := []conformance.ParserVerdict{complete, incomplete, rejected, refused, crashed, hung}
	type allowed []conformance.ParserVerdict

	// right is what a parser delivers that does, with a verdict.
	right := func(r oracle.Ruling, v conformance.ParserVerdict) conformance.Parsed {
		return conformance.Parsed{Strings: r.Strings, Verdict: v}
	}

	DescribeTable("fits with some verdicts, and no other",
		func(stream string, atEnd, open allowed) {
			r := oracle.Judge([]byte(stream), 99999)
			for _, v := range verdicts {
				expected := func(all allowed) OmegaMatcher {
					if slices.Contains(all, v) {
						return Succeed()
					}
					return HaveOccurred()
				}
				Expect(r.Fits(right(r, v))).To(expected(atEnd), "%v", v)
				Expect(r.FitsOpen(right(r, v))).To(expected(open), "%v, open", v)
			}
		},
		Entry("empty", "", allowed{complete}, allowed{complete}),
		Entry("complete", "3:abc,", allowed{complete}, allowed{complete}),
		Entry("incomplete", "3:abc,3:d", allowed{incomplete, rejected, refused}, allowed{incomplete, refused}),
		Entry("rejected", "3:abc,x:", allowed{rejected, refused}, allowed{rejected, refused}),
		Entry("rejected at the end, where a byte more may be needed", "3:abc,x", allowed{incomplete, rejected, refused}, allowed{incomplete, rejected, refused}),
		Entry("too long, with its ':'", "100000:", allowed{rejected, refused}, allowed{rejected, refused}),
		Entry("too long, without its ':'", "100000", allowed{incomplete, rejected, refused}, allowed{incomplete, rejected, refused}),
		Entry("too long, and a fault at the end", "100000x", allowed{incomplete, rejected, refused}, allowed{incomplete, rejected, refused}),
		Entry("too long, and a fault", "100000x:", allowed{rejected, refused}, allowed{rejected, refused}),
	)

	DescribeTable("does not fit, for a reason",
		func(stream string, verdict conformance.ParserVerdict, delivered []string, message string) {
			p := conformance.Parsed{Verdict: verdict}
			if verdict == crashed || verdict == refused {
				p.How = "exit status 2"
			}
			for _, s := range delivered {
				p.Strings = append(p.Strings, []byte(s))
			}
			Expect(oracle.Judge([]byte(stream), 99999).Fits(p)).To(MatchError(message))
		},
		Entry("another string", "0:,3:abc,", complete, []string{"", "ab\n"},
			`string 2 is 3 bytes 61 62 0a "ab\n" where 3 bytes 61 62 63 "abc" was due`),
		Entry("an empty string", "3:abc,", complete, []string{""},
			`string 1 is the empty string where 3 bytes 61 62 63 "abc" was due`),
		Entry("a byte that is no ASCII", "1:\xff,", complete, []string{"?"},
			`string 1 is 1 byte 3f "?" where 1 byte ff "\xff" was due`),
		Entry("a string not delivered", "1:a,1:b,", complete, []string{"a"},
			`string 2 was not delivered: 1 byte 62 "b" (1 of 2 strings were)`),
		Entry("the strings before the fault not delivered", "1:a,x1:b,", rejected, nil,
			`string 1 was not delivered: 1 byte 61 "a" (0 of 1 string were)`),
		Entry("a string after the fault", "1:a,x1:b,", rejected, []string{"a", "b"},
			`delivered a string after the fault: string 2 is 1 byte 62 "b", but byte 4 'x' (78) stands where a length is due`),
		Entry("part of a string", "5:hel", incomplete, []string{"hel"},
			`delivered a string that is not whole: string 1 is 3 bytes 68 65 6c "hel", but the netstring that begins at byte 0 has 3 of 5 bytes of data and no ',' yet`),
		Entry("a string twice", "1:a,", complete, []string{"a", "a"},
			`delivered a string too many: string 2 is 1 byte 61 "a", but the stream has 1 string`),
		Entry("accepted, though malformed", "1:a,\n\n", complete, []string{"a"},
			`accepted, where byte 4 '\n' (0a) stands where a length is due`),
		Entry("accepted, though not whole", "1:a,1", complete, []string{"a"},
			`accepted, where the length that begins at byte 4 has no ':' yet`),
		Entry("rejected, though good", "1:a,", rejected, []string{"a"},
			`rejected, where the stream is complete: the stream ends after a whole netstring, or is empty`),
		Entry("refused, though good", "1:a,", refused, []string{"a"},
			`refused (exit status 2), where the stream is complete: the stream ends after a whole netstring, or is empty`),
		Entry("waiting, though malformed", "01:a,", incomplete, nil,
			`incomplete, where the stream is rejected: byte 1 '1' (31) follows a leading zero (to be rejected within 3 bytes, of 5)`),
		Entry("a crash", "x:", crashed, nil,
			`a crash (exit status 2), where "rejected" without a string was due: byte 0 'x' (78) stands where a length is due`),
		Entry("silence", "1:a,", hung, []string{"a"},
			`no verdict, where "complete" after 1 string was due: the stream ends after a whole netstring, or is empty`),
	)

	DescribeTable("is wrong in a way, with which shrinking stays",
		func(stream string, verdict conformance.ParserVerdict, delivered string, what oracle.Wrong) {
			p := conformance.Parsed{Verdict: verdict}
			if delivered != "" {
				p.Strings = [][]byte{[]byte(delivered)}
			}
			err := oracle.Judge([]byte(stream), 99999).Fits(p)
			var m *oracle.Misfit
			Expect(errors.As(err, &m)).To(BeTrue())
			Expect(m.What).To(Equal(what))
		},
		Entry("a crash", "1:a,", crashed, "a", oracle.Died),
		Entry("silence", "1:a,", hung, "a", oracle.Died),
		Entry("another string", "1:a,", complete, "b", oracle.Differs),
		Entry("a string too few", "1:a,", complete, "", oracle.Missing),
		Entry("a string too many", "1:a", incomplete, "a", oracle.Surplus),
		Entry("accepted", "1:", complete, "", oracle.Accepted),
		Entry("rejected", "1:a,", rejected, "a", oracle.Misjudged),
	)

	It("is said to reject too soon what could still be completed", func() {
		Expect(oracle.Judge([]byte("5:hel"), 99999).FitsOpen(conformance.Parsed{Verdict: rejected})).To(MatchError(
			"rejected, where the stream is incomplete: the netstring that begins at byte 0 has 3 of 5 bytes of data and no ',' yet"))
	})

	It("is shown where long strings part", func() {
		long := bytes.Repeat([]byte("a"), 5000)
		other := bytes.Clone(long)
		other[3000] = 'b'
		r := oracle.Judge([]byte("5000:"+string(long)+","), 99999)
		Expect(r.Fits(conformance.Parsed{Strings: [][]byte{other}})).To(MatchError(SatisfyAll(
			ContainSubstring(`string 1 is 5000 bytes with, from byte 2988 on, 61 61`),
			ContainSubstring(`"aaaaaaaaaaaab`),
			Satisfy(func(s string) bool { return len(s) < 500 }),
		)))
		Expect(r.Fits(conformance.Parsed{Strings: [][]byte{long[:4999]}})).To(MatchError(
			ContainSubstring(`string 1 is 4999 bytes with, from byte 4987 on, 61 61`)))
	})

	It("is described in a bounded line", func() {
		Expect(oracle.Describe(nil)).To(Equal("the empty string"))
		Expect(oracle.Describe([]byte("ab"))).To(Equal(`2 bytes 61 62 "ab"`))
		Expect(oracle.Describe(bytes.Repeat([]byte("\n"), 99999))).To(And(
			HavePrefix("99999 bytes 0a 0a"), HaveSuffix(strings.Repeat(`\n`, 24)+`"...`)))
	})
})
