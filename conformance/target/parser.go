package target

import (
	"context"
	"time"

	"scansion/conformance"
)

// parsers is what all targets share that are parsers rather than servers: one instance,
// which keeps nothing between two streams, for all cases.
type parsers struct {
	label
	start func(context.Context) (*conformance.Instance, error)
	lacks map[conformance.Need]string
	close func() error
}

var _ conformance.Target = (*parsers)(nil)

// Lacks tells what this kind of parser has not.
func (t *parsers) Lacks(need conformance.Need) string { return t.lacks[need] }

// Start returns the parser once it is known to be one.
func (t *parsers) Start(ctx context.Context, _ conformance.Launch) (*conformance.Instance, error) {
	return t.start(ctx)
}

// Close ends what the parser has left.
func (t *parsers) Close() error {
	if t.close == nil {
		return nil
	}
	return t.close()
}

// now is the time by which parsers are given up.
func now() time.Time { return time.Now() } //nolint:forbidigo // they run in real time

const (
	noEncoder = "no encoder can be reached"
	noLimit   = "the parser cannot be given another maximum"
)
