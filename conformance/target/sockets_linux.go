package target

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// What of sock_diag(7) the packages lack.
const (
	sockDiagByFamily = 20
	diagRequestSize  = 56
	diagMessageSize  = 72
	diagOnlyIPv6     = 11 // INET_DIAG_SKV6ONLY
	stateListen      = 10 // TCP_LISTEN
	allStates        = 1<<12 - 1
)

// askSockets asks the kernel for the sockets that have a port at their own end.
func askSockets(port int, listening bool) (found []netip.Addr, err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_INET_DIAG)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unix.Close(fd)) }()
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		if err := unix.Sendto(fd, diagRequest(family, port, listening), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return nil, err
		}
		for done := false; !done; {
			var addrs []netip.Addr
			if addrs, done, err = receiveSockets(fd, port); err != nil {
				return nil, err
			}
			found = append(found, addrs...)
		}
	}
	return found, nil
}

// hasSocket asks the kernel whether there is a socket with these two ends. The error
// says that it did not answer.
func hasSocket(local, remote netip.AddrPort) (found bool, err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_INET_DIAG)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, unix.Close(fd)) }()
	if err := unix.Sendto(fd, exactRequest(local, remote), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return false, err
	}
	buf := make([]byte, 4<<10)
	n, _, err := unix.Recvfrom(fd, buf, 0)
	if err != nil {
		return false, err
	}
	messages, err := syscall.ParseNetlinkMessage(buf[:n])
	if err != nil || len(messages) == 0 {
		return false, errors.Join(err, errNoAnswer)
	}
	if m := messages[0]; m.Header.Type == unix.NLMSG_ERROR {
		if len(m.Data) >= 4 && -int32(binary.NativeEndian.Uint32(m.Data)) == int32(unix.ENOENT) { //nolint:gosec // it is a signed number
			return false, nil
		}
		return false, errNoAnswer
	}
	// Without one, the kernel tells of the socket that listens for them.
	return len(messages[0].Data) > 1 && messages[0].Data[1] != stateListen, nil
}

var errNoAnswer = errors.New("the kernel does not tell of its sockets")

// exactRequest is a diagRequest for one socket: with both ports and addresses, any
// interface, and no cookie.
func exactRequest(local, remote netip.AddrPort) []byte {
	family, size := byte(unix.AF_INET), 4
	if local.Addr().Is6() {
		family, size = unix.AF_INET6, 16
	}
	m := diagRequest(family, int(local.Port()), false)
	binary.NativeEndian.PutUint16(m[6:], unix.NLM_F_REQUEST)
	id := m[unix.SizeofNlMsghdr+8:]
	binary.BigEndian.PutUint16(id[2:], remote.Port())
	copy(id[4:], local.Addr().AsSlice()[:size])
	copy(id[20:], remote.Addr().AsSlice()[:size])
	for i := range 8 {
		id[40+i] = 0xff
	}
	return m
}

// diagRequest is a nlmsghdr and an inet_diag_req_v2: family, protocol, two bytes of
// nothing, a mask of states, and the port in network order.
func diagRequest(family byte, port int, listening bool) []byte {
	states := uint32(allStates)
	if listening {
		states = 1 << stateListen
	}
	m := make([]byte, 0, unix.SizeofNlMsghdr+diagRequestSize)
	m = binary.NativeEndian.AppendUint32(m, unix.SizeofNlMsghdr+diagRequestSize)
	m = binary.NativeEndian.AppendUint16(m, sockDiagByFamily)
	m = binary.NativeEndian.AppendUint16(m, unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	m = append(m, make([]byte, 8)...) // sequence, port of the socket: the kernel's own
	m = append(m, family, unix.IPPROTO_TCP, 0, 0)
	m = binary.NativeEndian.AppendUint32(m, states)
	m = binary.BigEndian.AppendUint16(m, uint16(port)) //nolint:gosec // ports fit
	return m[:cap(m)]
}

// receiveSockets reads one datagram of the answer, and tells whether it was the last.
func receiveSockets(fd, port int) (found []netip.Addr, done bool, err error) {
	buf := make([]byte, 64<<10)
	n, _, err := unix.Recvfrom(fd, buf, 0)
	if err != nil {
		return nil, false, err
	}
	messages, err := syscall.ParseNetlinkMessage(buf[:n])
	if err != nil {
		return nil, false, err
	}
	for _, m := range messages {
		switch {
		case m.Header.Type == unix.NLMSG_DONE:
			return found, true, nil
		case m.Header.Type == unix.NLMSG_ERROR || len(m.Data) < 24:
			return nil, false, errNoAnswer
		}
		// An inet_diag_msg: family, three bytes, ports, and the local address.
		if int(binary.BigEndian.Uint16(m.Data[4:])) != port {
			continue
		}
		size := 4
		if m.Data[0] == unix.AF_INET6 {
			size = 16
		}
		if addr, ok := netip.AddrFromSlice(m.Data[8 : 8+size]); ok {
			if addr == netip.IPv6Unspecified() && onlyIPv6(m.Data) {
				addr = netip.IPv6Loopback() // for "::" would mean 0.0.0.0 as well
			}
			found = append(found, addr.Unmap())
		}
	}
	return found, false, nil
}

// onlyIPv6 reports whether an inet_diag_msg has the attribute of a socket that takes no
// connections over IPv4.
func onlyIPv6(message []byte) bool {
	if len(message) < diagMessageSize {
		return false
	}
	for rest := message[diagMessageSize:]; len(rest) >= unix.SizeofNlAttr; {
		length, kind := int(binary.NativeEndian.Uint16(rest)), binary.NativeEndian.Uint16(rest[2:])
		if length < unix.SizeofNlAttr || length > len(rest) {
			return false
		}
		if kind == diagOnlyIPv6 {
			return length > unix.SizeofNlAttr && rest[unix.SizeofNlAttr] != 0
		}
		rest = rest[min(len(rest), (length+unix.NLA_ALIGNTO-1)&^(unix.NLA_ALIGNTO-1)):]
	}
	return false
}

// readSockets looks for the sockets in the kernel's table.
func readSockets(port int, listening bool, f func(netip.Addr)) error {
	mark := fmt.Sprintf(":%04X ", port)
	for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		table, err := os.ReadFile(name)
		if err != nil {
			if name == "/proc/net/tcp6" && os.IsNotExist(err) {
				continue // no IPv6
			}
			return err
		}
		for line := range strings.Lines(string(table)) {
			if !strings.Contains(line, mark) {
				continue // most, in a table that may be long
			}
			fields := strings.Fields(line)
			if len(fields) < 4 || (listening && fields[3] != fmt.Sprintf("%02X", stateListen)) {
				continue
			}
			if local, ok := parseSocketAddress(fields[1]); ok && int(local.Port()) == port {
				f(local.Addr())
			}
		}
	}
	return nil
}

// parseSocketAddress reads "0100007F:1F90": 32-bit words in the machine's own
// byte order, and the port in hexadecimal.
func parseSocketAddress(s string) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(s, ":")
	if !ok {
		return netip.AddrPort{}, false
	}
	raw, err := hex.DecodeString(host)
	number, err2 := strconv.ParseUint(port, 16, 16)
	if err != nil || err2 != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	addr, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(number)), ok
}
