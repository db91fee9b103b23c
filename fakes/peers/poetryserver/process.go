package poetryserver

import (
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// signalFaults: statement 14, and 17 of those that are stopped.
func signalFaults() []peers.Peer {
	ignores := func(ignored os.Signal) server {
		return server{stop: func(r *running, signal os.Signal) {
			if signal != ignored {
				r.end()
			}
		}}
	}
	return []peers.Peer{
		faulty("ignores-sigterm", "ignores SIGTERM", ignores(syscall.SIGTERM), "stops-on-sigterm", "stops-while-client-stalls"),
		faulty("ignores-sigint", "ignores SIGINT", ignores(syscall.SIGINT), "stops-on-sigint"),
		faulty("waits-for-clients", "ends when its last client has gone", server{stop: func(r *running, _ os.Signal) {
			_ = r.listener.Close()
			for r.open() > 0 && r.Context().Err() == nil {
				pause(r.Context(), nil, 10*time.Millisecond)
			}
			r.end()
		}}, "stops-while-client-stalls"),
		faulty("takes-its-time", "ends 10 s after it was told to", server{stop: func(r *running, _ os.Signal) {
			pause(r.Context(), nil, 10*time.Second)
			r.end()
		}}, "stops-on-sigterm", "stops-on-sigint", "stops-while-client-stalls"),
		faulty("leaves-port-taken", "ends, but something that it started still listens", server{stop: func(r *running, _ os.Signal) {
			r.abandon()
		}}, "stops-on-sigterm", "stops-on-sigint"),
		faulty("leaves-workers", "ends, but its workers go on, if only its main process is told to", server{stop: func(r *running, _ os.Signal) {
			if r.MainOnly() {
				r.abandon()
				return
			}
			r.end()
		}}, "stops-workers-with-master"),
	}
}

// startFaults: statement 15, a poem that is missing.
func startFaults() []peers.Peer {
	return []peers.Peer{
		faulty("starts-without-poem", "serves nothing if its poem is missing", server{load: func(p *target.Process) ([]byte, error) {
			poem, _ := loadPoem(p)
			return poem, nil
		}}, "refuses-missing-poem"),
		program("succeeds-without-poem", "ends with status 0 if its poem is missing", func(p *target.Process) error {
			if _, err := loadPoem(p); err != nil {
				_, werr := io.WriteString(p, err.Error())
				return werr
			}
			return server{}.main(p)
		}, "refuses-missing-poem"),
		faulty("says-nothing-of-poem", "ends without a message if its poem is missing", server{load: func(p *target.Process) ([]byte, error) {
			poem, err := loadPoem(p)
			if err != nil {
				err = errors.New("")
			}
			return poem, err
		}}, "refuses-missing-poem"),
	}
}

// portFaults: statement 15, a port that is taken, and 17.
func portFaults() []peers.Peer {
	return []peers.Peer{
		program("succeeds-on-taken-port", "ends with status 0 if its port is taken", func(p *target.Process) error {
			err := server{}.main(p)
			if errors.Is(err, syscall.EADDRINUSE) {
				_, err = io.WriteString(p, "the port is taken")
			}
			return err
		}, "refuses-taken-port"),
		faulty("waits-for-port", "waits for ever for a port that is taken", server{listen: waitForPort}, "refuses-taken-port"),
		onSockets("Only a kernel has SO_REUSEPORT.", faulty("shares-port", "lets others of its kind listen at its port",
			server{listen: sharePort}, "refuses-taken-port")),
		faulty("says-nothing-of-port", "ends without a message if its port is taken", server{listen: func(p *target.Process) (net.Listener, error) {
			listener, err := p.Listen()
			if err != nil {
				err = errors.New("   ")
			}
			return listener, err
		}}, "refuses-taken-port"),
		faulty("listens-everywhere", "listens on every interface", server{listen: func(p *target.Process) (net.Listener, error) {
			return p.ListenOn("0.0.0.0")
		}}, "listens-on-given-interface-only"),
	}
}

// waitForPort tries to listen until it can.
func waitForPort(p *target.Process) (net.Listener, error) {
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
}

// sharePort listens at a port at which others may listen too.
func sharePort(p *target.Process) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		})
		return errors.Join(err, failed)
	}}
	listener, err := config.Listen(p.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Port())))
	if err != nil {
		return nil, err
	}
	return p.Adopt(listener)
}
