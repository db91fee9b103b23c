package checks

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/onsi/gomega"

	"scansion/conformance"
)

const (
	// stopLimit is the 5 seconds of the specification, and some for the machine.
	stopLimit = 7 * time.Second

	// elsewhere is an address of this machine on which no target is told to listen.
	elsewhere = "127.0.0.2"
)

// serverProcess: statements 14, 15 and 17, the server as a program.
func serverProcess() []conformance.Requirement {
	return []conformance.Requirement{
		stops("stops-on-sigterm", syscall.SIGTERM, small, "It SHOULD, on SIGTERM, exit within 5 seconds and free its port.",
			atRest),
		stops("stops-on-sigint", syscall.SIGINT, small, "It SHOULD, on SIGINT, exit within 5 seconds and free its port.",
			atRest),
		stops("stops-while-client-stalls", syscall.SIGTERM, eightMiB,
			"It SHOULD, on SIGTERM, exit within 5 seconds and free its port also while a client does not read.",
			func(c *conformance.Case) { beginReading(c, conformance.Narrow()) }),
		{
			ID: "refuses-missing-poem", Level: conformance.Should, Source: source(15, "Part 16"), Fixture: small,
			Alone: true, Needs: conformance.NeedProcess | conformance.NeedPoem,
			Statement: "It SHOULD refuse, with a message and a non-zero exit status, to start without its poem file.",
			Check: func(c *conformance.Case) {
				c.Control("started with its poem, it serves it", func() { fetch(c) })
				c.End() // or it may refuse for what the other has: a lock, another port
				_, err := c.Start(conformance.Setup{Fixture: small, MissingPoem: true})
				expectRefusal(c, err, "without its poem file")
			},
		},
		{
			ID: "refuses-taken-port", Level: conformance.Should, Source: source(15, "Part 16"), Fixture: small,
			Alone: true, Needs: conformance.NeedProcess,
			Statement: "It SHOULD refuse, with a message and a non-zero exit status, to start on a port that is taken.",
			Check: func(c *conformance.Case) {
				c.Control("started on a free port, it serves its poem", func() { fetch(c) })
				_, port, err := net.SplitHostPort(c.Instance().Addr())
				c.Expect(err).NotTo(gomega.HaveOccurred())
				own, err := strconv.Atoi(port)
				c.Expect(err).NotTo(gomega.HaveOccurred())
				_, second := c.Start(conformance.Setup{Fixture: small, TakenPort: own})
				c.Control("while another like it is started on its port, it serves its poem", func() { fetch(c) })
				expectRefusal(c, second, "on the port of another like it")
				c.End() // or it may refuse for what the other has: a lock, another port
				_, err = c.Start(conformance.Setup{Fixture: small, TakenPort: takePort(c)})
				expectRefusal(c, err, "on a port that is taken")
			},
		},
		{
			ID: "listens-on-given-interface-only", Level: conformance.Should, Source: source(17, "Part 16"), Fixture: small,
			Alone: true, Needs: conformance.NeedHost,
			Statement: "It SHOULD listen on the given interface only.",
			Check: func(c *conformance.Case) {
				c.Control("at the interface that it was given, it serves its poem", func() { fetch(c) })
				_, port, err := net.SplitHostPort(c.Instance().Addr())
				c.Expect(err).NotTo(gomega.HaveOccurred())
				other := net.JoinHostPort(elsewhere, port)
				switch _, err := c.TryDial(other); {
				case err == nil, errors.Is(err, syscall.ECONNRESET):
					c.Wrong("a refusal at "+other, "a connection")
				case !errors.Is(err, syscall.ECONNREFUSED):
					c.Skip("could not be judged: this system has no second loopback address: %v", err)
				}
			},
		},
	}
}

// atRest gives a program the time to be done with the client that has just left: a
// signal handler that throws where a thread is being made, say, is not what the check
// is about.
func atRest(c *conformance.Case) { c.Pause(100 * time.Millisecond) }

// stops is the requirement that a signal ends the program, with clients as begin
// leaves them.
func stops(slug string, signal syscall.Signal, poem conformance.Fixture, statement string, begin func(*conformance.Case)) conformance.Requirement {
	return conformance.Requirement{
		ID: slug, Level: conformance.Should, Source: source(14, "Part 16"), Fixture: poem, Statement: statement,
		Alone: true, Needs: conformance.NeedProcess,
		Check: func(c *conformance.Case) {
			c.Control("before the signal, it serves its poem", func() {
				served(c)
				begin(c)
			})
			addr := c.Instance().Addr()
			if _, took, ended := c.Stop(signal, stopLimit); !ended {
				c.Wrong("an exit within 5 seconds of "+signalName(signal),
					fmt.Sprintf("the program still running after %v", took))
			}
			if !c.Until(func() bool { return free(c, addr) }) {
				c.Wrong("a free port after the exit", "something that still listens at "+addr)
			}
		},
	}
}

// free reports whether nothing listens at an address. It does not listen there itself:
// the connections that have just ended may keep a port from that for a minute, without
// anybody holding it.
func free(c *conformance.Case, addr string) bool {
	conn, err := c.TryDial(addr)
	var no syscall.Errno
	switch {
	case err == nil:
		conn.Close()
		return false
	case errors.Is(err, syscall.ECONNREFUSED):
		return true
	case errors.As(err, &no) && no != syscall.ECONNRESET:
		c.Skip("could not be judged: this system cannot tell whether something listens at %s: %v", addr, err)
	}
	return false // something resets its clients, or lets them wait
}

func signalName(signal os.Signal) string {
	if signal == syscall.SIGINT {
		return "SIGINT"
	}
	return "SIGTERM"
}

// takePort listens at a port on every loopback interface there is, and returns it.
func takePort(c *conformance.Case) int {
	for range 100 {
		listener, err := c.Listen("127.0.0.1:0")
		c.Expect(err).NotTo(gomega.HaveOccurred())
		_, text, err := net.SplitHostPort(listener.Addr().String())
		c.Expect(err).NotTo(gomega.HaveOccurred())
		// A program may listen on IPv6 as well, or instead; where there is no IPv6
		// it cannot.
		_, err = c.Listen("[::1]:" + text)
		if err != nil && errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		port, err := strconv.Atoi(text)
		c.Expect(err).NotTo(gomega.HaveOccurred())
		return port
	}
	c.Skip("could not be judged: no port is free on both IPv4 and IPv6")
	return 0
}

// expectRefusal judges the end of a program that could not have what it needs.
func expectRefusal(c *conformance.Case, err error, what string) {
	expected := "a message and a non-zero exit status when it is started " + what
	var refused *conformance.StartError
	switch {
	case err == nil:
		c.Wrong(expected, "a program that starts and listens")
	case !errors.As(err, &refused) || refused.Exit == nil:
		c.Wrong(expected, err.Error())
	case !refused.Exit.Failed():
		c.Wrong(expected, refused.Exit.How)
	case strings.TrimSpace(refused.Output) == "":
		c.Wrong(expected, refused.Exit.How+", and no message")
	}
}
