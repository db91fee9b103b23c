package fuzz

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
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

	// shrinkFor is how long a case may be made smaller, and shrinkGrace how long that may
	// take, for all of them, when the time of the run is over.
	shrinkFor   = 20 * time.Second
	shrinkGrace = time.Second

	// patienceLeft is how much patience is left at the most with a parser that hangs.
	patienceLeft = 500 * time.Millisecond

	progressEvery = 500 * time.Millisecond
)

// Fuzzer feeds cases to a parser, and holds what it makes of them against the oracle.
// The same seed makes the same cases in the same order, whoever gets them.
type Fuzzer struct {
	// Parse is what is fuzzed, and ParseAll the same, if not nil, for many streams at a time:
	// see [conformance.Instance].
	Parse    conformance.Parser
	ParseAll func(ctx context.Context, streams []conformance.Stream, patience time.Duration) ([]conformance.Parsed, error)

	Requests bool // the parser is inside of a transform server
	Seed     int64
	Runs     int // cases at the most, without those of the corpus; 0: no bound

	Workers  int           // that feed cases side by side; default 4
	Patience time.Duration // with a parser that says nothing; default 5 s

	// Corpus, if not empty, is a folder with cases of earlier runs, which are tried
	// first, and to which those are added that are found.
	Corpus string

	// Progress, if not nil, is called about every half a second, by one goroutine at a time.
	Progress func(Progress)
}

// Progress is how far a fuzzer has come.
type Progress struct {
	Runs, Failures int
	Took           time.Duration
}

// Rate is how many runs there were a second.
func (p Progress) Rate() float64 { return float64(p.Runs) / max(p.Took.Seconds(), 1e-3) }

// Findings are what came of a fuzzer's run.
type Findings struct {
	Progress
	Replayed int // cases of the corpus
	Found    []*Finding
}

// Run fuzzes until there were enough runs or the context ends, which is no error, and
// shrinks what it has found. Where the context has a deadline, that takes the last quarter
// of the time, and a second beyond the deadline at the most. The error is about the fuzzer
// itself: a corpus that cannot be read or written, a parser that cannot be reached.
func (f Fuzzer) Run(ctx context.Context) (Findings, error) {
	f.Workers = cmp.Or(f.Workers, 4)
	f.Patience = cmp.Or(f.Patience, 5*time.Second)
	r := session{
		Fuzzer: f, generate: Generate, stream: Case.Stream, fits: fits,
		start: now(), stop: func() {}, found: map[string]*Finding{},
	}
	if f.Requests {
		r.generate, r.stream, r.fits = generateRequest, requestStream, requestFits
	}
	r.told = r.start
	if deadline, ok := ctx.Deadline(); ok {
		r.shrinkFrom = deadline.Add(-min(shrinkFor, deadline.Sub(r.start)/4))
	}
	replayed, err := r.replay(ctx)
	if err == nil {
		err = r.search(ctx)
	}
	findings := Findings{Progress: r.progress(), Replayed: replayed}
	if err != nil && ctx.Err() == nil {
		return findings, err
	}
	findings.Found, err = r.shrunk(ctx)
	return findings, err
}

// session is a fuzzer at work.
type session struct {
	Fuzzer
	generate func(*rand.Rand) Case
	stream   func(Case) conformance.Stream
	fits     func(Case, conformance.Parsed) error

	start      time.Time
	shrinkFrom time.Time   // when the search ends if something was found; zero: no such time
	stop       func()      // ends the search
	hangs      atomic.Bool // the parser has been found to hang

	mu       sync.Mutex
	told     time.Time // when progress was
	next     int       // number of the batch that is next
	runs     int
	failures int
	found    map[string]*Finding // by kind, those of the corpus by file
	unshrunk bool                // there are new ones
}

func (r *session) progress() Progress {
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
		wrong, err := r.try(ctx, cases[i:i+1])
		if err != nil {
			return i, err
		}
		r.count(Finding{Case: c, Err: wrong[0], File: filepath.Join(r.Corpus, c.Name())})
	}
	return len(cases), nil
}

