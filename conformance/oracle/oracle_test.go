package oracle_test

import (
	"math/rand/v2"
	"regexp"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/oracle"
)

var _ = Describe("The netstring oracle", func() {
	DescribeTable("knows the fault, and by when it must be noticed",
		func(stream string, reason oracle.Reason, fault, by int, why string) {
			r := oracle.Judge([]byte(stream), 99999)
			Expect(r.Verdict).To(Equal(conformance.Rejected))
			Expect(r.Reason).To(Equal(reason))
			Expect(r.Fault).To(Equal(fault))
			Expect(r.RejectBy).To(Equal(by))
			Expect(r.Why()).To(Equal(why))
		},
		Entry("no length", ":,", oracle.NoLength, 0, 2, "byte 0 ':' (3a) stands where a length is due"),
		Entry("no digit", "3:abc,\n", oracle.NoLength, 6, 8, `byte 6 '\n' (0a) stands where a length is due`),
		Entry("a byte that is no character", "\xff", oracle.NoLength, 0, 2, "byte 0 ff stands where a length is due"),
		Entry("a leading zero", "007:abcdefg,", oracle.LeadingZero, 1, 3, "byte 1 '0' (30) follows a leading zero"),
		Entry("no colon", "12a:", oracle.NoColon, 2, 4, "byte 2 'a' (61) stands where a digit or ':' is due"),
		Entry("no colon after 0", "0,", oracle.NoColon, 1, 3, "byte 1 ',' (2c) stands where the ':' after the length 0 is due"),
		Entry("no comma", "3:abc;", oracle.NoComma, 5, 7, "byte 5 ';' (3b) stands where the ',' after 3 bytes of data is due"),
		Entry("a length over the limit, by its last digit", "100000:", oracle.TooLong, 5, 7, "byte 5 '0' (30) makes the length greater than the limit of 99999"),
		Entry("a length far over the limit", "0:,123456789:", oracle.TooLong, 8, 13, "byte 8 '6' (36) makes the length greater than the limit of 99999"),
		Entry("a length over the limit that nothing ends", "123456789", oracle.TooLong, 5, 10, "byte 5 '6' (36) makes the length greater than the limit of 99999"),
		Entry("a length over the limit that something else ends", "123456789x:", oracle.TooLong, 5, 11, "byte 5 '6' (36) makes the length greater than the limit of 99999"),
		Entry("leading zeros before too many digits", "0123456789:", oracle.LeadingZero, 1, 3, "byte 1 '1' (31) follows a leading zero"),
	)

	DescribeTable("compares lengths with the limit as numbers",
		func(limit int, length string, fault int) {
			r := oracle.Judge([]byte(length+":"), limit)
			if fault < 0 {
				Expect(r.Verdict).To(Equal(conformance.Incomplete))
				return
			}
			Expect(r.Reason).To(Equal(oracle.TooLong))
			Expect(r.Fault).To(Equal(fault))
		},
		Entry("equal", 200, "200", -1),
		Entry("fewer digits", 200, "99", -1),
		Entry("more digits", 200, "1000", 3),
		Entry("greater by the last digit", 200, "201", 2),
		Entry("greater by the first digit", 200, "900", 2),
		Entry("nothing but 0", 0, "0", -1),
		Entry("more than 0", 0, "1", 0),
		Entry("no less than 0", -1, "0", -1),
		Entry("the largest int", 1<<63-1, "9223372036854775807", -1),
		Entry("more than the largest int", 1<<63-1, "9223372036854775808", 18),
	)

	DescribeTable("says what is missing of a stream that is not whole",
		func(stream, why string) {
			r := oracle.Judge([]byte(stream), 99999)
			Expect(r.Verdict).To(Equal(conformance.Incomplete))
			Expect(r.Why()).To(Equal(why))
		},
		Entry("in the length", "3:abc,12", "the length that begins at byte 6 has no ':' yet"),
		Entry("in the data", "3:abc,12:hello", "the netstring that begins at byte 6 has 5 of 12 bytes of data and no ',' yet"),
		Entry("before the comma", "0:", "the netstring that begins at byte 0 has 0 of 0 bytes of data and no ',' yet"),
	)

	It("knows where the last whole netstring ends", func() {
		Expect(oracle.Judge([]byte("3:abc,0:,12:he"), 99999).Rest).To(Equal(9))
		Expect(oracle.Judge([]byte("3:abc,"), 99999).Rest).To(Equal(6))
		Expect(oracle.Judge([]byte("x"), 99999).Rest).To(Equal(0))
	})

	It("gives views that cannot be appended to at the stream's cost", func() {
		stream := []byte("1:a,")
		r := oracle.Judge(stream, 99999)
		_ = append(r.Strings[0], 'x')
		Expect(string(stream)).To(Equal("1:a,"))
	})

	It("comes to what a definition by regular expressions comes to, on many streams", func() {
		rng := rand.New(rand.NewPCG(uint64(GinkgoRandomSeed()), 3))
		verdicts := map[conformance.ParserVerdict]int{}
		for range 50_000 {
			stream := noise(rng)
			limit := []int{0, 1, 5, 9, 10, 15, 99, 200, 99999}[rng.IntN(9)]
			r, want := oracle.Judge(stream, limit), byRegexp(stream, limit)
			verdicts[r.Verdict]++
			if len(r.Strings) != want.strings || r.Verdict != want.verdict || r.Rest != want.rest ||
				r.Verdict == conformance.Rejected && (r.Fault != want.fault || r.RejectBy != want.by) {
				Fail(strconv.Quote(string(stream)) + " with limit " + strconv.Itoa(limit) + ": " + r.Why())
			}
		}
		for _, v := range []conformance.ParserVerdict{conformance.Complete, conformance.Incomplete, conformance.Rejected} {
			Expect(verdicts[v]).To(BeNumerically(">", 1000), "%v", v)
		}
	})

	It("rejects what nothing that could follow makes a netstring, and nothing else", func() {
		rng := rand.New(rand.NewPCG(uint64(GinkgoRandomSeed()), 5))
		for range 20_000 {
			stream := noise(rng)
			r := oracle.Judge(stream, 30)
			if r.Verdict != conformance.Rejected {
				continue
			}
			before := oracle.Judge(stream[:r.Fault], 30)
			Expect(before.Verdict).NotTo(Equal(conformance.Rejected), "%q", stream)
			Expect(completed(stream[:r.Fault], before).Verdict).To(Equal(conformance.Complete), "%q", stream)
			Expect(oracle.Judge(stream[:r.Fault+1], 30).Verdict).To(Equal(conformance.Rejected), "%q", stream)
		}
	})
})

