package fuzz_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/fuzz"
	"scansion/conformance/oracle"
	"scansion/conformance/target"
)

// fed is a parser that is the decoder of the other specs.
type fed struct {
	decoder
	streams atomic.Int64
}

func (f *fed) Parse(ctx context.Context, s conformance.Stream, _ time.Duration) (parsed conformance.Parsed, err error) {
	f.streams.Add(1)
	defer func() {
		if p := recover(); p != nil {
			parsed = conformance.Parsed{Verdict: conformance.Crashed, How: fmt.Sprint("panic: ", p)}
		}
	}()
	return f.parse(s), ctx.Err()
}

// batches is a parser that takes many streams at a time.
type batches struct {
	fed
	most atomic.Int64
}

func (b *batches) ParseAll(ctx context.Context, s []conformance.Stream, patience time.Duration) ([]conformance.Parsed, error) {
	b.most.Store(max(b.most.Load(), int64(len(s))))
	var all []conformance.Parsed
	for _, one := range s {
		parsed, _ := b.Parse(ctx, one, patience)
		all = append(all, parsed)
	}
	return all, ctx.Err()
}

// parser is what is fuzzed.
type parser interface {
	Parse(ctx context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error)
}

// parserFunc is a parser that is a function.
type parserFunc func(ctx context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error)

func (f parserFunc) Parse(ctx context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error) {
	return f(ctx, s, patience)
}

func faulty(d decoder) *fed {
	d.limit = oracle.DefaultLimit
	return &fed{decoder: d}
}

func findings(f fuzz.Fuzzer) fuzz.Findings {
	GinkgoHelper()
	found, err := f.Run(context.Background())
	Expect(err).NotTo(HaveOccurred())
	return found
}

// shown is the findings without how long they took.
func shown(f fuzz.Findings) []string {
	var all []string
	for _, found := range f.Found {
		all = append(all, fmt.Sprintf("%d times, %v, from %v, tries %d, run %d", found.Times, found, found.Original, found.Tries, found.Run))
	}
	return all
}

// wrong is the kind of fault that a parser has with a case, or "".
func wrong(p parser, c fuzz.Case) oracle.Wrong {
	parsed, err := p.Parse(context.Background(), c.Stream(), time.Minute)
	Expect(err).NotTo(HaveOccurred())
	misfit := &oracle.Misfit{}
	errors.As(oracle.Judge(c.Bytes, oracle.DefaultLimit).Fits(parsed), &misfit)
	return misfit.What
}

