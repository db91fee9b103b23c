//go:build !linux

package harness_test

// silenceIsCertain tells whether nobody answers at the address of unanswering, on this
// system.
const silenceIsCertain = false

// unanswering is an address for documentation, at which there is nobody. Some computers
// have no network, and say so at once.
func unanswering() (addr string) { return "192.0.2.1:7" }
