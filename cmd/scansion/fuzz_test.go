package main

import (
	"os"
	"path/filepath"
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"
)

var _ = Describe("scansion fuzz netstring", Label("programs"), func() {
	It("finds nothing wrong with the embedded reference", func() {
		session := start("fuzz", "netstring", "--runs", "500", "--seed", "7")
		Eventually(session).Should(gexec.Exit(0))
		Expect(string(session.Out.Contents())).To(And(
			MatchRegexp(`500 runs in .*, 0 failures; seed 7`), ContainSubstring("kinds of faults found: 0")))
	})

	It("shows and keeps what it finds, which the same seed finds again, and a later run first", func() {
		corpus := filepath.Join(GinkgoT().TempDir(), "corpus")
		args := []string{
			"fuzz", "netstring", "--exec", "true", "--runs", "100", "--seed", "7",
			"--corpus", corpus,
		}
		found := func() string {
			session := start(args...)
			Eventually(session).Should(gexec.Exit(1))
			return string(session.Out.Contents())
		}
		first := found()
		kept := regexp.MustCompile(`kept as (\S+)`).FindStringSubmatch(first)
		Expect(kept).To(HaveLen(2), first)
		Expect(kept[1]).To(BeARegularFile())
		small := regexp.MustCompile(`FOUND .*bytes? .*`).FindString(first)
		Expect(small).NotTo(BeEmpty(), first)

		again := found()
		Expect(again).To(ContainSubstring("of the runs are the corpus's"))
		Expect(os.RemoveAll(corpus)).To(Succeed())
		Expect(found()).To(ContainSubstring(small))
	})

	It("says with status 3 that the parser could not be run", func() {
		session := start("fuzz", "netstring", "--exec", "/no/such/parser", "--runs", "1")
		Eventually(session).Should(gexec.Exit(3))
		Expect(session.Err).To(gbytes.Say("the parser could not be run: .*/no/such/parser"))
	})

	DescribeTable("tells bad usage with status 2, before anything is run",
		func(expected string, args ...string) {
			status, out, errs := call(append([]string{"fuzz"}, args...)...)
			Expect(status).To(Equal(2))
			Expect(out).To(BeEmpty())
			Expect(errs).To(And(HavePrefix("scansion: "), ContainSubstring(expected)))
		},
		Entry("nothing to fuzz", "say what to fuzz"),
		Entry("what cannot be fuzzed", `unknown command "poem"`, "poem"),
		Entry("two parsers", "give one of", "netstring", "--exec", "a", "--persistent", "b"),
		Entry("a parser without a name", "the parser is empty", "netstring", "--exec", ""),
		Entry("an address that is none", "--addr: ", "netstring", "--addr", "localhost"),
		Entry("no bound", "give --for or --runs a bound", "netstring", "--for", "0s"),
		Entry("less than nothing", "give more than nothing", "netstring", "--runs", "-1"),
		Entry("an open quote", "--exec: ", "netstring", "--exec", "a 'b"),
	)
})

var _ = Describe("scansion check netstring", Label("programs"), func() {
	It("finds that scansion netstring decode conforms", func() {
		session := start("check", "netstring", "--exec", scansion+" netstring decode --hex", "--run", "accepts-*", "--run", "rejects-sign", "--run", "rejects-at-once", "--seed", "7")
		Eventually(session).Should(gexec.Exit(0))
		Expect(session.Out).To(gbytes.Say("conforms"))
	})

	It("says with status 1 that a parser with another limit does not", func() {
		session := start("check", "netstring", "--exec", scansion+" netstring decode --hex --max-length 99998", "--run", "accepts-longest-string")
		Eventually(session).Should(gexec.Exit(1))
		Expect(session.Out).To(gbytes.Say("FAIL +MUST +netstring/accepts-longest-string"))
	})

	It("says with status 3 that a parser could not be run", func() {
		session := start("check", "netstring", "--exec", "sh -c 'exit 127'", "--run", "accepts-*")
		Eventually(session).Should(gexec.Exit(3))
		Expect(session.Out).To(gbytes.Say("without a verdict .*exit status 127"))
	})
})
