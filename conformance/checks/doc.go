// Package checks is the registry of roles: what the tutorial's protocols require of each
// kind of program. A role is a package below this one, with each requirement's words
// beside the function that checks it. What several roles share is in packages of their
// own: the poems that are served, and what is required of all servers.
//
// Nothing here may import the reference: what judges must not share a bug with
// what it is calibrated on.
package checks

import (
	"fmt"

	"scansion/conformance"
	"scansion/conformance/checks/netstring"
	"scansion/conformance/checks/poetryserver"
)

// Roles returns all roles, in the order of the specification.
func Roles() []conformance.Role {
	return []conformance.Role{
		poetryserver.Role(),
		netstring.Role(),
	}
}

// ForRole returns the role of a name. The error names the roles that there are.
func ForRole(name string) (conformance.Role, error) {
	var known []string
	for _, role := range Roles() {
		if role.Name == name {
			return role, nil
		}
		known = append(known, role.Name)
	}
	return conformance.Role{}, fmt.Errorf("unknown role %q: this version judges %v", name, known)
}
