package target

import (
	"context"
	"os"
	"time"

	"scansion/conformance"
)

// parsers is what all targets share that are parsers rather than servers: one instance,
// which keeps nothing between two streams, for all cases.
type parsers struct {
	name, kind string
	start      func(context.Context) (conformance.Parser, error)
	lacks      map[conformance.Need]string
	close      func() error
}

var _ conformance.Target = (*parsers)(nil)

func (t *parsers) Name() string { return t.name }

func (t *parsers) Kind() string { return t.kind }

func (t *parsers) Lacks(need conformance.Need) string {
	for lacked, reason := range t.lacks {
		if need&lacked != 0 {
			return reason
		}
	}
	return ""
}

func (t *parsers) Single() bool { return false }

func (t *parsers) Start(ctx context.Context, _ conformance.Setup) (conformance.Instance, error) {
	return t.start(ctx)
}

func (t *parsers) Close() error {
	if t.close == nil {
		return nil
	}
	return t.close()
}

// now is the time by which parsers are given up.
func now() time.Time { return time.Now() } //nolint:forbidigo // they run in real time

// noServer is what a parser has in place of a server's address, poem and process.
type noServer struct{}

func (noServer) Addr() string { return "" }

func (noServer) Poem() []byte { return nil }

// Exited is nil: a parser is not one process, and each stream has its own verdict.
func (noServer) Exited() <-chan struct{} { return nil }

func (noServer) Exit() conformance.Exit { return conformance.Exit{} }

func (noServer) Signal(os.Signal) error { return conformance.ErrNotSupported }

func (noServer) Usage() (conformance.Usage, error) {
	return conformance.Usage{}, conformance.ErrNotSupported
}

func (noServer) Output() string { return "" }

func (noServer) Stop() error { return nil }
