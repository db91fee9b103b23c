package conformance

import "sync"

// gate lets cases to a target that they all share: many at the same time, or one
// that must be alone.
type gate struct {
	mu     sync.Mutex
	moved  *sync.Cond // somebody has left
	inside int
	locked bool // by who is alone

	// open reports whether nobody needs to be alone any more. It changes, if at all,
	// before a case leaves.
	open func() bool
}

func newGate(open func() bool) *gate {
	g := &gate{open: open}
	g.moved = sync.NewCond(&g.mu)
	return g
}

// enter waits until there is room, and returns how to leave.
func (g *gate) enter(alone bool) (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.locked || (alone && g.inside > 0 && !g.open()) {
		g.moved.Wait()
	}
	g.locked = alone && g.inside == 0 && !g.open()
	g.inside++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.inside--
		g.locked = false // nobody else is inside if it was
		g.moved.Broadcast()
	}
}
