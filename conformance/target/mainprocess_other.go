//go:build !linux

package target

import "errors"

// listensAt is not known here.
func listensAt(_, _ int) (bool, error) { return false, errors.ErrUnsupported }
