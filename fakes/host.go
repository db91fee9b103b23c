package fakes

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// The ports that are given out to who does not care, as the IANA has them.
const (
	firstFreePort = 49152
	lastFreePort  = 65535
)

// Host is a computer on a [Network]. Its methods may be called from any goroutine.
type Host struct {
	network *Network
	name    string
	number  int // of the hosts, in the order of their making
	ip      netip.Addr
	group   int // the part of a partitioned network that it is in

	listeners   map[int]*listener
	clientPorts map[int]bool // the ports that connections were begun from
	lastPort    int          // given out
}

func newHost(n *Network, name string, ip netip.Addr) *Host {
	return &Host{
		network:     n,
		name:        name,
		number:      len(n.hosts),
		ip:          ip,
		listeners:   map[int]*listener{},
		clientPorts: map[int]bool{},
		lastPort:    firstFreePort - 1,
	}
}

// String is the name that the host was made with.
func (h *Host) String() string { return h.name }

// IP is the host's address.
func (h *Host) IP() netip.Addr { return h.ip }

// The functions below are called with the network's lock held.

// ports are the addresses that somebody listens at.
func (h *Host) ports() []string {
	var ports []string
	for _, number := range slices.Sorted(maps.Keys(h.listeners)) {
		ports = append(ports, h.listeners[number].addr.String())
	}
	return ports
}

// hostAddr is where an address leads.
type hostAddr struct {
	host *Host
	ip   netip.Addr // one of the host's own, loopback ones included
	port int
	any  bool // the address did not say which of the host's own
}

// addr is nil for the zero hostAddr.
func (p hostAddr) addr() *net.TCPAddr {
	if p.host == nil {
		return nil
	}
	return &net.TCPAddr{IP: p.ip.AsSlice(), Port: p.port}
}

// resolve finds what an address means on this host. What it says if there is no such
// name is a [*net.DNSError].
func (h *Host) resolve(addr string) (hostAddr, error) {
	name, service, err := net.SplitHostPort(addr)
	if err != nil {
		return hostAddr{}, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return hostAddr{}, &net.AddrError{Err: "the port is not a number from 0 to 65535", Addr: addr}
	}
	p := hostAddr{host: h, ip: h.ip, port: int(port)}
	if name == "" {
		p.any = true
		return p, nil
	}
	if strings.EqualFold(name, "localhost") {
		name = "127.0.0.1"
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		ip = ip.Unmap()
		switch {
		case ip.IsUnspecified():
			p.any = true
		case ip.IsLoopback():
			p.ip = ip
		default:
			p.host, p.ip = h.network.host(ip.String()), ip
		}
		return p, nil
	}
	other, ok := h.network.hosts[strings.ToLower(name)]
	if !ok {
		return hostAddr{}, &net.DNSError{Err: "no such host on the fake network", Name: name, IsNotFound: true}
	}
	p.host, p.ip = other, other.ip
	return p, nil
}

// resolveOwn is resolve for an address that has to be this host's.
func (h *Host) resolveOwn(addr string) (hostAddr, error) {
	p, err := h.resolve(addr)
	if err == nil && p.host != h {
		return p, os.NewSyscallError("bind", syscall.EADDRNOTAVAIL)
	}
	return p, err
}

// reservePort makes sure that an address's port is free, and finds one if it is zero.
func (h *Host) reservePort(p *hostAddr) error {
	if p.port != 0 {
		if h.portInUse(p.port) {
			return os.NewSyscallError("bind", syscall.EADDRINUSE)
		}
		return nil
	}
	for range lastFreePort - firstFreePort + 1 {
		h.lastPort++
		if h.lastPort > lastFreePort {
			h.lastPort = firstFreePort
		}
		if !h.portInUse(h.lastPort) {
			p.port = h.lastPort
			return nil
		}
	}
	return fmt.Errorf("all ports from %d on are taken: %w", firstFreePort, os.NewSyscallError("bind", syscall.EADDRNOTAVAIL))
}

func (h *Host) portInUse(port int) bool {
	return h.listeners[port] != nil || h.clientPorts[port]
}
