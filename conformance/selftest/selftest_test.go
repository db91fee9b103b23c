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
			Peers: conformance.Globs{"poetry-server/faultless", "poetry-server/hangs-up", "poetry-server/ends-after-one"},
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
		table, err := selftest.Run(ctx, selftest.Options{Peers: conformance.Globs{"poetry-server/faultless", "poetry-server/silent"}})
		Expect(err).To(MatchError(context.Canceled))
		Expect(table.Rows).To(HaveLen(2))
		Expect(table.Rows[1].OK()).To(BeFalse(), "what was not judged was not caught")
	})
})

var _ = Describe("The registry", func() {
	It("is valid", func() {
		Expect(selftest.All().Validate()).To(Succeed())
	})

	It("has a peer for every requirement", func() {
		Expect(selftest.All().Uncaught()).To(BeEmpty())
	})

	It("finds out which requirements have no peer, of all roles or of some", func() {
		all := selftest.Registry{Roles: checks.Roles()}
		var ids []string
		for _, role := range all.Roles {
			Expect(all.Uncaught(role.Name)).To(Equal(role.IDs()))
			ids = append(ids, role.IDs()...)
		}
		Expect(all.Uncaught()).To(Equal(ids))
	})

	toy := conformance.Role{Name: "toy", Requirements: []conformance.Requirement{
		{Slug: "must", Level: conformance.Must}, {Slug: "should", Level: conformance.Should},
	}}
	made := func(conformance.Network) conformance.Target { return nil }
	DescribeTable("finds mistakes in peers",
		func(mistake string, of ...peers.Peer) {
			err := selftest.Registry{Roles: []conformance.Role{toy, {Name: "other"}}, Peers: of}.Validate()
			if mistake == "" {
				Expect(err).NotTo(HaveOccurred())
				return
			}
			Expect(err).To(MatchError(ContainSubstring(mistake)))
		},
		Entry("none", "", peers.Peer{Name: "a", About: "a", Role: "toy", Target: made, Catches: []string{"must", "should"}},
			peers.Peer{Name: "b", About: "b", Role: "toy", Target: made, Catches: []string{"should"}, Variant: true}),
		Entry("none, of two roles", "", peers.Peer{Name: "a", About: "a", Role: "toy", Target: made},
			peers.Peer{Name: "a", About: "a", Role: "other", Target: made}),
		Entry("no role", `unknown role ""`, peers.Peer{Name: "a", About: "a", Target: made}),
		Entry("another role", `unknown role "game"`, peers.Peer{Name: "a", About: "a", Role: "game", Target: made}),
		Entry("no name", "must have a name", peers.Peer{About: "a", Role: "toy", Target: made}),
		Entry("no description", "must have a name", peers.Peer{Name: "a", Role: "toy", Target: made}),
		Entry("no target", "must have a name", peers.Peer{Name: "a", About: "a", Role: "toy"}),
		Entry("one name for two", "two of that name", peers.Peer{Name: "a", About: "a", Role: "toy", Target: made},
			peers.Peer{Name: "a", About: "b", Role: "toy", Target: made}),
		Entry("a requirement that there is not", "no requirement", peers.Peer{Name: "a", About: "a", Role: "toy", Target: made, Catches: []string{"may"}}),
		Entry("a variant that breaks a MUST", "cannot break", peers.Peer{Name: "a", About: "a", Role: "toy", Target: made, Catches: []string{"must"}, Variant: true}),
	)
})

var _ = Describe("A sample of the peers", func() {
	has := func(o selftest.Options) (ids []string) {
		GinkgoHelper()
		chosen, err := selftest.All().Choose(o)
		Expect(err).NotTo(HaveOccurred())
		for _, peer := range chosen {
			ids = append(ids, peer.ID())
		}
		return ids
	}
	var all []string
	for _, peer := range selftest.Peers() {
		all = append(all, peer.ID())
	}

	It("is all of them, unless it is said how many", func() {
		Expect(has(selftest.Options{})).To(Equal(all))
		Expect(has(selftest.Options{Sample: 1, Seed: 7})).To(Equal(all))
	})

	It("is another one for another seed, until none is left", func() {
		var together []string
		for seed := range uint64(8) {
			sample := has(selftest.Options{Sample: 8, Seed: seed})
			Expect(len(sample)).To(BeNumerically("<", len(all)/6))
			together = append(together, sample...)
		}
		Expect(together).To(ContainElements(all))
	})

	It("has what only a kernel shows: peers that need one, and those that such requirements catch", func() {
		for _, peer := range []string{"poetry-server/shares-port", "netstring/starts-over"} {
			for seed := range uint64(2) {
				Expect(has(selftest.Options{Sample: 1000, Seed: seed})).To(ContainElement(peer))
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
		r.Why = conformance.Broken
		return r
	}
	good := peers.Peer{Name: "good"}
	faulty := peers.Peer{Name: "faulty", Catches: []string{"a"}}
	variant := peers.Peer{Name: "variant", Catches: []string{"a"}, Variant: true}

	type lists struct{ failed, missed, wrong, broken []string }
	DescribeTable("says what it should have got and did not, and the other way round",
		func(peer peers.Peer, want lists, results ...conformance.Result) {
			row := selftest.Classify(peer, &conformance.Report{Results: results})
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
		Entry("a variant that fails what it may", variant, lists{failed: []string{"a"}}, fail("a"), pass("b")),
		Entry("a variant that fails what it may not", variant, lists{failed: []string{"a", "b"}, wrong: []string{"b"}}, fail("a"), fail("b")),
		Entry("a variant that fails nothing", variant, lists{missed: []string{"a"}}, pass("a"), pass("b")),
		Entry("a good one with a check that broke", good, lists{broken: []string{"b: because"}}, pass("a"), broken("b")),
		Entry("a faulty one whose check broke", faulty, lists{broken: []string{"a: because"}}, broken("a"), pass("b")),
	)

	DescribeTable("is judged once more if nothing was wrong but that checks were skipped",
		func(peer peers.Peer, once bool, results ...conformance.Result) {
			row := selftest.Classify(peer, &conformance.Report{Results: results})
			Expect(selftest.Undecided(row)).To(Equal(once))
		},
		Entry("a faulty one that is caught", faulty, false, fail("a"), skip("b")),
		Entry("a faulty one that is skipped", faulty, true, skip("a"), pass("b")),
		Entry("a faulty one that passes", faulty, false, pass("a"), skip("b")),
		Entry("a faulty one whose check broke", faulty, false, broken("a"), pass("b")),
		Entry("a good one that is failed", good, false, fail("a"), skip("b")),
		Entry("a variant that fails what it may not", variant, false, skip("a"), fail("b")),
		Entry("a variant that is skipped", variant, true, skip("a"), pass("b")),
	)

	It("is not well if the peer could not be run", func() {
		row := selftest.Classify(good, &conformance.Report{CouldNotRun: "it ended", Results: []conformance.Result{skip("a")}})
		Expect(row.Broken).To(Equal([]string{"it ended"}))
		Expect(row.OK()).To(BeFalse())
	})

	It("that is well does not make the table well if a requirement has no peer", func() {
		table := selftest.Table{Rows: []selftest.Row{selftest.Classify(good, &conformance.Report{})}}
		Expect(table.OK()).To(BeTrue())
		table.Uncaught = []string{"poetry-server/a"}
		Expect(table.OK()).To(BeFalse())
		Expect(selftest.Table{}.OK()).To(BeTrue())
	})
})
