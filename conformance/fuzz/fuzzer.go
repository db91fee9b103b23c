package fuzz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"scansion/conformance"
	"scansion/conformance/oracle"
)

const (
	// batch is how many cases are made, and given to a parser that takes many, at a time.
	batch = 64

	// minimizeFor is how long a case may be made smaller.
	minimizeFor = 20 * time.Second

	// patienceLeft is how much patience is left at the most with a parser that hangs.
	patienceLeft = 500 * time.Millisecond
)

// Fuzzer feeds cases to a parser, and holds what it makes of them against the oracle.
// The same seed makes the same cases in the same order, whoever gets them.
type Fuzzer struct {
	Parser  conformance.Parser
	Grammar Grammar
	Seed    int64

	Runs int           // cases at the most; 0: no bound
	For  time.Duration // at the most; 0: no bound

	Workers  int           // that feed cases side by side; default 4
	Patience time.Duration // with a parser that says nothing; default 5 s

	// Corpus, if not empty, is a folder with cases of earlier runs, which are tried
	// first, and to which those are added that are found.
	Corpus string

	// Progress, if not nil, is called every half a second, from a goroutine of its own.
	Progress func(Progress)
}

// Progress is how far a fuzzer has come.
type Progress struct {
	Runs, Failures int
	Took           time.Duration
}

// Rate is how many runs there were a second.
func (p Progress) Rate() float64 { return float64(p.Runs) / max(p.Took.Seconds(), 1e-3) }

// Finding is a kind of fault that was found.
type Finding struct {
	*Counterexample
	Times int    // how many cases have failed likewise
	File  string // in the corpus; empty without one
}

// Findings are what came of a fuzzer's run.
type Findings struct {
	Progress
	Replayed int // cases of the corpus
	Found    []Finding
}

// batcher is implemented by parsers that are much quicker with many streams at a time.
type batcher interface {
	ParseAll(ctx context.Context, s []conformance.Stream, patience time.Duration) ([]conformance.Parsed, error)
}

// Run fuzzes until the bounds are met or the context ends, which is no error, and makes
// what it has found as small as it can. The error is about the fuzzer itself: a corpus
// that cannot be read or written, a parser that cannot be reached.
func (f Fuzzer) Run(ctx context.Context) (Findings, error) {
	if f.Workers == 0 {
		f.Workers = 4
	}
	if f.Patience == 0 {
		f.Patience = 5 * time.Second
	}
	r := session{Fuzzer: f, start: now(), found: map[string]*Finding{}}
	old, err := r.replay(ctx)
	if err == nil {
		err = r.search(ctx)
	}
	findings := Findings{Progress: r.progress(), Replayed: old}
	if err != nil && ctx.Err() == nil {
		return findings, err
	}
	// What was found is worth a while, also to who has lost patience with the search.
	findings.Found, err = r.minimized(context.WithoutCancel(ctx))
	return findings, err
}

// session is a fuzzer at work.
type session struct {
	Fuzzer
	start time.Time
	hangs atomic.Bool // the parser has been found to hang

	mu       sync.Mutex
	next     int // number of the batch that is next
	runs     int
	failures int
	found    map[string]*Finding // by kind, those of the corpus by file
}

func (r *session) progress() Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Progress{Runs: r.runs, Failures: r.failures, Took: now().Sub(r.start)}
}

// replay tries the corpus, and returns how many cases it has.
func (r *session) replay(ctx context.Context) (int, error) {
	if r.Corpus == "" {
		return 0, nil
	}
	cases, err := Load(r.Corpus)
	if err != nil {
		return 0, err
	}
	for i, c := range cases {
		wrong, err := r.try(ctx, c)
		if err != nil {
			return i, err
		}
		r.count(1, c, wrong, filepath.Join(r.Corpus, c.Name()))
	}
	return len(cases), nil
}

