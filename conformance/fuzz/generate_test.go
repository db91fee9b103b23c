package fuzz_test

import (
	"bytes"
	"math/rand"
	"regexp"
	"slices"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/fuzz"
	"scansion/conformance/oracle"
)

// cases generates so many cases.
func cases(seed int64, n int) []fuzz.Case { return casesOf(fuzz.Generate, seed, n) }

func casesOf(generate func(*rand.Rand) fuzz.Case, seed int64, n int) []fuzz.Case {
	rng := rand.New(rand.NewSource(seed))
	all := make([]fuzz.Case, n)
	for i := range all {
		all[i] = generate(rng)
	}
	return all
}

// sample is what most of what is said of the generator is looked for in.
var sample = sync.OnceValue(func() []fuzz.Case { return cases(1, 20_000) })

var _ = Describe("The generator of streams", func() {
	It("makes each verdict and each fault, with strings before it", func() {
		verdict, reason := map[conformance.ParserVerdict]int{}, map[oracle.Reason]int{}
		strings := 0
		for _, c := range sample() {
			r := oracle.Judge(c.Bytes, oracle.DefaultLimit)
			verdict[r.Verdict]++
			reason[r.Reason]++
			if r.Verdict == conformance.Rejected && len(r.Strings) > 0 {
				strings++
			}
		}
		for _, v := range []conformance.ParserVerdict{conformance.Complete, conformance.Incomplete, conformance.Rejected} {
			Expect(verdict[v]).To(BeNumerically(">", 3000), "%v", v)
		}
		for _, r := range []oracle.Reason{oracle.NoLength, oracle.LeadingZero, oracle.NoColon, oracle.TooLong, oracle.NoComma} {
			Expect(reason[r]).To(BeNumerically(">", 500), "%v", r)
		}
		Expect(strings).To(BeNumerically(">", 2000), "strings before a fault")
	})

	DescribeTable("makes streams with",
		func(least int, pattern string) {
			like, n := regexp.MustCompile(pattern), 0
			for _, c := range sample() {
				if like.Match(c.Bytes[:min(len(c.Bytes), 2000)]) {
					n++
				}
			}
			Expect(n).To(BeNumerically(">=", least))
		},
		Entry("nothing", 100, `^$`),
		Entry("an empty string", 1000, `^0:,`),
		Entry("a netstring in a netstring", 100, `^1?[0-9]:[0-9]:`),
		Entry("a leading zero", 200, `^0[0-9]+:`),
		Entry("many leading zeros", 20, `^0{8,}[0-9]+:`),
		Entry("a plus sign", 30, `^\+[0-9]+:`),
		Entry("a minus sign", 30, `^-[0-9]+:`),
		Entry("a blank before", 50, `^[ \t\r\n]+[0-9]+:`),
		Entry("a blank after", 30, `^[0-9]+[ \t\r\n]+:`),
		Entry("no length", 100, `^:`),
		Entry("hexadecimal", 50, `^0x[0-9a-f]+:`),
		Entry("digits that are not ASCII", 20, "\u0665|\uff15|\u00b2|\u0660"),
		Entry("the limit", 50, `^99999:`),
		Entry("one more", 50, `^100000:`),
		Entry("one less", 20, `^99998:`),
		Entry("2^31", 10, `^21474836[45][0-9]:`),
		Entry("2^32", 20, `^42949673[01][0-9]:`),
		Entry("2^63", 10, `^92233720368547758[0-2][0-9]:`),
		Entry("2^64", 20, `^184467440737095516[1-3][0-9]:`),
		Entry("2^32 and data that is left of it", 3, `4294967(298:(?s:.{2})|299:(?s:.{3})|300:(?s:.{4})|301:(?s:.{5})),`),
		Entry("10^20", 5, `^1000000000000000000[0-2][0-9]:`),
		Entry("a hundred digits", 3, `[0-9]{100}`),
		Entry("a thousand digits", 2, `[0-9]{1000}`),
		Entry("a line end for a comma", 3, `^[1-9]:[a-z]{1,9}\n`),
		Entry("text of several bytes a character", 100, "\u20ac"),
		Entry("ten strings and more in a row", 100, `^([0-9]:[^,]*,){10}`),
		Entry("as many bytes as a power of two", 10, `^1024:`),
		Entry("as many bytes in all as a power of two", 3, `^1019:`),
		Entry("nothing in place of the comma", 20, `^[1-9]:[a-z]{1,9}[0-9]+:`),
	)

	It("makes every byte stand where a comma is due, and where a digit is", func() {
		comma, digit := map[byte]bool{}, map[byte]bool{}
		for _, c := range cases(3, 100_000) {
			switch r := oracle.Judge(c.Bytes, oracle.DefaultLimit); r.Reason {
			case oracle.NoComma:
				comma[c.Bytes[r.Fault]] = true
			case oracle.NoColon, oracle.NoLength:
				digit[c.Bytes[r.Fault]] = true
			default:
			}
		}
		Expect(comma).To(HaveLen(255), "all but ','")
		Expect(digit).To(HaveLen(246), "all but the digits")
	})

	It("makes small streams mostly, and long ones now and then", func() {
		var sizes []int
		whole := 0
		for _, c := range sample() {
			sizes = append(sizes, len(c.Bytes))
			if r := oracle.Judge(c.Bytes, oracle.DefaultLimit); len(r.Strings) > 0 && slices.ContainsFunc(r.Strings, func(s []byte) bool { return len(s) >= 99_998 }) {
				whole++
			}
		}
		slices.Sort(sizes)
		Expect(sizes[len(sizes)/2]).To(BeNumerically("<", 50))
		Expect(sizes[len(sizes)*9/10]).To(BeNumerically("<", 200))
		Expect(sizes[len(sizes)*99/100]).To(BeNumerically(">", 500))
		Expect(sizes[len(sizes)-1]).To(BeNumerically(">", 99_999))
		Expect(whole).To(BeNumerically(">", 5), "strings as long as the limit")
	})

	It("cuts streams nowhere, everywhere, here and there, and around what matters", func() {
		none, all, few, colon, blocks := 0, 0, 0, 0, 0
		for _, c := range sample() {
			if !whole(c) || !bytes.Equal(bytes.Join(c.Stream().Chunks, nil), c.Bytes) {
				Fail(c.String())
			}
			n := len(c.Cuts)
			switch {
			case len(c.Bytes) < 8:
			case n == 0:
				none++
			case n == len(c.Bytes)-1:
				all++
			case n <= 3:
				few++
			}
			if n > 0 && c.Bytes[c.Cuts[0]-1] == ':' {
				colon++
			}
			if n > 0 && len(c.Bytes) > 5000 {
				blocks++
			}
		}
		for _, n := range []int{none, all, few, colon} {
			Expect(n).To(BeNumerically(">", 1000))
		}
		Expect(blocks).To(BeNumerically(">", 50))
	})

	It("makes the same cases for the same seed, and others for another", func() {
		Expect(cases(6, 500)).To(Equal(cases(6, 500)))
		Expect(cases(6, 500)).NotTo(Equal(cases(7, 500)))
	})

	It("makes one request to a transform server, whole or faulty", func() {
		verdict := map[conformance.ParserVerdict]int{}
		whole, known := 0, 0
		request := regexp.MustCompile(`(?s)^cummingsify\.[^A-Z\x7f-\xff]*$`)
		near := map[string]int{}
		for _, c := range casesOf(fuzz.GenerateRequest, 10, 20_000) {
			r := oracle.Judge(c.Bytes, oracle.DefaultLimit)
			verdict[r.Verdict]++
			Expect(len(r.Strings)).To(BeNumerically("<=", 1))
			for _, s := range r.Strings {
				whole++
				if request.Match(s) {
					known++
				}
			}
			digits, _, _ := bytes.Cut(c.Bytes, []byte(":"))
			near[string(digits)]++
		}
		Expect(whole).To(BeNumerically(">", 2000))
		Expect(known).To(BeNumerically(">", whole*9/10), "a few are mutated, or have malformed netstrings for data")
		for _, v := range []conformance.ParserVerdict{conformance.Complete, conformance.Incomplete, conformance.Rejected} {
			Expect(verdict[v]).To(BeNumerically(">", 2000), "%v", v)
		}
		for _, digits := range []string{"99998", "99999", "100000", "12", "012", "+12"} {
			Expect(near[digits]).To(BeNumerically(">", 10), digits)
		}
	})
})
