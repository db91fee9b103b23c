package main

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/spf13/cobra"

	"scansion/conformance"
	"scansion/conformance/reference/embedded"
)

// countedTarget counts what is started, stopped and closed.
type countedTarget struct {
	conformance.Target
	parse conformance.Parser // nil: as the target does

	started, stopped, closed, closedEarly atomic.Int64
}

func (t *countedTarget) Start(ctx context.Context, l conformance.Launch) (*conformance.Instance, error) {
	instance, err := t.Target.Start(ctx, l)
	if err != nil {
		return nil, err
	}
	t.started.Add(1)
	counted := *instance
	counted.Process = &countedProcess{instance.Process, t}
	if t.parse != nil {
		counted.Parse, counted.ParseAll = t.parse, nil
	}
	return &counted, nil
}

func (t *countedTarget) Close() error {
	t.closed.Add(1)
	if t.stopped.Load() != t.started.Load() {
		t.closedEarly.Add(1)
	}
	return t.Target.Close()
}

type countedProcess struct {
	conformance.Process
	target *countedTarget
}

func (p *countedProcess) Stop() error {
	p.target.stopped.Add(1)
	return p.Process.Stop()
}

// fuzzed runs the command's work on a target.
func fuzzed(ctx context.Context, o fuzzing, t conformance.Target) (status int, out string, err error) {
	var b bytes.Buffer
	c := &cobra.Command{}
	c.SetContext(ctx)
	c.SetOut(&b)
	c.SetErr(&b)
	status, err = o.run(c, t)
	return status, b.String(), err
}

var _ = Describe("What scansion fuzz netstring starts", func() {
	It("is stopped when it is done, before the target is closed", func() {
		t := &countedTarget{Target: embedded.Netstring()}
		status, out, err := fuzzed(context.Background(), fuzzing{runs: 100, seed: 7}, t)
		Expect(err).NotTo(HaveOccurred())
		Expect(status).To(Equal(exitConforms), out)
		Expect(t.started.Load()).To(BeNumerically(">", 1), "the judge of the costs has an instance of its own")
		Expect(t.stopped.Load()).To(Equal(t.started.Load()))
		Expect(t.closed.Load()).To(Equal(int64(1)))
		Expect(t.closedEarly.Load()).To(BeZero())
	})
})

var _ = Describe("The requirements that scansion fuzz netstring judges", func() {
	It("are the MUSTs about time and memory", func() {
		role := costRequirements(aboutCosts())
		for _, r := range role.Requirements {
			Expect(r.Level).To(Equal(conformance.Must))
		}
		Expect(role.IDs()).To(ContainElements("netstring/linear-time-for-strings", "netstring/bounded-memory", "netstring/reserves-nothing"))
	})

	It("cannot be none of those that a pattern stands for", func() {
		Expect(func() { costRequirements(conformance.Globs{"bounded-memory", "linear-tune-*"}) }).
			To(PanicWith(MatchError(ContainSubstring(`"linear-tune-*" matches no MUST`))))
	})
})

// The time of --for holds where the judgement of costs alone would take longer.
func TestFuzzEndsInTime(t *testing.T) {
	for name, test := range map[string]struct {
		parse  conformance.Parser
		status int
		says   string
	}{
		// Each measured stream takes a minute, and others a millisecond.
		"slow": {func(ctx context.Context, s conformance.Stream, _ time.Duration) (conformance.Parsed, error) {
			takes := time.Millisecond
			if s.Measured {
				takes = time.Minute
			}
			return waited(ctx, takes, conformance.Parsed{Verdict: conformance.Complete, CPU: 1})
		}, exitFails, "not judged, for want of time: netstring/linear-time-"},
		"hanging": {func(ctx context.Context, _ conformance.Stream, patience time.Duration) (conformance.Parsed, error) {
			return waited(ctx, patience, conformance.Parsed{Verdict: conformance.Hung})
		}, exitFails, "no verdict"},
		"never done": {func(ctx context.Context, _ conformance.Stream, _ time.Duration) (conformance.Parsed, error) {
			return waited(ctx, time.Hour, conformance.Parsed{})
		}, exitNotRun, "not judged, for want of time"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const bound = 20 * time.Second
				start := time.Now() //nolint:forbidigo // the time of the bubble
				target := &countedTarget{Target: embedded.Netstring(), parse: test.parse}
				status, out, _ := fuzzed(t.Context(), fuzzing{duration: bound, seed: 1}, target)
				if took := time.Since(start); took > bound+2*time.Second {
					t.Errorf("it took %v", took)
				}
				if status != test.status || !strings.Contains(out, test.says) {
					t.Errorf("status %d, and it says:\n%s", status, out)
				}
				if target.stopped.Load() != target.started.Load() {
					t.Errorf("%d of %d instances were stopped", target.stopped.Load(), target.started.Load())
				}
			})
		})
	}
}

// waited returns a result after a while, unless the context ends before that.
func waited(ctx context.Context, takes time.Duration, p conformance.Parsed) (conformance.Parsed, error) {
	wait, cancel := context.WithTimeout(ctx, takes)
	defer cancel()
	<-wait.Done()
	return p, ctx.Err()
}
