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
	"slices"
	"strings"

	"scansion/conformance"
	"scansion/conformance/checks/netstring"
	"scansion/conformance/checks/poetryclient"
	"scansion/conformance/checks/poetryserver"
)

// Roles returns all roles, in the order of the specification.
func Roles() []conformance.Role {
	return []conformance.Role{
		poetryserver.Role(),
		poetryclient.Role(),
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
	return conformance.Role{}, fmt.Errorf("unknown role %q: this version judges %s", name, strings.Join(known, ", "))
}

// ForRoles returns the roles of these names, or all if there are none. The error names a
// role that there is not, or that is named twice.
func ForRoles(names []string) ([]conformance.Role, error) {
	if len(names) == 0 {
		return Roles(), nil
	}
	roles := make([]conformance.Role, len(names))
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("the role %s is named twice", name)
		}
		var err error
		if roles[i], err = ForRole(name); err != nil {
			return nil, err
		}
	}
	return roles, nil
}
