package fakes

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// NetworkConfig is what a network can be told. The zero value works.
type NetworkConfig struct {
	// Seed is what all that is drawn follows from. Each direction of each connection
	// draws from a source of its own.
	Seed uint64

	// Link is what connections are like where SetLink has not been told otherwise.
	Link Link

	// ReadableAfterReset has a reset leave what was received before it to be read, as
	// Linux does. Otherwise the reset discards it, as RFC 9293 has it.
	ReadableAfterReset bool

	// Trace has all reactors on the network trace: see [reactor.Config].
	Trace bool

	// OnDial is called for each connection that somebody begins, before anything is
	// sent, so that faults can be set: see [Connection.After]. It must not block; nil
	// is nothing.
	OnDial func(c *Connection)

	// Log gets a line for everything that happens, as the package's comment has it;
	// nil is nowhere. It must not use the network. See [Network.Err].
	Log io.Writer
}

// Network is a simulation of TCP: hosts that have names and addresses, ports that take
// connections, and connections on which bytes travel for a time, wait in buffers of
// limited size, and end with a FIN or a reset. All of it happens as its clock moves.
//
// What it keeps of TCP: bytes arrive in order, and once. A FIN arrives after all bytes.
// Who closes while there is something left to read, or is sent something after
// having closed, resets the connection; a reset discards what its receiver has not
// read yet (see [NetworkConfig]). Connecting takes a round trip, and so does being refused. A connection
// waits at a port until it is accepted, and carries bytes meanwhile; a port that closes
// resets those that wait. What it leaves out: nothing is lost or doubled on the way,
// receivers tell senders of their free space in no time, any number may wait at a port,
// and ports are free again as soon as they are closed.
//
// Two kinds of programs may use it, also together: those on a reactor ([Host.Reactor])
// and ordinary blocking ones ([Host.Listen], [Host.Dial]). Any goroutine may call its
// methods, and those of hosts and connections. Where only one does, everything that
// happens follows from the seed and from what the program does.
type Network struct {
	loop   Loop
	config NetworkConfig
	began  time.Time

	mu      sync.Mutex // guards everything below, and all that belongs to the network
	hosts   map[string]*Host
	lastIP  netip.Addr // the address given out last to a host that has a name
	links   map[pair]Link
	stalled map[pair]bool
	groups  int // how many parts the network has been split into

	closed          bool
	reactors        []*Reactor // those that have not ended
	connectionCount int        // how many connections there have been
	first, last     *Connection

	line   []byte // of the log, to be used again
	logErr error
	misuse []error // by programs
}

// pair is two hosts, in the order of their making; they may be the same.
type pair [2]*Host

func pairOf(a, b *Host) pair {
	if a.number > b.number {
		a, b = b, a
	}
	return pair{a, b}
}

// NewNetwork returns a network without hosts that goes by the loop's time. It panics if
// the config's Link makes no sense.
func NewNetwork(loop Loop, config NetworkConfig) *Network {
	config.Link = config.Link.withDefaults()
	return &Network{
		loop:    loop,
		config:  config,
		began:   loop.Now(),
		hosts:   map[string]*Host{},
		lastIP:  netip.MustParseAddr("198.18.0.0"),
		links:   map[pair]Link{},
		stalled: map[pair]bool{},
	}
}

// Close resets all connections, closes all listeners, and has Listen and Dial fail from
// now on, with [net.ErrClosed], also those that wait: no goroutine waits for the network
// any more, and it has no call delayed. Reactors on it go on, without a network.
func (n *Network) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for _, c := range n.connections(nil) {
		c.reset(net.ErrClosed)
	}
	for _, h := range n.everyHost() {
		for _, port := range slices.Sorted(maps.Keys(h.listeners)) {
			h.listeners[port].close()
		}
	}
}

// Now is the time of the network's clock, which deadlines are measured by.
func (n *Network) Now() time.Time { return n.loop.Now() }

