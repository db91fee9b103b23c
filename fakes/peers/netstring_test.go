package peers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/fakes/peers"
)

// hanging are the peers that hang. Nobody loses patience with the others.
var hanging = []string{"hangs-at-faults", "hangs-on-empty-string", "waits-after-the-end"}

func parse(p peers.Peer, s conformance.Stream) conformance.Parsed {
	GinkgoHelper()
	instance, err := p.Target().Start(context.Background(), conformance.Setup{})
	Expect(err).NotTo(HaveOccurred())
	patience := time.Minute
	if slices.Contains(hanging, p.Name) {
		patience = 50 * time.Millisecond
	}
	parsed, err := instance.(conformance.Parser).Parse(context.Background(), s, patience)
	Expect(err).NotTo(HaveOccurred())
	return parsed
}

// wrong says what is wrong with what the parser has made of a trial, or "".
func (t trial) wrong(got conformance.Parsed) string {
	var delivered []string
	for _, s := range got.Strings {
		delivered = append(delivered, string(s))
	}
	// Many a parser takes the end of the stream for one more thing that is wrong with it.
	same := got.Verdict == t.verdict || (t.verdict == conformance.Incomplete && got.Verdict == conformance.Rejected && !t.stream().Open)
	if same && slices.Equal(delivered, t.strings) {
		return ""
	}
	return fmt.Sprintf("%s: %.200q, %s (%s)", t, delivered, got.Verdict, got.How)
}

var _ = Describe("Netstring peers", func() {
	all := trials()

	for _, p := range peers.Netstrings() {
		if len(p.Catches) == 0 {
			It("has one that parses everything as it should: "+p.Name, func() {
				for slug, list := range all {
					for _, t := range list {
						Expect(t.wrong(parse(p, t.stream()))).To(BeEmpty(), slug)
					}
				}
			})
			continue
		}
		It("has one with a fault that each requirement it names can see: "+p.Name, func() {
			if slices.ContainsFunc(p.Catches, refusal) {
				Expect(accepted("hello").wrong(parse(p, accepted("hello").stream()))).To(BeEmpty(), "or its refusals would prove nothing")
			}
			for _, slug := range p.Catches {
				if slices.Contains(costs, slug) {
					continue
				}
				Expect(all).To(HaveKey(slug))
				Expect(slices.ContainsFunc(all[slug], func(t trial) bool {
					return t.wrong(parse(p, t.stream())) != ""
				})).To(BeTrue(), slug)
			}
		})
	}

	It("has parsers whose streams show no fault", func() {
		for _, p := range peers.Netstrings() {
			if len(p.Catches) == 0 || slices.ContainsFunc(p.Catches, func(s string) bool { return !slices.Contains(costs, s) }) {
				continue
			}
			for slug, list := range all {
				if slug == "rejects-endless-length" {
					continue // a length without an end may be called incomplete
				}
				for _, t := range list {
					Expect(t.wrong(parse(p, t.stream()))).To(BeEmpty(), "%s: %s", p.Name, slug)
				}
			}
		}
	})

	It("has names of their own, and known roles", func() {
		seen := map[string]bool{}
		for _, p := range append(peers.Netstrings(), peers.PoetryServers()...) {
			Expect(seen).NotTo(HaveKey(p.Name))
			seen[p.Name] = true
			Expect(p.About).NotTo(BeEmpty(), p.Name)
			Expect(p.Role).To(BeElementOf(conformance.Role("netstring"), conformance.Role("poetry-server")))
			Expect(p.Main == nil).NotTo(Equal(p.Codec.Decode == nil), p.Name)
			Expect(p.Target().Name()).To(Equal(p.Name))
		}
	})

	It("has good ones that agree on every stream, however it is cut", func() {
		var good []peers.Peer
		for _, p := range peers.Netstrings() {
			if len(p.Catches) == 0 {
				good = append(good, p)
			}
		}
		Expect(good[0].Odd).To(BeFalse(), "it is what the others are compared with")
		Expect(falsified(2000, func(picked, cuts []int) string {
			var whole trial
			for _, i := range picked {
				whole.reads = append(whole.reads, fragments[i])
			}
			whole = whole.cut()
			expected := parse(good[0], whole.stream())
			whole.verdict = expected.Verdict
			for _, s := range expected.Strings {
				whole.strings = append(whole.strings, string(s))
			}
			slices.Sort(cuts)
			cuts = slices.DeleteFunc(cuts, func(at int) bool { return at >= len(strings.Join(whole.reads, "")) })
			whole = whole.cut(cuts...)
			for _, p := range good {
				if wrong := whole.wrong(parse(p, whole.stream())); wrong != "" {
					return p.Name + ": " + wrong
				}
			}
			return ""
		}, gen.SliceOf(gen.IntRange(0, len(fragments)-1)), gen.SliceOf(gen.IntRange(1, 60)))).To(BeEmpty())
	})
})

// fragments are what streams are made of, most of them whole netstrings.
var fragments = []string{
	"0:,", "5:hello,", "1:,,", "3:1:a,", "2:\x00\xff,", "12:over the sea,", "1:\n,", "20:0123456789:,23456789,",
	"0:,", "5:hello,", "1:0,", "3:,,,,", "1:", "5:", ",", ":", "0", "1", "9", "99999", "100000:", "4294967301:", "x", " ", "+", "\xff",
}

// falsified tries a condition, which returns what is wrong or "", on values that follow
// from the seed of the Ginkgo run. It returns "" or the smallest counterexample found.
func falsified(tests int, condition any, gens ...gopter.Gen) string {
	parameters := gopter.DefaultTestParametersWithSeed(GinkgoRandomSeed())
	parameters.MinSuccessfulTests = tests
	parameters.MaxSize = 12
	result := prop.ForAll(condition, gens...).Check(parameters)
	if result.Passed() {
		return ""
	}
	var b strings.Builder
	gopter.NewFormatedReporter(false, 160, &b).ReportTestResult("the property", result)
	fmt.Fprintf(&b, "the same values again: go test ./fakes/peers/ -ginkgo.seed=%d", GinkgoRandomSeed())
	return b.String()
}
