package fakes

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// What Faults have where their fields are zero.
const (
	defaultWithin = 10 * time.Second
	defaultLast   = 5 * time.Second
)

// Faults are what goes wrong in a [World], at moments and to connections and hosts that
// are drawn from its seed. The zero value is none.
type Faults struct {
	// Stalls, Resets and Partitions are how many there are of each. A fault of a
	// connection hits one of those that there are at its moment, if any. A partition
	// cuts one host or several off; only one stands at a time.
	Stalls, Resets, Partitions int

	// Within is the time, from Run on, within which they begin; zero is 10 s.
	Within time.Duration

	// Last is how long a stall or a partition lasts at most; zero is 5 s.
	Last time.Duration
}

func (f Faults) withDefaults() Faults {
	if f.Within == 0 {
		f.Within = defaultWithin
	}
	if f.Last == 0 {
		f.Last = defaultLast
	}
	if min(f.Stalls, f.Resets, f.Partitions) < 0 || f.Within < 0 || f.Last < 0 {
		panic(fmt.Sprintf("fakes: Faults of %+v: nothing can be less than zero", f))
	}
	return f
}

// plan has the faults happen.
func (f Faults) plan(n *Network, random *rand.Rand) {
	p := &faultPlan{network: n, random: random}
	for _, kind := range []struct {
		count int
		begin func(last time.Duration)
	}{
		{f.Stalls, p.stall},
		{f.Resets, p.reset},
		{f.Partitions, p.partition},
	} {
		for range kind.count {
			at := time.Duration(random.Int64N(int64(f.Within) + 1))
			last := time.Duration(random.Int64N(int64(f.Last) + 1))
			n.loop.later(at, func() { kind.begin(last) })
		}
	}
}

// faultPlan has faults happen.
type faultPlan struct {
	network *Network
	random  *rand.Rand
}

// victim draws a connection; it is nil if there is none.
func (p *faultPlan) victim() *Connection {
	all := p.network.Connections()
	if len(all) == 0 {
		return nil
	}
	return all[p.random.IntN(len(all))]
}

func (p *faultPlan) stall(last time.Duration) {
	if c := p.victim(); c != nil {
		c.Stall()
		p.network.loop.later(last, c.Resume)
	}
}

func (p *faultPlan) reset(time.Duration) {
	if c := p.victim(); c != nil {
		c.Reset()
	}
}

func (p *faultPlan) partition(last time.Duration) {
	p.network.mu.Lock()
	hosts := p.network.everyHost()
	p.network.mu.Unlock()
	if len(hosts) < 2 {
		return
	}
	p.random.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	p.network.Heal()
	p.network.Partition(hosts[:1+p.random.IntN(len(hosts)-1)]...)
	p.network.loop.later(last, func() { p.network.Heal() })
}
