package sockets

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"syscall"
)

// Ports are taken from below the range that kernels give to outgoing connections (Linux
// from 32768, others from 49152): a connection of this process's own could otherwise hold
// the port that a program is about to bind.
const (
	lowestPort  = 10240
	highestPort = 32700
)

// given remembers which ports were handed out, so that none is used twice: a server that
// does not set SO_REUSEADDR could not bind a port that has connections in TIME_WAIT.
var given = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// FreePort returns a random port on host that nothing uses, and that nobody else who asks
// on this machine gets until release is called: a program takes its time to bind, and if
// two were told the same port, each caller would take whoever was first for its own. In
// one process, no port is handed out twice. The error is [ErrNoPort].
func FreePort(host string) (port int, release func(), err error) {
	given.Lock()
	defer given.Unlock()
	for range 10_000 {
		port := lowestPort + rand.IntN(highestPort-lowestPort) //nolint:gosec // no secret
		if given.ports[port] {
			continue
		}
		release, ok := Claim(port)
		if !ok {
			continue
		}
		if InUse(port) || !canBind(host, port) {
			release()
			continue
		}
		given.ports[port] = true
		return port, release, nil
	}
	return 0, nil, ErrNoPort
}

// Claim keeps a port from everybody else on this machine who claims it, until release is
// called, which may be done more than once, or this process ends. It reports false if
// somebody has it. The port itself stays free: the claim is the UDP port of that number.
func Claim(port int) (release func(), ok bool) {
	claim, err := net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))) //nolint:noctx // it does not block
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, false
	case err != nil:
		return func() {}, true // without claims, collisions are rare
	}
	return func() { _ = claim.Close() }, true // nothing was written
}

func canBind(host string, port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))) //nolint:noctx // closed at once
	return err == nil && listener.Close() == nil
}
