package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/kballard/go-shellquote"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/conformance/reference/embedded"
	"scansion/conformance/report"
	"scansion/conformance/target"
)

// checking is what the flags of check say.
type checking struct {
	named, located, stays bool // --exec, --addr, --persistent was given, be it empty
	exec, addr, poem      string
	persistent            string
	run, skip, known      []string
	level                 string
	parallel              int
	timeout               time.Duration
	seed                  uint64
	quiet, verbose        bool
	reports               []string
}

func checkCommand() *cobra.Command {
	var o checking
	c := &cobra.Command{
		Use:   "check [ROLE ...]",
		Short: "Judge a program; without --exec or --addr, the embedded reference",
		Long: `Check judges a program of a role by every requirement of that role.

The command of --exec is split into words as a shell does, without running one. What
it can be told, it finds in its place and in the environment ({port} as SCANSION_PORT):

` + rolesHelp() + `
A server must stay in the foreground. A parser is started once for each stream, which
is its standard input, or stays, with --persistent: see docs/netstring-parsers.md.
With --addr, it is the parser inside of a transform server.`,
		Example: `  scansion check
  scansion check poetry-server --exec 'python3 server.py --port {port} {poem}'
  scansion check poetry-server --addr 127.0.0.1:10000 --poem poem.txt
  scansion check poetry-server --exec './server {port} {poem}' --run '*empty*' --verbose
  scansion check poetry-server --exec './server {port} {poem}' --report junit=report.xml
  scansion check poetry-client --exec 'python3 client.py {addrs}'
  scansion check netstring --exec './decode'
  scansion check netstring --persistent 'python3 adapter.py'`,
		RunE: func(c *cobra.Command, roles []string) error {
			if !c.Flags().Changed("seed") {
				o.seed = rand.Uint64() //nolint:gosec // a seed, printed with the results
			}
			o.named = c.Flags().Changed("exec")
			o.located = c.Flags().Changed("addr")
			o.stays = c.Flags().Changed("persistent")
			return o.check(c, roles)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.exec, "exec", "", "judge the program that this `COMMAND` starts")
	flags.StringVar(&o.persistent, "persistent", "", "judge the parser behind the adapter that this `COMMAND` starts, and that stays")
	flags.StringVar(&o.addr, "addr", "", "judge the server that runs at `HOST:PORT`")
	flags.StringVar(&o.poem, "poem", "", "the `FILE` that the server at --addr serves; without it, its poem is learnt from it")
	flags.StringArrayVar(&o.run, "run", nil, "only the requirements whose IDs match `GLOB`; repeatable")
	flags.StringArrayVar(&o.skip, "skip", nil, "not the requirements whose IDs match `GLOB`; repeatable")
	flags.StringArrayVar(&o.known, "known-failure", nil, "the requirements whose IDs match `GLOB` are known to fail; repeatable")
	flags.StringVar(&o.level, "level", "must", "what fails the run: must, should or may")
	flags.IntVar(&o.parallel, "parallel", 64, "cases at once; most of a case is waiting")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "the longest that a case may take")
	flags.Uint64Var(&o.seed, "seed", 0, "of every random choice (default random, and printed)")
	flags.BoolVar(&o.quiet, "quiet", false, "only failures and the summary")
	flags.BoolVar(&o.verbose, "verbose", false, "transcripts of passing cases too")
	flags.StringArrayVar(&o.reports, "report", nil, "also write a report, as `FORMAT=FILE`: text, json or junit; repeatable")
	return c
}

// plan is a run that has been found to make sense.
type plan struct {
	roles   []conformance.Role
	targets []conformance.Target // one for each role
	known   conformance.Globs
	level   conformance.Level
	files   []report.File
	options conformance.Options
}

func (o checking) check(c *cobra.Command, roles []string) error {
	p, err := o.plan(roles)
	if err != nil {
		return err
	}
	reports, failed := o.judge(c, p)
	verdict := conformance.Conforms
	for _, one := range reports {
		verdict = max(verdict, one.Verdict(p.level))
	}
	for _, file := range p.files {
		failed = errors.Join(failed, file.Write(reports, report.Options{Level: p.level, Verbose: o.verbose}))
	}
	return exit(verdict, failed)
}

// judge judges the roles side by side, and tells of one after the other.
func (o checking) judge(c *cobra.Command, p plan) ([]*conformance.Report, error) {
	var (
		reports = make([]*conformance.Report, len(p.roles))
		errs    = make([]error, len(p.roles))
		outs    = inTurn(c.OutOrStdout(), len(p.roles))
		color   = isTerminal(c.OutOrStdout())
		group   errgroup.Group
	)
	group.SetLimit(o.parallel)
	for i, role := range p.roles {
		group.Go(func() error {
			text := report.Text{W: outs[i], Color: color, Quiet: o.quiet, Verbose: o.verbose, Level: p.level}
			if i > 0 {
				fmt.Fprintln(outs[i])
			}
			one, err := conformance.Run{
				Role: role, Target: p.targets[i], Options: p.options,
				Parallel: max(1, o.parallel/len(p.roles)), KnownFailures: p.known, Version: version,
				Repeat: func(id string) string { return o.repeat(role, id) },
				Done:   text.Result,
			}.Do(c.Context())
			reports[i], errs[i] = one, errors.Join(err, text.Summary(one), outs[i].Close())
			return nil
		})
	}
	_ = group.Wait() // the errors are all told
	return reports, errors.Join(errs...)
}

