// Package poetryclient holds poetry clients with known verdicts.
package poetryclient

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"scansion/conformance"
	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// Peers returns the poetry clients: the faultless one, the variants, the faulty.
func Peers() []peers.Peer {
	return slices.Concat(
		conforming(),
		connectionFaults(), byteFaults(), segmentFaults(), severalFaults(),
		failureFaults(), endFaults(), costFaults(), timeFaults(), transformFaults(),
	)
}

// faulty is a poetry client with a fault.
func faulty(name, about string, c client, catches ...string) peers.Peer {
	return peers.Peer{
		Name: name, About: about, Role: "poetry-client", Catches: catches,
		Target: func(network conformance.Network) conformance.Target {
			return target.NewInProcessOnce(name, network, c.main)
		},
	}
}

// variant is a poetry client that is unusual, and within its rights but for SHOULDs.
func variant(name, about string, c client, catches ...string) peers.Peer {
	p := faulty(name, about, c, catches...)
	p.Variant = true
	return p
}

// onSockets marks a peer that means something on real sockets only.
func onSockets(p peers.Peer) peers.Peer {
	p.Kernel = "The requirements that fail it are judged on real sockets only."
	return p
}

func conforming() []peers.Peer {
	return []peers.Peer{
		faulty("faultless-client", "does everything right", client{}),
		variant("line-end-after-each", "writes a line end after each poem, as print does", client{write: ending("\n")}),
		variant("crlf-after-each", "writes CR LF after each poem", client{write: ending("\r\n")}),
		variant("in-order", "writes the poems in the order of the addresses, when all are there", client{atEnd: true, write: func(r *run, poem []byte) error {
			return writeAsItIs(r, poem)
		}}),
		variant("talkative", "tells of its progress on standard error", client{begin: func(r *run, conn *target.TrackedConn) {
			fmt.Fprintf(r, "connected to %v\n", conn.RemoteAddr())
		}}),
		variant("slow-start", "takes 700 ms before it connects", client{addrs: func(r *run) []string {
			r.pause(700 * time.Millisecond)
			return r.Words("addrs")
		}}),
		variant("slow-exit", "takes 700 ms to end", client{end: func(r *run) error {
			r.pause(700 * time.Millisecond)
			return exitStatus(r)
		}}),
		variant("byte-reader", "reads a byte at a time", client{read: func(_ *run, conn *target.TrackedConn) ([]byte, error) {
			return io.ReadAll(oneByte{conn})
		}}),
		variant("one-by-one", "downloads one poem after another", client{inTurn: true}, "downloads-side-by-side"),
		variant("twisted-like", "prints what it has of a poem that was cut, tells of refused connections, and exits with 0",
			client{
				read: func(_ *run, conn *target.TrackedConn) ([]byte, error) {
					poem, _ := io.ReadAll(conn)
					return poem, nil
				},
				end: func(*run) error { return nil },
			}, "reports-cut-poem-as-failed", "exits-non-zero-on-failure"),
	}
}

// oneByte reads at most a byte at a time.
type oneByte struct{ io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.Reader.Read(p[:min(len(p), 1)]) }

// ending writes a poem with something behind it.
func ending(end string) func(*run, []byte) error {
	return func(r *run, poem []byte) error { return writeAsItIs(r, slices.Concat(poem, []byte(end))) }
}

// changing writes what a function makes of a poem.
func changing(change func([]byte) []byte) client {
	return client{write: func(r *run, poem []byte) error { return writeAsItIs(r, change(poem)) }}
}