// search tries new cases.
func (r *session) search(ctx context.Context) error {
	ctx, r.stop = context.WithCancel(ctx)
	defer r.stop()
	group, groupCtx := errgroup.WithContext(ctx)
	for range r.Workers {
		group.Go(func() error {
			for cases, number := r.cases(); len(cases) > 0 && groupCtx.Err() == nil; cases, number = r.cases() {
				if err := r.feed(groupCtx, cases, number); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
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
		cases = append(cases, r.generate(rng))
	}
	return cases, k*batch + 1
}

// feed tries cases, and counts them from a number on.
func (r *session) feed(ctx context.Context, cases []Case, number int) error {
	size := 1
	if r.ParseAll != nil {
		size = batch
	}
	for some := range slices.Chunk(cases, size) {
		wrong, err := r.try(ctx, some)
		if err != nil {
			return err
		}
		for i, c := range some {
			r.count(Finding{Case: c, Err: wrong[i], Run: number})
			number++
		}
	}
	return nil
}

// try feeds cases, one unless the parser takes many, and returns what is wrong with what
// the parser made of each.
func (r *session) try(ctx context.Context, cases []Case) (wrong []error, err error) {
	streams := make([]conformance.Stream, len(cases))
	for i, c := range cases {
		streams[i] = r.stream(c)
	}
	parsed := make([]conformance.Parsed, 1)
	if r.ParseAll != nil {
		parsed, err = r.ParseAll(ctx, streams, r.patience())
	} else {
		parsed[0], err = r.Parse(ctx, streams[0], r.patience())
	}
	if err != nil {
		return nil, err
	}
	for i, c := range cases {
		if parsed[i].Verdict == conformance.Hung {
			r.hangs.Store(true)
		}
		wrong = append(wrong, r.fits(c, parsed[i]))
	}
	return wrong, nil
}

func fits(c Case, p conformance.Parsed) error { return oracle.Judge(c.Bytes, limit).Fits(p) }

// patience is that with a parser that says nothing. One that has been found to hang will
// do so again, many times, and each would cost as much.
func (r *session) patience() time.Duration {
	if r.hangs.Load() {
		return min(r.Patience, patienceLeft)
	}
	return r.Patience
}

// count records what came of a case. Of each kind the one that was made first is kept,
// whoever was quickest.
func (r *session) count(f Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runs++
	at := now()
	if r.Progress != nil && at.Sub(r.told) >= progressEvery {
		r.told = at
		r.Progress(r.progress())
	}
	if f.Err != nil {
		r.failures++
		name := f.File
		if name == "" {
			name = string(kind(f.Err))
			r.unshrunk = true
		}
		old := r.found[name]
		if old == nil {
			old = &Finding{Run: math.MaxInt}
			r.found[name] = old
		}
		f.Times, f.Original = old.Times+1, f.Case
		if f.Run < old.Run {
			*old = f
		}
		old.Times = f.Times
	}
	if r.unshrunk && !r.shrinkFrom.IsZero() && at.After(r.shrinkFrom) {
		r.stop()
	}
}

// shrunk makes what was found smaller and saves it, in the order of the cases. Each gets
// the same part of the time that is left.
func (r *session) shrunk(ctx context.Context) ([]*Finding, error) {
	all := slices.SortedFunc(maps.Values(r.found), func(a, b *Finding) int {
		return cmp.Or(a.Run-b.Run, strings.Compare(a.File, b.File))
	})
	until, bounded := ctx.Deadline()
	switch {
	case ctx.Err() != nil:
		until = now()
	case !bounded:
		until = now().Add(time.Duration(len(all)) * shrinkFor)
	}
	until = until.Add(shrinkGrace)
	var failed error
	for i, f := range all {
		if f.File != "" {
			continue // it was made small when it was found
		}
		shrinkCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), until.Sub(now())/time.Duration(len(all)-i))
		r.shrink(shrinkCtx, f)
		cancel()
		if r.Corpus != "" {
			file, err := Save(r.Corpus, f.Case)
			f.File = file
			failed = errors.Join(failed, err)
		}
	}
	return all, failed
}

// now is for how long the fuzzer has worked.
func now() time.Time { return time.Now() } //nolint:forbidigo // it fuzzes in real time