// search tries new cases.
func (r *session) search(ctx context.Context) error {
	if r.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.For)
		defer cancel()
	}
	if r.Progress != nil {
		stop := every(500*time.Millisecond, func() { r.Progress(r.progress()) })
		defer stop()
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for range r.Workers {
		group.Go(func() error {
			for groupCtx.Err() == nil {
				cases, number := r.cases()
				if len(cases) == 0 {
					return nil
				}
				if err := r.feed(groupCtx, cases, number); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// every calls f now and then until stop is called.
func every(d time.Duration, f func()) (stop func()) {
	ticker := time.NewTicker(d)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-ticker.C:
				f()
			case <-done:
				return
			}
		}
	})
	return func() {
		ticker.Stop()
		close(done)
		wg.Wait()
	}
}

// cases makes the next batch, which is empty once there were enough. Number is that of
// its first case, from 1.
func (r *session) cases() (cases []Case, number int) {
	r.mu.Lock()
	k := r.next
	r.next++
	r.mu.Unlock()
	n := batch
	if r.Runs > 0 {
		n = min(batch, r.Runs-k*batch)
	}
	rng := rand.New(rand.NewSource(r.Seed + int64(k)*0x1E3779B97F4A7C15)) //nolint:gosec // a repeatable source is wanted
	for range n {
		cases = append(cases, r.Grammar.Case(rng))
	}
	return cases, k*batch + 1
}

// feed tries a batch.
func (r *session) feed(ctx context.Context, cases []Case, number int) error {
	b, ok := r.Parser.(batcher)
	if !ok {
		for i, c := range cases {
			wrong, err := r.try(ctx, c)
			if err != nil {
				return err
			}
			r.count(number+i, c, wrong, "")
		}
		return nil
	}
	streams := make([]conformance.Stream, len(cases))
	trials := make([]trial, len(cases))
	for i, c := range cases {
		trials[i] = r.Grammar.trial(c)
		streams[i] = trials[i].stream
	}
	all, err := b.ParseAll(ctx, streams, r.patience())
	if err != nil {
		return err
	}
	for i, parsed := range all {
		r.heard(parsed)
		r.count(number+i, cases[i], trials[i].fits(parsed), "")
	}
	return nil
}

// try feeds one case, and returns what is wrong with what the parser made of it.
func (r *session) try(ctx context.Context, c Case) (wrong, err error) {
	t := r.Grammar.trial(c)
	parsed, err := r.Parser.Parse(ctx, t.stream, r.patience())
	if err != nil {
		return nil, err
	}
	r.heard(parsed)
	return t.fits(parsed), nil
}

// patience is that with a parser that says nothing. One that has been found to hang will
// do so again, many times, and each would cost as much.
func (r *session) patience() time.Duration {
	if r.hangs.Load() {
		return min(r.Patience, patienceLeft)
	}
	return r.Patience
}

func (r *session) heard(p conformance.Parsed) {
	if p.Verdict == conformance.Hung {
		r.hangs.Store(true)
	}
}

// count records what came of a case. Of each kind the one that was made first is kept,
// whoever was quickest.
func (r *session) count(number int, c Case, wrong error, file string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runs++
	if wrong == nil {
		return
	}
	r.failures++
	name := kind(wrong)
	if file != "" {
		name = file
	}
	f := r.found[name]
	if f == nil {
		f = &Finding{File: file}
		r.found[name] = f
	}
	f.Times++
	if f.Counterexample == nil || number < f.Run {
		f.Counterexample = &Counterexample{Case: c, Err: wrong, Original: c, First: wrong, Run: number}
	}
}

// minimized makes what was found smaller and saves it, in the order of the cases.
func (r *session) minimized(ctx context.Context) ([]Finding, error) {
	var (
		all    []Finding
		failed error
	)
	for _, f := range r.found {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		if a.Run != b.Run {
			return a.Run - b.Run
		}
		return strings.Compare(a.File, b.File)
	})
	for i := range all {
		f := &all[i]
		if f.File != "" {
			continue // it was made small when it was found
		}
		number := f.Run
		f.Counterexample = r.minimize(ctx, f.Counterexample)
		f.Run = number
		if r.Corpus != "" {
			file, err := Save(r.Corpus, f.Case)
			f.File = file
			failed = errors.Join(failed, err)
		}
	}
	return all, failed
}

func (r *session) minimize(ctx context.Context, x *Counterexample) *Counterexample {
	ctx, cancel := context.WithTimeout(ctx, minimizeFor)
	defer cancel()
	return Minimize(x.Original, x.First, func(c Case) error {
		wrong, err := r.try(ctx, c)
		if err != nil {
			return nil //nolint:nilerr // there is no time, or the parser is gone: no smaller one is known
		}
		return wrong
	}, mostTries)
}

// mostTries bounds how many smaller cases are tried.
const mostTries = 10_000

// trial is a case as a parser is fed it, and what it must make of it.
type trial struct {
	stream  conformance.Stream
	ruling  oracle.Ruling
	request bool
}

// trial is the case for parsers that the grammar is for.
func (g Grammar) trial(c Case) trial {
	limit := g.Limit
	if limit == 0 {
		limit = oracle.DefaultLimit
	}
	t := trial{stream: c.Stream(), ruling: oracle.Judge(c.Bytes, limit), request: g.Request}
	if g.Request {
		// The connection stays open where the server is to close it.
		ends := t.ruling.Verdict == conformance.Incomplete && len(t.ruling.Strings) == 0 || len(c.Bytes) < t.ruling.RejectBy
		t.stream.Open = !ends && len(c.Bytes) > 0 && !t.withinReason() // or who may wait for the data would be waited for
	}
	return t
}

// fits returns what is wrong with what a parser made of it. Of a transform server only
// the first string can be seen, if it is a request; and how far it reads after that is
// not known.
func (t trial) fits(p conformance.Parsed) error {
	if !t.request {
		return t.ruling.Fits(p)
	}
	if len(t.ruling.Strings) == 0 {
		if len(t.stream.Chunks) == 0 || t.withinReason() {
			return nil // a client that says nothing, or a limit that may be greater
		}
		if t.stream.Open {
			return t.ruling.FitsOpen(p)
		}
		return t.ruling.Fits(p)
	}
	first := t.ruling.Strings[0]
	if !isRequest(first) {
		return nil // what a server makes of it is not the parser's doing
	}
	return oracle.Judge(fmt.Appendf(nil, "%d:%s,", len(first), first), len(first)).FitsOpen(p)
}

// withinReason reports whether a length over the limit is one that a transform server may
// accept (4.6).
func (t trial) withinReason() bool {
	const digits = 12
	return t.ruling.Reason == oracle.TooLong && leadingDigits(bytes.Join(t.stream.Chunks, nil)[t.ruling.Rest:]) <= digits
}

// isRequest reports whether a string comes back from a transform server as it was sent.
func isRequest(s []byte) bool {
	if !strings.HasPrefix(string(s), requestPrefix) {
		return false
	}
	return !slices.ContainsFunc(s, func(b byte) bool { return 'A' <= b && b <= 'Z' || b > '~' })
}

// now is for how long the fuzzer has worked.
func now() time.Time { return time.Now() } //nolint:forbidigo // it fuzzes in real time
