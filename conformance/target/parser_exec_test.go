package target_test

import (
	"context"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

var _ = Describe("A parser that is started for each stream", func() {
	DescribeTable("comes to a verdict",
		func(s conformance.Stream, verdict conformance.ParserVerdict, delivered [][]byte) {
			parsed := parse(execParser("good"), s, patient)
			Expect(parsed.Verdict).To(Equal(verdict), "%v", parsed)
			Expect(parsed.Strings).To(Equal(delivered))
		},
		Entry("on nothing", chunks(), conformance.Complete, strs()),
		Entry("on good netstrings", chunks("5:ferry,0:,", "1:\n,"), conformance.Complete, strs("ferry", "", "\n")),
		Entry("on a part", chunks("5:ferry,4:la"), conformance.Refused, strs("ferry")),
		Entry("on a fault", chunks("5:ferry,4:lamp;1:a,"), conformance.Refused, strs("ferry")),
		Entry("on a fault of a stream that stays open", waiting("5:ferry,x"), conformance.Refused, strs("ferry")),
		Entry("on the longest string", chunks("99999:"+strings.Repeat("b", 99_999)+","), conformance.Complete, strs(strings.Repeat("b", 99_999))),
	)

	It("gets the stream in the reads in which it is cut, and then the end", func() {
		p := execParser("reads")
		Expect(parse(p, chunks("12", "3", "4567", strings.Repeat("x", 5000), "8"), patient).Strings).To(Equal(strs("2", "1", "4", "5000", "1")))
	})

	It("waits for more of a stream that stays open, with what it has delivered", func() {
		p := execParser("good")
		parsed := parse(p, waiting("5:ferry,", "4:la"), short)
		Expect(parsed.Verdict).To(Equal(conformance.Incomplete))
		Expect(parsed.How).To(ContainSubstring("still running after"))
	})

	DescribeTable("crashes",
		func(mode string, s conformance.Stream, how string) {
			parsed := parse(execParser(mode), s, patient)
			Expect(parsed.Verdict).To(Equal(conformance.Crashed))
			Expect(parsed.How).To(MatchRegexp("^" + how + "$"))
		},
		Entry("by another status", "status-2", chunks("x"), "exit status 2; it said: it cannot go on"),
		Entry("by a signal", "killed", chunks("x"), "signal: killed; it said: it cannot go on"),
		Entry("by an output that is no hex", "no-hex", chunks("5:hello,"), `line 2 of its output is no string in hex: .*hello.*`),
		Entry("by an output without an end", "floods", chunks("5:hello,"), "it wrote far more than it was sent.*"),
		Entry("by lines without an end", "floods-lines", chunks("5:hello,"), "it wrote far more than it was sent.*"),
	)

	It("may write capitals, and the line ends of other systems", func() {
		Expect(parse(execParser("upper"), chunks("1:J,"), patient).Strings).To(Equal(strs("J")))
	})

	// 256 MiB were claimed to be read, and 800 MB of lines taken for an answer to them.
	It("is held against what it was fed, not against what there would have been", func() {
		block := strings.Repeat("1", 64<<10)
		s := conformance.Stream{}
		for range 4096 {
			s.Chunks = append(s.Chunks, []byte(block))
		}
		parsed := parse(execParser("floods"), s, patient)
		Expect(parsed.Verdict).To(Equal(conformance.Crashed))
		Expect(parsed.Strings).To(BeEmpty())
	})

	It("hangs if it does not end, though the stream does", func() {
		parsed := parse(execParser("waits-at-fault"), chunks("1:a,x"), short)
		Expect(parsed.Verdict).To(Equal(conformance.Hung))
		Expect(parsed.How).To(ContainSubstring("still running after 300ms"))
	})

	It("hangs if it never reads", func() {
		// More than a pipe holds, and a read that is never made.
		parsed := parse(never(), chunks(strings.Repeat("1", 1<<20), "2"), short)
		Expect(parsed.Verdict).To(Equal(conformance.Hung))
	})

	It("may end before it has read all", func() {
		parsed := parse(execParser("exits-1"), chunks(strings.Repeat("1", 1<<20), "2"), patient)
		Expect(parsed.Verdict).To(Equal(conformance.Refused))
		Expect(parsed.Strings).To(BeEmpty())
		Expect(parse(execParser("exits-0"), chunks("x"), patient).Verdict).To(Equal(conformance.Complete))
	})

	It("has all of its answer read that it wrote before it ended", func() {
		parsed := parse(execParser("long-answer"), chunks("1:a,"), patient)
		Expect(parsed.Strings).To(Equal(strs(strings.Repeat("\xab", 30_000))))
	})

	DescribeTable("is judged in spite of processes that it leaves behind, which are ended",
		func(mode string) {
			p := execParser(mode)
			parsed := parse(p, chunks("1:a,x"), patient) // refused, so that it is told what it said
			Expect(parsed.Verdict).To(Equal(conformance.Refused))
			Expect(parsed.Strings).To(Equal(strs("a")))
			pid := pidIn(strings.TrimPrefix(parsed.How, "it said: "), "child")
			Eventually(isGone).WithArguments(pid).Should(BeTrue())
		},
		Entry("in its group", "has-child"),
		Entry("in a session of their own", "has-child-elsewhere"),
	)

	It("is ended when the judge has had enough", func() {
		p := never()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := p.Parse(ctx, chunks("1:a,"), patient)
		Expect(err).To(MatchError(context.Canceled))
	})

	It("cannot be given another limit, or encode", func() {
		t, err := target.NewParserExec(parser, "true")
		Expect(err).NotTo(HaveOccurred())
		Expect(t.Lacks(conformance.NeedLimit)).To(ContainSubstring("another maximum"))
		Expect(t.Lacks(conformance.NeedEncoder)).To(ContainSubstring("no encoder"))
		Expect(t.Lacks(conformance.NeedFlow)).To(BeEmpty())
	})

	DescribeTable("could not be run",
		func(command func() string, why string) {
			t, err := target.NewParserExec(parser, command())
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(func() { Expect(t.Close()).To(Succeed()) })
			Expect(notStarted(t, nil).Reason).To(ContainSubstring(why))
		},
		Entry("if there is no such command", func() string { return "/no/such/parser" }, "could not be started"),
		Entry("if it ends like that whatever it is sent", func() string { return parserCommand("exits-127") }, "exit status 127"),
	)

	It("is run though it crashes with good netstrings", func() {
		Expect(parse(execParser("no-hex"), chunks("1:a,"), patient).Verdict).To(Equal(conformance.Crashed))
	})
})

// never is a parser that reads nothing. It cannot be tried out, for that takes as long as
// a program may take to start.
func never() *conformance.Instance {
	GinkgoHelper()
	p, err := target.Untried(parser, parserCommand("never-reads"))
	Expect(err).NotTo(HaveOccurred())
	return &conformance.Instance{Parse: p}
}

var _ = Describe("What a parser takes", func() {
	const mib = 1 << 20

	BeforeEach(func() {
		if measurable().Lacks(conformance.NeedUsage) != "" {
			Skip("this system does not tell")
		}
	})

	measured := func(p *conformance.Instance, reads ...string) conformance.Parsed {
		GinkgoHelper()
		s := chunks(reads...)
		s.Measured = true
		return parse(p, s, patient)
	}

	It("is its memory", func() {
		parsed := measured(execParser("300-mb"), "5:", "hello,")
		Expect(parsed.Verdict).To(Equal(conformance.Complete))
		Expect(parsed.Resident).To(BeNumerically(">=", 300*mib)) // several times that, with -race
		Expect(parsed.Reserved).To(BeNumerically(">=", 300*mib))
	})

	It("is not the judge's memory", func() {
		big := make([]byte, 300*mib)
		for i := 0; i < len(big); i += 4096 {
			big[i] = 1
		}
		parsed := measured(execParser("good"), "5:", "hello,")
		Expect(parsed.Resident).To(BeNumerically("<", 200*mib))
		Expect(big[4096]).To(Equal(byte(1)), "and it was there all the time")
	})

	It("is its address space, however short it is taken for", func() {
		p := execParser("reserves")
		for range 10 {
			parsed := measured(p, "1", ":", "h", "e")
			Expect(parsed.Reserved).To(BeNumerically(">=", 3072*mib))
			Expect(parsed.Resident).To(BeNumerically("<", 1024*mib))
		}
	})

	It("is its time, and not that for which it waits", func() {
		parsed := measured(execParser("spins"), "5:hello,")
		Expect(parsed.CPU).To(And(BeNumerically(">=", 450*time.Millisecond), BeNumerically("<", 20*time.Second)))
	})

	It("is not told unless it is asked for", func() {
		parsed := parse(execParser("good"), chunks("1:a,"), patient)
		Expect([]int64{int64(parsed.CPU), parsed.Resident, parsed.Reserved}).To(HaveEach(int64(-1)))
	})
})

// measurable is a target of commands, of which this system may tell what they take.
func measurable() conformance.Target {
	GinkgoHelper()
	t, err := target.NewParserExec(parser, "true")
	Expect(err).NotTo(HaveOccurred())
	return t
}
