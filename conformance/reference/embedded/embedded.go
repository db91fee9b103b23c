// Package embedded has the reference of each role as a target, for those who judge them:
// the command and the suites.
package embedded

import (
	"fmt"
	"io"
	"os"

	"github.com/kballard/go-shellquote"

	"scansion/conformance"
	"scansion/conformance/reference/netstring"
	"scansion/conformance/target"
)

// commands are those of the scansion command that run the reference of a role.
var commands = map[string]string{
	"poetry-server": "serve fastpoetry --iface {host} --port {port} {poem}",
	"poetry-client": "get --timeout {timeout} --transform {transform} {addrs}",
}

// Target returns the reference of a role as a target: the scansion command, whose
// executable this process must be, or a function of this process.
func Target(role conformance.Role) (conformance.Target, error) {
	if role.Lifetime == conformance.Parses {
		return Netstring(), nil
	}
	command, ok := commands[role.Name]
	if !ok {
		return nil, fmt.Errorf("there is no embedded reference of the role %s: use --exec or --addr", role.Name)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("the embedded reference cannot be started: %w", err)
	}
	t, err := target.NewExec(role, shellquote.Join(self)+" "+command)
	if err != nil {
		return nil, err
	}
	return t.Named("the embedded reference (scansion " + command + ")"), nil
}

// Netstring returns the reference netstring codec as a target.
func Netstring() conformance.Target {
	return target.NewParserFunc("the embedded reference (conformance/reference/netstring)", target.Codec{
		Decode: decode(0),
		Encode: func(data []byte) []byte { return netstring.Append(nil, data) },
		Limited: func(limit int) target.Decode {
			if limit == 0 {
				limit = -1 // zero would stand for the default
			}
			return decode(limit)
		},
	})
}

// decode is a parser with a maximum length of its own.
func decode(maxLength int) target.Decode {
	return func(stream io.Reader, deliver func([]byte)) error {
		r := netstring.NewReader(stream)
		r.MaxLength = maxLength
		return r.Each(func(data []byte) error {
			deliver(data)
			return nil
		})
	}
}
