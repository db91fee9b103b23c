package poetryclient

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// isRead reports whether an error is one of reading, not of connecting.
func isRead(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "read"
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// endFaults: statements 6 and 7.
func endFaults() []peers.Peer {
	hang := func(r *run) error {
		r.hang()
		return nil
	}
	return []peers.Peer{
		faulty("never-ends", "goes on running when it has all poems", client{end: hang}, "ends-after-poem", "ends-after-all-poems", "ends-when-refused"),
		faulty("ends-after-one", "ends only if it was given one address", client{end: func(r *run) error {
			if r.poems > 1 {
				return hang(r)
			}
			return exitStatus(r)
		}}, "ends-after-all-poems"),
		faulty("waits-for-a-poem", "goes on running if no poem came", client{end: func(r *run) error {
			if r.failures == r.poems {
				return hang(r)
			}
			return exitStatus(r)
		}}, "ends-when-refused", "ends-when-all-failed"),
		faulty("waits-for-a-byte", "waits for the first byte of an empty poem", client{read: func(r *run, conn *target.TrackedConn) ([]byte, error) {
			poem, err := io.ReadAll(conn)
			if err == nil && len(poem) == 0 {
				r.hang()
			}
			return poem, err
		}}, "takes-empty-poem"),
		faulty("fails-empty-poem", "takes an empty poem for a failure", client{read: func(_ *run, conn *target.TrackedConn) ([]byte, error) {
			poem, err := io.ReadAll(conn)
			if err == nil && len(poem) == 0 {
				err = errors.New("no poem")
			}
			return poem, err
		}}, "takes-empty-poem"),
		faulty("crashes", "panics when a poem is there", client{write: func(*run, []byte) error {
			return target.ExitStatus(134)
		}}, "hands-on-exact-poem", "takes-empty-poem"),
		faulty("does-nothing", "ends at once, with success", client{addrs: func(*run) []string { return nil }},
			"connects-to-every-address", "hands-on-exact-poem", "says-that-connection-was-refused"),
		faulty("writes-without-end", "writes the poem again and again", client{write: func(r *run, poem []byte) error {
			for len(poem) > 0 {
				if err := writeAsItIs(r, poem); err != nil {
					return err
				}
			}
			return nil
		}}, "hands-on-exact-poem"),
	}
}

// costFaults: statement 12. What a program takes is told, for it cannot be told from what
// the judge takes.
func costFaults() []peers.Peer {
	cost := func(of func(r *run, size int)) client {
		return client{write: func(r *run, poem []byte) error {
			of(r, len(poem))
			return writeAsItIs(r, poem)
		}}
	}
	return []peers.Peer{
		onSockets(variant("quadratic-time", "copies what it has at each read", cost(func(r *run, size int) {
			reads := size >> 16
			r.Burn(time.Duration(reads*reads) * 8 * time.Microsecond)
		}), "takes-linear-time")),
		variant("linear-time", "takes 20 ns for each byte, which is slow", cost(func(r *run, size int) {
			r.Burn(time.Duration(size) * 20 * time.Nanosecond)
		})),
		onSockets(variant("quadratic-memory", "keeps what it has at each read", cost(func(r *run, size int) {
			reads := int64(size >> 16)
			r.Hold(reads * reads << 16 / 2)
		}), "takes-linear-memory")),
		variant("keeps-copies", "keeps eight copies of the poem", cost(func(r *run, size int) {
			r.Hold(8 * int64(size))
		})),
	}
}

// timeFaults: statement 13.
func timeFaults() []peers.Peer {
	reading := func(deadline func(*run) time.Time, each bool) client {
		return client{read: func(r *run, conn *target.TrackedConn) ([]byte, error) {
			var poem []byte
			buf := make([]byte, 4096)
			_ = conn.SetReadDeadline(deadline(r))
			for {
				if each {
					_ = conn.SetReadDeadline(deadline(r))
				}
				n, err := conn.Read(buf)
				poem = append(poem, buf[:n]...)
				if errors.Is(err, io.EOF) {
					return poem, nil
				} else if err != nil {
					return nil, err
				}
			}
		}}
	}
	return []peers.Peer{
		variant("no-time-out", "does not keep its time-out", reading(func(*run) time.Time { return time.Time{} }, false),
			"gives-up-on-silent-server", "gives-up-on-endless-server"),
		variant("time-out-for-each-read", "takes the time-out for that of each read", reading((*run).deadline, true),
			"gives-up-on-endless-server"),
		faulty("hundredths", "takes the time-out for hundredths of a second", reading(func(r *run) time.Time {
			return soon(r.deadline().Sub(soon(0)) / 100)
		}, false), "waits-until-timeout"),
	}
}

// transformFaults: statement 14.
func transformFaults() []peers.Peer {
	fallBacks := []string{
		"hands-on-original-when-refused", "hands-on-original-when-closed", "hands-on-original-when-reset",
		"hands-on-original-when-cut", "hands-on-original-when-malformed", "hands-on-original-beyond-limit",
	}
	requesting := func(request func(poem []byte) []byte) client {
		return client{transform: func(r *run, addr string, poem []byte) ([]byte, error) {
			return transformBy(r, addr, request(poem), readAll)
		}}
	}
	answered := func(of func(answer []byte) ([]byte, error)) client {
		return client{transform: func(r *run, addr string, poem []byte) ([]byte, error) {
			var answer []byte
			_, err := transformBy(r, addr, fmt.Appendf(nil, "%d:cummingsify.%s,", len(poem)+len("cummingsify."), poem),
				func(r *run, conn *target.TrackedConn) ([]byte, error) {
					var err error
					answer, err = readAll(r, conn)
					return []byte("0:,"), err
				})
			if err != nil {
				return nil, err
			}
			return of(answer)
		}}
	}
	return []peers.Peer{
		faulty("transforms-by-itself", "does not ask the transform server", client{transform: func(_ *run, _ string, poem []byte) ([]byte, error) {
			return poem, nil
		}}, "sends-poem-to-transform-server", "hands-on-transformed-poem"),
		faulty("sends-bare-poem", "sends the poem without a name", requesting(func(poem []byte) []byte {
			return fmt.Appendf(nil, "%d:%s,", len(poem), poem)
		}), "sends-poem-to-transform-server"),
		faulty("forgets-comma", "sends no comma after the request", requesting(func(poem []byte) []byte {
			return fmt.Appendf(nil, "%d:cummingsify.%s", len(poem)+len("cummingsify."), poem)
		}), "sends-poem-to-transform-server"),
		faulty("hands-on-netstring", "hands on the whole answer", answered(func(answer []byte) ([]byte, error) {
			if _, err := unwrap(answer); err != nil {
				return nil, err
			}
			return answer, nil
		}), "hands-on-transformed-poem"),
		faulty("reads-answer-once", "takes the first read for the whole answer", client{transform: func(r *run, addr string, poem []byte) ([]byte, error) {
			return transformBy(r, addr, fmt.Appendf(nil, "%d:cummingsify.%s,", len(poem)+len("cummingsify."), poem),
				func(_ *run, conn *target.TrackedConn) ([]byte, error) {
					buf := make([]byte, 256<<10)
					n, err := conn.Read(buf)
					return buf[:n], err
				})
		}}, "assembles-transformed-poem"),
		faulty("takes-cut-answer", "hands on what has come of an answer", answered(func(answer []byte) ([]byte, error) {
			for i, b := range answer {
				if b == ':' {
					return answer[i+1:], nil
				}
			}
			return nil, errors.New("no answer")
		}), "hands-on-original-when-cut"),
		faulty("takes-any-answer", "hands on whatever comes as an answer", answered(func(answer []byte) ([]byte, error) {
			if data, err := unwrap(answer); err == nil {
				return data, nil
			}
			return answer, nil
		}), "hands-on-original-when-malformed"),
		faulty("loses-untransformed", "hands on nothing of a poem that was not transformed", client{fallBack: func(r *run, _ []byte, err error) []byte {
			fmt.Fprintln(r, err)
			return nil
		}}, fallBacks...),
		faulty("falls-back-silently", "says nothing of a poem that was not transformed", client{fallBack: func(_ *run, poem []byte, _ error) []byte {
			return poem
		}}, fallBacks...),
		faulty("waits-for-transform", "waits for ever if the transformation fails", client{fallBack: func(r *run, poem []byte, _ error) []byte {
			r.hang()
			return poem
		}}, fallBacks...),
	}
}
