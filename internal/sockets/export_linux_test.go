package sockets

import "net/netip"

// Way is a way of finding sockets.
type Way = func(query) ([]socket, error)

// AskKernel and ReadFiles are the ways.
var (
	AskKernel Way = askKernel
	ReadFiles Way = readFiles
)

// At is the local addresses of the sockets at a port, for people.
func At(find Way, port int, listening bool) ([]string, error) {
	found, err := find(atPort(port, listening))
	var all []string
	for _, s := range found {
		all = append(all, s.local.Addr().String())
	}
	return all, err
}

// Has reports whether there is a socket with these two ends.
func Has(find Way, local, remote netip.AddrPort) (bool, error) {
	found, err := find(query{local: local, remote: remote})
	return len(found) > 0, err
}
