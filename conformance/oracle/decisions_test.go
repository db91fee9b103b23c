package oracle_test

import (
	"bytes"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/oracle"
	"scansion/testdata"
)

var _ = Describe("What Twisted decided", func() {
	for _, d := range testdata.TwistedDecisions {
		It(fmt.Sprintf("fits the oracle: %.40q, limit %d", d.Stream, d.Limit), func() {
			r := oracle.Judge([]byte(d.Stream), d.Limit)
			seen := conformance.Parsed{Verdict: conformance.Incomplete}
			for _, s := range d.Strings {
				seen.Strings = append(seen.Strings, []byte(s))
			}
			switch {
			case d.Dropped > 0:
				seen.Verdict = conformance.Rejected
				Expect(r.Verdict).To(Equal(conformance.Rejected))
				Expect(d.Dropped).To(And(BeNumerically(">", r.Fault), BeNumerically("<=", r.RejectBy)))
			case r.Verdict == conformance.Complete:
				seen.Verdict = conformance.Complete // Twisted does not say
			}
			Expect(r.Fits(seen)).To(Succeed())
			Expect(r.FitsOpen(seen)).To(Succeed())
		})

		It(fmt.Sprintf("is a vector: %.40q, limit %d", d.Stream, d.Limit), func() {
			Expect(oracle.Vectors()).To(ContainElement(Satisfy(func(v oracle.Vector) bool {
				return bytes.Equal(v.Input, []byte(d.Stream)) && v.Limit == d.Limit
			})))
		})
	}

	It("is 65 cases", func() { Expect(testdata.TwistedDecisions).To(HaveLen(65)) })
})
