package selftest

import (
	"context"
	"fmt"
	"slices"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/fakes/peers"
)

// Registry is what a selftest is about: roles, and the peers that prove their checks.
type Registry struct {
	Roles []conformance.Role
	Peers []peers.Peer
}

// All returns the registry of all roles and all peers.
func All() Registry { return Registry{checks.Roles(), Peers()} }

// role returns the role of a name.
func (r Registry) role(name string) (conformance.Role, error) {
	var known []string
	for _, role := range r.Roles {
		if role.Name == name {
			return role, nil
		}
		known = append(known, role.Name)
	}
	return conformance.Role{}, fmt.Errorf("unknown role %q: there are peers of %v", name, known)
}

// Validate reports the first mistake in the peers: one without a name of its own or a
// description, of no known role, that names a requirement which there is not, or a variant
// that breaks a MUST.
func (r Registry) Validate() error {
	seen := map[string]bool{}
	for _, peer := range r.Peers {
		role, err := r.role(peer.Role)
		switch {
		case err != nil:
			return fmt.Errorf("peer %s: %w", peer.ID(), err)
		case peer.Name == "" || peer.About == "" || peer.Target == nil:
			return fmt.Errorf("peer %q of %s: it must have a name, say what it is about, and have a target", peer.Name, role.Name)
		case seen[peer.ID()]:
			return fmt.Errorf("peer %s: there are two of that name", peer.ID())
		}
		seen[peer.ID()] = true
		for _, slug := range peer.Catches {
			requirement, ok := role.Requirement(slug)
			switch {
			case !ok:
				return fmt.Errorf("peer %s names %q, which is no requirement of its role", peer.ID(), slug)
			case peer.Variant && requirement.Level == conformance.Must:
				return fmt.Errorf("peer %s is a variant, which cannot break %q, a MUST", peer.ID(), slug)
			}
		}
	}
	return nil
}

// Uncaught returns the IDs of the requirements that no peer names, of some roles, or of
// all if those are none.
func (r Registry) Uncaught(roles ...string) []string {
	caught := map[string]bool{}
	for _, peer := range r.Peers {
		for _, slug := range peer.Catches {
			caught[peer.Role+"/"+slug] = true
		}
	}
	var uncaught []string
	for _, role := range r.Roles {
		for _, id := range role.IDs() {
			if among(roles, role.Name) && !caught[id] {
				uncaught = append(uncaught, id)
			}
		}
	}
	return uncaught
}

// among reports whether a role is one of some, of which none stands for all.
func among(roles []string, name string) bool { return len(roles) == 0 || slices.Contains(roles, name) }

// choose returns the peers that the options ask for.
func (r Registry) choose(o Options) ([]peers.Peer, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	for _, name := range o.Roles {
		if _, err := r.role(name); err != nil {
			return nil, err
		}
	}
	var chosen []peers.Peer
	var all []string // their IDs
	for i, peer := range r.Peers {
		if !among(o.Roles, peer.Role) {
			continue
		}
		all = append(all, peer.ID())
		if len(o.Peers) > 0 && !o.Peers.Match(peer.ID()) {
			continue
		}
		if o.Sample > 1 && (uint64(i)+o.Seed)%uint64(o.Sample) != 0 && !r.needsKernel(peer) {
			continue
		}
		chosen = append(chosen, peer)
	}
	return chosen, o.Peers.Check("--peer", "peer: they are in fakes/peers", all)
}

// needsKernel reports whether a simulated network does not show what is wrong with a peer.
func (r Registry) needsKernel(peer peers.Peer) bool {
	role, _ := r.role(peer.Role) // which Validate has seen
	return peer.Kernel != "" || slices.ContainsFunc(peer.Catches, func(slug string) bool {
		requirement, _ := role.Requirement(slug)
		return requirement.Kernel != ""
	})
}

// judge runs every check of a peer's role against it. Where the network is simulated, it
// leaves out those that mean something on real sockets only, and runs one at a time: that
// takes no longer, and the same comes of it each time.
func (r Registry) judge(ctx context.Context, peer peers.Peer, options conformance.Options) (Row, error) {
	role, err := r.role(peer.Role)
	if err != nil {
		return Row{Peer: peer}, err
	}
	run := conformance.Run{Role: role, Options: options}
	network := options.Network
	if network == nil {
		network = conformance.TCP{}
	}
	if _, simulated := network.(*conformance.Simulated); simulated {
		run.Role.Requirements = onAnyNetwork(role.Requirements)
		run.Parallel = 1
	}
	run.Target = peer.Target(network)
	report, err := run.Do(ctx)
	return classify(peer, report), err
}

// onAnyNetwork returns the requirements that mean something without real sockets, too.
func onAnyNetwork(all []conformance.Requirement) []conformance.Requirement {
	return slices.DeleteFunc(slices.Clone(all), func(q conformance.Requirement) bool { return q.Kernel != "" })
}
