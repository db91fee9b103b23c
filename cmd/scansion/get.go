package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"scansion/conformance/reference/poetry"
	"scansion/conformance/target"
	"scansion/harness/reactor"
)

// finishWithin is how long a poem that is being written when the command is interrupted
// may take to be whole.
const finishWithin = 500 * time.Millisecond

func getCommand() *cobra.Command {
	var client poetry.Client
	var inOrder bool
	c := &cobra.Command{
		Use:   "get HOST:PORT ...",
		Short: "Download poems: the reference client (tutorial Parts 9 to 18)",
		Long: `Download the poems of all addresses at once, and write their exact bytes to standard
output, with nothing between them: each as soon as it is whole, so that a slow server
keeps no other poem back. Nothing is written of a poem that was cut off. Standard error
has a line for each that failed.

With --transform each poem goes through a transform server before it is written. Where
that fails, the original is written, and standard error has a line that says why.

Exit status: 0 all poems came, be they transformed or not; 1 some did not; 2 wrong
usage; 130 interrupted.`,
		Example: `  scansion get localhost:10000 localhost:10001
  scansion get --transform localhost:11000 --timeout 5 localhost:10000`,
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
			if c.Flags().Changed("timeout") && client.Timeout <= 0 {
				return fmt.Errorf("--timeout %v: use a duration above 0, for example 30s, or seconds, for example 2.5", client.Timeout)
			}
			if c.Flags().Changed("transform") {
				if err := target.CheckAddr(client.Transform); err != nil {
					return fmt.Errorf("--transform: %w", err)
				}
			}
			return get(c, client, addrs, inOrder)
		},
	}
	c.Flags().BoolVar(&inOrder, "in-order", false, "write the poems in the order of the addresses")
	c.Flags().Var((*duration)(&client.Timeout), "timeout", "how long one poem may take in all, for example 1m30s, or 2.5 seconds (default for ever)")
	c.Flags().StringVar(&client.Transform, "transform", "", fmt.Sprintf(
		"have the transform server at `HOST:PORT` cummingsify each poem, within the --timeout, or %v without one", poetry.DefaultTransformTimeout))
	return c
}

// download is what has come of one address.
type download struct {
	number int // of the address
	addr   string
	poem   poetry.Poem
	err    error
	told   bool // err is on standard error
}

// get downloads the poems on a reactor, and writes them on another goroutine: one who
// reads slowly keeps no poem from coming.
func get(c *cobra.Command, client poetry.Client, addrs []string, inOrder bool) error {
	r := reactor.NewTCP(reactor.Config{Logger: slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))})
	downloads := make(chan download, len(addrs))
	r.CallWhenRunning(func() { getAll(r, client, addrs, downloads) })
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		defer close(downloads)
		ended <- r.Run(ctx)
	}()
	w := &writer{interrupted: c.Context().Done(), out: c.OutOrStdout(), errs: c.ErrOrStderr(), inOrder: inOrder}
	written := make(chan error, 1)
	go func() { written <- w.writeAll(downloads) }()
	select {
	case err := <-written:
		cancel() // if what is written is not taken
		err = errors.Join(err, <-ended)
		switch {
		case c.Context().Err() != nil:
			return statusError{exitInterrupted, err}
		case err != nil || w.failed:
			return statusError{exitFails, err}
		default:
			return nil
		}
	case <-c.Context().Done():
		return statusError{exitInterrupted, w.finish(written)}
	}
}

// getAll gets the poems, and stops the reactor when it has all that there are.
func getAll(r reactor.Reactor, client poetry.Client, addrs []string, downloads chan<- download) {
	missing := len(addrs)
	for number, addr := range addrs {
		client.Get(r, addr).AddBoth(func(poem poetry.Poem, err error) (poetry.Poem, error) {
			downloads <- download{number: number, addr: addr, poem: poem, err: err}
			if missing--; missing == 0 {
				_ = r.Stop() // somebody may have been faster
			}
			return poetry.Poem{}, nil
		})
	}
}

// writer writes poems, and why others are missing.
type writer struct {
	interrupted <-chan struct{} // closed when no other poem is to be written
	out, errs   io.Writer
	inOrder     bool

	failed  bool                   // some poem is missing
	early   map[int]download       // those that came before their turn, if they are in order
	next    int                    // whose turn it is
	writing atomic.Pointer[string] // the address of the poem that is being written; nil if none is
}

// writeAll writes all that come, until there are no more, or the output takes none.
func (w *writer) writeAll(downloads <-chan download) error {
	w.early = map[int]download{}
	for d := range downloads {
		w.tellFailure(&d)
		if !w.inOrder {
			if err := w.write(d); err != nil {
				return err
			}
			continue
		}
		w.early[d.number] = d
		for d, ok := w.early[w.next]; ok; d, ok = w.early[w.next] {
			delete(w.early, w.next)
			w.next++
			if err := w.write(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellFailure tells why a poem is missing, or not transformed.
func (w *writer) tellFailure(d *download) {
	switch {
	case w.isInterrupted(): // that is the reason for everything
	case d.err != nil:
		w.failed, d.told = true, true
		w.tell("%v", d.err)
	case d.poem.Untransformed != nil:
		w.tell("the poem at %s is not transformed: %v", d.addr, d.poem.Untransformed)
	}
}

// write writes one poem, if it is there.
func (w *writer) write(d download) error {
	switch {
	case d.told:
		return nil
	case w.isInterrupted():
		w.tell("the poem at %s is not written: interrupted", d.addr)
		return nil
	}
	w.writing.Store(&d.addr)
	defer w.writing.Store(nil)
	if _, err := w.out.Write(d.poem.Text); err != nil {
		return fmt.Errorf("cannot write a poem: %w", err)
	}
	return nil
}

// finish waits for writeAll, of which written is the result, after an interruption.
func (w *writer) finish(written <-chan error) error {
	wait, cancel := context.WithTimeout(context.Background(), finishWithin)
	defer cancel()
	select {
	case err := <-written:
		return err
	case <-wait.Done():
	}
	if addr := w.writing.Load(); addr != nil {
		return fmt.Errorf("the poem at %s is not written to its end: interrupted", *addr)
	}
	return nil
}

// isInterrupted tells whether no other poem is to be written.
func (w *writer) isInterrupted() bool {
	select {
	case <-w.interrupted:
		return true
	default:
		return false
	}
}

// tell writes one line.
func (w *writer) tell(format string, args ...any) {
	fmt.Fprintf(w.errs, "scansion: "+format+"\n", args...)
}
