package reactor_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"scansion/harness/reactor"
)

// benchmarkedServer names the variable that has the test binary be a server, so that
// its processor time can be told from its clients'.
const benchmarkedServer = "REACTOR_TEST_BENCHMARKED_SERVER"

// runBenchmarkedServer serves poems of a size until its standard input ends:
// "reactor 3072" or "plain 3072".
func runBenchmarkedServer(what string) (status int) {
	var kind string
	var size int
	if _, err := fmt.Sscan(what, &kind, &size); err != nil {
		return 2
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all that matters
		os.Exit(0)
	}()
	poem := verse(size)
	if kind == "plain" {
		return servePlainly(poem)
	}
	r := reactor.NewTCP(reactor.Config{})
	port, err := r.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
		return &conversation{made: func(t reactor.Transport) { t.Write(poem); t.LoseConnection() }}
	}))
	if err != nil {
		return 1
	}
	fmt.Println(port.Addr())
	if r.Run(context.Background()) != nil {
		return 1
	}
	return 0
}

// servePlainly is what the reactor is compared with.
func servePlainly(poem []byte) (status int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 1
	}
	fmt.Println(listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			return 1
		}
		_, _ = conn.Write(poem) // a client that has gone is no matter
		_ = conn.Close()
	}
}

// benchmarked is a server in a process of its own.
type benchmarked struct {
	*exec.Cmd
	stdin io.Closer // the server ends when it is closed
	addr  string
}

func startBenchmarked(b *testing.B, kind string, size int) *benchmarked {
	b.Helper()
	server := exec.CommandContext(b.Context(), os.Args[0])
	server.Env = append(os.Environ(), benchmarkedServer+"="+kind+" "+strconv.Itoa(size))
	stdin, err := server.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	addr, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return &benchmarked{server, stdin, strings.TrimSpace(addr)}
}

// fetch has n clients, so many at a time, read poems of a size.
func (s *benchmarked) fetch(b *testing.B, size, n, atATime int) {
	b.Helper()
	var clients errgroup.Group
	for range atATime {
		clients.Go(func() error {
			for range n / atATime {
				conn, err := net.Dial("tcp", s.addr)
				if err != nil {
					return err
				}
				if got, err := io.Copy(io.Discard, conn); err != nil || got != int64(size) {
					return fmt.Errorf("got %d bytes of %d, error %w", got, size, err)
				}
				if err := conn.Close(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := clients.Wait(); err != nil {
		b.Fatal(err)
	}
}

// end stops the server, and returns the processor time in seconds that it took.
func (s *benchmarked) end(b *testing.B) float64 {
	b.Helper()
	_ = s.stdin.Close()
	if err := s.Wait(); err != nil {
		b.Fatal(err)
	}
	return (s.ProcessState.UserTime() + s.ProcessState.SystemTime()).Seconds()
}

// BenchmarkConnections compares the processor time of a connection to the reactor
// with that of a loop of accept, write and close: "x-plain". The two take turns, so
// that whatever else the computer does falls on both.
func BenchmarkConnections(b *testing.B) {
	const turns = 20
	for _, c := range []struct {
		name             string
		size, n, clients int // n and clients are of one turn
	}{
		{"3KB", 3 << 10, 1000, 1},
		{"3KB/16-at-a-time", 3 << 10, 1000, 16},
		{"16MB", 16 << 20, 5, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			var ours, plain float64
			for b.Loop() {
				reactor := startBenchmarked(b, "reactor", c.size)
				loop := startBenchmarked(b, "plain", c.size)
				for range turns {
					reactor.fetch(b, c.size, c.n, c.clients)
					loop.fetch(b, c.size, c.n, c.clients)
				}
				ours += reactor.end(b)
				plain += loop.end(b)
			}
			per := float64(b.N*c.n*turns) / 1e6
			b.ReportMetric(ours/plain, "x-plain")
			b.ReportMetric(ours/per, "us/conn")
			b.ReportMetric(plain/per, "us/plain-conn")
			b.ReportMetric(0, "ns/op")
		})
	}
}