// exit gives a verdict its status. Trouble after the verdict does not change it,
// unless it was good.
func exit(verdict conformance.Verdict, trouble error) error {
	status := map[conformance.Verdict]int{
		conformance.Conforms:   exitConforms,
		conformance.Unjudged:   exitUsage,
		conformance.Unfinished: exitInterrupted,
		conformance.Fails:      exitFails,
		conformance.NotRun:     exitNotRun,
	}[verdict]
	if status == exitConforms && trouble == nil {
		return nil
	}
	if status == exitConforms {
		status = exitUsage
	}
	return statusError{status, trouble}
}

// plan makes sense of the flags, or says what is wrong with them.
func (o checking) plan(roles []string) (plan, error) {
	p := plan{known: o.known}
	if err := p.level.UnmarshalText([]byte(o.level)); err != nil {
		return p, fmt.Errorf("--level: %w", err)
	}
	switch {
	case o.parallel < 1:
		return p, fmt.Errorf("--parallel %d: at least one case must run at a time", o.parallel)
	case o.timeout <= 0:
		return p, fmt.Errorf("--timeout %v: a case needs some time", o.timeout)
	case o.named && o.located, o.named && o.stays, o.located && o.stays:
		return p, errors.New("give one of --exec, --persistent and --addr")
	case o.quiet && o.verbose:
		return p, errors.New("give --quiet or --verbose, not both")
	case o.poem != "" && !o.located:
		return p, errors.New("--poem goes with --addr; a program of --exec is told its poem with {poem}")
	case (o.named || o.located || o.stays) && len(roles) != 1:
		return p, fmt.Errorf("name the one role of the program, for example: scansion check %s", checks.Roles()[0].Name)
	}
	for _, text := range o.reports {
		file, err := report.ParseFile(text)
		if err != nil {
			return p, fmt.Errorf("--report: %w", err)
		}
		p.files = append(p.files, file)
	}
	if err := o.choose(&p, roles); err != nil {
		return p, err
	}
	for _, role := range p.roles {
		t, err := o.target(role)
		if err != nil {
			return p, err
		}
		p.targets = append(p.targets, t)
	}
	// The embedded reference is known to be patient: what takes many seconds is
	// left out, unless it is asked for.
	own := !o.named && !o.located && !o.stays
	p.options = conformance.Options{
		Timeout: o.timeout, Seed: o.seed, Limits: conformance.NewLimits(),
		Quick: own && len(o.run) == 0 && p.level != conformance.May,
	}
	return p, nil
}

// choose finds the roles and narrows them.
func (o checking) choose(p *plan, names []string) error {
	roles, err := checks.ForRoles(names)
	if err != nil {
		return err
	}
	var all []string // the requirements' IDs
	for _, role := range roles {
		all = append(all, role.IDs()...)
		if narrowed := role.Filter(o.run, o.skip); len(narrowed.Requirements) > 0 {
			p.roles = append(p.roles, narrowed)
		}
	}
	const kind = "requirement: see scansion list"
	if err := errors.Join(
		conformance.Globs(o.run).Check("--run", kind, all),
		conformance.Globs(o.skip).Check("--skip", kind, all),
		conformance.Globs(o.known).Check("--known-failure", kind, all),
	); err != nil {
		return err
	}
	if len(p.roles) == 0 {
		return errors.New("--run and --skip together leave no requirement")
	}
	return nil
}

// target returns the program to judge.
func (o checking) target(role conformance.Role) (conformance.Target, error) {
	switch {
	case o.named:
		t, err := target.ForExec(role, o.exec)
		if err != nil {
			return nil, fmt.Errorf("--exec: %w", err)
		}
		return t, nil
	case o.stays:
		t, err := target.ForPersistent(role, o.persistent)
		if err != nil {
			return nil, fmt.Errorf("--persistent: %w", err)
		}
		return t, nil
	case o.located:
		var poem []byte
		if o.poem != "" {
			var err error
			if poem, err = os.ReadFile(o.poem); err != nil {
				return nil, fmt.Errorf("--poem: %w", err)
			}
		}
		t, err := target.ForAddr(role, o.addr, poem)
		if err != nil {
			return nil, fmt.Errorf("--addr: %w", err)
		}
		return t, nil
	default:
		return embedded.Target(role)
	}
}

// repeat returns the command that judges one requirement alone.
func (o checking) repeat(role conformance.Role, id string) string {
	words := []string{"scansion", "check", role.Name}
	for _, flag := range []struct{ name, value string }{{"--exec", o.exec}, {"--persistent", o.persistent}, {"--addr", o.addr}, {"--poem", o.poem}} {
		if flag.value != "" {
			words = append(words, flag.name, flag.value)
		}
	}
	if o.timeout != time.Minute {
		words = append(words, "--timeout", o.timeout.String())
	}
	return shellquote.Join(append(words, "--run", id, "--seed", strconv.FormatUint(o.seed, 10))...)
}

// rolesHelp says what commands of each role can be told.
func rolesHelp() string {
	var b strings.Builder
	for _, role := range checks.Roles() {
		fmt.Fprintf(&b, "%s: %s\n", role.Name, role.About)
		for _, v := range role.Variables {
			fmt.Fprintf(&b, "  %-17s %s\n", "{"+v.Name+"}", v.Help)
		}
	}
	return b.String()
}

// isTerminal reports whether colours are welcome.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(file.Fd()))
}
