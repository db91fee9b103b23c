// Package checks is the catalogue: what the tutorial's protocols require, a
// requirement's words beside the function that checks it. A role has a file, or
// several that begin with its name.
//
// Nothing here may import the reference: what judges must not share a bug with
// what it is calibrated on.
package checks

import (
	"fmt"

	"scansion/conformance"
)

// Catalogues returns the catalogues of all roles, in the order of the
// specification.
func Catalogues() []conformance.Catalogue {
	return []conformance.Catalogue{PoetryServer(), Netstring()}
}

// ForRole returns the catalogue of one role. The error names the roles that
// there are.
func ForRole(role string) (conformance.Catalogue, error) {
	var known []conformance.Role
	for _, catalogue := range Catalogues() {
		if string(catalogue.Role) == role {
			return catalogue, nil
		}
		known = append(known, catalogue.Role)
	}
	return conformance.Catalogue{}, fmt.Errorf("unknown role %q: this version judges %v", role, known)
}
