package oracle_test

import (
	"bytes"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/oracle"
)

// decision is what Twisted's NetstringReceiver (22.4, 24.7) was seen to do.
type decision struct {
	stream    string
	delivered []string
	dropped   int // the connection, after so many bytes; 0: it was not
	limit     int
}

var decisions = []decision{
	{"", nil, 0, oracle.DefaultLimit},
	{"0:,", []string{""}, 0, oracle.DefaultLimit},
	{"5:hello,", []string{"hello"}, 0, oracle.DefaultLimit},
	{"1:,,", []string{","}, 0, oracle.DefaultLimit},
	{"3:1:a,", []string{"1:a"}, 0, oracle.DefaultLimit},
	{"5:hel", nil, 0, oracle.DefaultLimit},
	{"5:hello", nil, 0, oracle.DefaultLimit},
	{"5", nil, 0, oracle.DefaultLimit},
	{"5:", nil, 0, oracle.DefaultLimit},
	{"12:hello world!,", []string{"hello world!"}, 0, oracle.DefaultLimit},
	{"5:hello,5:world,", []string{"hello", "world"}, 0, oracle.DefaultLimit},
	{"0:,0:,0:,", []string{"", "", ""}, 0, oracle.DefaultLimit},
	{"3:abc,3:de", []string{"abc"}, 0, oracle.DefaultLimit},
	{"3:abc,x", []string{"abc"}, 7, oracle.DefaultLimit},
	{"3:abc,03:def,", []string{"abc"}, 8, oracle.DefaultLimit},
	{"3:abc,:", []string{"abc"}, 7, oracle.DefaultLimit},
	{"3:abc,\n3:def,", []string{"abc"}, 7, oracle.DefaultLimit},
	{"5:hello!", nil, 8, oracle.DefaultLimit},
	{"5:hello;5:world,", nil, 8, oracle.DefaultLimit},
	{"5:helloX,", nil, 8, oracle.DefaultLimit},
	{"6:hello,", nil, 0, oracle.DefaultLimit},
	{"6:hello,,", []string{"hello,"}, 0, oracle.DefaultLimit},
	{"6:hello,5:world,", nil, 9, oracle.DefaultLimit},
	{"00:,", nil, 2, oracle.DefaultLimit},
	{"01:a,", nil, 2, oracle.DefaultLimit},
	{"007:abcdefg,", nil, 2, oracle.DefaultLimit},
	{"0", nil, 0, oracle.DefaultLimit},
	{"0:x,", nil, 3, oracle.DefaultLimit},
	{":abc,", nil, 1, oracle.DefaultLimit},
	{"abc,", nil, 1, oracle.DefaultLimit},
	{",", nil, 1, oracle.DefaultLimit},
	{"-1:a,", nil, 1, oracle.DefaultLimit},
	{"+1:a,", nil, 1, oracle.DefaultLimit},
	{" 1:a,", nil, 1, oracle.DefaultLimit},
	{"1 :a,", nil, 2, oracle.DefaultLimit},
	{"1a:x,", nil, 2, oracle.DefaultLimit},
	{"1,a", nil, 2, oracle.DefaultLimit},
	{"5\n", nil, 0, oracle.DefaultLimit},
	{"5\n:hello,", nil, 3, oracle.DefaultLimit},
	{"5\r:hello,", nil, 2, oracle.DefaultLimit},
	{"\n", nil, 1, oracle.DefaultLimit},
	{"0\n", nil, 0, oracle.DefaultLimit},
	{"1\n2:x", nil, 3, oracle.DefaultLimit},
	{"0x5:hello,", nil, 2, oracle.DefaultLimit},
	{"1e1:0123456789,", nil, 2, oracle.DefaultLimit},
	{"1_0:0123456789,", nil, 2, oracle.DefaultLimit},
	{"\xd9\xa1:a,", nil, 1, oracle.DefaultLimit},
	{"\xff", nil, 1, oracle.DefaultLimit},
	{"\x00", nil, 1, oracle.DefaultLimit},
	{"4:\x00\xff\n,,", []string{"\x00\xff\n,"}, 0, oracle.DefaultLimit},
	{"99999:", nil, 0, oracle.DefaultLimit},
	{"100000", nil, 6, oracle.DefaultLimit},
	{"100000:", nil, 6, oracle.DefaultLimit},
	{"99999", nil, 0, oracle.DefaultLimit},
	{"999990", nil, 6, oracle.DefaultLimit},
	{"1000000:", nil, 6, oracle.DefaultLimit},
	{"999999999999999999999999999999:x,", nil, 6, oracle.DefaultLimit},
	{"3:abc,100000:", []string{"abc"}, 12, oracle.DefaultLimit},
	{"27:cummingsify.HERE IS MY POEM,", []string{"cummingsify.HERE IS MY POEM"}, 0, oracle.DefaultLimit},
	{"5:hello,", []string{"hello"}, 0, 5},
	{"6:hello!,", nil, 1, 5},
	{"10:", nil, 2, 5},
	{"10:0123456789,", []string{"0123456789"}, 0, 10},
	{"11:0123456789a,", nil, 2, 10},
	{"100:", nil, 3, 10},
}

var _ = Describe("What Twisted decided", func() {
	for _, d := range decisions {
		It("fits the oracle", func() {
			r := oracle.Judge([]byte(d.stream), d.limit)
			seen := conformance.Parsed{Verdict: conformance.Incomplete}
			for _, s := range d.delivered {
				seen.Strings = append(seen.Strings, []byte(s))
			}
			switch {
			case d.dropped > 0:
				seen.Verdict = conformance.Rejected
				Expect(r.Verdict).To(Equal(conformance.Rejected))
				Expect(d.dropped).To(And(BeNumerically(">", r.Fault), BeNumerically("<=", r.RejectBy)))
			case r.Verdict == conformance.Complete:
				seen.Verdict = conformance.Complete // Twisted does not say
			}
			Expect(r.Fits(seen)).To(Succeed())
			Expect(r.FitsOpen(seen)).To(Succeed())
		})

		It("is a vector", func() {
			Expect(oracle.Vectors()).To(ContainElement(Satisfy(func(v oracle.Vector) bool {
				return bytes.Equal(v.Input, []byte(d.stream)) && v.Limit == d.limit
			})))
		})
	}

	It("is 65 cases", func() { Expect(decisions).To(HaveLen(65)) })
})