// connectionFaults: statements 1 and 11.
func connectionFaults() []peers.Peer {
	return []peers.Peer{
		faulty("first-address-only", "downloads from the first address only", client{addrs: func(r *run) []string {
			return r.Words("addrs")[:1]
		}}, "connects-to-every-address", "hands-on-every-poem-once"),
		faulty("asks", "sends a request when it has connected", client{begin: func(_ *run, conn *target.TrackedConn) {
			_, _ = conn.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		}}, "sends-nothing"),
		faulty("asks-when-late", "sends a line if nothing comes for 500 ms", client{read: func(r *run, conn *target.TrackedConn) ([]byte, error) {
			first := make([]byte, 1)
			_ = conn.SetReadDeadline(soon(500 * time.Millisecond))
			n, err := conn.Read(first)
			if n == 0 && !errors.Is(err, io.EOF) {
				_, _ = conn.Write([]byte("\n"))
			}
			_ = conn.SetReadDeadline(r.deadline())
			rest, failed := io.ReadAll(conn)
			if errors.Is(err, io.EOF) {
				failed = nil
			}
			return append(first[:n], rest...), failed
		}}, "sends-nothing"),
		variant("half-closes", "closes its sending side when it has connected", client{begin: func(_ *run, conn *target.TrackedConn) {
			_ = conn.CloseWrite()
		}}, "keeps-sending-side-open"),
	}
}

// segmentFaults: statement 3.
func segmentFaults() []peers.Peer {
	const (
		patience = 800 * time.Millisecond
		lingers  = 2 * time.Second
	)
	readOnce := func(_ *run, conn *target.TrackedConn) ([]byte, error) {
		buf := make([]byte, 64<<10)
		n, err := conn.Read(buf)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return buf[:n], err
	}
	return []peers.Peer{
		faulty("reads-once", "takes the first read for the whole poem", client{read: readOnce}, "assembles-single-bytes", "assembles-split-characters", "waits-for-late-pieces", "hands-on-large-poem"),
		faulty("reads-once-and-lingers", "takes the first read for the whole poem, and ends some time later", client{
			read: readOnce,
			end: func(r *run) error {
				r.pause(lingers)
				return exitStatus(r)
			},
		}, "assembles-single-bytes", "waits-for-late-pieces"),
		faulty("decodes-each-read", "decodes each read by itself", client{read: func(_ *run, conn *target.TrackedConn) ([]byte, error) {
			var poem []byte
			buf := make([]byte, 4096)
			for {
				n, err := conn.Read(buf)
				poem = append(poem, bytes.ToValidUTF8(buf[:n], []byte("\uFFFD"))...)
				if errors.Is(err, io.EOF) {
					return poem, nil
				} else if err != nil {
					return nil, err
				}
			}
		}}, "assembles-split-characters", "assembles-small-pieces", "keeps-nul-and-ff", "keeps-every-byte"),
		faulty("hurries-first", "fails a server that does not begin within 800 ms", client{read: func(r *run, conn *target.TrackedConn) ([]byte, error) {
			first := make([]byte, 1)
			_ = conn.SetReadDeadline(soon(patience))
			n, err := conn.Read(first)
			if errors.Is(err, io.EOF) {
				return nil, nil
			} else if err != nil {
				return nil, err
			}
			_ = conn.SetReadDeadline(r.deadline())
			rest, err := io.ReadAll(conn)
			return append(first[:n], rest...), err
		}}, "waits-for-late-poem"),
		faulty("silence-is-the-end", "takes 800 ms of silence for the end of the poem", client{read: func(_ *run, conn *target.TrackedConn) ([]byte, error) {
			var poem []byte
			buf := make([]byte, 4096)
			for {
				_ = conn.SetReadDeadline(soon(patience))
				n, err := conn.Read(buf)
				poem = append(poem, buf[:n]...)
				if err != nil {
					return poem, nil
				}
			}
		}}, "waits-for-late-pieces", "waits-for-late-poem"),
		faulty("fails-late-close", "fails a server that does not close within 800 ms of the last byte", client{read: func(_ *run, conn *target.TrackedConn) ([]byte, error) {
			var poem []byte
			buf := make([]byte, 4096)
			for {
				if len(poem) > 0 {
					_ = conn.SetReadDeadline(soon(patience))
				}
				n, err := conn.Read(buf)
				poem = append(poem, buf[:n]...)
				if errors.Is(err, io.EOF) {
					return poem, nil
				} else if err != nil {
					return nil, err
				}
			}
		}}, "waits-for-late-close", "waits-for-late-pieces"),
	}
}
