package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"scansion/conformance"
	"scansion/conformance/checks/netstring"
	"scansion/conformance/fuzz"
	"scansion/conformance/reference/embedded"
	"scansion/conformance/target"
)

func fuzzCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "fuzz",
		Short: "Look for streams that a parser gets wrong",
		Args:  cobra.NoArgs, // a name that is no subcommand is unknown
		RunE: func(*cobra.Command, []string) error {
			return errors.New("say what to fuzz: scansion fuzz netstring")
		},
	}
	c.AddCommand(fuzzNetstringCommand())
	return c
}

// fuzzing is what the flags of fuzz netstring say.
type fuzzing struct {
	exec, persistent, addr string
	given                  int // how many of them were given, be they empty
	duration               time.Duration
	runs                   int
	seed                   int64
	corpus                 string
}

func fuzzNetstringCommand() *cobra.Command {
	var o fuzzing
	c := &cobra.Command{
		Use:   "netstring",
		Short: "Fuzz a netstring parser; without one, the embedded reference",
		Long: `Fuzz feeds a parser streams that are valid, nearly valid and hostile, cut at random,
and holds what it makes of them against an oracle. What the parser gets wrong is made
as small as it can be, shown, and kept in the folder of --corpus, which later runs try
first. Before that, it is looked at whether its time and memory grow as they may, in
half of the time of --for at the most. The last quarter of that time, and a second more,
is for making small what was found.

A parser is reached as by scansion check netstring: see docs/netstring-parsers.md.
The same seed makes the same streams.

Exit status: 0 nothing was found, 1 something was, 2 wrong usage, 3 the parser could
not be run, or not within the time of --for.`,
		Example: `  scansion fuzz netstring --persistent 'python3 adapter.py' --for 1m --corpus corpus
  scansion fuzz netstring --exec './decode' --runs 1000`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			flags := c.Flags()
			if !flags.Changed("seed") {
				o.seed = rand.Int64() //nolint:gosec // a seed, printed with the results
			}
			if !flags.Changed("for") && flags.Changed("runs") {
				o.duration = 0
			}
			for _, name := range []string{"exec", "persistent", "addr"} {
				if flags.Changed(name) {
					o.given++
				}
			}
			return o.fuzz(c)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.exec, "exec", "", "fuzz the parser that this `COMMAND` starts for each stream")
	flags.StringVar(&o.persistent, "persistent", "", "fuzz the parser behind the adapter that this `COMMAND` starts, and that stays")
	flags.StringVar(&o.addr, "addr", "", "fuzz the parser inside of the transform server at `HOST:PORT`")
	flags.DurationVar(&o.duration, "for", 30*time.Second, "how long, all in all; with --runs alone, as long as they take")
	flags.IntVar(&o.runs, "runs", 0, "how many streams at the most (default no bound)")
	flags.Int64Var(&o.seed, "seed", 0, "of every random choice (default random, and printed)")
	flags.StringVar(&o.corpus, "corpus", "", "the `FOLDER` of the streams that were found before, and will be")
	return c
}

func (o fuzzing) fuzz(c *cobra.Command) error {
	t, err := o.target()
	if err != nil {
		return err
	}
	status, err := o.run(c, t)
	if status == exitConforms {
		return nil
	}
	return statusError{status, err}
}

// target returns the parser to fuzz, or says what is wrong with the flags.
func (o fuzzing) target() (conformance.Target, error) {
	role := netstring.Role()
	switch {
	case o.given > 1:
		return nil, errors.New("give one of --exec, --persistent and --addr")
	case o.duration < 0 || o.runs < 0:
		return nil, errors.New("--for and --runs are bounds: give more than nothing")
	case o.duration == 0 && o.runs == 0:
		return nil, errors.New("give --for or --runs a bound, or it would never end")
	case o.exec != "":
		return flagged("--exec")(target.ForExec(role, o.exec))
	case o.persistent != "":
		return flagged("--persistent")(target.ForPersistent(role, o.persistent))
	case o.addr != "":
		return flagged("--addr")(target.ForAddr(role, o.addr, nil))
	case o.given > 0:
		return nil, errors.New("the parser is empty: give a command or an address")
	default:
		return embedded.Target(role)
	}
}

// flagged returns what makes of a target's error one of a flag.
func flagged(flag string) func(conformance.Target, error) (conformance.Target, error) {
	return func(t conformance.Target, err error) (conformance.Target, error) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag, err)
		}
		return t, nil
	}
}

