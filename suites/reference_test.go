package suites_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"scansion/conformance"
	"scansion/conformance/checks/netstring"
	"scansion/conformance/checks/poetryclient"
	"scansion/conformance/checks/poetryserver"
	"scansion/conformance/reference/embedded"
	"scansion/conformance/reference/poetry"
	"scansion/conformance/target"
	"scansion/harness/reactor"
)

// describeReference is the suite of the programs that must meet everything. A short run,
// as with the race detector, leaves out what waits for many seconds, and the server that
// differs from another in its pace only.
func describeReference() {
	options := conformance.Options{Quick: testing.Short()}
	server, client, parser := poetryserver.Role(), poetryclient.Role(), netstring.Role()
	describe(server, target.NewInProcess("fastpoetry", conformance.TCP{}, serves(func(_ reactor.Reactor, poem []byte) reactor.ServerFactory {
		return poetry.NewFastFactory(poem)
	})), conformance.May, options)

	// Pieces this large are no hardship for the poem of 64 MiB, and show that the
	// server that paces itself is the same in all else.
	pace := poetry.Pace{NumBytes: 256 << 10, Delay: time.Millisecond}
	if !testing.Short() {
		describe(server, target.NewInProcess("slowpoetry", conformance.TCP{}, serves(func(r reactor.Reactor, poem []byte) reactor.ServerFactory {
			return poetry.NewSlowFactory(r, poem, pace)
		})), conformance.May, conformance.Options{Quick: true})
	}

	describe(client, target.NewInProcessOnce("get", conformance.TCP{}, get), conformance.May, options)

	describe(parser, embedded.Netstring(), conformance.May, options)
}

// serves is the program of a reference server, on a reactor of its own.
func serves(factory func(reactor.Reactor, []byte) reactor.ServerFactory) func(*target.Process) error {
	return func(p *target.Process) error {
		poem, err := p.ReadFile("poem")
		if err != nil {
			return err
		}
		listener, err := p.Listen()
		if err != nil {
			return err
		}
		r := reactor.NewTCP(reactor.Config{Logger: slog.New(slog.NewTextHandler(GinkgoWriter, nil))})
		if _, err := r.AdoptListener(listener, factory(r, poem)); err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(p.Context())
		defer cancel()
		go func() {
			select {
			case <-p.Signals():
				cancel()
			case <-ctx.Done():
			}
		}()
		return r.Run(ctx)
	}
}

// get is the program of the reference client, on a reactor of its own.
func get(p *target.Process) error {
	seconds, err := strconv.Atoi(p.Word("timeout"))
	if err != nil {
		return err
	}
	client := poetry.Client{Timeout: time.Duration(seconds) * time.Second, Transform: p.Word("transform")}
	r := reactor.NewTCP(reactor.Config{Logger: slog.New(slog.NewTextHandler(GinkgoWriter, nil))})
	var failed error
	missing := len(p.Words("addrs"))
	r.CallWhenRunning(func() {
		for _, addr := range p.Words("addrs") {
			client.Get(r, addr).AddBoth(func(poem poetry.Poem, err error) (poetry.Poem, error) {
				switch {
				case err != nil:
					fmt.Fprintln(p, err)
					failed = target.ExitStatus(1)
				case poem.Untransformed != nil:
					fmt.Fprintln(p, poem.Untransformed)
				}
				_, _ = p.Stdout().Write(poem.Text) // it is not more than is kept
				if missing--; missing == 0 {
					_ = r.Stop() // nobody else does
				}
				return poetry.Poem{}, nil
			})
		}
	})
	if err := r.Run(p.Context()); err != nil {
		return err
	}
	return failed
}
