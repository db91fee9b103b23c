package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"scansion/conformance/reference/poetry"
	"scansion/conformance/target"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

func getCommand() *cobra.Command {
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "get HOST:PORT ...",
		Short: "Download poems: the reference client (tutorial Part 9)",
		Long: `Download the poems of all addresses at once, and write them to standard output, in the
order of the addresses, with nothing between them: each as soon as it and those before
it are there, or have failed. Standard error has a line for each that failed.

Exit status: 0 all poems came, 1 some did not, 2 wrong usage.`,
		Args: func(_ *cobra.Command, addrs []string) error {
			if len(addrs) == 0 {
				return errors.New("name the servers, for example: scansion get localhost:10000")
			}
			for _, addr := range addrs {
				if err := target.CheckAddr(addr); err != nil {
					return err
				}
			}
			return nil
		},
		RunE: func(c *cobra.Command, addrs []string) error {
			if c.Flags().Changed("timeout") && timeout <= 0 {
				return fmt.Errorf("--timeout %v: use a duration above 0, for example 30s", timeout)
			}
			return get(c, addrs, timeout)
		},
	}
	c.Flags().DurationVar(&timeout, "timeout", 0, "how long one poem may take in all (default for ever)")
	return c
}

// download is what has come of one address.
type download struct {
	number int // of the address
	poem   []byte
	err    error
}

// get downloads and writes the poems. It writes on this goroutine, so that a reader who
// takes long does not keep the other poems waiting.
func get(c *cobra.Command, addrs []string, timeout time.Duration) error {
	r := reactor.NewTCP(reactor.Config{Logger: slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))})
	downloads := make(chan download, len(addrs))
	r.CallWhenRunning(func() { getAll(r, addrs, timeout, downloads) })
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel() // if nobody takes what is written
	ended := make(chan error, 1)
	go func() {
		defer close(downloads)
		ended <- r.Run(ctx)
	}()
	failed, err := write(c.OutOrStdout(), c.ErrOrStderr(), downloads)
	cancel()
	err = errors.Join(err, <-ended)
	switch {
	case c.Context().Err() != nil:
		return statusError{exitInterrupted, err}
	case err != nil:
		return statusError{exitFails, err}
	case failed:
		return statusError{exitFails, nil}
	default:
		return nil
	}
}

// getAll gets the poems, and stops the reactor when it has all that there are.
func getAll(r reactor.Reactor, addrs []string, timeout time.Duration, downloads chan<- download) {
	missing := len(addrs)
	for number, addr := range addrs {
		d := poetry.Get(r, addr)
		if timeout > 0 {
			deferred.Timeout(d, timeout, r).AddErrback(func(err error) ([]byte, error) {
				if errors.Is(err, deferred.ErrTimedOut) {
					err = fmt.Errorf("cannot get the poem at %s: it was not there within %v", addr, timeout)
				}
				return nil, err
			})
		}
		d.AddBoth(func(poem []byte, err error) ([]byte, error) {
			downloads <- download{number, poem, err}
			if missing--; missing == 0 {
				_ = r.Stop() // somebody may have been faster
			}
			return nil, nil
		})
	}
}

// write writes poems, in the order of their numbers, and why others are missing. It tells
// whether any are.
func write(out, errs io.Writer, downloads <-chan download) (failed bool, err error) {
	early := map[int][]byte{} // those that came before their turn
	next := 0
	for d := range downloads {
		if d.err != nil {
			failed = true
			fmt.Fprintf(errs, "scansion: %v\n", d.err)
		}
		early[d.number] = d.poem
		for poem, ok := early[next]; ok; poem, ok = early[next] {
			delete(early, next)
			next++
			if _, err := out.Write(poem); err != nil {
				return failed, fmt.Errorf("cannot write a poem: %w", err)
			}
		}
	}
	return failed, nil
}
