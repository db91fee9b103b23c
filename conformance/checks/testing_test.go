package checks_test

import (
	"io"
	"net"
	"testing"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/conformance/target"
)

// A server in Go is judged in an ordinary test: it is given a listener and a poem.
func TestServerInGo(t *testing.T) {
	server := target.NewInProcess("a server in Go", target.Serve(func(listener net.Listener, poem []byte) error {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return err
			}
			go func() {
				defer conn.Close()
				if _, err := conn.Write(poem); err == nil {
					_ = conn.(*target.TrackedConn).CloseWrite()
					_, _ = io.Copy(io.Discard, conn)
				}
			}()
		}
	}))
	catalogue := checks.PoetryServer().Filter(nil, conformance.Globs{"holds-1000-connections"})
	conformance.Test(t, server, catalogue, conformance.Should, conformance.Options{Quick: true})
}