// completed judges a stream that was completed with the shortest good rest.
func completed(stream []byte, r oracle.Ruling) oracle.Ruling {
	rest := string(stream[r.Rest:])
	whole := append([]byte{}, stream...)
	if m := regexp.MustCompile(`^([0-9]+)(:?)`).FindStringSubmatch(rest); m != nil {
		n, _ := strconv.Atoi(m[1])
		if m[2] == "" {
			whole = append(whole, ':')
			rest += ":"
		}
		for missing := n - (len(rest) - len(m[1]) - 1); missing > 0; missing-- {
			whole = append(whole, 'a')
		}
		whole = append(whole, ',')
	}
	return oracle.Judge(whole, 30)
}

// noise is a short stream of what netstrings are made of, which are often whole.
func noise(rng *rand.Rand) []byte {
	const alphabet = "0123456789012345::::,,,,ab \xff"
	var stream []byte
	for range rng.IntN(5) {
		switch rng.IntN(3) {
		case 0:
			for range rng.IntN(12) {
				stream = append(stream, alphabet[rng.IntN(len(alphabet))])
			}
		default:
			n := rng.IntN(14)
			stream = append(strconv.AppendInt(stream, int64(n), 10), ':')
			for range n {
				stream = append(stream, alphabet[rng.IntN(len(alphabet))])
			}
			stream = append(stream, ',')
		}
	}
	return stream
}

// ruled is what the second definition comes to.
type ruled struct {
	strings, rest, fault, by int
	verdict                  conformance.ParserVerdict
}

var (
	header  = regexp.MustCompile(`^(0|[1-9][0-9]*):`)
	number  = regexp.MustCompile(`^(0|[1-9][0-9]*)`)
	partial = regexp.MustCompile(`^(0|[1-9][0-9]*)?$`)
)

// byRegexp is a second definition: it takes the first netstring off the stream with a
// regular expression that is made for its length, and goes on with the rest. Only for
// lengths that fit an int.
func byRegexp(stream []byte, limit int) ruled {
	if len(stream) == 0 {
		return ruled{verdict: conformance.Complete}
	}
	digits := number.Find(stream)
	n, _ := strconv.Atoi(string(digits))
	if n > limit {
		r := ruled{verdict: conformance.Rejected, by: len(digits) + 2}
		if header.Match(stream) || len(digits) == len(stream) {
			r.by--
		}
		for prefix, _ := strconv.Atoi(string(digits[:r.fault+1])); prefix <= limit; prefix, _ = strconv.Atoi(string(digits[:r.fault+1])) {
			r.fault++
		}
		return r
	}
	if partial.Match(stream) {
		return ruled{verdict: conformance.Incomplete}
	}
	if !header.Match(stream) {
		return ruled{verdict: conformance.Rejected, fault: len(digits), by: len(digits) + 2}
	}
	due := len(digits) + 1 + n // where the comma is
	if due >= len(stream) {
		return ruled{verdict: conformance.Incomplete}
	}
	if whole := regexp.MustCompile(`^[0-9]+:(?s:.{` + strconv.Itoa(n) + `}),`); !whole.MatchString(latin(stream)) {
		return ruled{verdict: conformance.Rejected, fault: due, by: due + 2}
	}
	r := byRegexp(stream[due+1:], limit)
	r.strings++
	r.rest += due + 1
	r.fault += due + 1
	r.by += due + 1
	return r
}

// latin is a string with a character for each byte, which regular expressions count.
func latin(data []byte) string {
	var all []rune
	for _, b := range data {
		all = append(all, rune(b))
	}
	return string(all)
}
