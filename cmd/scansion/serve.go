package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"scansion/conformance/reference/poetry"
	"scansion/harness/reactor"
)

func serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve NAME",
		Short: "Run a reference server",
		Args:  cobra.NoArgs, // a name that is no subcommand is unknown
		RunE: func(*cobra.Command, []string) error {
			return fmt.Errorf("name the server: fastpoetry or slowpoetry")
		},
	}
	c.AddCommand(fastpoetryCommand(), slowpoetryCommand())
	return c
}

func fastpoetryCommand() *cobra.Command {
	var at listening
	c := &cobra.Command{
		Use:   "fastpoetry POEM-FILE",
		Short: "Serve a poem as fast as each client takes it (tutorial Part 11)",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return at.serve(c, args[0], func(_ reactor.Reactor, poem []byte) reactor.ServerFactory {
				return poetry.NewFastFactory(poem)
			})
		},
	}
	at.flags(c)
	return c
}

func slowpoetryCommand() *cobra.Command {
	var (
		at       listening
		numBytes int
		delay    float64
	)
	c := &cobra.Command{
		Use:   "slowpoetry POEM-FILE",
		Short: "Serve a poem a few bytes at a time (tutorial Part 1)",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if numBytes < 1 {
				return fmt.Errorf("--num-bytes %d: at least one byte must be sent at a time", numBytes)
			}
			if !(delay > 0 && delay <= 3600) {
				return fmt.Errorf("--delay %v: use a number of seconds above 0 and up to 3600", delay)
			}
			pace := poetry.Pace{NumBytes: numBytes, Delay: time.Duration(delay * float64(time.Second))}
			return at.serve(c, args[0], func(r reactor.Reactor, poem []byte) reactor.ServerFactory {
				return poetry.NewSlowFactory(r, poem, pace)
			})
		},
	}
	at.flags(c)
	c.Flags().IntVar(&numBytes, "num-bytes", poetry.DefaultNumBytes, "how many bytes to send at a time")
	c.Flags().Float64Var(&delay, "delay", poetry.DefaultDelay.Seconds(), "the pause between one piece and the next, in `SECONDS`")
	return c
}

// listening is where a server listens.
type listening struct {
	port  int
	iface string
}

func (l *listening) flags(c *cobra.Command) {
	c.Flags().IntVar(&l.port, "port", 0, "the `PORT` to listen on (default any that is free)")
	c.Flags().StringVar(&l.iface, "iface", "localhost", "the interface to listen on")
}

// serve runs a server of the poem in a file until SIGINT or SIGTERM.
func (l *listening) serve(c *cobra.Command, file string, factory func(reactor.Reactor, []byte) reactor.ServerFactory) error {
	if l.port < 0 || l.port > 65535 {
		return fmt.Errorf("--port %d: use a number from 0 to 65535", l.port)
	}
	poem, err := os.ReadFile(file)
	if err != nil {
		return statusError{exitFails, fmt.Errorf("the poem cannot be read: %w", err)}
	}
	logger := slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))
	r := reactor.NewTCP(reactor.Config{Logger: logger})
	port, err := r.ListenTCP(net.JoinHostPort(l.iface, strconv.Itoa(l.port)), factory(r, poem))
	if err != nil {
		return statusError{exitFails, err}
	}
	if _, err := fmt.Fprintf(c.OutOrStdout(), "Serving %s on %s.\n", file, port.Addr()); err != nil {
		return statusError{exitFails, err}
	}
	return r.Run(c.Context())
}