// now is how long the network has existed.
func (n *Network) now() time.Duration { return n.loop.Now().Sub(n.began) }

// Host returns the host of that name, and makes it if there is none. The name is an IP
// address, or anything else, which is then given an address: 198.18.0.1 for the first,
// and so on. Names that were never asked for here do not exist on the network, while at
// every IP address there is a host. It panics for a name that cannot be one, such as
// "localhost", which is every host's name for itself.
func (n *Network) Host(name string) *Host {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.host(name)
}

func (n *Network) host(name string) *Host {
	key := strings.ToLower(name)
	if h, ok := n.hosts[key]; ok {
		return h
	}
	ip, err := netip.ParseAddr(key)
	switch {
	case err == nil && (ip.IsLoopback() || ip.IsUnspecified() || ip.IsMulticast()), key == "localhost":
		panic(fmt.Sprintf("fakes: no host can be called %q: it means another one for everybody", name))
	case err == nil:
		ip = ip.Unmap()
		key = ip.String()
		if h, ok := n.hosts[key]; ok {
			return h
		}
	case key == "" || strings.ContainsAny(key, ":/ \t\r\n"):
		panic(fmt.Sprintf("fakes: no host can be called %q: take a word or an IP address, without a port", name))
	default:
		ip = n.freeIP()
	}
	h := newHost(n, name, ip)
	n.hosts[key] = h
	n.hosts[ip.String()] = h
	return h
}

// freeIP returns the next address for a host that has a name.
func (n *Network) freeIP() netip.Addr {
	for {
		n.lastIP = n.lastIP.Next()
		if n.hosts[n.lastIP.String()] == nil {
			return n.lastIP
		}
	}
}

// SetLink says what the connections between two hosts, which may be the same, will be
// like from now on; those that stand remain as they are. It panics if the link makes no
// sense.
func (n *Network) SetLink(a, b *Host, link Link) {
	link = link.withDefaults()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links[pairOf(a, b)] = link
}

// link is what a connection between two hosts is like.
func (n *Network) link(a, b *Host) Link {
	if len(n.links) > 0 {
		if link, ok := n.links[pairOf(a, b)]; ok {
			return link
		}
	}
	return n.config.Link
}

// Reactors returns the reactors on all hosts that have not ended, in the order of their
// making.
func (n *Network) Reactors() []*Reactor {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.reactors)
}

// Connections returns the connections that there are, in the order in which they were
// begun: from the moment when somebody dials until both sides have closed and nothing
// is under way any more.
func (n *Network) Connections() []*Connection {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.connections(nil)
}

// connections is Connections, of one host alone unless that is nil.
func (n *Network) connections(of *Host) []*Connection {
	var found []*Connection
	for c := n.first; c != nil; c = c.next {
		if of == nil || c.client.host == of || c.server.host == of {
			found = append(found, c)
		}
	}
	return found
}

// leftovers are the addresses that somebody listens at, and the connections; of one
// host alone unless that is nil. It takes the lock.
func (n *Network) leftovers(of *Host) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var left []string
	for _, h := range n.everyHost() {
		if of == nil || h == of {
			left = append(left, h.ports()...)
		}
	}
	for _, c := range n.connections(of) {
		left = append(left, c.String())
	}
	return left
}

// everyHost returns the hosts, in the order of their making.
func (n *Network) everyHost() []*Host {
	hosts := slices.Collect(maps.Values(n.hosts))
	slices.SortFunc(hosts, func(a, b *Host) int { return cmp.Compare(a.number, b.number) })
	return slices.Compact(hosts) // one that has a name is there twice
}

// addConnection adds a connection to the list.
func (n *Network) addConnection(c *Connection) {
	c.prev = n.last
	if n.last != nil {
		n.last.next = c
	} else {
		n.first = c
	}
	n.last = c
}

// removeConnection removes a connection from the list.
func (n *Network) removeConnection(c *Connection) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		n.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		n.last = c.prev
	}
	c.prev, c.next = nil, nil
}
