// Package poetryclient is the role poetry-client: programs that download poems and hand
// them on (tutorial Parts 5, 13, 17 and 18; section 2 of the specification). Scansion is
// the servers: it listens first, then starts the program, then expects its end.
package poetryclient

import (
	"fmt"
	"net"
	"slices"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
)

// Role returns the role.
func Role() conformance.Role {
	role := conformance.Role{
		Name:     "poetry-client",
		About:    "Downloads a poem from each address that it is given, writes the poems to standard output, and ends.",
		Lifetime: conformance.RunsOnce,
		Variables: []conformance.Variable{
			{Name: "addrs", Help: "the servers' addresses, HOST:PORT, one word each"},
			{Name: "ports", Help: "the servers' ports on this machine, one word each"},
			{Name: "transform", Help: "the address of the transform server that it is to send each poem through"},
			{Name: "transform_port", Help: "that server's port on this machine"},
			{Name: "timeout", Help: "how long one poem may take in all, in seconds"},
		},
		Try: try,
		Requirements: slices.Concat(
			connecting(),
			exactBytes(),
			segmentation(),
			severalPoems(),
			failures(),
			ending(),
			resources(),
			givingUp(),
			transforming(),
		),
	}
	for i := range role.Requirements {
		role.Requirements[i].Instance = conformance.StartedByCheck
	}
	return role
}

// source is a statement of section 2 of the specification.
func source(statement int, part string) conformance.Source {
	return conformance.Source{Section: fmt.Sprintf("2.%d", statement), Part: part}
}

// try sees whether the program can be run: one that fails before it has connected cannot.
// It waits for the program's end, while nothing else runs: one that has been seen to end is
// waited for with more patience from then on, and one that has not with less.
func try(c *conformance.Case) error {
	server := listen(c, sendWhole(poems.Small.Bytes()))
	launch, parts := complete(c, addresses(server.Addr()))
	client, err := c.TryStart(launch)
	if err != nil {
		return err
	}
	sideBySide(c, client, append(parts, func(*conformance.Program) { server.serve() }, func(client *conformance.Program) { client.Wait() }))
	if len(server.conns) > 0 || !ended(client) {
		return nil
	}
	exit := client.Exit()
	if !exit.Failed() {
		return nil // it does nothing, for which it is judged
	}
	return &conformance.StartError{
		Reason: fmt.Sprintf("the program ended before it connected to a server (%s)", exit.How),
		Exit:   &exit, Output: client.Output().Log + string(client.Output().Stdout),
	}
}

// addresses is a launch with servers at addresses.
func addresses(addrs ...string) conformance.Launch {
	ports := make([]string, len(addrs))
	for i, addr := range addrs {
		ports[i] = portOf(addr)
	}
	return conformance.Launch{"addrs": conformance.Words(addrs...), "ports": conformance.Words(ports...)}
}

// with adds a variable of one word to a launch.
func with(l conformance.Launch, variable, word string) conformance.Launch {
	l[variable] = conformance.Words(word)
	return l
}

func portOf(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		panic(err) // it is an address that we listen at
	}
	return port
}
