package selftest_test

import (
	"io"
	"testing"

	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/selftest"
	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// echo is a role. All that it needs is in this file.
var echo = conformance.Role{
	Name: "echo-server", About: "A server that sends back what it is sent.",
	Variables: []conformance.Variable{{Name: "port", Help: "the port to listen at"}},
	Requirements: []conformance.Requirement{{
		Slug: "echoes", Level: conformance.Must, Statement: "An echo server MUST send back every byte.",
		Source: conformance.Source{Section: "1", Part: "Part 1"},
		Check: func(c *conformance.Case) {
			conn := c.Dial(conformance.DialOptions{})
			for b := range 256 {
				_ = conn.Send([]byte{byte(b)}) // what comes back tells
				conn.ExpectBytes([]byte{byte(b)})
			}
		},
	}, {
		Slug: "closes", Level: conformance.Must, Statement: "An echo server MUST send nothing of its own, and close after its client.",
		Source: conformance.Source{Section: "1", Part: "Part 1"},
		Check: func(c *conformance.Case) {
			conn := c.Dial(conformance.DialOptions{})
			conn.CloseWrite()
			conn.ExpectFIN()
		},
	}},
}

// echoServer returns an echo server that greets its clients.
func echoServer(network conformance.Network, greeting string) conformance.Target {
	return target.NewInProcess("echo", network, func(p *target.Process) error {
		listener, err := p.Listen()
		if err != nil {
			return err
		}
		go func() {
			<-p.Signals()
			_ = listener.Close() // ends what follows
		}()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return nil
			}
			_, _ = io.WriteString(conn, greeting) // or the client has gone,
			_, _ = io.Copy(conn, conn)            // as it does in the end
			_ = conn.Close()
		}
	})
}

func TestToyRole(t *testing.T) {
	g := NewWithT(t)
	g.Expect(echo.Validate()).To(Succeed())
	conformance.TestSimulated(t, echo, func(network conformance.Network) conformance.Target {
		return echoServer(network, "")
	}, conformance.Must, conformance.Options{})

	table, err := selftest.Registry{Roles: []conformance.Role{echo}, Peers: []peers.Peer{{
		Name: "greets", Role: echo.Name, About: "Sends a greeting first.", Catches: []string{"echoes", "closes"},
		Target: func(network conformance.Network) conformance.Target { return echoServer(network, "hello") },
	}}}.Run(t.Context(), selftest.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(table.OK()).To(BeTrue(), "every requirement has a peer, which it catches")
	g.Expect(table.Rows[0].Report.Results[0].ID).To(Equal("echo-server/echoes"))
	g.Expect(table.Rows[0].Report.Results[1].Transcript.String()).To(ContainSubstring(`client#1 <- 5 bytes "hello"`))
}
