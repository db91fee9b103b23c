package poetryserver_test

import (
	"io"
	"net"
	"testing"

	"scansion/conformance"
	"scansion/conformance/checks/poetryserver"
	"scansion/conformance/target"
)

// program is a server as many are written in Go: it is given a listener and a poem.
func program(network conformance.Network) conformance.Target {
	return target.NewInProcess("a server in Go", network, target.Serve(func(listener net.Listener, poem []byte) error {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return err
			}
			go func() {
				defer conn.Close()
				if _, err := conn.Write(poem); err == nil {
					_ = conn.(conformance.Socket).CloseWrite()
					_, _ = io.Copy(io.Discard, conn)
				}
			}()
		}
	}))
}

// A server in Go is judged in an ordinary test.
func TestServerInGo(t *testing.T) {
	role := poetryserver.Role().Filter(nil, conformance.Globs{"holds-1000-connections"})
	conformance.Test(t, role, program(conformance.TCP{}), conformance.Should, conformance.Options{Quick: true})
}

// The same server is judged without sockets, and without waiting.
func TestServerInGoSimulated(t *testing.T) {
	conformance.TestSimulated(t, poetryserver.Role(), program, conformance.Should, conformance.Options{})
}

// What is held grows, but by far too little for a leak. Simulated time stands still
// meanwhile, and must not make the check wait for more for ever.
func TestServerThatHoldsLittleMoreSimulated(t *testing.T) {
	holds := func(network conformance.Network) conformance.Target {
		return target.NewInProcess("a server that keeps a note of each client", network, func(p *target.Process) error {
			return target.Serve(func(listener net.Listener, poem []byte) error {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return err
					}
					p.Hold(10)
					go func() {
						defer conn.Close()
						_, _ = conn.Write(poem)
					}()
				}
			})(p)
		})
	}
	role := poetryserver.Role().Filter(conformance.Globs{"frees-memory-of-aborted-clients"}, nil)
	conformance.TestSimulated(t, role, holds, conformance.Should, conformance.Options{})
}
