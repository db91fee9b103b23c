package target

import (
	"fmt"

	"scansion/conformance"
)

// ForExec returns a target for a command of any role: [NewExec] or [NewParserExec].
func ForExec(role conformance.Role, line string) (conformance.Target, error) {
	if role.Lifetime == conformance.Parses {
		return NewParserExec(role, line)
	}
	return NewExec(role, line)
}

// ForAddr returns a target for a server of any role that runs already: [NewAddr] or
// [NewParserAddr]. The content is what the server has for the variable that can be
// learnt, or nil.
func ForAddr(role conformance.Role, addr string, content []byte) (conformance.Target, error) {
	switch role.Lifetime {
	case conformance.Parses:
		return NewParserAddr(addr)
	case conformance.RunsOnce:
		return nil, fmt.Errorf("a program of the role %s runs once, and has no address: use --exec", role.Name)
	default:
		return NewAddr(role, addr, content)
	}
}

// ForPersistent returns a target for a command that stays and is asked again and again.
func ForPersistent(role conformance.Role, line string) (conformance.Target, error) {
	if role.Lifetime != conformance.Parses {
		return nil, fmt.Errorf("an adapter that stays is for parsers, and a program of the role %s is none: use --exec", role.Name)
	}
	return NewParserPersistent(role, line)
}
