package target

import "scansion/conformance"

// parser is the role of programs that are no servers.
const parser conformance.Role = "netstring"

// ForExec returns a target for a command of any role: [NewExec] or [NewParserExec].
func ForExec(role conformance.Role, line string) (conformance.Target, error) {
	if role == parser {
		return NewParserExec(role, line)
	}
	return NewExec(role, line)
}

// ForAddr returns a target for a server of any role that runs already: [NewAddr] or
// [NewParserAddr]. The poem is what the server serves, or nil.
func ForAddr(role conformance.Role, addr string, poem []byte) (conformance.Target, error) {
	if role == parser {
		return NewParserAddr(addr)
	}
	return NewAddr(addr, poem)
}