// run fuzzes the target, closes it, and returns the exit status.
func (o fuzzing) run(c *cobra.Command, t conformance.Target) (status int, err error) {
	closed := func(closeIt func() error) {
		if failed := closeIt(); failed != nil {
			status, err = cmp.Or(status, exitUsage), errors.Join(err, failed)
		}
	}
	ctx, out := c.Context(), c.OutOrStdout()
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	role := costRequirements(aboutCosts())
	judge := conformance.NewJudge(role, t, conformance.Options{Seed: uint64(o.seed)}) //nolint:gosec // a seed may be any number
	defer closed(judge.Close)                                                         // which closes the target
	instance, err := t.Start(c.Context(), nil)
	if failed := (*conformance.StartError)(nil); errors.As(err, &failed) {
		return exitNotRun, fmt.Errorf("the parser could not be run: %w", err)
	}
	if err != nil {
		return exitUsage, err
	}
	defer closed(instance.Stop)
	costly, err := o.costs(ctx, out, judge, role.Requirements)
	if err != nil {
		return exitUsage, err
	}
	f := fuzz.Fuzzer{
		Parse: instance.Parse, ParseAll: instance.ParseAll, Requests: o.addr != "", Seed: o.seed, Runs: o.runs, Corpus: o.corpus,
	}
	if errs := c.ErrOrStderr(); isTerminal(errs) {
		f.Progress = func(p fuzz.Progress) { fmt.Fprintf(errs, "\r\033[K%s", progress(p)) }
		defer fmt.Fprint(errs, "\r\033[K")
	}
	findings, err := f.Run(ctx)
	if err != nil {
		return exitUsage, err
	}
	for _, found := range findings.Found {
		fmt.Fprintf(out, "FOUND %v\n", found)
		fmt.Fprintf(out, "    %d of the streams went wrong like this\n", found.Times)
		if found.File != "" {
			fmt.Fprintf(out, "    kept as %s\n", found.File)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "parser: %s (%s)\n%s; seed %d\n", t.Name(), t.Kind(), progress(findings.Progress), o.seed)
	if findings.Replayed > 0 {
		fmt.Fprintf(out, "%d of the runs are the corpus's\n", findings.Replayed)
	}
	kinds := len(findings.Found) + costly
	fmt.Fprintf(out, "kinds of faults found: %d\n", kinds)
	switch {
	case kinds > 0:
		return exitFails, nil
	case findings.Runs == 0:
		return exitNotRun, errors.New("no stream was tried, for want of time: give --for more")
	default:
		return exitConforms, nil
	}
}

// aboutCosts names the requirements on what no single stream shows.
func aboutCosts() conformance.Globs {
	return conformance.Globs{"linear-time-*", "bounded-memory", "reserves-nothing"}
}

// costRequirements are the MUSTs of netstring parsers that match. It panics if a pattern
// matches none: a requirement was renamed.
func costRequirements(globs conformance.Globs) conformance.Role {
	role := netstring.Role()
	role.Requirements = slices.DeleteFunc(role.Requirements, func(r conformance.Requirement) bool {
		return r.Level < conformance.Must
	})
	if err := globs.Check("the cost requirement", "MUST of netstring parsers", role.IDs()); err != nil {
		panic(err)
	}
	return role.Filter(globs, nil)
}

// costs judges requirements, in half of the time at the most, and returns how many fail.
func (o fuzzing) costs(ctx context.Context, out io.Writer, judge *conformance.Judge, requirements []conformance.Requirement) (failed int, err error) {
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration/2)
		defer cancel()
	}
	var late []string
	for _, requirement := range requirements {
		result := judge.Judge(ctx, requirement)
		switch {
		case result.Outcome == conformance.Fail:
			failed++
			fmt.Fprintf(out, "FOUND %s\n%s\n\n", result.Statement, result.Message)
		case ctx.Err() != nil:
			late = append(late, result.ID)
		case result.Why == conformance.Broken:
			return failed, errors.New(result.Message)
		}
	}
	if len(late) > 0 {
		fmt.Fprintf(out, "not judged, for want of time: %s\nGive --for more, or run scansion check netstring.\n\n", strings.Join(late, ", "))
	}
	return failed, nil
}

func progress(p fuzz.Progress) string {
	return fmt.Sprintf("%d runs in %v, %.0f a second, %d failures", p.Runs, p.Took.Round(100*time.Millisecond), p.Rate(), p.Failures)
}
