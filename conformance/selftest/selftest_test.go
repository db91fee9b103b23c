package selftest_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/conformance/selftest"
	"scansion/fakes/peers"
)

var _ = Describe("The selftest", func() {
	DescribeTable("refuses a filter that matches nothing",
		func(named string, filter ...string) {
			table, err := selftest.Run(context.Background(), selftest.Options{Peers: filter})
			Expect(err).To(MatchError(ContainSubstring("%q", named)))
			Expect(table.Rows).To(BeEmpty())
		},
		Entry("alone", "nobody", "nobody"),
		Entry("beside one that does", "nobody", "faultless", "nobody"),
		Entry("for it is malformed", "[", "["),
	)

	It("gives the faultless and the faulty their verdicts", func(ctx SpecContext) {
		var done []string
		table, err := selftest.Run(ctx, selftest.Options{
			Peers: conformance.Globs{"faultless", "hangs-up", "ends-after-one"},
			Done:  func(r selftest.Row) { done = append(done, r.Peer.Name) },
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(table.Rows).To(HaveLen(3))
		Expect(done).To(ConsistOf("faultless", "hangs-up", "ends-after-one"))
		Expect(table.Uncaught).To(BeEmpty(), "of a whole run only")
		for _, row := range table.Rows {
			Expect(row.Missed).To(BeEmpty(), row.Peer.Name)
			Expect(row.Wrong).To(BeEmpty(), row.Peer.Name)
			Expect(row.Broken).To(BeEmpty(), row.Peer.Name)
			Expect(row.OK()).To(BeTrue())
		}
		Expect(table.OK()).To(BeTrue())

		faultless, hangsUp := table.Rows[0], table.Rows[1]
		Expect(faultless.Peer.Name).To(Equal("faultless"))
		Expect(faultless.Failed).To(BeEmpty())
		Expect(faultless.Report.Verdict(conformance.Should)).To(Equal(conformance.Conforms))
		Expect(hangsUp.Peer.Name).To(Equal("hangs-up"))
		Expect(hangsUp.Failed).To(ContainElements("accepts-connections", "sends-without-waiting"))
		Expect(hangsUp.Report.Verdict(conformance.Must)).To(Equal(conformance.Fails))
	})

	It("ends when it is interrupted, and says so", func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		table, err := selftest.Run(ctx, selftest.Options{Peers: conformance.Globs{"faultless", "silent"}})
		Expect(err).To(MatchError(context.Canceled))
		Expect(table.Rows).To(HaveLen(2))
		Expect(table.Rows[1].OK()).To(BeFalse(), "what was not judged was not caught")
	})
})

var _ = Describe("The peers", func() {
	It("catch every requirement together, which is found out if one is missing", func() {
		Expect(selftest.Uncaught(peers.All())).To(BeEmpty())
		var all []string
		for _, catalogue := range checks.Catalogues() {
			for _, r := range catalogue.Requirements {
				all = append(all, r.ID)
			}
		}
		Expect(selftest.Uncaught(nil)).To(Equal(all))
	})

	It("have names of their own, and name requirements that there are", func() {
		seen := map[string]bool{}
		for _, peer := range peers.All() {
			Expect(peer.Name).NotTo(BeKeyOf(seen))
			seen[peer.Name] = true
			Expect(peer.About).NotTo(BeEmpty(), peer.Name)
			catalogue, err := checks.ForRole(string(peer.Role))
			Expect(err).NotTo(HaveOccurred())
			var slugs []string
			for _, r := range catalogue.Requirements {
				slugs = append(slugs, r.Slug())
				if peer.Odd && r.Level == conformance.Must {
					Expect(peer.Catches).NotTo(ContainElement(r.Slug()), "%s is within its rights", peer.Name)
				}
			}
			for _, slug := range peer.Catches {
				Expect(slugs).To(ContainElement(slug), peer.Name)
			}
		}
	})
})

var _ = Describe("A peer's row", func() {
	ended := func(slug string, outcome conformance.Outcome) conformance.Result {
		return conformance.Result{ID: "poetry-server/" + slug, Outcome: outcome, Message: "because"}
	}
	pass := func(slug string) conformance.Result { return ended(slug, conformance.Pass) }
	fail := func(slug string) conformance.Result { return ended(slug, conformance.Fail) }
	skip := func(slug string) conformance.Result { return ended(slug, conformance.Skip) }
	broken := func(slug string) conformance.Result {
		r := skip(slug)
		r.Broken = true
		return r
	}
	good := peers.Peer{Name: "good"}
	faulty := peers.Peer{Name: "faulty", Catches: []string{"a"}}
	odd := peers.Peer{Name: "odd", Catches: []string{"a"}, Odd: true}

	type lists struct{ failed, missed, wrong, broken []string }
	DescribeTable("says what it should have got and did not, and the other way round",
		func(peer peers.Peer, want lists, results ...conformance.Result) {
			row := selftest.Weigh(peer, &conformance.Report{Results: results})
			Expect(row.Failed).To(Equal(want.failed))
			Expect(row.Missed).To(Equal(want.missed))
			Expect(row.Wrong).To(Equal(want.wrong))
			Expect(row.Broken).To(Equal(want.broken))
			Expect(row.OK()).To(Equal(want.missed == nil && want.wrong == nil && want.broken == nil))
			Expect(selftest.Table{Rows: []selftest.Row{row}}.OK()).To(Equal(row.OK()))
		},
		Entry("a good one that passes", good, lists{}, pass("a"), pass("b")),
		Entry("a good one that is skipped", good, lists{}, pass("a"), skip("b")),
		Entry("a good one that is failed", good, lists{failed: []string{"b"}, wrong: []string{"b"}}, pass("a"), fail("b")),
		Entry("a faulty one that is caught", faulty, lists{failed: []string{"a"}}, fail("a"), pass("b")),
		Entry("a faulty one that is caught by others, too", faulty, lists{failed: []string{"a", "b"}}, fail("a"), fail("b")),
		Entry("a faulty one that passes", faulty, lists{missed: []string{"a"}}, pass("a"), pass("b")),
		Entry("a faulty one that is skipped", faulty, lists{missed: []string{"a"}}, skip("a"), pass("b")),
		Entry("a faulty one that is caught by others only", faulty, lists{failed: []string{"b"}, missed: []string{"a"}}, pass("a"), fail("b")),
		Entry("an odd one that fails what it may", odd, lists{failed: []string{"a"}}, fail("a"), pass("b")),
		Entry("an odd one that fails what it may not", odd, lists{failed: []string{"a", "b"}, wrong: []string{"b"}}, fail("a"), fail("b")),
		Entry("an odd one that fails nothing", odd, lists{missed: []string{"a"}}, pass("a"), pass("b")),
		Entry("a good one with a check that broke", good, lists{broken: []string{"b: because"}}, pass("a"), broken("b")),
		Entry("a faulty one whose check broke", faulty, lists{broken: []string{"a: because"}}, broken("a"), pass("b")),
	)

	DescribeTable("is judged once more if nothing was wrong but that checks were skipped",
		func(peer peers.Peer, once bool, results ...conformance.Result) {
			row := selftest.Weigh(peer, &conformance.Report{Results: results})
			Expect(selftest.Undecided(row)).To(Equal(once))
		},
		Entry("a faulty one that is caught", faulty, false, fail("a"), skip("b")),
		Entry("a faulty one that is skipped", faulty, true, skip("a"), pass("b")),
		Entry("a faulty one that passes", faulty, false, pass("a"), skip("b")),
		Entry("a faulty one whose check broke", faulty, false, broken("a"), pass("b")),
		Entry("a good one that is failed", good, false, fail("a"), skip("b")),
		Entry("an odd one that fails what it may not", odd, false, skip("a"), fail("b")),
		Entry("an odd one that is skipped", odd, true, skip("a"), pass("b")),
	)

	It("is not well if the peer could not be run", func() {
		row := selftest.Weigh(good, &conformance.Report{CouldNotRun: "it ended", Results: []conformance.Result{skip("a")}})
		Expect(row.Broken).To(Equal([]string{"it ended"}))
		Expect(row.OK()).To(BeFalse())
	})

	It("that is well does not make the table well if a requirement has no peer", func() {
		table := selftest.Table{Rows: []selftest.Row{selftest.Weigh(good, &conformance.Report{})}}
		Expect(table.OK()).To(BeTrue())
		table.Uncaught = []string{"poetry-server/a"}
		Expect(table.OK()).To(BeFalse())
		Expect(selftest.Table{}.OK()).To(BeTrue())
	})
})
