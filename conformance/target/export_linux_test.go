package target

import "net/netip"

// AskSockets asks the kernel for the sockets at a port.
func AskSockets(port int, listening bool) ([]netip.Addr, error) { return askSockets(port, listening) }

// ReadSockets finds the same in the kernel's table.
func ReadSockets(port int, listening bool) (found []netip.Addr, err error) {
	err = readSockets(port, listening, func(addr netip.Addr) { found = append(found, addr) })
	return found, err
}

// HasSocket asks the kernel whether there is a socket with these two ends.
func HasSocket(local, remote netip.AddrPort) (bool, error) { return hasSocket(local, remote) }

// KillGroup kills what is left of a group whose leader has ended.
func KillGroup(leader int, marks ...string) { killGroup(leader, marks) }
