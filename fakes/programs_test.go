package fakes_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"scansion/fakes"
	"scansion/harness/reactor"
)

// An HTTP server and client talk for an hour that does not pass.
func TestHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := fakes.NewNetwork(fakes.NewTimerClock(), fakes.NetworkConfig{
			Link: fakes.Link{MinLatency: 20 * time.Millisecond, MaxLatency: 80 * time.Millisecond, RandomCuts: true},
		})
		l, err := n.Host("server").Listen(":80")
		must(t, err)
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			verse, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			w.Write(verse)
		})}
		var serving sync.WaitGroup
		serving.Go(func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		})
		user := &http.Client{Transport: &http.Transport{DialContext: n.Host("client").DialContext}}
		began := n.Now()
		for n.Now().Sub(began) < time.Hour {
			verse := strings.Repeat("a lamp at the ferry\n", 1000)
			response, err := user.Post("http://server/", "text/plain", strings.NewReader(verse))
			must(t, err)
			expectRead(t, response.Body, verse)
			must(t, response.Body.Close())
			pass(time.Minute)
		}
		user.CloseIdleConnections()
		must(t, server.Shutdown(t.Context()))
		serving.Wait()
		pass(time.Second)
		if left := n.Connections(); len(left) > 0 {
			t.Errorf("there are still %v", left)
		}
	})
}

// A reactor on a TimerClock serves blocking code.
func TestReactorServesBlockingCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := fakes.NewNetwork(fakes.NewTimerClock(), fakes.NetworkConfig{Link: slow})
		r := n.Host("server").Reactor(reactor.Config{})
		_, err := r.ListenTCP(":80", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
			return &conversation{data: func(c *conversation, data []byte) {
				r.CallLater(time.Minute, func() { c.transport.Write(data) })
			}}
		}))
		must(t, err)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := r.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		conn, err := n.Host("client").Dial(t.Context(), "server:80")
		must(t, err)
		began, lines := n.Now(), bufio.NewReader(conn)
		for range 60 {
			_, err = conn.Write([]byte("a lamp at the ferry\n"))
			must(t, err)
			line, err := lines.ReadString('\n')
			must(t, err)
			if line != "a lamp at the ferry\n" {
				t.Errorf("read %q", line)
			}
		}
		if passed := n.Now().Sub(began); passed != 60*(time.Minute+20*time.Millisecond) {
			t.Errorf("it has taken %v", passed)
		}
		stop()
		running.Wait()
		_, err = lines.ReadByte()
		expectError(t, err, "read", syscall.ECONNRESET)
		if err := r.Run(t.Context()); !errors.Is(err, reactor.ErrStopped) {
			t.Errorf("running again is %v", err)
		}
		must(t, conn.Close())
	})
}

// Blocking code on a Clock that the test moves, whenever everybody waits.
func TestBlockingCodeOnAClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := fakes.NewClock()
		n := fakes.NewNetwork(clock, fakes.NetworkConfig{Link: slow})
		echo := n.Host("server").Reactor(reactor.Config{})
		_, err := echo.ListenTCP(":80", serving(&conversation{data: func(c *conversation, data []byte) { c.transport.Write(data) }}))
		must(t, err)
		must(t, echo.Start())
		done := make(chan struct{})
		go func() {
			defer close(done)
			conn, err := n.Host("client").Dial(context.Background(), "server:80")
			if err != nil {
				t.Error(err)
				return
			}
			for range 10 {
				if _, err := conn.Write([]byte("x")); err != nil {
					t.Error(err)
				}
				if _, err := conn.Read(make([]byte, 1)); err != nil {
					t.Error(err)
				}
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}()
		for synctest.Wait(); clock.Step(); synctest.Wait() {
		}
		<-done
		if passed := clock.Now().Sub(fakes.NewClock().Now()); passed != 240*time.Millisecond {
			t.Errorf("it has taken %v", passed)
		}
	})
}
