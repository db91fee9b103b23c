package sockets

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

const allStates = 1<<netlink.TCP_MAX_STATES - 1

// askKernel finds sockets by sock_diag(7). The package netlink asks only for all sockets at
// once, does not tell which are for IPv6 only, and does not find an IPv6 socket by IPv4
// addresses, so requests and answers are written and read here.
func askKernel(q query) ([]socket, error) {
	families, flags := []uint8{unix.AF_INET, unix.AF_INET6}, unix.NLM_F_DUMP
	if q.remote.IsValid() {
		flags = 0
		families = families[:1]
		if q.local.Addr().Is6() {
			families[0] = unix.AF_INET6
		}
	}
	var found []socket
	for _, family := range families {
		some, err := ask(flags, request{family, q})
		if q.remote.IsValid() && errors.Is(err, unix.ENOENT) {
			// There is no such socket, or the kernel tells of none, and would not of others.
			_, err = askKernel(query{local: q.local, listening: true})
		}
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	// Without the one that was asked for, the kernel tells of the socket that listens for it.
	return slices.DeleteFunc(found, func(s socket) bool { return !q.matches(s) }), nil
}

// ask returns the kernel's answer to a request.
func ask(flags int, r request) ([]socket, error) {
	message := nl.NewNetlinkRequest(nl.SOCK_DIAG_BY_FAMILY, flags)
	message.AddData(r)
	var found []socket
	short := false
	err := message.ExecuteIter(unix.NETLINK_INET_DIAG, nl.SOCK_DIAG_BY_FAMILY, func(answer []byte) bool {
		s, ok := parseSocket(answer)
		found, short = append(found, s), short || !ok
		return ok
	})
	if short {
		err = errors.Join(err, errors.New("the kernel's answer about a socket is too short"))
	}
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		err = nil // sockets came or went meanwhile, as they may
	}
	return found, err
}

// request is an inet_diag_req_v2. Addresses count only without NLM_F_DUMP.
type request struct {
	family uint8
	query
}

const (
	requestSize = 56
	answerSize  = 72 // without attributes
)

// Len is part of [nl.NetlinkRequestData].
func (request) Len() int { return requestSize }

// Serialize writes the family, the protocol, extensions and padding, the states, the ports,
// both addresses, the interface, and a cookie.
func (r request) Serialize() []byte {
	states := uint32(allStates)
	if r.listening {
		states = 1 << netlink.TCP_LISTEN
	}
	m := make([]byte, 0, requestSize)
	m = append(m, r.family, unix.IPPROTO_TCP, 0, 0)
	m = binary.NativeEndian.AppendUint32(m, states)
	m = binary.BigEndian.AppendUint16(m, r.local.Port())
	m = binary.BigEndian.AppendUint16(m, r.remote.Port())
	m = m[:requestSize]
	copy(m[12:28], r.local.Addr().AsSlice())
	copy(m[28:44], r.remote.Addr().AsSlice())
	for i := 48; i < requestSize; i++ {
		m[i] = 0xff // INET_DIAG_NOCOOKIE
	}
	return m
}

// parseSocket reads an inet_diag_msg, and reports whether it is whole.
func parseSocket(m []byte) (socket, bool) {
	if len(m) < answerSize {
		return socket{}, false
	}
	size := 4
	if m[0] == unix.AF_INET6 {
		size = 16
	}
	address := func(at, port int) netip.AddrPort {
		addr, _ := netip.AddrFromSlice(m[at : at+size]) // it has 4 or 16 bytes
		return netip.AddrPortFrom(addr.Unmap(), binary.BigEndian.Uint16(m[port:]))
	}
	s := socket{
		state: m[1],
		local: address(8, 4), remote: address(24, 6),
		inode: binary.NativeEndian.Uint32(m[68:]),
	}
	attributes, err := nl.ParseRouteAttr(m[answerSize:])
	for _, a := range attributes {
		if a.Attr.Type == netlink.INET_DIAG_SKV6ONLY && len(a.Value) > 0 {
			s.onlyIPv6 = a.Value[0] != 0
		}
	}
	return s, err == nil
}
