//go:build !linux

package target

import "scansion/conformance"

// listensAt is not known here.
func listensAt(_, _ int) (bool, error) { return false, conformance.ErrNotSupported }
