package poetryclient_test

import (
	"fmt"
	"io"
	"testing"

	"scansion/conformance"
	"scansion/conformance/checks/poetryclient"
	"scansion/conformance/target"
)

// download is the plainest client that there can be: one address after another.
func download(p *target.Process) error {
	failed := false
	for _, addr := range p.Words("addrs") {
		poem, err := get(p, addr)
		if err != nil {
			fmt.Fprintln(p, err)
			failed = true
			continue
		}
		if _, err := p.Stdout().Write(poem); err != nil {
			return err
		}
	}
	if failed {
		return target.ExitStatus(1)
	}
	return nil
}

func get(p *target.Process, addr string) ([]byte, error) {
	conn, err := p.Dial(addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return io.ReadAll(conn)
}

// A Go client is judged without sockets and without waiting, by each requirement that it
// has something for: this one has neither a time-out nor a transform server.
func TestPlainClientIsJudgedInSimulatedTime(t *testing.T) {
	role := poetryclient.Role().Filter(nil, conformance.Globs{"gives-up-*", "*transform*", "hands-on-original-*"})
	conformance.TestSimulated(t, role, func(network conformance.Network) conformance.Target {
		return target.NewInProcessOnce("a plain client", network, download)
	}, conformance.Must, conformance.Options{})
}
