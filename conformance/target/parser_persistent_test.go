package target_test

import (
	"context"
	"strconv"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

// persistent is a target of adapters, until the end of the spec, and its instance.
func persistent(mode string) *conformance.Instance {
	GinkgoHelper()
	t, err := target.NewParserPersistent(parser, parserCommand(mode))
	return parserOf(t, err)
}

var _ = Describe("A parser that stays", func() {
	DescribeTable("comes to a verdict",
		func(s conformance.Stream, verdict conformance.ParserVerdict, delivered [][]byte) {
			parsed := parse(persistent("adapter"), s, patient)
			Expect(parsed.Verdict).To(Equal(verdict), "%v", parsed)
			Expect(parsed.Strings).To(Equal(delivered))
		},
		Entry("on nothing", chunks(), conformance.Complete, [][]byte{}),
		Entry("on good netstrings", chunks("5:ferry,0:,", "1:\n,"), conformance.Complete, strs("ferry", "", "\n")),
		Entry("on a part", chunks("5:ferry,4:la"), conformance.Incomplete, strs("ferry")),
		Entry("on a part of a stream that stays open", waiting("5:ferry,4:la"), conformance.Incomplete, strs("ferry")),
		Entry("on a fault", chunks("5:ferry,4:lamp;1:a,"), conformance.Rejected, strs("ferry")),
		Entry("on the longest string", chunks("99999:"+strings.Repeat("b", 99_999)+","), conformance.Complete, strs(strings.Repeat("b", 99_999))),
	)

	DescribeTable("crashes, and goes on with the next stream",
		func(stream, how string) {
			p := persistent("adapter")
			parsed := parse(p, chunks(stream), patient)
			Expect(parsed.Verdict).To(Equal(conformance.Crashed))
			Expect(parsed.How).To(MatchRegexp("^" + how))
			Expect(parse(p, chunks("1:a,"), patient)).To(HaveField("Strings", strs("a")))
		},
		Entry("by its end", "4:exit,", "exit status 5; it said: no such string$"),
		Entry("by a signal", "4:kill,", "signal: killed$"),
		Entry("by an answer that is none", "8:nonsense,", "its answer is not understood .*Traceback"),
		Entry("by a verdict that is none", "7:verdict,", `it answers with the verdict "fine", which is none$`),
		Entry("by a line without an end", "5:flood,", "it wrote far more than it was sent"),
	)

	It("hangs if it gives no answer, and goes on with the next stream", func() {
		p := persistent("adapter")
		parsed := parse(p, chunks("4:mute,"), short)
		Expect(parsed.Verdict).To(Equal(conformance.Hung))
		Expect(parsed.How).To(ContainSubstring("no answer within 300ms"))
		Expect(parse(p, chunks("1:a,"), patient)).To(HaveField("Verdict", conformance.Complete))
	})

	It("is not asked further once it answers what it was not asked", func() {
		p := persistent("adapter-twice")
		for range 8 { // the second line may come at once, or later
			parsed := parse(p, chunks("1:a,"), patient)
			if parsed.Verdict == conformance.Crashed {
				Expect(parsed.How).To(ContainSubstring("more lines than it was asked for"))
				continue
			}
			Expect(parsed.Strings).To(Equal(strs("a")))
		}
	})

	// The judge did not read more, so the parser did not, so the judge could not write more.
	It("does not keep the judge, though neither reads what the other writes", func() {
		p := persistent("adapter-twice")
		big := chunks("60000:" + strings.Repeat("b", 60_000) + ",")
		streams := make([]conformance.Stream, 64)
		for i := range streams {
			streams[i] = big
		}
		all, err := p.ParseAll(context.Background(), streams, patient)
		Expect(err).NotTo(HaveOccurred())
		Expect(all).To(HaveLen(64))
		Expect(all).To(ContainElement(HaveField("How", ContainSubstring("more lines than it was asked for"))))
	})

	It("is sent many streams ahead, and answers in order", func() {
		p := persistent("adapter")
		var streams []conformance.Stream
		for i := range 500 {
			word := strconv.Itoa(i)
			streams = append(streams, chunks(strconv.Itoa(len(word))+":"+word+","))
		}
		all, err := p.ParseAll(context.Background(), streams, patient)
		Expect(err).NotTo(HaveOccurred())
		Expect(all).To(HaveLen(500))
		for i, parsed := range all {
			Expect(parsed.Strings).To(Equal(strs(strconv.Itoa(i))))
		}
	})

	It("is blamed for the stream that ended it, and judged by the others", func() {
		all, err := persistent("adapter").ParseAll(context.Background(),
			[]conformance.Stream{chunks("1:a,"), chunks("4:exit,"), chunks("1:b,"), chunks("4:kill,"), chunks("8:nonsense,"), chunks("1:c,")}, patient)
		Expect(err).NotTo(HaveOccurred())
		Expect(all).To(HaveExactElements(
			HaveField("Strings", strs("a")),
			And(HaveField("Verdict", conformance.Crashed), HaveField("How", HavePrefix("exit status 5"))),
			HaveField("Strings", strs("b")),
			And(HaveField("Verdict", conformance.Crashed), HaveField("How", "signal: killed")),
			And(HaveField("Verdict", conformance.Crashed), HaveField("How", ContainSubstring("Traceback"))),
			HaveField("Strings", strs("c")),
		))
	})

	It("says that it cannot be given a limit, or encode", func() {
		p := persistent("adapter")
		limited := chunks("1:a,")
		limited.Limit = 5
		Expect(parse(p, limited, patient).Verdict).To(Equal(conformance.NotOffered))
		_, err := p.Encode(context.Background(), []byte("ferry"), patient)
		Expect(err).To(MatchError(conformance.ErrNotOffered))
	})

	It("encodes, if it can", func() {
		p := persistent("adapter-encodes")
		Expect(p.Encode(context.Background(), []byte("fer\x00ry"), patient)).To(Equal([]byte("6:fer\x00ry,")))
		Expect(p.Encode(context.Background(), nil, patient)).To(Equal([]byte("0:,")))
	})

	It("ends with its target", func() {
		t, err := target.NewParserPersistent(parser, parserCommand("adapter"))
		Expect(err).NotTo(HaveOccurred())
		p := started(t, nil)
		pid, err := strconv.Atoi(string(parse(p, chunks("3:pid,"), patient).Strings[0]))
		Expect(err).NotTo(HaveOccurred())
		Expect(syscall.Kill(pid, 0)).To(Succeed())
		Expect(t.Close()).To(Succeed())
		Expect(syscall.Kill(pid, 0)).To(MatchError(syscall.ESRCH))
	})

	It("is measured anew", func() {
		t, err := target.NewParserPersistent(parser, parserCommand("adapter"))
		p := parserOf(t, err)
		if t.Lacks(conformance.NeedUsage) != "" {
			Skip("this system does not tell")
		}
		measured := func(stream string) conformance.Parsed {
			s := chunks(stream)
			s.Measured = true
			return parse(p, s, patient)
		}
		Expect(measured("5:heavy,").Resident).To(BeNumerically(">=", 300<<20))
		Expect(measured("5:ferry,").Resident).To(BeNumerically("<", 200<<20))
		Expect(measured("4:spin,").CPU).To(BeNumerically(">=", 450*time.Millisecond), "in another thread")
	})

	DescribeTable("could not be run",
		func(command func() string, why string) {
			t, err := target.NewParserPersistent(parser, command())
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(func() { Expect(t.Close()).To(Succeed()) })
			Expect(notStarted(t, nil).Reason).To(ContainSubstring(why))
		},
		Entry("if there is no such command", func() string { return "/no/such/adapter" }, "could not be started"),
		Entry("if it ends without an answer", func() string { return parserCommand("exits-127") }, "exit status 127"),
	)
})
