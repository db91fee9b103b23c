package peers

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"scansion/conformance/target"
)

// watched sends the poem in pieces and, if the client leaves meanwhile, does
// what the fault is.
func watched(left func(*client, error) error) func(*client) error {
	return func(c *client) error {
		for rest := c.server.poem; len(rest) > 0; {
			n, err := c.Write(rest[:min(len(rest), 64<<10)])
			if err != nil {
				return left(c, err)
			}
			rest = rest[n:]
		}
		return c.finish()
	}
}

// abortFaults: statements 7 and 13, clients that leave.
func abortFaults() []Peer {
	return []Peer{
		faulty("dies-of-sigpipe", "dies when it writes to a client that has gone", poetryServer{handle: watched(func(_ *client, err error) error {
			return err
		})}, "survives-close-before-poem", "survives-reset-before-poem", "survives-close-mid-poem", "survives-reset-mid-poem", "survives-many-aborted-clients"),
		faulty("dies-of-reset", "dies of a reset, but not of a broken pipe", poetryServer{handle: watched(func(c *client, err error) error {
			if errors.Is(err, syscall.ECONNRESET) {
				return err
			}
			return c.drop()
		})}, "survives-reset-mid-poem"),
		faulty("stops-accepting-after-abort", "serves one client after one has left, and then no more", stopsAfterAbort(), "survives-reset-mid-poem", "survives-close-mid-poem"),
		faulty("paced-and-fragile", "sends 20 bytes every 10 ms, and dies when a client has gone", poetryServer{handle: func(c *client) error {
			for rest := c.server.poem; len(rest) > 0; c.pause(10 * time.Millisecond) {
				n, err := c.Write(rest[:min(len(rest), 20)])
				if err != nil {
					return err
				}
				rest = rest[n:]
			}
			return c.finish()
		}}, "survives-reset-mid-poem", "survives-close-mid-poem"),
		faulty("loses-workers", "has 64 workers, and loses one with each client that leaves", poetryServer{atATime: 64, handle: watched(func(c *client, _ error) error {
			_ = c.drop()
			<-c.server.ended // the worker is gone for good
			return nil
		})}, "survives-many-aborted-clients"),
		faulty("hangs-after-abort", "hangs in a client that has left", poetryServer{serial: true, handle: watched(func(c *client, _ error) error {
			<-c.server.ended
			return c.drop()
		})}, "survives-reset-mid-poem", "survives-close-mid-poem", "survives-many-aborted-clients"),
		faulty("asks-who-is-there", "dies if a client has gone before it was accepted", poetryServer{handle: func(c *client) error {
			c.pause(5 * time.Millisecond) // as a busy program does
			if err := c.peer(); err != nil {
				return err
			}
			return send(c)
		}}, "survives-reset-before-poem", "survives-half-close-then-reset"),
		faulty("leaks-descriptors", "never closes its end of a connection", poetryServer{handle: func(c *client) error {
			_, _ = c.Write(c.server.poem)
			_ = c.CloseWrite()
			return keep(c)
		}}, "frees-descriptors", "frees-descriptors-of-aborted-clients"),
		faulty("leaks-aborted-descriptors", "never closes its end if the client has left", poetryServer{handle: watched(func(c *client, _ error) error {
			return keep(c)
		})}, "frees-descriptors-of-aborted-clients"),
		faulty("leaks-vanished-descriptors", "never closes its end if the client had gone before it was accepted", poetryServer{handle: func(c *client) error {
			c.pause(5 * time.Millisecond) // as a busy program does
			if c.peer() != nil {
				return keep(c)
			}
			return send(c)
		}}, "frees-descriptors-of-aborted-clients"),
		faulty("leaks-some-descriptors", "never closes its end for every tenth client", poetryServer{handle: func(c *client) error {
			if c.number%10 == 0 {
				_, _ = c.Write(c.server.poem)
				_ = c.CloseWrite()
				return keep(c)
			}
			return send(c)
		}}, "frees-descriptors"),
		faulty("leaks-few-descriptors", "never closes its end for every twentieth client", poetryServer{handle: func(c *client) error {
			if c.number%20 == 0 {
				_, _ = c.Write(c.server.poem)
				_ = c.CloseWrite()
				return keep(c)
			}
			return send(c)
		}}, "frees-descriptors", "frees-descriptors-of-aborted-clients"),
		faulty("keeps-some", "keeps 256 KiB for each client", poetryServer{handle: func(c *client) error {
			c.server.Hold(256 << 10)
			return send(c)
		}}, "frees-memory", "frees-memory-of-aborted-clients"),
		faulty("keeps-buffers", "keeps a megabyte for each client", poetryServer{handle: func(c *client) error {
			c.server.Hold(1 << 20)
			return send(c)
		}}, "frees-memory", "frees-memory-of-aborted-clients"),
		faulty("keeps-poems", "keeps a copy of the poem for each client that has left", poetryServer{
			load: func(p *target.Process) ([]byte, error) {
				p.Hold(1 << 20)
				return p.ReadPoem()
			},
			handle: watched(func(c *client, _ error) error {
				c.server.Hold(int64(len(c.server.poem)))
				return c.drop()
			}),
		}, "frees-memory-of-aborted-clients"),
	}
}

