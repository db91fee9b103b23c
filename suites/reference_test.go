package suites_test

import (
	"context"
	"log/slog"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/conformance/reference/embedded"
	"scansion/conformance/reference/poetry"
	"scansion/conformance/target"
	"scansion/harness/reactor"
)

// describeReference is the suite of the programs that must meet everything.
func describeReference() {
	describe(target.NewInProcess("fastpoetry", serves(func(_ reactor.Reactor, poem []byte) reactor.ServerFactory {
		return poetry.NewFastFactory(poem)
	})), checks.PoetryServer(), conformance.May, conformance.Options{})

	// Pieces this large are no hardship for the poem of 64 MiB, and show that the
	// server that paces itself is the same in all else.
	pace := poetry.Pace{NumBytes: 256 << 10, Delay: time.Millisecond}
	describe(target.NewInProcess("slowpoetry", serves(func(r reactor.Reactor, poem []byte) reactor.ServerFactory {
		return poetry.NewSlowFactory(r, poem, pace)
	})), checks.PoetryServer(), conformance.May, conformance.Options{Quick: true})

	describe(embedded.Netstring(), checks.Netstring(), conformance.May, conformance.Options{})
}

// serves is the program of a reference server, on a reactor of its own.
func serves(factory func(reactor.Reactor, []byte) reactor.ServerFactory) func(*target.Process) error {
	return func(p *target.Process) error {
		poem, err := p.ReadPoem()
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
