package oracle_test

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/oracle"
)

var _ = Describe("The netstring vectors", func() {
	vectors := oracle.Vectors()

	for _, v := range vectors {
		It("agree with the oracle: "+v.Name, func() {
			r := v.Ruling()
			Expect(r.Verdict).To(Equal(v.Verdict), r.Why())
			Expect(r.RejectBy).To(Equal(v.RejectBy))
			Expect(r.Strings).To(HaveLen(len(v.Strings)))
			for i := range v.Strings {
				Expect(r.Strings[i]).To(Equal(v.Strings[i]))
			}
		})
	}

	It("are named, and say what they are about", func() {
		seen := map[string]bool{}
		for _, v := range vectors {
			Expect(v.Name).To(MatchRegexp(`^[a-z0-9]+(-[a-z0-9]+)*$`))
			Expect(seen).NotTo(HaveKey(v.Name))
			seen[v.Name] = true
			Expect(v.Statement).To(MatchRegexp(`^3\.[2-7]$`), v.Name)
			Expect(v.Why).To(MatchRegexp(`^[-A-Z0-9'].{10,}\.$`), v.Name)
			Expect(v.Limit).To(BeNumerically(">=", 0), v.Name)
		}
	})

	It("are all different", func() {
		seen := map[string]string{}
		for _, v := range vectors {
			if v.Limit == oracle.DefaultLimit {
				Expect(seen).NotTo(HaveKey(string(v.Input)), v.Name)
				seen[string(v.Input)] = v.Name
			}
		}
	})

	It("have a control that is accepted under the same conditions, where they are refused", func() {
		for _, v := range vectors {
			if v.Verdict == conformance.Complete {
				Expect(v.Control).To(BeEmpty(), v.Name)
				continue
			}
			control, ok := oracle.VectorNamed(v.Control)
			Expect(ok).To(BeTrue(), "%s: there is no %q", v.Name, v.Control)
			Expect(control.Verdict).To(Equal(conformance.Complete), v.Name)
			Expect(control.Limit).To(Equal(v.Limit), v.Name)
			Expect(control.Request).To(Equal(v.Request), v.Name)
		}
	})

	It("are cut inside, in ascending order", func() {
		for _, v := range vectors {
			for _, cuts := range v.Cuts {
				Expect(cuts).NotTo(BeEmpty(), v.Name)
				Expect(cuts[0]).To(BeNumerically(">", 0), v.Name)
				Expect(cuts[len(cuts)-1]).To(BeNumerically("<", len(v.Input)), v.Name)
				Expect(slices.IsSorted(cuts)).To(BeTrue(), v.Name)
				Expect(slices.Compact(slices.Clone(cuts))).To(HaveLen(len(cuts)), v.Name)
			}
		}
	})

	It("have requests whose answer is known", func() {
		n := 0
		for _, v := range vectors {
			if v.Request && v.Verdict == conformance.Complete {
				n++
				Expect(v.Strings).To(HaveLen(1), v.Name)
				Expect(string(v.Strings[0])).To(MatchRegexp(`(?s)^cummingsify\.[^A-Z\x80-\xff]*$`), v.Name)
			}
			if v.Request && v.Verdict != conformance.Complete {
				Expect(v.Strings).To(BeEmpty(), "%s: a server would answer the first", v.Name)
			}
		}
		Expect(n).To(BeNumerically(">", 5))
	})

	It("break every rule there is", func() {
		broken := map[oracle.Reason]int{}
		for _, v := range vectors {
			broken[v.Ruling().Reason]++
		}
		for _, reason := range []oracle.Reason{
			oracle.None, oracle.NoLength, oracle.LeadingZero, oracle.NoColon, oracle.TooLong, oracle.NoComma,
		} {
			Expect(broken[reason]).To(BeNumerically(">", 10))
		}
	})

	It("are copies, so that nobody changes them for others", func() {
		mine := oracle.Vectors()
		mine[0].Name = "mine"
		Expect(oracle.Vectors()[0].Name).NotTo(Equal("mine"))
	})

	It("are not found by a name that none has", func() {
		_, ok := oracle.VectorNamed("no-such-vector")
		Expect(ok).To(BeFalse())
	})
})

var _ = Describe("A file of netstring vectors", func() {
	// file is one with a single vector of the default limit.
	file := func(fields string) []byte {
		return []byte(`{"format": 1, "limit": 7, "vectors": [{"name": "x", "verdict": "complete", ` + fields + `}]}`)
	}

	It("is made of pieces", func() {
		vectors, err := oracle.DecodeVectors(file(`"limit": 3, "request": true, "cuts": [[1]],
			"input": [{"text": "ö", "times": 2}, {"hex": "00ff"}], "strings": [[], [{"text": "a"}]]`))
		Expect(err).NotTo(HaveOccurred())
		Expect(vectors).To(Equal([]oracle.Vector{{
			Name: "x", Input: []byte("öö\x00\xff"), Strings: [][]byte{{}, []byte("a")},
			Cuts: [][]int{{1}}, Limit: 3, Request: true,
		}}))
	})

	It("has a limit for all", func() {
		vectors, err := oracle.DecodeVectors(file(`"input": []`))
		Expect(err).NotTo(HaveOccurred())
		Expect(vectors[0].Limit).To(Equal(7))
	})

	DescribeTable("is refused",
		func(file []byte, message string) {
			_, err := oracle.DecodeVectors(file)
			Expect(err).To(MatchError(ContainSubstring(message)))
		},
		Entry("if it is no JSON", []byte(`{`), "unexpected EOF"),
		Entry("if something follows", []byte(`{"format": 1} 2`), "follows"),
		Entry("if the format is another", []byte(`{"format": 2}`), "format 2 is unknown"),
		Entry("if there is an unknown field", file(`"inputs": []`), "unknown field"),
		Entry("if a piece has an unknown field", file(`"input": [{"texts": "a"}]`), "unknown field"),
		Entry("if the verdict is unknown", []byte(`{"format": 1, "vectors": [{"name": "x", "verdict": "refused"}]}`), `vector 1 ("x"): verdict "refused"`),
		Entry("if a piece is nothing", file(`"input": [{}]`), "input: piece 1 has not one of text and hex"),
		Entry("if a piece is both", file(`"input": [{"text": "", "hex": ""}]`), "not one of"),
		Entry("if hexadecimal digits are none", file(`"strings": [[{"hex": "0g"}]]`), "string 1: piece 1: encoding/hex"),
		Entry("if a piece comes no times", file(`"input": [{"text": "a", "times": 0}]`), "0 times"),
		Entry("if a piece comes too often", file(`"input": [{"text": "ab", "times": 9223372036854775807}]`), "times 2 bytes"),
	)
})
