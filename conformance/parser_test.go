package conformance_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// parses returns a target whose parsers make this of every stream.
func parses(parsed conformance.Parsed, err error) *programs {
	return &programs{parse: func(context.Context, conformance.Stream, time.Duration) (conformance.Parsed, error) {
		return parsed, err
	}}
}

func TestParse(t *testing.T) {
	stream := conformance.Stream{Chunks: [][]byte{[]byte("2:"), []byte("ab,")}}

	simulated(t, "returns what the program made of the stream, and the transcript tells both", func(w *world) {
		target := parses(conformance.Parsed{Strings: [][]byte{[]byte("ab")}}, nil)
		r := w.passes(target, conformance.Options{}, func(c *conformance.Case) {
			in(c).Expect(c.Parse(stream).Strings).To(Equal([][]byte{[]byte("ab")}))
		})
		w.Expect(r.Transcript.String()).To(And(
			ContainSubstring(`-> 5 bytes in 2 reads "2:" "ab," and the end`), ContainSubstring(`<- 1 string "ab" (complete)`)))
	})

	simulated(t, "waits longer for a program that has been seen to parse", func(w *world) {
		var patiences []time.Duration
		target := &programs{parse: func(_ context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error) {
			patiences = append(patiences, patience)
			if s.Open {
				return conformance.Parsed{Verdict: conformance.Hung}, nil
			}
			return conformance.Parsed{}, nil
		}}
		w.passes(target, conformance.Options{}, func(c *conformance.Case) {
			for _, open := range []bool{true, false, true, false} {
				c.Parse(conformance.Stream{Open: open})
			}
		})
		w.Expect(patiences).To(Equal([]time.Duration{5 * time.Second, 5 * time.Second / 2, 10 * time.Second, 10 * time.Second}))
	})

	simulated(t, "is unsupported if the program does not offer that", func(w *world) {
		target := parses(conformance.Parsed{Verdict: conformance.NotOffered}, nil)
		w.skips(w.judged(target, conformance.Options{}, func(c *conformance.Case) { c.Parse(stream) }), conformance.Unsupported, "does not offer this")
	})

	simulated(t, "is broken if the stream could not be fed", func(w *world) {
		w.skips(w.judged(parses(conformance.Parsed{}, errOurs), conformance.Options{}, func(c *conformance.Case) { c.Parse(stream) }),
			conformance.Broken, Equal(errOurs.Error()))
	})

	simulated(t, "is cut short by the end of the case's time", func(w *world) {
		target := &programs{parse: func(ctx context.Context, _ conformance.Stream, _ time.Duration) (conformance.Parsed, error) {
			<-ctx.Done()
			return conformance.Parsed{}, ctx.Err()
		}}
		w.skips(w.judged(target, conformance.Options{}, func(c *conformance.Case) { c.Parse(stream) }), conformance.Inconclusive, "could not be judged within")
	})
}

func TestEncode(t *testing.T) {
	encodes := func(stream string, err error) *programs {
		return &programs{encode: func(context.Context, []byte, time.Duration) ([]byte, error) { return []byte(stream), err }}
	}
	encode := func(c *conformance.Case) { in(c).Expect(string(c.Encode([]byte("ab")))).To(Equal("2:ab,")) }

	simulated(t, "returns the stream, and the transcript tells both", func(w *world) {
		r := w.passes(encodes("2:ab,", nil), conformance.Options{}, encode)
		w.Expect(r.Transcript.String()).To(And(ContainSubstring(`-> encode "ab"`), ContainSubstring(`<- "2:ab,"`)))
	})
	simulated(t, "is unsupported if no encoder can be reached", func(w *world) {
		err := fmt.Errorf("ask: %w", conformance.ErrNotOffered)
		w.skips(w.judged(encodes("", err), conformance.Options{}, encode), conformance.Unsupported, "no encoder can be reached: ask: ")
	})
	simulated(t, "fails if the program does not encode", func(w *world) {
		w.fails(w.judged(encodes("", errOurs), conformance.Options{}, encode), Equal("expected: the stream of 2 bytes\nseen:     no more processes"))
	})
}

func TestParserInWords(t *testing.T) {
	chunks := slices.Repeat([][]byte{[]byte("x")}, 20)
	for _, test := range []struct {
		title string
		value fmt.Stringer
		words string
	}{
		{"a stream that stays open", conformance.Stream{Chunks: chunks[:1], Open: true}, `1 bytes in 1 reads "x" and no end`},
		{"a stream in many reads", conformance.Stream{Chunks: chunks}, `20 bytes in 20 reads "x" "x" "x" "x" "x" "x" ... "x" "x" and the end`},
		{"no strings", conformance.Parsed{Verdict: conformance.Incomplete}, "0 strings (incomplete)"},
		{"many strings", conformance.Parsed{Strings: chunks, Verdict: conformance.Refused}, `20 strings "x" "x" "x" "x" "x" "x" ... (refused)`},
		{"a long string", conformance.Parsed{Strings: [][]byte{bytes.Repeat([]byte("x"), 33)}}, `1 string "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"... (complete)`},
		{"a crash", conformance.Parsed{Verdict: conformance.Crashed, How: "exit status 2"}, "0 strings (a crash: exit status 2)"},
		{"a rejection", conformance.Rejected, "rejected"},
		{"silence", conformance.Hung, "no verdict"},
		{"what is not offered", conformance.NotOffered, "not offered"},
		{"an unknown verdict", conformance.ParserVerdict(99), "an unknown verdict"},
	} {
		t.Run(test.title, func(t *testing.T) { NewWithT(t).Expect(test.value.String()).To(Equal(test.words)) })
	}
}