// peer asks the kernel who is there, and returns its error if nobody is.
func (c *client) peer() (gone error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	if err := raw.Control(func(fd uintptr) { _, gone = syscall.Getpeername(int(fd)) }); err != nil {
		return err
	}
	return gone
}

// keep leaves a connection open until the program ends.
func keep(c *client) error {
	<-c.server.ended
	return c.drop()
}

// stopsAfterAbort is a server that serves one more client once one has left.
func stopsAfterAbort() poetryServer {
	send := watched(func(c *client, _ error) error {
		c.server.cursor.CompareAndSwap(0, 1)
		return c.drop()
	})
	return poetryServer{handle: func(c *client) error {
		if c.server.cursor.Load() > 0 && c.server.cursor.Add(1) > 2 {
			return keep(c)
		}
		return send(c)
	}}
}

// processFaults: statements 14, 15 and 17.
func processFaults() []Peer {
	ignores := func(ignored os.Signal) func(*running, os.Signal) {
		return func(r *running, signal os.Signal) {
			if signal != ignored {
				r.end()
			}
		}
	}
	return []Peer{
		faulty("ignores-sigterm", "ignores SIGTERM", poetryServer{stop: ignores(syscall.SIGTERM)}, "stops-on-sigterm", "stops-while-client-stalls"),
		faulty("ignores-sigint", "ignores SIGINT", poetryServer{stop: ignores(syscall.SIGINT)}, "stops-on-sigint"),
		faulty("waits-for-clients", "ends when its last client has gone", poetryServer{stop: func(r *running, _ os.Signal) {
			_ = r.listener.Close()
			for r.open() > 0 && r.Context().Err() == nil {
				pause(r.Context(), nil, 10*time.Millisecond)
			}
			r.end()
		}}, "stops-while-client-stalls"),
		faulty("takes-its-time", "ends 10 s after it was told to", poetryServer{stop: func(r *running, _ os.Signal) {
			pause(r.Context(), nil, 10*time.Second)
			r.end()
		}}, "stops-on-sigterm", "stops-on-sigint", "stops-while-client-stalls"),
		faulty("leaves-port-taken", "ends, but something that it started still listens", poetryServer{stop: func(r *running, _ os.Signal) {
			r.abandon()
		}}, "stops-on-sigterm", "stops-on-sigint"),
		faulty("leaves-workers", "ends, but its workers go on, if only its first process is told to", poetryServer{stop: func(r *running, _ os.Signal) {
			if r.LeaderOnly() {
				r.abandon()
				return
			}
			r.end()
		}}, "stops-workers-with-master"),
		faulty("starts-without-poem", "serves nothing if its poem is missing", poetryServer{load: func(p *target.Process) ([]byte, error) {
			poem, _ := p.ReadPoem()
			return poem, nil
		}}, "refuses-missing-poem"),
		{
			Name: "succeeds-without-poem", About: "ends with status 0 if its poem is missing", Catches: []string{"refuses-missing-poem"},
			Main: func(p *target.Process) error {
				if _, err := p.ReadPoem(); err != nil {
					_, werr := io.WriteString(p, err.Error())
					return werr
				}
				return poetryServer{}.main(p)
			},
		},
		faulty("says-nothing-of-poem", "ends without a message if its poem is missing", poetryServer{load: func(p *target.Process) ([]byte, error) {
			poem, err := p.ReadPoem()
			if err != nil {
				err = errors.New("")
			}
			return poem, err
		}}, "refuses-missing-poem"),
		{
			Name: "succeeds-on-taken-port", About: "ends with status 0 if its port is taken", Catches: []string{"refuses-taken-port"},
			Main: func(p *target.Process) error {
				err := poetryServer{}.main(p)
				if errors.Is(err, syscall.EADDRINUSE) {
					_, err = io.WriteString(p, "the port is taken")
				}
				return err
			},
		},
		faulty("waits-for-port", "waits for ever for a port that is taken", poetryServer{listen: func(p *target.Process) (net.Listener, error) {
			for {
				listener, err := p.Listen()
				if err == nil || p.Context().Err() != nil {
					return listener, err
				}
				select {
				case <-p.Signals():
					return nil, err
				default:
					pause(p.Context(), nil, 50*time.Millisecond)
				}
			}
		}}, "refuses-taken-port"),
		faulty("shares-port", "lets others of its kind listen at its port", poetryServer{listen: func(p *target.Process) (net.Listener, error) {
			return p.ListenWith(net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
				var failed error
				err := raw.Control(func(fd uintptr) {
					failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
				})
				return errors.Join(err, failed)
			}}, "127.0.0.1")
		}}, "refuses-taken-port"),
		faulty("says-nothing-of-port", "ends without a message if its port is taken", poetryServer{listen: func(p *target.Process) (net.Listener, error) {
			listener, err := p.Listen()
			if err != nil {
				err = errors.New(strings.Repeat(" ", 3))
			}
			return listener, err
		}}, "refuses-taken-port"),
		faulty("listens-everywhere", "listens on every interface", poetryServer{listen: func(p *target.Process) (net.Listener, error) {
			return p.ListenWith(net.ListenConfig{}, "0.0.0.0")
		}}, "listens-on-given-interface-only"),
	}
}
