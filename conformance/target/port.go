package target

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports for targets are taken from below the range that kernels give to outgoing
// connections (Linux from 32768, others from 49152): a connection of the judge's
// own could otherwise hold the port that a target is about to bind.
const (
	lowestPort  = 10240
	highestPort = 32700
)

// ports remembers which ports were handed out, so that none is used twice: a
// server that does not set SO_REUSEADDR could not bind a port that has
// connections in TIME_WAIT.
var ports = struct {
	sync.Mutex
	used map[int]bool
}{used: map[int]bool{}}

// freePort returns a random port on host that nothing uses, and that no other judge
// on this machine gets until release is called: a program takes its time to bind, and
// if two were told the same port, each judge would take whoever was first for its own.
func freePort(host string) (int, func(), error) {
	ports.Lock()
	defer ports.Unlock()
	for range 10_000 {
		port := lowestPort + rand.IntN(highestPort-lowestPort) //nolint:gosec // no secret
		if ports.used[port] {
			continue
		}
		release, ok := claimPort(port)
		if !ok {
			continue
		}
		if portInUse(port) || !canBind(host, port) {
			release()
			continue
		}
		ports.used[port] = true
		return port, sync.OnceFunc(release), nil
	}
	return 0, nil, errors.New("no free port found: close some servers")
}

func canBind(host string, port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))) //nolint:noctx // closed at once
	return err == nil && listener.Close() == nil
}
