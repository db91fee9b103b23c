package fakes

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"scansion/harness/reactor"
)

// ErrNotQuiet is what a [World] says when there is still something going on at the
// end of the time that it was given.
var ErrNotQuiet = errors.New("the world has not become quiet")

// defaultLimit is of simulated time, which costs nothing as long as nothing happens.
const defaultLimit = 24 * time.Hour

// WorldConfig is what a world can be told. The zero value works, and has no faults.
type WorldConfig struct {
	// Link is what its network is like.
	Link Link

	// Faults are what goes wrong in it.
	Faults Faults

	// Limit is how much simulated time Run and Close let go by at most; zero is 24 h.
	Limit time.Duration

	// Reactor is how reactors are made.
	Reactor reactor.Config
}

// World is a small world that follows from a seed: a clock, a network with a log, a
// source of random numbers, and what goes wrong. It is for one goroutine. Two worlds
// with the same seed and config, in which the same is done, have the same log.
//
// Make it with [NewWorld], get hosts and reactors, and have them listen and connect;
// then call Run, look at what has come of it, and call Close.
type World struct {
	Clock   *Clock
	Network *Network

	// Rand is for whoever builds the world. The network and the faults draw from
	// sources of their own.
	Rand *rand.Rand

	seed     uint64
	config   WorldConfig
	reactors []*Reactor
	log      bytes.Buffer
	planned  bool
}

// NewWorld returns the world of a seed, without hosts. It panics if the config makes no
// sense.
func NewWorld(seed uint64, config WorldConfig) *World {
	if config.Limit == 0 {
		config.Limit = defaultLimit
	}
	config.Faults = config.Faults.withDefaults()
	w := &World{Clock: NewClock(), seed: seed, config: config, Rand: seeded(seed, "world")}
	w.Network = NewNetwork(w.Clock, NetworkConfig{Seed: seed, Link: config.Link, Log: &w.log})
	return w
}

// seeded returns one of the sources of random numbers of a seed.
func seeded(seed uint64, purpose string) *rand.Rand {
	var second uint64
	for _, char := range []byte(purpose) {
		second = second<<8 | uint64(char)
	}
	return rand.New(rand.NewPCG(seed, second)) //nolint:gosec // nothing secret depends on it
}

// Reactor returns a new reactor on the host of that name, which is made if it does not
// exist. It is started, so that what it is asked for begins as soon as time moves.
func (w *World) Reactor(host string) *Reactor {
	r := w.Network.Host(host).Reactor(w.config.Reactor)
	_ = r.Start() // it is new
	w.reactors = append(w.reactors, r)
	return r
}

// Log returns what has happened on the network so far: see [NetworkConfig].
func (w *World) Log() []byte { return bytes.Clone(w.log.Bytes()) }

// Run has the faults begin, the first time that it is called, and lets time go by until
// nothing more can happen. That somebody listens, or has an idle connection, does not
// count. It fails with [ErrNotQuiet] where the limit comes first.
func (w *World) Run() error {
	if !w.planned {
		w.planned = true
		w.config.Faults.plan(w.Network, seeded(w.seed, "faults"))
	}
	return w.settle("run")
}

// Close stops all reactors, lets go of all that is stalled or partitioned, and lets time go by until nothing more can happen. It fails
// with [ErrNotQuiet] where the limit comes first, or something is left: an address that
// is listened at, a connection, or a delayed call; and with what [Network.Err] says.
func (w *World) Close() error {
	w.Network.release()
	for _, r := range w.reactors {
		_ = r.Stop() // somebody may have done it
	}
	err := w.settle("close")
	if left := w.Network.leftovers(nil); err == nil && len(left) > 0 {
		err = fmt.Errorf("cannot close: %w: seed %d: there are still %v", ErrNotQuiet, w.seed, left)
	}
	return errors.Join(err, w.Network.Err())
}

// settle lets time go by.
func (w *World) settle(what string) error {
	end := w.Clock.Now().Add(w.config.Limit)
	for {
		due, ok := w.Clock.next()
		if !ok {
			return nil
		}
		if due.After(end) {
			return fmt.Errorf("cannot %s: %w within %v: seed %d: %d calls are pending, and there are %v",
				what, ErrNotQuiet, w.config.Limit, w.seed, len(w.Clock.Pending()), w.Network.leftovers(nil))
		}
		w.Clock.Step()
	}
}

// Simulate builds a world, runs it, closes it, and returns its log. The seed is all
// that is needed to have the same again.
func Simulate(seed uint64, config WorldConfig, build func(w *World) error) (log []byte, err error) {
	w := NewWorld(seed, config)
	if err := build(w); err != nil {
		return w.Log(), fmt.Errorf("cannot build the world of seed %d: %w", seed, err)
	}
	err = errors.Join(w.Run(), w.Close())
	return w.Log(), err
}
