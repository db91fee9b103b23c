package fakes

import (
	"fmt"
	"os"
	"slices"
	"syscall"
)

// errReset is what who dials gets if the connection is reset meanwhile.
var errReset = os.NewSyscallError("connect", syscall.ECONNRESET)

// Stall has nothing arrive on the connection, in either direction, until Resume; what
// is sent is held, and comes then. Neither counts its calls.
func (c *Connection) Stall() {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	if c.over || c.stalled {
		return
	}
	c.network.note(c, '-', "stall", nil)
	c.stalled = true
	c.hold()
}

// Resume undoes Stall, and the stalls of After that have happened.
func (c *Connection) Resume() {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	if c.over || (!c.stalled && !c.toServer.stalled && !c.toClient.stalled) {
		return
	}
	c.network.note(c, '-', "resume", nil)
	c.resume()
	c.hold()
}

func (c *Connection) resume() {
	c.stalled, c.toServer.stalled, c.toClient.stalled = false, false, false
}

// Reset breaks the connection from outside, as if somebody had sent a reset to both
// sides in the name of the other. Both learn of it now, also when it is stalled; what
// was under way is lost.
func (c *Connection) Reset() {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	if !c.over {
		c.reset(errReset)
	}
}

// reset is Reset; who waits for the connection gets the error. The lock is held.
func (c *Connection) reset(dialling error) {
	c.network.note(c, '-', "reset", nil)
	c.toServer.discard()
	c.toClient.discard()
	c.client.receiveReset()
	c.server.receiveReset()
	if !c.attempt.settled {
		c.client.closed = true
		c.settle(dialling)
	}
	c.finish()
}

// Stall has nothing arrive on connections between two hosts, which may be the same,
// until Resume: what is sent is held, and comes then. Who connects waits, too. Neither
// counts its calls.
func (n *Network) Stall(a, b *Host) { n.stall("stall", a, b) }

// Resume undoes Stall.
func (n *Network) Resume(a, b *Host) { n.stall("resume", a, b) }

func (n *Network) stall(what string, a, b *Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.noteHosts(what, a, b)
	n.stalled[pairOf(a, b)] = what == "stall"
	n.holdAll()
}

// Partition cuts hosts off from all others, but not from one another, until Heal: what
// is sent is held, and comes then. Who connects waits, too. Hosts that were cut off
// before, together with others, are then cut off from those as well.
func (n *Network) Partition(hosts ...*Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.noteHosts("partition", hosts...)
	n.groups++
	for _, h := range hosts {
		h.group = n.groups
	}
	n.holdAll()
}

// Heal connects hosts again with all that are not cut off; without hosts, all of them.
func (n *Network) Heal(hosts ...*Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.noteHosts("heal", hosts...)
	for _, h := range hosts {
		h.group = 0
	}
	if len(hosts) == 0 {
		for _, h := range n.hosts {
			h.group = 0
		}
	}
	n.holdAll()
}

// release undoes all of the faults that hold something. It takes the lock.
func (n *Network) release() {
	n.Heal()
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.stalled)
	for c := n.first; c != nil; c = c.next {
		c.resume()
	}
	n.holdAll()
}

// severed tells whether nothing arrives between two hosts. The lock is held, here and
// below.
func (n *Network) severed(a, b *Host) bool {
	return a.group != b.group || (len(n.stalled) > 0 && n.stalled[pairOf(a, b)])
}

// holdAll holds and lets go of connections as they should be.
func (n *Network) holdAll() {
	for c := n.first; c != nil; c = c.next {
		c.hold()
	}
}

// hold holds the connection, or lets go of it, as it should be.
func (c *Connection) hold() {
	c.held = c.stalled || c.network.severed(c.client.host, c.server.host)
	for _, f := range []*flow{&c.toServer, &c.toClient} {
		if f.blocked() {
			f.unschedule()
		} else {
			f.schedule(c.network.now())
		}
	}
}

func (n *Network) noteHosts(what string, hosts ...*Host) {
	if slices.Contains(hosts, nil) {
		panic(fmt.Sprintf("fakes: cannot %s: one of the hosts is nil; Network.Host returns hosts", what))
	}
	n.note(nil, '-', what, func(b []byte) []byte {
		if len(hosts) == 0 {
			return append(b, "all"...)
		}
		for i, h := range hosts {
			if i > 0 {
				b = append(b, ' ')
			}
			b = append(b, h.name...)
		}
		return b
	})
}
