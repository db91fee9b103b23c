package poetryserver_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"scansion/conformance"
	"scansion/conformance/checks/poetryserver"
)

// learns runs a server in a bubble and returns what is learnt from it, and how long that
// takes.
func learns(t *testing.T, server func(conn net.Conn)) (poem []byte, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := conformance.NewSimulated(1)
		defer network.Close()
		listener, listenErr := network.Listen(t.Context(), "127.0.0.1:0")
		if listenErr != nil {
			t.Fatal(listenErr)
		}
		var running sync.WaitGroup
		running.Go(func() {
			conn, err := listener.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			server(conn)
		})
		conn, dialErr := network.Dial(t.Context(), listener.Addr().String(), conformance.DialOptions{})
		if dialErr != nil {
			t.Fatal(dialErr)
		}
		start := time.Now() //nolint:forbidigo // the bubble's clock
		poem, err = poetryserver.Learn(t.Context(), conn)
		took = time.Since(start)
		if err := errors.Join(ignoreClosed(conn.Close()), listener.Close()); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	return poem, took, err
}

// ignoreClosed is err, unless that tells that a connection was closed before.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func TestPoemIsLearnt(t *testing.T) {
	const verse = "a line, and another\n"
	write := func(conn net.Conn, times int, every time.Duration) bool {
		for range times {
			if _, err := conn.Write([]byte(verse)); err != nil {
				return false
			}
			time.Sleep(every) //nolint:forbidigo // the bubble's clock
		}
		return true
	}
	for name, c := range map[string]struct {
		serve func(conn net.Conn)
		want  []byte
		most  time.Duration
	}{
		"whole from a server that closes":           {func(conn net.Conn) { write(conn, 1, 0); _ = conn.Close() }, []byte(verse), time.Second},
		"whole from a server that paces its output": {func(conn net.Conn) { write(conn, 10, 3*time.Second); _ = conn.Close() }, bytes.Repeat([]byte(verse), 10), 40 * time.Second},
		"as far as it came before a reset": {func(conn net.Conn) {
			write(conn, 1, time.Second)
			_ = conn.(conformance.Socket).SetLinger(0)
			_ = conn.Close()
		}, []byte(verse), 5 * time.Second},
		"as far as it came before silence":            {func(conn net.Conn) { write(conn, 2, 0) }, bytes.Repeat([]byte(verse), 2), 5 * time.Second},
		"as an empty one from a server that closes":   {func(conn net.Conn) { _ = conn.Close() }, []byte{}, time.Second},
		"as none at all from a server that is silent": {func(net.Conn) {}, nil, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			poem, took, err := learns(t, c.serve)
			if err != nil || !bytes.Equal(poem, c.want) || (poem == nil) != (c.want == nil) {
				t.Errorf("learnt %q, %v; want %q", poem, err, c.want)
			}
			if took > c.most {
				t.Errorf("it took %v, more than %v", took, c.most)
			}
		})
	}
	t.Run("not from a server that sends without end", func(t *testing.T) {
		poem, took, err := learns(t, func(conn net.Conn) {
			for write(conn, 1, time.Second) {
			}
		})
		if poem != nil || err == nil || took > 70*time.Second {
			t.Errorf("learnt %q, %v, in %v; want an error after a minute", poem, err, took)
		}
	})
	t.Run("not once nobody wants it any more", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		near, far := net.Pipe()
		defer far.Close()
		if poem, err := poetryserver.Learn(ctx, near); !errors.Is(err, context.Canceled) {
			t.Errorf("learnt %q, %v; want the context's error", poem, err)
		}
	})
}
