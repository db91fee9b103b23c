package poetry

import (
	"errors"
	"fmt"
	"time"

	"scansion/conformance/reference/transform"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// DefaultTransformTimeout is how long a [Client] without a Timeout waits for its transform
// server.
const DefaultTransformTimeout = 10 * time.Second

// ErrTimedOut is what errors.Is finds where the time of a [Client] was over.
var ErrTimedOut = errors.New("timed out")

// Client gets poems as the last clients of the tutorial do: within a time, and through a
// transform server (Parts 13 and 17). The zero value gets them as [Get] does.
type Client struct {
	// Timeout is how long one poem may take in all, its transformation included. Zero is
	// for ever, with DefaultTransformTimeout for the transformation.
	Timeout time.Duration

	// Transform is the address ("host:port") of a transform server that is to cummingsify
	// each poem; empty for none.
	Transform string
}

// Poem is what a [Client] has got from one server.
type Poem struct {
	// Text is the transformed poem, or, where it was not transformed, exactly what the
	// poetry server has sent.
	Text []byte

	// Untransformed is why Text is the original, although the Client has a transform
	// server: any failure of [transform.Do], or ErrTimedOut. Otherwise it is nil.
	Untransformed error
}

// Get gets the poem that is served at addr ("host:port"). It fails as the function [Get]
// does, and with [ErrTimedOut] if the poem is not there in time. A transformation that
// fails, or is not there in time, is no failure: the Poem has the original then.
//
// Cancelling the deferred gives up whatever is being done, and fails it.
func (c Client) Get(r reactor.Reactor, addr string) *deferred.Deferred[Poem] {
	begin := r.Now()
	return deferred.Inline(func(co *deferred.Coroutine) (Poem, error) {
		text, err := deferred.Await(co, c.download(r, addr))
		if err != nil || c.Transform == "" {
			return Poem{Text: text}, err
		}
		patience := DefaultTransformTimeout
		if c.Timeout > 0 {
			patience = max(c.Timeout-r.Now().Sub(begin), 0)
		}
		answer := deferred.Timeout(transform.Do(r, c.Transform, transform.Cummingsify, text), patience, r)
		transformed, err := deferred.Await(co, answer)
		switch {
		case errors.Is(err, deferred.ErrTimedOut):
			err = fmt.Errorf("%w: the transform server at %s did not answer within %v",
				ErrTimedOut, c.Transform, patience.Round(time.Millisecond))
			return Poem{Text: text, Untransformed: err}, nil
		case errors.Is(err, deferred.ErrCancelled):
			return Poem{}, err
		case err != nil:
			return Poem{Text: text, Untransformed: err}, nil
		default:
			return Poem{Text: transformed}, nil
		}
	})
}

// download is Get within the time.
func (c Client) download(r reactor.Reactor, addr string) *deferred.Deferred[[]byte] {
	d := Get(r, addr)
	if c.Timeout <= 0 {
		return d
	}
	return deferred.Timeout(d, c.Timeout, r).AddErrback(func(err error) ([]byte, error) {
		if errors.Is(err, deferred.ErrTimedOut) {
			err = fmt.Errorf("cannot get the poem at %s: %w: it was not there within %v", addr, ErrTimedOut, c.Timeout)
		}
		return nil, err
	})
}
