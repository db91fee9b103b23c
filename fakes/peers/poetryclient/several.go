package poetryclient

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"scansion/conformance"
	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// program is a poetry client of which each run has something of its own.
func program(name, about string, make func() client, catches ...string) peers.Peer {
	return peers.Peer{
		Name: name, About: about, Role: "poetry-client", Catches: catches,
		Target: func(network conformance.Network) conformance.Target {
			return target.NewInProcessOnce(name, network, func(p *target.Process) error { return make().main(p) })
		},
	}
}

var errStop = target.ExitStatus(0)

// severalFaults: statements 4 and 8.
func severalFaults() []peers.Peer {
	return []peers.Peer{
		faulty("mixes-poems", "writes the pieces of all poems as they come", client{
			read: func(r *run, conn *target.TrackedConn) ([]byte, error) {
				_, err := io.Copy(r.Stdout(), conn)
				return nil, err
			},
			write: func(*run, []byte) error { return nil },
		}, "keeps-poems-apart"),
		program("one-buffer", "reads all poems into one buffer", func() client {
			var mu sync.Mutex
			var all []byte
			return client{
				read: func(_ *run, conn *target.TrackedConn) ([]byte, error) {
					buf := make([]byte, 4096)
					for {
						n, err := conn.Read(buf)
						mu.Lock()
						all = append(all, buf[:n]...)
						mu.Unlock()
						if errors.Is(err, io.EOF) {
							return nil, nil
						} else if err != nil {
							return nil, err
						}
					}
				},
				write: func(*run, []byte) error { return nil },
				end: func(r *run) error {
					_, _ = r.Stdout().Write(all)
					return exitStatus(r)
				},
			}
		}, "keeps-poems-apart"),
		program("poems-by-content", "keeps poems by their content", func() client {
			seen := map[string]bool{}
			return client{write: func(r *run, poem []byte) error {
				if seen[string(poem)] {
					return nil
				}
				seen[string(poem)] = true
				return writeAsItIs(r, poem)
			}}
		}, "hands-on-equal-poems"),
		program("first-poem-again", "writes the first poem in place of each", func() client {
			var first []byte
			return client{write: func(r *run, poem []byte) error {
				if first == nil {
					first = poem
				}
				return writeAsItIs(r, first)
			}}
		}, "hands-on-every-poem-once"),
		faulty("ends-with-first", "ends when the first poem is there", client{write: func(r *run, poem []byte) error {
			if err := writeAsItIs(r, poem); err != nil {
				return err
			}
			return errStop
		}}, "hands-on-poems-of-slow-and-fast-servers"),
	}
}

// failureFaults: statements 5, 9 and 10.
func failureFaults() []peers.Peer {
	refusals := []string{"survives-refused-connection"}
	resets := []string{"survives-reset-before-poem", "survives-reset-mid-poem", "survives-reset-at-last-byte"}
	isDial := func(err error) bool { return err != nil && !isRead(err) }
	return []peers.Peer{
		faulty("dies-of-refusal", "ends at the first connection that is refused", client{failed: func(_ *run, err error) error {
			if isDial(err) {
				return err
			}
			return nil
		}, inTurn: true}, refusals...),
		faulty("waits-for-refused", "waits for a poem whose connection was refused", client{failed: func(r *run, err error) error {
			fmt.Fprintln(r, err)
			if isDial(err) {
				r.mu.Unlock()
				defer r.mu.Lock()
				r.hang()
			}
			return nil
		}}, "survives-refused-connection", "ends-when-refused", "ends-when-all-failed"),
		faulty("dies-of-reset", "ends at the first connection that is reset", client{failed: func(r *run, err error) error {
			if isRead(err) {
				return err
			}
			return tell(r, err)
		}, atEnd: true}, resets...),
		faulty("dies-of-reset-at-once", "writes each poem when it is there, and ends at the first connection that is reset", client{failed: func(r *run, err error) error {
			if isRead(err) {
				return err
			}
			return tell(r, err)
		}}, resets...),
		faulty("counts-poems", "tells only how many poems came", client{
			failed: func(*run, error) error { return nil },
			end: func(r *run) error {
				fmt.Fprintf(r, "got %d poems\n", r.poems-r.failures)
				return nil
			},
		}, "says-that-connection-was-refused", "reports-cut-poem-as-failed"),
		faulty("waits-for-reset", "waits for a poem whose connection was reset", client{read: func(r *run, conn *target.TrackedConn) ([]byte, error) {
			poem, err := io.ReadAll(conn)
			if err != nil {
				r.hang()
			}
			return poem, err
		}}, "survives-reset-mid-poem", "survives-reset-before-poem", "survives-late-failure", "ends-when-all-failed"),
		faulty("all-or-nothing", "writes no poem if one has failed", client{atEnd: true, write: func(r *run, poem []byte) error {
			if r.failures > 0 {
				return nil
			}
			return writeAsItIs(r, poem)
		}}, "survives-refused-connection", "survives-reset-mid-poem", "survives-late-failure"),
		faulty("says-nothing", "does not tell of failures", client{failed: func(*run, error) error { return nil }},
			"says-that-connection-was-refused"),
		variant("cut-is-a-poem", "takes a reset for the end of the poem", client{read: func(_ *run, conn *target.TrackedConn) ([]byte, error) {
			poem, err := io.ReadAll(conn)
			if isTimeout(err) {
				return nil, err
			}
			return poem, nil
		}}, "reports-cut-poem-as-failed", "exits-non-zero-on-failure"),
		variant("always-succeeds", "exits with 0 whatever happens", client{end: func(*run) error { return nil }},
			"exits-non-zero-on-failure"),
		faulty("always-fails", "exits with 1 whatever happens", client{end: func(*run) error { return target.ExitStatus(1) }},
			"exits-non-zero-on-failure", "takes-empty-poem"),
	}
}
