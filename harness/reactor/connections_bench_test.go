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
	"syscall"
	"testing"

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
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 1
	}
	fmt.Println(listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all that matters
		os.Exit(0)
	}()
	poem := verse(size)
	if kind == "plain" {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return 1
			}
			_, _ = conn.Write(poem) // a client that has gone is no matter
			_ = conn.Close()
		}
	}
	r := reactor.NewTCP(reactor.Config{})
	_, err = r.AdoptListener(listener, reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
		return &conversation{made: func(t reactor.Transport) { t.Write(poem); t.LoseConnection() }}
	}))
	if err != nil || r.Run(context.Background()) != nil {
		return 1
	}
	return 0
}

// processorTime has a server serve n clients, one after the other, and returns the
// processor time in seconds that it took.
func processorTime(b *testing.B, kind string, size, n int) float64 {
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
	for range n {
		conn, err := net.Dial("tcp", addr[:len(addr)-1])
		if err != nil {
			b.Fatal(err)
		}
		if got, err := io.Copy(io.Discard, conn); err != nil || got != int64(size) {
			b.Fatal(got, err)
		}
		_ = conn.Close()
	}
	_ = stdin.Close()
	if err := server.Wait(); err != nil {
		b.Fatal(err)
	}
	usage := server.ProcessState.SysUsage().(*syscall.Rusage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

// BenchmarkConnections compares the processor time of a connection to the reactor
// with that of a loop of accept, write and close, in one run: "x-plain".
func BenchmarkConnections(b *testing.B) {
	for _, c := range []struct {
		name    string
		size, n int
	}{{"3KB", 3 << 10, 20_000}, {"16MB", 16 << 20, 100}} {
		b.Run(c.name, func(b *testing.B) {
			var ours, plain float64
			for b.Loop() {
				plain += processorTime(b, "plain", c.size, c.n)
				ours += processorTime(b, "reactor", c.size, c.n)
			}
			per := float64(b.N*c.n) / 1e6
			b.ReportMetric(ours/plain, "x-plain")
			b.ReportMetric(ours/per, "us/conn")
			b.ReportMetric(plain/per, "us/plain-conn")
			b.ReportMetric(0, "ns/op")
		})
	}
}
