package fuzz_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
	conformance.Instance
	decoder
	streams atomic.Int64
}

func (f *fed) Parse(ctx context.Context, s conformance.Stream, _ time.Duration) (conformance.Parsed, error) {
	f.streams.Add(1)
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
		all = append(all, fmt.Sprintf("%d times, %v, from %v, tries %d, run %d", found.Times, found.Counterexample, found.Original, found.Tries, found.Run))
	}
	return all
}

var _ = Describe("The fuzzer", func() {
	It("finds nothing wrong with a parser that conforms", func() {
		found := findings(fuzz.Fuzzer{Parser: faulty(decoder{}), Seed: GinkgoRandomSeed(), Runs: 5000})
		Expect(found.Found).To(BeEmpty())
		Expect(found.Runs).To(Equal(5000))
		Expect(found.Failures).To(BeZero())
	})

	DescribeTable("finds a fault, and makes the stream that shows it small",
		func(d decoder, smallest string) {
			found := findings(fuzz.Fuzzer{Parser: faulty(d), Seed: 3, Runs: 10_000})
			Expect(found.Found).NotTo(BeEmpty())
			Expect(found.Failures).To(BeNumerically(">=", len(found.Found)))
			text := found.Found[0].Case.String()
			for _, other := range found.Found[1:] {
				text += "\n" + other.Case.String()
			}
			Expect(text).To(ContainSubstring(smallest))
		},
		Entry("leading zeros", decoder{leadingZeros: true}, `4 bytes "00:,"`),
		Entry("a plus sign", decoder{plus: true}, `4 bytes "+0:,"`),
		Entry("line ends between", decoder{newlines: true}, `"\n`),
		Entry("any byte for a comma", decoder{anyComma: true}, `3 bytes "0:a"`),
		Entry("digits forgotten", decoder{forgetsDigits: true}, `3 bytes "0"|":,"`),
		Entry("empty strings dropped", decoder{dropsEmpty: true}, `3 bytes "0:,"`),
		Entry("data cut at a NUL", decoder{stopsAtNUL: true}, `4 bytes "1:\x00,"`),
		Entry("a string a read", decoder{needsReads: true}, `,"`),
	)

	It("finds the panics and the hangs of functions", func() {
		decode := func(stream io.Reader, _ func([]byte)) error {
			all, err := io.ReadAll(stream)
			if err != nil {
				return err
			}
			if bytes.HasPrefix(all, []byte("0")) {
				panic("division by zero")
			}
			return io.ErrUnexpectedEOF
		}
		instance := function(decode)
		found := findings(fuzz.Fuzzer{Parser: instance, Seed: 1, Runs: 2000})
		Expect(found.Found).To(ContainElement(HaveField("Err", MatchError(ContainSubstring("panic: division by zero")))))

		release := make(chan struct{})
		DeferCleanup(func() { close(release) })
		instance = function(func(stream io.Reader, _ func([]byte)) error {
			if _, err := io.ReadAll(stream); err == nil {
				<-release
			}
			return io.ErrUnexpectedEOF
		})
		found = findings(fuzz.Fuzzer{Parser: instance, Seed: 1, Runs: 4, Workers: 1, Patience: 50 * time.Millisecond})
		Expect(found.Found).To(ContainElement(HaveField("Err", MatchError(HavePrefix("no verdict")))))
	})

	It("finds the same with the same seed, however many work on it", func() {
		d := decoder{early: true, plus: true, stopsAtNUL: true}
		seed := GinkgoRandomSeed()
		first := shown(findings(fuzz.Fuzzer{Parser: faulty(d), Seed: seed, Runs: 3000, Workers: 1}))
		Expect(first).NotTo(BeEmpty())
		for _, workers := range []int{2, 4, 16} {
			Expect(shown(findings(fuzz.Fuzzer{Parser: faulty(d), Seed: seed, Runs: 3000, Workers: workers}))).To(Equal(first))
		}
		many := &batches{fed: fed{decoder: faulty(d).decoder}}
		Expect(shown(findings(fuzz.Fuzzer{Parser: many, Seed: seed, Runs: 3000}))).To(Equal(first))
		Expect(many.most.Load()).To(BeNumerically(">", 1))
	})

	It("makes as many runs as it was told", func() {
		for _, runs := range []int{1, 63, 64, 65, 1000} {
			p := faulty(decoder{})
			Expect(findings(fuzz.Fuzzer{Parser: p, Runs: runs}).Runs).To(Equal(runs))
			Expect(p.streams.Load()).To(Equal(int64(runs)))
		}
	})

	It("ends after the time that it was told", func() {
		found := findings(fuzz.Fuzzer{Parser: faulty(decoder{}), For: 50 * time.Millisecond})
		Expect(found.Took).To(BeNumerically(">=", 50*time.Millisecond))
	})

	It("ends with its context, and still tells what it has found", func() {
		ctx, cancel := context.WithCancel(context.Background())
		p := &stopping{fed: *faulty(decoder{anyComma: true}), stop: cancel}
		found, err := fuzz.Fuzzer{Parser: p, Seed: 1}.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(found.Found).NotTo(BeEmpty())
		Expect(found.Found[0].Case.String()).To(HavePrefix(`3 bytes "0:a"`))
	})

	It("tells of its progress, the last time when it is done", func() {
		told := make(chan fuzz.Progress, 100)
		findings(fuzz.Fuzzer{Parser: faulty(decoder{}), For: 1200 * time.Millisecond, Progress: func(p fuzz.Progress) { told <- p }})
		Expect(told).To(Receive(HaveField("Runs", BeNumerically(">", 0))))
	})

	It("ends if the parser cannot be reached", func() {
		_, err := fuzz.Fuzzer{Parser: gone{}, Runs: 100}.Run(context.Background())
		Expect(err).To(MatchError("nobody there"))
	})

	Describe("with a corpus", func() {
		It("keeps what it finds, and tries that first from then on", func() {
			folder := filepath.Join(GinkgoT().TempDir(), "corpus")
			first := findings(fuzz.Fuzzer{Parser: faulty(decoder{leadingZeros: true}), Seed: 3, Runs: 3000, Corpus: folder})
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
			again := findings(fuzz.Fuzzer{Parser: faulty(decoder{leadingZeros: true}), Seed: 4, Runs: 1, Corpus: folder})
			Expect(again.Replayed).To(Equal(len(first.Found)))
			Expect(again.Runs).To(Equal(len(first.Found) + 1))
			Expect(again.Found).To(ContainElement(And(HaveField("File", first.Found[0].File), HaveField("Case.Bytes", first.Found[0].Case.Bytes))))

			mended := findings(fuzz.Fuzzer{Parser: faulty(decoder{}), Runs: 1, Corpus: folder})
			Expect(mended.Found).To(BeEmpty())
		})

		It("does not begin if that cannot be read", func() {
			folder := GinkgoT().TempDir()
			Expect(os.WriteFile(filepath.Join(folder, "x.case"), []byte("not a case"), 0o600)).To(Succeed())
			p := faulty(decoder{})
			_, err := fuzz.Fuzzer{Parser: p, Runs: 100, Corpus: folder}.Run(context.Background())
			Expect(err).To(MatchError(ContainSubstring("x.case")))
			Expect(p.streams.Load()).To(BeZero())
		})
	})

	Describe("with requests", func() {
		fuzzed := func(limit int, serve func(conn *net.TCPConn, data []byte)) fuzz.Findings {
			GinkgoHelper()
			return findings(fuzz.Fuzzer{
				Parser: server(limit, serve), Grammar: fuzz.Grammar{Request: true}, Seed: 2, Runs: 640, Patience: time.Minute,
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

// function is a parser that is a function of this process.
func function(decode target.Decode) conformance.Parser {
	GinkgoHelper()
	t := target.NewParserFunc("a function", target.Codec{Decode: decode})
	instance, err := t.Start(context.Background(), conformance.Setup{})
	Expect(err).NotTo(HaveOccurred())
	return instance.(conformance.Parser)
}

// stopping is a parser that has the search stopped once it was fed something.
type stopping struct {
	fed
	stop func()
}

func (s *stopping) Parse(ctx context.Context, stream conformance.Stream, _ time.Duration) (conformance.Parsed, error) {
	if s.streams.Add(1) == 500 {
		s.stop()
	}
	return s.parse(stream), nil
}

// gone is a parser that cannot be reached.
type gone struct{ conformance.Instance }

func (gone) Parse(context.Context, conformance.Stream, time.Duration) (conformance.Parsed, error) {
	return conformance.Parsed{}, fmt.Errorf("nobody there")
}

// server is a transform server with a limit, whose first string goes to serve.
func server(limit int, serve func(conn *net.TCPConn, data []byte)) conformance.Parser {
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
	instance, err := t.Start(context.Background(), conformance.Setup{})
	Expect(err).NotTo(HaveOccurred())
	return instance.(conformance.Parser)
}
