package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/spf13/cobra"

	"scansion/conformance"
	"scansion/conformance/selftest"
)

func selftestCommand() *cobra.Command {
	var (
		options selftest.Options
		names   []string
	)
	c := &cobra.Command{
		Use:   "selftest [ROLE ...]",
		Short: "Judge the judge: every check against every faulty peer",
		Long: `Selftest runs every check against peers that have one fault each, in this
process, on real sockets. It fails if a fault is missed by a requirement that must catch it, if a
faultless peer fails, or if a requirement catches nothing.`,
		RunE: func(c *cobra.Command, roles []string) error {
			if !c.Flags().Changed("seed") {
				options.Seed = rand.Uint64() //nolint:gosec // a seed, printed with the results
			}
			if options.Sample < 1 {
				return fmt.Errorf("--sample %d: one peer in 1 is all of them", options.Sample)
			}
			options.Roles, options.Peers = roles, names
			return runSelftest(c, options)
		},
	}
	c.Flags().StringArrayVar(&names, "peer", nil, "only the peers whose names, or ROLE/NAME, match `GLOB`; repeatable")
	c.Flags().IntVar(&options.Sample, "sample", 1, "only one peer in `N`, which the seed chooses, and those that go test cannot judge on simulated sockets")
	c.Flags().IntVar(&options.Parallel, "parallel", 16, "peers at once")
	c.Flags().Uint64Var(&options.Seed, "seed", 0, "of every random choice (default random, and printed)")
	return c
}

func runSelftest(c *cobra.Command, options selftest.Options) error {
	out := c.OutOrStdout()
	var failed error
	options.Done = func(row selftest.Row) { failed = errors.Join(failed, printRow(out, row)) }
	table, err := selftest.Run(c.Context(), options)
	if table.Rows == nil {
		return err
	}
	if failed = errors.Join(failed, err); failed != nil {
		return statusError{exitFails, failed}
	}
	var bad []string
	for _, row := range table.Rows {
		if !row.OK() {
			bad = append(bad, row.Peer.ID())
		}
	}
	for _, id := range table.Uncaught {
		fmt.Fprintf(out, "%s catches nothing: it has no faulty peer\n", id)
	}
	fmt.Fprintf(out, "%d of %d peers got the verdict that they should; seed %d\n",
		len(table.Rows)-len(bad), len(table.Rows), options.Seed)
	if len(bad) > 0 {
		return statusError{exitFails, fmt.Errorf("the checks and the peers disagree: see %s above", strings.Join(bad, ", "))}
	}
	if !table.OK() {
		return statusError{exitFails, errors.New("a requirement catches nothing: see above")}
	}
	return nil
}

// printRow prints what came of one peer, and, where that is wrong, why.
func printRow(w io.Writer, row selftest.Row) error {
	word, failedBy := "ok  ", "failed by nothing, as it should be"
	if !row.OK() {
		word = "BAD "
	}
	if len(row.Failed) > 0 {
		failedBy = fmt.Sprintf("failed by %d: %s", len(row.Failed), strings.Join(row.Failed, " "))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %-44s %s\n     %s\n", word, row.Peer.ID(), row.Peer.About, failedBy)
	for _, slug := range row.Missed {
		fmt.Fprintf(&b, "     missed by %s\n%s", slug, detail(row.Report, slug))
	}
	for _, slug := range row.Wrong {
		fmt.Fprintf(&b, "     failed wrongly by %s\n%s", slug, detail(row.Report, slug))
	}
	for _, message := range row.Broken {
		fmt.Fprintf(&b, "     broken: %s\n", message)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// detail returns what the report says of a requirement.
func detail(report *conformance.Report, slug string) string {
	for _, result := range report.Results {
		if strings.HasSuffix(result.ID, "/"+slug) {
			text := result.Outcome.String() + "\n" + result.Message + "\n" + result.Transcript.String()
			return "         " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n         ") + "\n"
		}
	}
	return ""
}