var _ = Describe("The fuzzer", func() {
	It("finds nothing wrong with a parser that conforms", func() {
		found := findings(fuzz.Fuzzer{Parse: faulty(decoder{}).Parse, Seed: GinkgoRandomSeed(), Runs: 5000})
		Expect(found.Found).To(BeEmpty())
		Expect(found.Runs).To(Equal(5000))
		Expect(found.Failures).To(BeZero())
	})

	DescribeTable("finds a fault, and a smallest stream that shows it",
		func(d decoder, smallest string) {
			for seed := range int64(2) {
				p := faulty(d)
				found := findings(fuzz.Fuzzer{Parse: p.Parse, Seed: seed, Runs: 20_000})
				Expect(found.Found).NotTo(BeEmpty(), "with seed %d", seed)
				Expect(found.Failures).To(BeNumerically(">=", len(found.Found)))
				kinds := map[oracle.Wrong]bool{}
				for _, x := range found.Found {
					kind := wrong(p, x.Case)
					Expect(kind).To(Equal(wrong(p, x.Original)), "with seed %d: %v", seed, x)
					Expect(kinds).NotTo(HaveKey(kind))
					kinds[kind] = true
					for _, c := range fuzz.Smaller(x.Case) {
						if len(c.Bytes) < 1000 && wrong(p, c) == kind {
							Fail(fmt.Sprintf("%v is smaller than %v", c, x))
						}
					}
					Expect(x.Tries).To(BeNumerically("<", 10_000))
				}
				Expect(found.Found).To(ContainElement(WithTransform(func(x *fuzz.Finding) string { return x.Case.String() }, MatchRegexp("^("+smallest+")$"))))
			}
		},
		Entry("leading zeros", decoder{leadingZeros: true}, `4 bytes "00:,"`),
		Entry("a plus sign", decoder{plus: true}, `4 bytes "\+0:,"`),
		Entry("line ends between", decoder{newlines: true}, `1 byte 0a|2 bytes 0a "0"|4 bytes 0a "0:,"`),
		Entry("any byte for a comma", decoder{anyComma: true}, `3 bytes "0:a"`),
		Entry("delivering before the comma", decoder{early: true}, `2 bytes "0:"|3 bytes "0:"\|","|6 bytes "0:"\|",0:,"|7 bytes "0:,1:a,"`),
		Entry("lengths of 16 bits", decoder{bits: 16}, `7 bytes "100000:"|\d+ bytes "[1-9].*:,"`),
		Entry("the limit rejected", decoder{atMostLimit: true}, `10000[68] bytes "99999:" "a" \* 99999 ",(0:)?"`),
		Entry("digits forgotten", decoder{forgetsDigits: true}, `3 bytes "0"\|":,"`),
		Entry("empty strings dropped", decoder{dropsEmpty: true}, `3 bytes "0:,"|7 bytes "0:,1:a,"`),
		Entry("data cut at a NUL", decoder{stopsAtNUL: true}, `4 bytes "1:" 00 ","`),
		Entry("going on after a fault", decoder{goesOn: true}, `1 byte ","|2 bytes ",."|4 bytes ",0:,"`),
		Entry("a string a read", decoder{needsReads: true}, `6 bytes "0:(,|"\|",)0:,"|5 bytes "0:,aa"`),
		Entry("characters counted", decoder{countsRunes: true}, `[5-7] bytes "[1-3]:" [0-9a-f ]+( "a+,?"| ",")`),
		Entry("looking at a length after its ':'", decoder{slowToReject: true}, `3 bytes "000"`),
		Entry("a panic", decoder{panicsAtColons: true}, `4 bytes "1::,"`),
	)

	It("finds that a parser hangs, and has little patience from then on", func() {
		var patience []time.Duration
		p := parserFunc(func(_ context.Context, _ conformance.Stream, wait time.Duration) (conformance.Parsed, error) {
			patience = append(patience, wait)
			return conformance.Parsed{Verdict: conformance.Hung}, nil
		})
		found := findings(fuzz.Fuzzer{Parse: p.Parse, Runs: 4, Workers: 1, Patience: time.Minute})
		Expect(found.Found).To(ConsistOf(HaveField("Err", MatchError(HavePrefix("no verdict")))))
		Expect(patience[:3]).To(Equal([]time.Duration{time.Minute, 500 * time.Millisecond, 500 * time.Millisecond}))
	})

	It("tells what it found, and where", func() {
		x := &fuzz.Finding{
			Case: fuzz.Case{Bytes: []byte("00:,")}, Err: errors.New("accepted"),
			Original: fuzz.Case{Bytes: []byte("007:abcdefg,"), Cuts: []int{3}}, Run: 12,
		}
		Expect(x.String()).To(Equal("4 bytes \"00:,\"\naccepted\nfirst found, in case 12, with 12 bytes \"007\"|\":abcdefg,\""))
		x.Original = x.Case
		Expect(x.String()).To(Equal("4 bytes \"00:,\"\naccepted"))
	})

	It("finds the same with the same seed, however many work on it", func() {
		d := decoder{early: true, plus: true, stopsAtNUL: true}
		seed := GinkgoRandomSeed()
		first := shown(findings(fuzz.Fuzzer{Parse: faulty(d).Parse, Seed: seed, Runs: 3000, Workers: 1}))
		Expect(first).NotTo(BeEmpty())
		for _, workers := range []int{2, 4, 16} {
			Expect(shown(findings(fuzz.Fuzzer{Parse: faulty(d).Parse, Seed: seed, Runs: 3000, Workers: workers}))).To(Equal(first))
		}
		many := &batches{fed: fed{decoder: faulty(d).decoder}}
		Expect(shown(findings(fuzz.Fuzzer{Parse: many.Parse, ParseAll: many.ParseAll, Seed: seed, Runs: 3000}))).To(Equal(first))
		Expect(many.most.Load()).To(BeNumerically(">", 1))
	})

	It("makes as many runs as it was told", func() {
		for _, runs := range []int{1, 63, 64, 65, 1000} {
			p := faulty(decoder{})
			Expect(findings(fuzz.Fuzzer{Parse: p.Parse, Runs: runs}).Runs).To(Equal(runs))
			Expect(p.streams.Load()).To(Equal(int64(runs)))
		}
	})

	It("ends with its context, and still tells what it has found", func() {
		ctx, cancel := context.WithCancel(context.Background())
		p := faulty(decoder{anyComma: true})
		stopping := parserFunc(func(_ context.Context, s conformance.Stream, wait time.Duration) (conformance.Parsed, error) {
			parsed, err := p.Parse(context.Background(), s, wait)
			if p.streams.Load() == 500 {
				cancel()
			}
			return parsed, err
		})
		found, err := fuzz.Fuzzer{Parse: stopping.Parse, Seed: 1}.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(found.Found).NotTo(BeEmpty())
		Expect(found.Found[0].Case.String()).To(Equal(`3 bytes "0:a"`))
	})

	It("ends if the parser cannot be reached", func() {
		gone := parserFunc(func(context.Context, conformance.Stream, time.Duration) (conformance.Parsed, error) {
			return conformance.Parsed{}, errors.New("nobody there")
		})
		_, err := fuzz.Fuzzer{Parse: gone.Parse, Runs: 100}.Run(context.Background())
		Expect(err).To(MatchError("nobody there"))
	})

	Describe("with a corpus", func() {
		It("keeps what it finds, and tries that first from then on", func() {
			folder := filepath.Join(GinkgoT().TempDir(), "corpus")
			first := findings(fuzz.Fuzzer{Parse: faulty(decoder{leadingZeros: true}).Parse, Seed: 3, Runs: 3000, Corpus: folder})
			Expect(first.Replayed).To(BeZero())
			Expect(first.Found).NotTo(BeEmpty())
			for _, found := range first.Found {
				Expect(found.File).To(BeARegularFile())
				Expect(filepath.Dir(found.File)).To(Equal(folder))
			}
			cases, err := fuzz.Load(folder)
			Expect(err).NotTo(HaveOccurred())
			Expect(cases).To(HaveLen(len(first.Found)))

			// Of the new cases, there is only one.
			again := findings(fuzz.Fuzzer{Parse: faulty(decoder{leadingZeros: true}).Parse, Seed: 4, Runs: 1, Corpus: folder})
			Expect(again.Replayed).To(Equal(len(first.Found)))
			Expect(again.Runs).To(Equal(len(first.Found) + 1))
			Expect(again.Found).To(ContainElement(And(HaveField("File", first.Found[0].File), HaveField("Case.Bytes", first.Found[0].Case.Bytes))))

			mended := findings(fuzz.Fuzzer{Parse: faulty(decoder{}).Parse, Runs: 1, Corpus: folder})
			Expect(mended.Found).To(BeEmpty())
		})

		It("does not begin if that cannot be read", func() {
			folder := GinkgoT().TempDir()
			Expect(os.WriteFile(filepath.Join(folder, "x.case"), []byte("not a case"), 0o600)).To(Succeed())
			p := faulty(decoder{})
			_, err := fuzz.Fuzzer{Parse: p.Parse, Runs: 100, Corpus: folder}.Run(context.Background())
			Expect(err).To(MatchError(ContainSubstring("x.case")))
			Expect(p.streams.Load()).To(BeZero())
		})
	})

	Describe("with requests", func() {
		fuzzed := func(limit int, serve func(conn *net.TCPConn, data []byte)) fuzz.Findings {
			GinkgoHelper()
			return findings(fuzz.Fuzzer{
				Parse: server(limit, serve).Parse, Requests: true, Seed: 2, Runs: 640, Patience: time.Minute,
			})
		}
		answer := func(conn *net.TCPConn, data []byte) {
			name, poem, found := strings.Cut(string(data), ".")
			if found && name == "cummingsify" {
				fmt.Fprintf(conn, "%d:%s,", len(poem), strings.ToLower(poem))
			}
		}

		It("finds nothing wrong with a server that conforms", func() {
			Expect(shown(fuzzed(oracle.DefaultLimit, answer))).To(BeEmpty())
		})

		It("lets a server have a greater limit", func() {
			Expect(shown(fuzzed(10_000_000, answer))).To(BeEmpty())
		})

		It("finds a server that drops a byte of the poem", func() {
			found := fuzzed(oracle.DefaultLimit, func(conn *net.TCPConn, data []byte) {
				answer(conn, bytes.ReplaceAll(data, []byte("a"), nil))
			})
			Expect(found.Found).NotTo(BeEmpty())
			Expect(string(found.Found[0].Case.Bytes)).To(HavePrefix("13:cummingsify.a"))
		})
	})
})

// server is a transform server with a limit, whose first string goes to serve.
func server(limit int, serve func(conn *net.TCPConn, data []byte)) parser {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(listener.Close)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				var stream []byte
				buf := make([]byte, 64<<10)
				for {
					n, err := conn.Read(buf)
					stream = append(stream, buf[:n]...)
					r := oracle.Judge(stream, limit)
					if len(r.Strings) > 0 {
						serve(conn.(*net.TCPConn), r.Strings[0])
						return
					}
					if err != nil || r.Verdict == conformance.Rejected {
						return
					}
				}
			}()
		}
	}()
	t, err := target.NewParserAddr(listener.Addr().String())
	Expect(err).NotTo(HaveOccurred())
	instance, err := t.Start(context.Background(), nil)
	Expect(err).NotTo(HaveOccurred())
	return parserFunc(instance.Parse)
}
