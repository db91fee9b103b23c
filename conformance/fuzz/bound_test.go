package fuzz_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"scansion/conformance"
	"scansion/conformance/fuzz"
)

// slow takes a while for each stream, in which it can be interrupted.
func slow(p parser, takes time.Duration) parser {
	return parserFunc(func(ctx context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error) {
		wait, cancel := context.WithTimeout(ctx, min(takes, patience))
		defer cancel()
		<-wait.Done()
		if ctx.Err() != nil {
			return conformance.Parsed{}, ctx.Err()
		}
		if takes > patience {
			return conformance.Parsed{Verdict: conformance.Hung}, nil
		}
		return p.Parse(ctx, s, patience)
	})
}

// The time of the context holds, shrinking included, for parsers that are slow or hang.
func TestFuzzerEndsInTime(t *testing.T) {
	const bound = 20 * time.Second
	for name, test := range map[string]struct {
		parser parser
		found  bool
		least  time.Duration
	}{
		"conforms":          {slow(faulty(decoder{}), 100*time.Millisecond), false, bound},
		"is faulty":         {slow(faulty(decoder{anyComma: true}), 100*time.Millisecond), true, bound * 3 / 4},
		"is faulty, slower": {slow(faulty(decoder{leadingZeros: true, anyComma: true}), time.Second), true, bound * 3 / 4},
		"hangs":             {slow(faulty(decoder{}), time.Hour), true, bound * 3 / 4},
		"hangs now and then": {parserFunc(func(ctx context.Context, s conformance.Stream, patience time.Duration) (conformance.Parsed, error) {
			if len(s.Chunks) > 2 {
				return slow(nil, time.Hour).Parse(ctx, s, patience)
			}
			return slow(faulty(decoder{early: true}), time.Millisecond).Parse(ctx, s, patience)
		}), true, bound * 3 / 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), bound)
				defer cancel()
				start := time.Now() //nolint:forbidigo // the time of the bubble
				findings, err := fuzz.Fuzzer{Parse: test.parser.Parse, Seed: 1}.Run(ctx)
				took := time.Since(start)
				if err != nil || (len(findings.Found) > 0) != test.found || findings.Runs == 0 {
					t.Errorf("%d runs, found %v, error %v", findings.Runs, findings.Found, err)
				}
				if took < test.least || took > bound+time.Second {
					t.Errorf("it took %v", took)
				}
				for _, f := range findings.Found {
					if f.Tries == 0 {
						t.Errorf("%v was not made smaller, for want of time", f)
					}
				}
			})
		})
	}
}

// Where there is no bound but the number of runs, each kind of fault has time of its own.
func TestFuzzerShrinksInBoundedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now() //nolint:forbidigo // the time of the bubble
		findings, err := fuzz.Fuzzer{Parse: slow(faulty(decoder{anyComma: true}), time.Second).Parse, Seed: 1, Runs: 64}.Run(t.Context())
		if err != nil || len(findings.Found) == 0 {
			t.Fatalf("found %v, error %v", findings.Found, err)
		}
		most := findings.Took + time.Duration(len(findings.Found))*20*time.Second + time.Second
		if took := time.Since(start); took > most {
			t.Errorf("it took %v, not %v", took, most)
		}
	})
}

// Progress is told while the fuzzer works.
func TestFuzzerTellsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []fuzz.Progress
		p := slow(faulty(decoder{}), 10*time.Millisecond)
		_, err := fuzz.Fuzzer{Parse: p.Parse, Runs: 600, Workers: 1, Progress: func(p fuzz.Progress) { told = append(told, p) }}.Run(t.Context())
		if err != nil || len(told) != 12 || told[0].Runs != 50 || told[11].Took != 6*time.Second || told[11].Rate() != 100 {
			t.Errorf("told %v, error %v", told, err)
		}
	})
}
