package servers

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"scansion/conformance"
)

const (
	// stopLimit is the 5 seconds of the specification, and some for the machine.
	stopLimit = 7 * time.Second

	// elsewhere is an address of this machine on which no program is told to listen.
	elsewhere = "127.0.0.2"
)

// StopsOn is the requirement that a signal, SIGTERM or SIGINT, ends a program that has no
// clients.
func (s Server) StopsOn(signal syscall.Signal, source conformance.Source) conformance.Requirement {
	name := unix.SignalName(signal)
	return s.requirement("stops-on-"+strings.ToLower(name), source, needSignals,
		"SHOULD, on "+name+", exit within 5 seconds and free its port.",
		func(c *conformance.Case, clients Clients) {
			serveAndRest(c, clients)
			expectStop(c, clients, signal)
		})
}

// StopsWhileClientStalls is the requirement that SIGTERM ends a program with a client that
// does not read.
func (s Server) StopsWhileClientStalls(source conformance.Source) conformance.Requirement {
	return s.requirement("stops-while-client-stalls", source, needSignals,
		"SHOULD, on SIGTERM, exit within 5 seconds and free its port also while a client does not read.",
		func(c *conformance.Case, clients Clients) {
			c.Precondition("before the signal, it serves its clients", func() {
				clients.Serve()
				clients.Stall()
			})
			expectStop(c, clients, syscall.SIGTERM)
		})
}

// StopsWorkersWithMaster is the requirement that the workers of a program of several
// processes end with the first of them.
func (s Server) StopsWorkersWithMaster(source conformance.Source) conformance.Requirement {
	return s.requirement("stops-workers-with-master", source, needSignals,
		"SHOULD, where SIGTERM is sent to its first process alone, as supervisors do, free its port within 5 seconds: no worker goes on.",
		func(c *conformance.Case, clients Clients) {
			serveAndRest(c, clients)
			addr := clients.Program.Addr
			clients.Program.SignalMain(syscall.SIGTERM)
			if !c.Within(stopLimit, func() bool { return isFree(c, addr) }) {
				c.Wrong("a free port within 5 seconds of SIGTERM to the first process", "something that still listens at "+addr)
			}
		})
}

// serveAndRest sees a client served, and gives the program the time to be done with it: a
// signal handler that throws where a thread is being made, say, is not what the check is
// about.
func serveAndRest(c *conformance.Case, clients Clients) {
	c.Precondition("before the signal, it serves its clients", clients.Serve)
	c.Pause(100 * time.Millisecond)
}

// expectStop fails the case unless a signal ends the program and its port is free then.
func expectStop(c *conformance.Case, clients Clients, signal syscall.Signal) {
	addr := clients.Program.Addr
	if _, took, ended := clients.Program.StopWith(signal, stopLimit); !ended {
		c.Wrong("an exit within 5 seconds of "+unix.SignalName(signal), fmt.Sprintf("the program still running after %v", took))
	}
	if !c.Until(func() bool { return isFree(c, addr) }) {
		c.Wrong("a free port after the exit", "something that still listens at "+addr)
	}
}

// isFree reports whether nothing listens at an address. It does not listen there itself:
// the connections that have just ended may keep a port from that for a minute, without
// anybody holding it.
func isFree(c *conformance.Case, addr string) bool {
	conn, err := c.TryDial(addr)
	var no syscall.Errno
	switch {
	case err == nil:
		conn.Close()
		return false
	case errors.Is(err, syscall.ECONNREFUSED):
		return true
	case errors.As(err, &no) && no != syscall.ECONNRESET:
		c.Inconclusive("this system cannot tell whether something listens at %s: %v", addr, err)
	}
	return false // something resets its clients, or lets them wait
}

// RefusesTakenPort is the requirement that a program does not start where it cannot listen.
func (s Server) RefusesTakenPort(source conformance.Source) conformance.Requirement {
	return s.requirement("refuses-taken-port", source, needSignals,
		"SHOULD refuse, with a message and a non-zero exit status, to start on a port that is taken.",
		func(c *conformance.Case, clients Clients) {
			startOn := func(port int) error {
				launch := conformance.Launch{"port": conformance.OccupiedPort(port)}
				maps.Copy(launch, clients.Launch)
				_, err := c.TryStart(launch)
				return err
			}
			c.Precondition("started on a free port, it serves its clients", clients.Fetch)
			second := startOn(portOf(c, clients.Program.Addr))
			c.Precondition("while another like it is started on its port, it serves its clients", clients.Fetch)
			ExpectRefusal(c, second, "on the port of another like it")
			clients.Program.End() // or it may refuse for what the other has: a lock, another port
			ExpectRefusal(c, startOn(occupyPort(c)), "on a port that is taken")
		})
}

// ExpectRefusal fails the case unless err, of [conformance.Case.TryStart], tells that the
// program has ended with a message and a status that is not zero. What is special about
// the start goes on from "it is started".
func ExpectRefusal(c *conformance.Case, err error, what string) {
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

// occupyPort listens at a port on the loopback interfaces of IPv4 and, where there is it,
// IPv6, and returns it.
func occupyPort(c *conformance.Case) int { return portOf(c, c.Listen("occupant").Addr()) }

func portOf(c *conformance.Case, addr string) int {
	_, text, err := net.SplitHostPort(addr)
	c.Must(err)
	port, err := strconv.Atoi(text)
	c.Must(err)
	return port
}

// ListensOnGivenInterfaceOnly is the requirement that no other interface is listened on.
func (s Server) ListensOnGivenInterfaceOnly(source conformance.Source) conformance.Requirement {
	return s.requirement("listens-on-given-interface-only", source, []conformance.Need{conformance.NeedVariable("host")},
		"SHOULD listen on the given interface only.",
		func(c *conformance.Case, clients Clients) {
			c.Precondition("at the interface that it was given, it serves its clients", clients.Fetch)
			other := net.JoinHostPort(elsewhere, strconv.Itoa(portOf(c, clients.Program.Addr)))
			switch _, err := c.TryDial(other); {
			case err == nil, errors.Is(err, syscall.ECONNRESET):
				c.Wrong("a refusal at "+other, "a connection")
			case !errors.Is(err, syscall.ECONNREFUSED):
				c.Inconclusive("this system has no second loopback address: %v", err)
			}
		})
}
